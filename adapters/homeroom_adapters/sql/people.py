"""Institutions and API keys, in tables."""

from collections.abc import Sequence

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from homeroom.kernel.actor import Role
from homeroom.kernel.ids import ApiKeyId, InstitutionId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.people.errors import (
    ApiKeyExists,
    ApiKeyNotFound,
    InstitutionExists,
    InstitutionNotFound,
    StaleApiKey,
)
from homeroom.people.model import ApiKey, Institution
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.outbox import SqlOutbox
from homeroom_adapters.sql.rows import Row, Select, insert_unless_taken
from homeroom_adapters.sql.tables import api_keys, institutions


@attrs.frozen
class SqlInstitutions:
    """The institutions, inside a unit."""

    _connection: AsyncConnection
    _outbox: SqlOutbox

    async def add(self, institution: Institution) -> None:
        row = _institution_row(institution)
        if not await insert_unless_taken(self._connection, institutions, row):
            raise InstitutionExists
        institution.version = 1
        await self._outbox.put(*institution.release_events())

    async def get(self, institution_id: InstitutionId) -> Institution:
        wanted = sa.select(institutions).where(institutions.c.id == institution_id)
        row = (await self._connection.execute(wanted)).one_or_none()
        if row is None:
            raise InstitutionNotFound
        return _institution(row)

    async def first(self) -> Institution | None:
        oldest = sa.select(institutions).order_by(*_OLDEST_FIRST).limit(1)
        row = (await self._connection.execute(oldest)).one_or_none()
        return None if row is None else _institution(row)


@attrs.frozen
class SqlApiKeys:
    """The keys, inside a unit."""

    _connection: AsyncConnection
    _outbox: SqlOutbox

    async def get(self, key_id: ApiKeyId, *, reach: InstitutionId | None) -> ApiKey:
        wanted = _within(reach, sa.select(api_keys).where(api_keys.c.id == key_id))
        row = (await self._connection.execute(wanted)).one_or_none()
        if row is None:
            raise ApiKeyNotFound
        return _api_key(row)

    async def save(self, key: ApiKey) -> None:
        await (self._insert(key) if key.version == 0 else self._update(key))
        key.version += 1
        await self._outbox.put(*key.release_events())

    async def _insert(self, key: ApiKey) -> None:
        if await insert_unless_taken(self._connection, api_keys, _api_key_row(key)):
            return
        same = sa.select(api_keys.c.id).where(api_keys.c.id == key.id)
        known = (await self._connection.execute(same)).one_or_none()
        raise ApiKeyExists if known is None else StaleApiKey

    async def _update(self, key: ApiKey) -> None:
        updated = await self._connection.execute(
            sa.update(api_keys)
            .where(api_keys.c.id == key.id, api_keys.c.version == key.version)
            .values(_api_key_row(key))
        )
        if updated.rowcount == 0:
            raise StaleApiKey


@attrs.frozen
class SqlPeopleQueries:
    """Reads of people, outside of any unit."""

    _database: Database

    async def key_by_digest(self, digest: str) -> ApiKey | None:
        wanted = sa.select(api_keys).where(api_keys.c.digest == digest)
        async with self._database.read() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        return None if row is None else _api_key(row)

    async def keys(self, page: CursorRequest, *, reach: InstitutionId | None) -> CursorPage[ApiKey]:
        newest = sa.select(api_keys).order_by(api_keys.c.id.desc()).limit(page.limit + 1)
        if page.after is not None:
            newest = newest.where(api_keys.c.id < page.after)
        async with self._database.read() as connection:
            rows = (await connection.execute(_within(reach, newest))).all()
        return CursorPage.cut([_api_key(row) for row in rows], page.limit, lambda key: key.id)

    async def institutions(self) -> Sequence[Institution]:
        every = sa.select(institutions).order_by(*_OLDEST_FIRST)
        async with self._database.read() as connection:
            rows = (await connection.execute(every)).all()
        return [_institution(row) for row in rows]


_OLDEST_FIRST = (institutions.c.created_at, institutions.c.id)


def _within(reach: InstitutionId | None, keys: Select) -> Select:
    return keys if reach is None else keys.where(api_keys.c.institution_id == reach)


def _institution_row(institution: Institution) -> dict[str, object]:
    return {
        "id": institution.id,
        "name": institution.name,
        "created_at": institution.created_at,
        "version": institution.version + 1,
    }


def _institution(row: Row) -> Institution:
    return Institution(
        id=InstitutionId(row.id), name=row.name, created_at=row.created_at, version=row.version
    )


def _api_key_row(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "institution_id": key.institution_id,
        "name": key.name,
        "roles": " ".join(sorted(role.value for role in key.roles)),
        "digest": key.digest,
        "hint": key.hint,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "version": key.version + 1,
    }


def _api_key(row: Row) -> ApiKey:
    return ApiKey(
        id=ApiKeyId(row.id),
        institution_id=InstitutionId(row.institution_id),
        name=row.name,
        roles=frozenset(Role(role) for role in row.roles.split()),
        digest=row.digest,
        hint=row.hint,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        version=row.version,
    )
