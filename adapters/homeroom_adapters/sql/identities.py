"""Accounts elsewhere, in a table, inside a unit of work."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

import attrs
import sqlalchemy as sa

from homeroom.kernel.ids import InstitutionId, PersonId
from homeroom.people.errors import IdentityTaken, StaleIdentity
from homeroom.people.model.identities import Account
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.identity_tables import identities
from homeroom_adapters.sql.outbox import SqlOutbox
from homeroom_adapters.sql.rows import insert_unless_taken

_FIELDS = tuple(identities.c.keys())


@attrs.frozen
class SqlIdentities:
    """The accounts, inside a unit."""

    _connection: AsyncConnection
    _outbox: SqlOutbox

    async def of(self, provider: str, subject: str) -> Account | None:
        wanted = sa.select(identities).where(*_called(provider, subject))
        row = (await self._connection.execute(wanted)).one_or_none()
        return None if row is None else _account(row)

    async def of_person(self, person_id: PersonId) -> Sequence[Account]:
        theirs = sa.select(identities).where(identities.c.person_id == person_id)
        order = (identities.c.linked_at, identities.c.provider, identities.c.subject)
        rows = await self._connection.execute(theirs.order_by(*order))
        return [_account(row) for row in rows]

    async def save(self, account: Account) -> None:
        saved = self._insert if account.version == 0 else self._update
        if not await saved(account):
            held = await self.of(account.provider, account.subject)
            elses = held is not None and held.person_id != account.person_id
            raise IdentityTaken if elses else StaleIdentity
        account.version += 1
        await self._outbox.put(*account.release_events())

    async def unlink(self, account: Account) -> None:
        this = sa.delete(identities).where(
            *_called(account.provider, account.subject),
            identities.c.person_id == account.person_id,
        )
        await self._connection.execute(this)

    async def _insert(self, account: Account) -> bool:
        return await insert_unless_taken(self._connection, identities, _cells(account))

    async def _update(self, account: Account) -> bool:
        updated = await self._connection.execute(
            sa.update(identities)
            .where(
                *_called(account.provider, account.subject),
                identities.c.person_id == account.person_id,
                identities.c.version == account.version,
            )
            .values(
                sealed=account.sealed,
                linked_at=account.linked_at,
                used_at=account.used_at,
                version=account.version + 1,
            )
        )
        return updated.rowcount > 0


def _called(provider: str, subject: str) -> tuple[sa.ColumnElement[bool], ...]:
    return identities.c.provider == provider, identities.c.subject == subject


def _cells(account: Account) -> dict[str, object]:
    """The row of `identities` after a save."""
    return {
        "provider": account.provider,
        "subject": account.subject,
        "person_id": account.person_id,
        "institution_id": account.institution_id,
        "sealed": account.sealed,
        "linked_at": account.linked_at,
        "used_at": account.used_at,
        "version": account.version + 1,
    }


def _account(row: Sequence[Any]) -> Account:
    held = dict(zip(_FIELDS, row, strict=True))
    return Account(
        person_id=PersonId(held["person_id"]),
        institution_id=InstitutionId(held["institution_id"]),
        provider=held["provider"],
        subject=held["subject"],
        sealed=held["sealed"],
        linked_at=held["linked_at"].astimezone(UTC),
        used_at=held["used_at"].astimezone(UTC),
        version=held["version"],
    )
