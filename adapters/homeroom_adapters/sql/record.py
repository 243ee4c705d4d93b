"""The record of who did what: noted inside units, sealed in batches, read beside them."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import sqlalchemy as sa

from homeroom.compliance.errors import EntryNotFound, StaleHead
from homeroom.compliance.model.chain import Head, Sealed
from homeroom.compliance.ports.record import EntryFilter
from homeroom.kernel.audit import Change, Entry, Outcome
from homeroom.kernel.ids import ApiKeyId, EntryId, InstitutionId, PersonId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.fixed import Fixed
from homeroom_adapters.sql.in_reach import within
from homeroom_adapters.sql.people_tables import persons
from homeroom_adapters.sql.record_tables import audit_entries, audit_heads
from homeroom_adapters.sql.rows import Row, insert_unless_taken
from homeroom_adapters.sql.sent import Cell
from homeroom_adapters.sql.sent_rows import ForMany, inserting, sent_along

PlaceOf = Callable[[sa.ColumnElement[str], str], sa.ColumnElement[bool]]

_entries = audit_entries.c


@attrs.frozen
class SqlAuditTrail:
    """Notes entries in the transaction that they tell of."""

    _connection: AsyncConnection

    async def note(self, *entries: Entry) -> None:
        if entries:
            await _NOTE.run(self._connection, map(_row, entries))


_NOTED = sent_along(
    "noted",
    audit_entries,
    *("id", "institution_id", "at", "person_id", "api_key_id", "action", "resource"),
    *("resource_id", "outcome", "trace_id", "changes"),
)


def _unless_there(dialect: str) -> Any:
    return inserting(dialect, audit_entries, _NOTED).on_conflict_do_nothing(
        index_elements=[audit_entries.c.id]
    )


_NOTE = ForMany(_NOTED, Fixed(_unless_there))


@attrs.frozen
class SqlRecord:
    """Seals entries, inside a unit."""

    _connection: AsyncConnection

    async def head(self, institution_id: InstitutionId) -> Head:
        return await _head(self._connection, institution_id)

    async def unsealed(self, institution_id: InstitutionId, *, limit: int) -> Sequence[Entry]:
        mine = sa.and_(_entries.institution_id == institution_id, _entries.place.is_(None))
        oldest = sa.select(audit_entries).where(mine).order_by(_entries.id).limit(limit)
        return [_entry(row) for row in await self._connection.execute(oldest)]

    async def seal(self, before: Head, after: Head, sealed: Sequence[Sealed]) -> None:
        if not await self._move(before, after):
            raise StaleHead
        if not sealed:
            return
        placed = (
            sa.update(audit_entries)
            .where(_entries.id == sa.bindparam("entry"))
            .values(place=sa.bindparam("its_place"), link=sa.bindparam("its_link"))
        )
        places = [
            {"entry": one.entry.id, "its_place": one.place, "its_link": one.link} for one in sealed
        ]
        await self._connection.execute(placed, places)

    async def _move(self, before: Head, after: Head) -> bool:
        """Whoever moves the head first, seals; another waits for them, and then sees it moved."""
        head = {
            "institution_id": after.institution_id,
            "sealed": after.sealed,
            "link": after.link,
        }
        if before.sealed == 0:
            return await insert_unless_taken(self._connection, audit_heads, head)
        still = sa.and_(
            audit_heads.c.institution_id == before.institution_id,
            audit_heads.c.sealed == before.sealed,
        )
        moved = await self._connection.execute(sa.update(audit_heads).where(still).values(head))
        return moved.rowcount == 1


@attrs.frozen
class SqlRecordQueries:
    """Reads of the record, outside of any unit."""

    _database: Database

    async def entries(self, wanted: EntryFilter, page: CursorRequest) -> CursorPage[Entry]:
        if not (wanted.text + wanted.actor_name).isprintable():
            return CursorPage((), None)  # what cannot be printed stands in no entry
        newest = sa.select(audit_entries).where(*_fitting(wanted, self._place_of))
        if page.after is not None:
            newest = newest.where(_entries.id < page.after)
        newest = newest.order_by(_entries.id.desc()).limit(page.limit + 1)
        async with self._database.read() as connection:
            rows = (await connection.execute(newest)).all()
        return CursorPage.cut([_entry(row) for row in rows], page.limit, lambda one: one.id)

    async def entry(self, entry_id: EntryId, *, reach: InstitutionId | None) -> Entry:
        wanted = sa.select(audit_entries).where(_entries.id == entry_id)
        if reach is not None:
            wanted = wanted.where(_entries.institution_id == reach)
        async with self._database.read() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        if row is None:
            raise EntryNotFound
        return _entry(row)

    async def chain(
        self, institution_id: InstitutionId, *, after: int, limit: int
    ) -> Sequence[Sealed]:
        mine = sa.and_(_entries.institution_id == institution_id, _entries.place > after)
        following = sa.select(audit_entries).where(mine).order_by(_entries.place).limit(limit)
        async with self._database.read() as connection:
            rows = (await connection.execute(following)).all()
        return [Sealed(_entry(row), row.place, row.link) for row in rows]

    async def ends(self, institution_id: InstitutionId) -> tuple[Head, int]:
        open_ = sa.and_(_entries.institution_id == institution_id, _entries.place.is_(None))
        counted = sa.select(sa.func.count()).select_from(audit_entries).where(open_)
        async with self._database.read() as connection:
            head = await _head(connection, institution_id)
            return head, (await connection.execute(counted)).scalar_one()

    async def waiting(self, *, limit: int) -> Sequence[InstitutionId]:
        open_ = sa.select(_entries.institution_id).where(_entries.place.is_(None)).distinct()
        async with self._database.read() as connection:
            return list((await connection.execute(open_.limit(limit))).scalars())

    def _place_of(self, column: sa.ColumnElement[str], text: str) -> sa.ColumnElement[bool]:
        """Unlike LIKE, these know no wildcards."""
        find = sa.func.instr if self._database.is_sqlite else sa.func.strpos
        return find(sa.func.lower(column), text.lower()) > 0


async def _head(connection: AsyncConnection, institution_id: InstitutionId) -> Head:
    wanted = sa.select(audit_heads).where(audit_heads.c.institution_id == institution_id)
    row = (await connection.execute(wanted)).one_or_none()
    return Head(institution_id) if row is None else Head(institution_id, row.sealed, row.link)


def _fitting(wanted: EntryFilter, place_of: PlaceOf) -> list[sa.ColumnElement[bool]]:
    exact: Mapping[sa.ColumnElement[Any], object] = {
        _entries.institution_id: wanted.reach,
        _entries.person_id: wanted.person_id,
        _entries.action: wanted.action or None,
        _entries.resource: wanted.resource or None,
        _entries.resource_id: wanted.resource_id,
        _entries.outcome: wanted.outcome.value if wanted.outcome else None,
    }
    found = [column == value for column, value in exact.items() if value is not None]
    if wanted.since is not None:
        found.append(_entries.at >= wanted.since)
    if wanted.until is not None:
        found.append(_entries.at <= wanted.until)
    if wanted.actor_name:
        called = sa.select(persons.c.id).where(
            place_of(persons.c.user_name, wanted.actor_name), *within(persons, wanted.reach)
        )
        found.append(_entries.person_id.in_(called))
    if wanted.text:
        looked_in = (_entries.action, _entries.resource, _entries.trace_id)
        found.append(sa.or_(*(place_of(column, wanted.text) for column in looked_in)))
    return found


def _row(entry: Entry) -> dict[str, Cell]:
    changes = {name: [one.before, one.after] for name, one in entry.changes.items()}
    return {
        "id": entry.id,
        "institution_id": entry.institution_id,
        "at": entry.at,
        "person_id": entry.person_id,
        "api_key_id": entry.api_key_id,
        "action": entry.action,
        "resource": entry.resource,
        "resource_id": entry.resource_id,
        "outcome": entry.outcome.value,
        "trace_id": entry.trace_id,
        "changes": json.dumps(changes),
    }


def _entry(row: Row) -> Entry:
    return Entry(
        id=EntryId(row.id),
        institution_id=InstitutionId(row.institution_id),
        at=row.at,
        person_id=None if row.person_id is None else PersonId(row.person_id),
        api_key_id=None if row.api_key_id is None else ApiKeyId(row.api_key_id),
        action=row.action,
        resource=row.resource,
        resource_id=row.resource_id,
        outcome=Outcome(row.outcome),
        trace_id=row.trace_id,
        changes={name: Change(*both) for name, both in json.loads(row.changes).items()},
    )
