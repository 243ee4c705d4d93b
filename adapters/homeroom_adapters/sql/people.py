"""Institutions and API keys, in tables."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

import attrs
import sqlalchemy as sa

from homeroom.kernel.actor import Role
from homeroom.kernel.errors import Conflict
from homeroom.kernel.ids import ApiKeyId, DistrictId, InstitutionId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.people.errors import (
    ApiKeyExists,
    ApiKeyNotFound,
    InstitutionExists,
    InstitutionNotFound,
    StaleApiKey,
    StaleInstitution,
)
from homeroom.people.model.institutions import (
    Agreements,
    Institution,
    Plan,
    Subscription,
    SubscriptionStatus,
    Terms,
)
from homeroom.people.model.keys import ApiKey
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.fixed import Fixed
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
        return _found((await self._connection.execute(wanted)).one_or_none())

    async def save(self, institution: Institution) -> None:
        try:
            async with self._connection.begin_nested():
                updated = await self._connection.execute(_same_version(institution))
        except Conflict as refused:
            raise InstitutionExists from refused
        if updated.rowcount == 0:
            raise StaleInstitution
        institution.version += 1
        await self._outbox.put(*institution.release_events())

    async def first(self) -> Institution | None:
        oldest = sa.select(institutions).order_by(*OLDEST_FIRST).limit(1)
        row = (await self._connection.execute(oldest)).one_or_none()
        return None if row is None else institution_from(row)


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
        async with self._database.asked() as connection:
            rows = await _BY_DIGEST.run(connection, {"digest": digest})
        return _api_key(rows[0]) if rows else None

    async def keys(self, page: CursorRequest, *, reach: InstitutionId | None) -> CursorPage[ApiKey]:
        newest = sa.select(api_keys).order_by(api_keys.c.id.desc()).limit(page.limit + 1)
        if page.after is not None:
            newest = newest.where(api_keys.c.id < page.after)
        async with self._database.read() as connection:
            rows = (await connection.execute(_within(reach, newest))).all()
        return CursorPage.cut([_api_key(row) for row in rows], page.limit, lambda key: key.id)

    async def institutions(self) -> Sequence[Institution]:
        every = sa.select(institutions).order_by(*OLDEST_FIRST)
        async with self._database.read() as connection:
            rows = (await connection.execute(every)).all()
        return [institution_from(row) for row in rows]

    async def institution(self, institution_id: InstitutionId) -> Institution:
        wanted = sa.select(institutions).where(institutions.c.id == institution_id)
        async with self._database.read() as connection:
            return _found((await connection.execute(wanted)).one_or_none())


def _by_digest(_dialect: str) -> Select:
    return sa.select(api_keys).where(api_keys.c.digest == sa.bindparam("digest"))


_BY_DIGEST = Fixed(_by_digest)
OLDEST_FIRST = (institutions.c.created_at, institutions.c.id)
"""The order of institutions."""


def _within(reach: InstitutionId | None, keys: Select) -> Select:
    return keys if reach is None else keys.where(api_keys.c.institution_id == reach)


def _same_version(institution: Institution) -> sa.Update:
    same = (institutions.c.id == institution.id, institutions.c.version == institution.version)
    return sa.update(institutions).where(*same).values(_institution_row(institution))


def _institution_row(institution: Institution) -> dict[str, object]:
    subscription, terms = institution.subscription, institution.terms
    return {
        "id": institution.id,
        "name": institution.name,
        "created_at": institution.created_at,
        "version": institution.version + 1,
        "plan": subscription.plan.value,
        "status": subscription.status.value,
        "subscribed_until": subscription.until,
        "retention_days": terms.retention_days,
        "agreed_recording": terms.agreed.recording,
        "agreed_ai": terms.agreed.ai,
        "agreed_data_sharing": terms.agreed.data_sharing,
        "time_zone": terms.time_zone,
        "district_id": institution.district_id,
    }


def _found(row: Row | None) -> Institution:
    """Raises `InstitutionNotFound`."""
    if row is None:
        raise InstitutionNotFound
    return institution_from(row)


def institution_from(row: Row) -> Institution:
    agreed = Agreements(
        recording=row.agreed_recording, ai=row.agreed_ai, data_sharing=row.agreed_data_sharing
    )
    return Institution(
        id=InstitutionId(row.id),
        name=row.name,
        created_at=row.created_at,
        subscription=Subscription(
            plan=Plan(row.plan),
            status=SubscriptionStatus(row.status),
            until=row.subscribed_until,
        ),
        terms=Terms(retention_days=row.retention_days, agreed=agreed, time_zone=row.time_zone),
        district_id=None if row.district_id is None else DistrictId(row.district_id),
        version=row.version,
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


def _api_key(row: Sequence[Any]) -> ApiKey:
    key_id, institution, name, roles, digest, hint, created, expires, revoked, version = row
    return ApiKey(
        id=ApiKeyId(key_id),
        institution_id=InstitutionId(institution),
        name=name,
        roles=frozenset(Role(role) for role in roles.split()),
        digest=digest,
        hint=hint,
        created_at=created.astimezone(UTC),
        expires_at=None if expires is None else expires.astimezone(UTC),
        revoked_at=None if revoked is None else revoked.astimezone(UTC),
        version=version,
    )
