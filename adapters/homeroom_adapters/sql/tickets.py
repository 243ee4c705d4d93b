"""Tickets, in tables."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import attrs
import sqlalchemy as sa

from homeroom.kernel.ids import InstitutionId, PersonId, TicketId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.people.errors import StaleTicket, TicketNotFound
from homeroom.people.model.tickets import Ticket, TicketKind
from homeroom.people.ports.tickets import Held
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.outbox import SqlOutbox
from homeroom_adapters.sql.people_rows import WIDTH, but_for, person_columns, person_from
from homeroom_adapters.sql.people_tables import persons, tickets
from homeroom_adapters.sql.rows import Select, insert_unless_taken

_NAMES = tuple(tickets.c.keys())
_OPEN = (tickets.c.used_at.is_(None), tickets.c.revoked_at.is_(None))


@attrs.frozen
class SqlTickets:
    """The tickets, inside a unit. Whoever finds one by its digest holds it."""

    _connection: AsyncConnection
    _outbox: SqlOutbox

    async def get(self, ticket_id: TicketId, *, reach: InstitutionId | None) -> Ticket:
        wanted = _within(reach, sa.select(tickets).where(tickets.c.id == ticket_id))
        row = (await self._connection.execute(wanted)).one_or_none()
        if row is None:
            raise TicketNotFound
        return ticket_from(row)

    async def by_digest(self, digest: str) -> Ticket | None:
        wanted = sa.select(tickets).where(tickets.c.digest == digest).with_for_update()
        row = (await self._connection.execute(wanted)).one_or_none()
        return None if row is None else ticket_from(row)

    async def save(self, ticket: Ticket) -> None:
        saved = self._insert if ticket.version == 0 else self._update
        if not await saved(ticket):
            raise StaleTicket
        ticket.version += 1
        await self._outbox.put(*ticket.release_events())

    async def revoke_all(self, person_id: PersonId, *, at: datetime) -> int:
        theirs = sa.update(tickets).where(tickets.c.person_id == person_id, *_OPEN)
        changed = theirs.values(revoked_at=at, version=tickets.c.version + 1)
        return (await self._connection.execute(changed)).rowcount

    async def forget(self, *, before: datetime, limit: int) -> int:
        over = (tickets.c.kind == TicketKind.RESET.value, tickets.c.expires_at < before)
        portion = sa.select(tickets.c.id).where(*over).limit(limit)
        portion = portion.with_for_update(skip_locked=True)
        gone = await self._connection.execute(sa.delete(tickets).where(tickets.c.id.in_(portion)))
        return gone.rowcount

    async def _insert(self, ticket: Ticket) -> bool:
        """The database itself lets nobody have two open ones."""
        return await insert_unless_taken(self._connection, tickets, _cells(ticket))

    async def _update(self, ticket: Ticket) -> bool:
        same = (tickets.c.id == ticket.id, tickets.c.version == ticket.version)
        updated = await self._connection.execute(
            sa.update(tickets).where(*same).values(but_for("id", _cells(ticket)))
        )
        return updated.rowcount > 0


@attrs.frozen
class SqlTicketQueries:
    """Reads of tickets, outside of any unit."""

    _database: Database

    async def held(self, digest: str) -> Held | None:
        async with self._database.read() as connection:
            wanted = self._whose().where(tickets.c.digest == digest)
            row = (await connection.execute(wanted)).one_or_none()
        return None if row is None else _held(row)

    async def invitations(
        self, page: CursorRequest, *, reach: InstitutionId | None
    ) -> CursorPage[Held]:
        wanted = self._whose().where(tickets.c.kind == TicketKind.INVITATION.value)
        if page.after is not None:
            wanted = wanted.where(tickets.c.id < page.after)
        newest = wanted.order_by(tickets.c.id.desc()).limit(page.limit + 1)
        async with self._database.read() as connection:
            rows = (await connection.execute(_within(reach, newest))).all()
        return CursorPage.cut([_held(row) for row in rows], page.limit, lambda one: one.ticket.id)

    def _whose(self) -> Select:
        theirs = [column.label(f"ticket_{column.name}") for column in tickets.c]
        dialect = self._database.engine.dialect.name
        return sa.select(*person_columns(dialect), *theirs).join(
            tickets, tickets.c.person_id == persons.c.id
        )


def _within(reach: InstitutionId | None, wanted: Select) -> Select:
    return wanted if reach is None else wanted.where(tickets.c.institution_id == reach)


def _held(row: Sequence[Any]) -> Held:
    return Held(person=person_from(row[:WIDTH]), ticket=ticket_from(row[WIDTH:]))


def ticket_from(row: Sequence[Any]) -> Ticket:
    held = dict(zip(_NAMES, row, strict=True))
    return Ticket(
        id=TicketId(held["id"]),
        kind=TicketKind(held["kind"]),
        person_id=PersonId(held["person_id"]),
        institution_id=InstitutionId(held["institution_id"]),
        digest=held["digest"],
        created_at=held["created_at"].astimezone(UTC),
        expires_at=held["expires_at"].astimezone(UTC),
        used_at=_utc(held["used_at"]),
        revoked_at=_utc(held["revoked_at"]),
        version=held["version"],
    )


def _cells(ticket: Ticket) -> dict[str, object]:
    """The row of `tickets` after a save."""
    return {
        "id": ticket.id,
        "kind": ticket.kind.value,
        "person_id": ticket.person_id,
        "institution_id": ticket.institution_id,
        "digest": ticket.digest,
        "created_at": ticket.created_at,
        "expires_at": ticket.expires_at,
        "used_at": ticket.used_at,
        "revoked_at": ticket.revoked_at,
        "version": ticket.version + 1,
    }


def _utc(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.astimezone(UTC)
