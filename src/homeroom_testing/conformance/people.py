"""The promises of the places where people's context keeps keys."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from homeroom.house import Storage
from homeroom.kernel.actor import Role
from homeroom.kernel.ids import ApiKeyId, InstitutionId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom.people.errors import (
    ApiKeyExists,
    ApiKeyNotFound,
    InstitutionNotFound,
    StaleApiKey,
)
from homeroom.people.model.institutions import Institution
from homeroom.people.model.keys import ApiKey, KeySecret
from homeroom_testing import strategies
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.storage import (
    StorageConformance,
    a_key,
    keep,
    settle_in,
    told_by,
)

_ROUND_TRIP = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class ApiKeysConformance(StorageConformance):
    """The keys, inside a unit."""

    async def test_an_unknown_key_is_not_found(self, storage: Storage) -> None:
        async with storage.start() as unit:
            with pytest.raises(ApiKeyNotFound):
                await unit.api_keys.get(ApiKeyId(new_id()), reach=None)

    async def test_a_key_out_of_reach_is_not_found(self, storage: Storage) -> None:
        ours, theirs = await settle_in(storage, "Ours"), await settle_in(storage, "Theirs")
        key = a_key(theirs)
        await keep(storage, key)
        async with storage.start() as unit:
            with pytest.raises(ApiKeyNotFound):
                await unit.api_keys.get(key.id, reach=ours.id)
            assert await unit.api_keys.get(key.id, reach=theirs.id) == key
            assert await unit.api_keys.get(key.id, reach=None) == key

    async def test_a_secret_opens_one_key(self, storage: Storage) -> None:
        house = await settle_in(storage)
        secret = KeySecret.fresh()
        await keep(storage, a_key(house, secret))
        async with storage.start() as unit:
            with pytest.raises(ApiKeyExists):
                await unit.api_keys.save(a_key(house, secret))

    async def test_a_change_is_kept(self, storage: Storage) -> None:
        key = await _kept_key(storage)
        await _revoke(storage, key.id)
        async with storage.start() as unit:
            read = await unit.api_keys.get(key.id, reach=None)
        assert read.revoked_at == NOON

    async def test_one_unit_may_save_a_key_twice(self, storage: Storage) -> None:
        key = a_key(await settle_in(storage))
        async with storage.start() as unit:
            await unit.api_keys.save(key)
            key.revoke(at=NOON)
            await unit.api_keys.save(key)
            await unit.commit()
        kept = await storage.people.key_by_digest(key.digest)
        assert kept == key
        assert len(await told_by(storage)) == 2

    async def test_the_second_of_two_saves_of_one_version_is_stale(self, storage: Storage) -> None:
        key = await _kept_key(storage)
        async with storage.start() as unit:
            mine = await unit.api_keys.get(key.id, reach=None)
        await _revoke(storage, key.id)
        mine.name = "renamed meanwhile"
        async with storage.start() as unit:
            with pytest.raises(StaleApiKey):
                await unit.api_keys.save(mine)

    async def test_a_new_key_cannot_be_saved_over_another(self, storage: Storage) -> None:
        key = await _kept_key(storage)
        key.version = 0
        async with storage.start() as unit:
            with pytest.raises(StaleApiKey):
                await unit.api_keys.save(key)

    async def test_one_of_many_concurrent_changes_wins(self, storage: Storage) -> None:
        key = await _kept_key(storage)
        await told_by(storage)
        copies = []
        for _ in range(4):
            async with storage.start() as unit:
                copies.append(await unit.api_keys.get(key.id, reach=None))
        for copy in copies:
            copy.revoke(at=NOON)
        answers = await asyncio.gather(
            *(keep(storage, copy) for copy in copies), return_exceptions=True
        )
        assert sum(answer is None for answer in answers) == 1
        assert sum(isinstance(answer, StaleApiKey) for answer in answers) == 3
        assert len(await told_by(storage)) == 1

    async def test_what_is_read_is_a_copy(self, storage: Storage) -> None:
        key = await _kept_key(storage)
        async with storage.start() as unit:
            (await unit.api_keys.get(key.id, reach=None)).revoke(at=NOON)
            assert (await unit.api_keys.get(key.id, reach=None)).revoked_at is None
            await unit.commit()
        key.revoke(at=NOON)
        kept = await storage.people.key_by_digest(key.digest)
        assert kept is not None
        assert kept.revoked_at is None

    async def test_what_was_read_has_no_events_to_tell(self, storage: Storage) -> None:
        key = await _kept_key(storage)
        async with storage.start() as unit:
            assert (await unit.api_keys.get(key.id, reach=None)).release_events() == ()

    @_ROUND_TRIP
    @given(house=strategies.institutions(), key=strategies.api_keys())
    async def test_a_key_comes_back_as_it_went(
        self, storage: Storage, house: Institution, key: ApiKey
    ) -> None:
        key.institution_id = house.id
        async with storage.start() as unit:
            await unit.institutions.add(house)
            await unit.api_keys.save(key)
            await unit.commit()
        async with storage.start() as unit:
            assert await unit.api_keys.get(key.id, reach=house.id) == key


class PeopleQueriesConformance(StorageConformance):
    """Reads that take no locks."""

    async def test_no_key_has_an_unknown_digest(self, storage: Storage) -> None:
        assert await storage.people.key_by_digest(KeySecret.fresh().digest) is None

    async def test_a_key_is_found_by_its_digest(self, storage: Storage) -> None:
        key = await _kept_key(storage)
        assert await storage.people.key_by_digest(key.digest) == key

    async def test_revoked_keys_are_found_too(self, storage: Storage) -> None:
        key = await _kept_key(storage)
        await _revoke(storage, key.id)
        found = await storage.people.key_by_digest(key.digest)
        assert found is not None
        assert found.revoked_at == NOON
        assert len((await storage.people.keys(CursorRequest(), reach=None)).items) == 1

    async def test_keys_are_listed_newest_first_page_by_page(self, storage: Storage) -> None:
        house = await settle_in(storage)
        keys = [a_key(house) for _ in range(5)]
        await keep(storage, *keys)
        first = await storage.people.keys(CursorRequest(limit=3), reach=house.id)
        assert list(first.items) == keys[:1:-1]
        assert first.next == keys[2].id
        rest = await storage.people.keys(CursorRequest(first.next, limit=3), reach=house.id)
        assert list(rest.items) == [keys[1], keys[0]]
        assert rest.next is None

    async def test_a_full_last_page_has_no_next(self, storage: Storage) -> None:
        house = await settle_in(storage)
        await keep(storage, a_key(house), a_key(house))
        page = await storage.people.keys(CursorRequest(limit=2), reach=house.id)
        assert len(page.items) == 2
        assert page.next is None

    async def test_keys_out_of_reach_are_not_listed(self, storage: Storage) -> None:
        ours, theirs = await settle_in(storage, "Ours"), await settle_in(storage, "Theirs")
        mine = a_key(ours)
        await keep(storage, mine, a_key(theirs))
        assert list((await storage.people.keys(CursorRequest(), reach=ours.id)).items) == [mine]
        assert len((await storage.people.keys(CursorRequest(), reach=None)).items) == 2

    async def test_institutions_are_listed_oldest_first(self, storage: Storage) -> None:
        young = Institution.found("Young", at=NOON + timedelta(days=1))
        old = Institution.found("Old", at=NOON)
        async with storage.start() as unit:
            await unit.institutions.add(young)
            await unit.institutions.add(old)
            await unit.commit()
        assert list(await storage.people.institutions()) == [old, young]

    async def test_an_institution_is_found_by_its_id(self, storage: Storage) -> None:
        ours, _ = await settle_in(storage, "Ours"), await settle_in(storage, "Theirs")
        found = await storage.people.institution(ours.id)
        assert found == ours
        found.name = "changed in the reader's hands"
        assert (await storage.people.institution(ours.id)).name == "Ours"
        with pytest.raises(InstitutionNotFound):
            await storage.people.institution(InstitutionId(new_id()))

    async def test_what_is_read_is_a_copy(self, storage: Storage) -> None:
        key = await _kept_key(storage)
        found = await storage.people.key_by_digest(key.digest)
        assert found is not None
        found.roles = frozenset({Role.SUPER_ADMIN})
        again = await storage.people.key_by_digest(key.digest)
        assert again == key

    async def test_reads_do_not_wait_for_a_unit_under_way(self, storage: Storage) -> None:
        key = await _kept_key(storage)
        async with storage.start() as unit:
            await unit.api_keys.save(a_key(await unit.institutions.get(key.institution_id)))
            async with asyncio.timeout(2):
                assert await storage.people.key_by_digest(key.digest) == key


async def _kept_key(storage: Storage) -> ApiKey:
    key = a_key(await settle_in(storage))
    await keep(storage, key)
    return key


async def _revoke(storage: Storage, key_id: ApiKeyId) -> None:
    async with storage.start() as unit:
        key = await unit.api_keys.get(key_id, reach=None)
        key.revoke(at=NOON)
        await unit.api_keys.save(key)
        await unit.commit()
