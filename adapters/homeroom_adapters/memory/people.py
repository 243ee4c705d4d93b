"""Institutions and API keys, in memory."""

from collections.abc import Sequence
from heapq import nlargest

import attrs

from homeroom.kernel.errors import Conflict
from homeroom.kernel.ids import ApiKeyId, InstitutionId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.people.errors import (
    ApiKeyExists,
    ApiKeyNotFound,
    InstitutionExists,
    InstitutionNotFound,
    StaleApiKey,
    StaleInstitution,
)
from homeroom.people.model.institutions import Institution
from homeroom.people.model.keys import ApiKey
from homeroom_adapters.memory.outbox import MemoryOutbox
from homeroom_adapters.memory.store import Store
from homeroom_adapters.memory.transaction import Drafts, Transaction


@attrs.frozen
class MemoryInstitutions:
    """The institutions, inside a unit."""

    _transaction: Transaction
    _outbox: MemoryOutbox

    async def add(self, institution: Institution) -> None:
        institutions = (await self._transaction.writing()).institutions
        taken = institutions.holder(institution.name) or institutions.get(institution.id)
        if taken is not None:
            raise InstitutionExists
        institution.version = 1
        institutions.put(institution)
        await self._outbox.put(*institution.release_events())

    async def get(self, institution_id: InstitutionId) -> Institution:
        found = self._transaction.reading().institutions.get(institution_id)
        if found is None:
            raise InstitutionNotFound
        return found

    async def save(self, institution: Institution) -> None:
        institutions = (await self._transaction.writing()).institutions
        known = institutions.get(institution.id)
        if known is None or known.version != institution.version:
            raise StaleInstitution
        if institutions.holder(institution.name) not in (None, institution.id):
            raise InstitutionExists
        institution.version += 1
        institutions.put(institution)
        await self._outbox.put(*institution.release_events())

    async def first(self) -> Institution | None:
        every = self._transaction.reading().institutions.every()
        return min(every, key=_age, default=None)


@attrs.frozen
class MemoryApiKeys:
    """The keys, inside a unit."""

    _transaction: Transaction
    _outbox: MemoryOutbox

    async def get(self, key_id: ApiKeyId, *, reach: InstitutionId | None) -> ApiKey:
        found = self._transaction.reading().api_keys.get(key_id)
        if found is None or not _within(reach, found):
            raise ApiKeyNotFound
        return found

    async def save(self, key: ApiKey) -> None:
        drafts = await self._transaction.writing()
        _expect_version(drafts, key)
        _expect_own_digest(drafts, key)
        _expect_institution(drafts, key)
        key.version += 1
        drafts.api_keys.put(key)
        await self._outbox.put(*key.release_events())


def _expect_version(drafts: Drafts, key: ApiKey) -> None:
    known = drafts.api_keys.get(key.id)
    if (0 if known is None else known.version) != key.version:
        raise StaleApiKey


def _expect_own_digest(drafts: Drafts, key: ApiKey) -> None:
    if drafts.api_keys.holder(key.digest) not in (None, key.id):
        raise ApiKeyExists


def _expect_institution(drafts: Drafts, key: ApiKey) -> None:
    if drafts.institutions.get(key.institution_id) is None:
        raise Conflict("this key's institution is not there; add the institution first")


@attrs.frozen
class MemoryPeopleQueries:
    """Reads of people, outside of any unit."""

    _store: Store

    async def key_by_digest(self, digest: str) -> ApiKey | None:
        keys = self._store.api_keys
        with self._store.lock:
            held = keys.holders.get(digest)
            found = None if held is None else keys.rows.get(ApiKeyId(held))
        return None if found is None else keys.copied(found)

    async def keys(self, page: CursorRequest, *, reach: InstitutionId | None) -> CursorPage[ApiKey]:
        keys = self._store.api_keys
        with self._store.lock:
            every = list(keys.rows.values())
        wanted = (
            key
            for key in every
            if _within(reach, key) and (page.after is None or key.id < page.after)
        )
        newest = nlargest(page.limit + 1, wanted, key=lambda key: key.id.int)
        return CursorPage.cut([keys.copied(key) for key in newest], page.limit, lambda key: key.id)

    async def institutions(self) -> Sequence[Institution]:
        institutions = self._store.institutions
        with self._store.lock:
            every = list(institutions.rows.values())
        return [institutions.copied(one) for one in sorted(every, key=_age)]

    async def institution(self, institution_id: InstitutionId) -> Institution:
        institutions = self._store.institutions
        with self._store.lock:
            found = institutions.rows.get(institution_id)
        if found is None:
            raise InstitutionNotFound
        return institutions.copied(found)


def _age(institution: Institution) -> tuple[object, ...]:
    return (institution.created_at, institution.id)


def _within(reach: InstitutionId | None, key: ApiKey) -> bool:
    return reach is None or key.institution_id == reach
