"""The promises of a unit of work: together or not at all."""

import asyncio

import pytest

from homeroom.house import HouseUnit, Storage
from homeroom.kernel.jobs import JobRequest
from homeroom.kernel.queue import Claim, Lease
from homeroom.operations.model import Checkup
from homeroom.people.errors import InstitutionExists
from homeroom.people.model.keys import ApiKey
from homeroom_testing.conformance.storage import (
    StorageConformance,
    a_key,
    an_institution,
    settle_in,
    told_by,
    until,
)


class UnitConformance(StorageConformance):
    """State, events and jobs commit together; leaving without `commit` discards them all."""

    async def test_what_was_committed_is_there_for_the_next_unit(self, storage: Storage) -> None:
        house = await settle_in(storage)
        async with storage.start() as unit:
            assert await unit.institutions.get(house.id) == house

    async def test_a_unit_reads_what_it_wrote_before_it_commits(self, storage: Storage) -> None:
        house = an_institution()
        async with storage.start() as unit:
            await unit.institutions.add(house)
            assert await unit.institutions.get(house.id) == house

    async def test_nobody_else_sees_what_is_not_committed(self, storage: Storage) -> None:
        async with storage.start() as unit:
            await unit.institutions.add(an_institution())
            assert list(await storage.people.institutions()) == []

    async def test_state_events_and_jobs_commit_together(self, storage: Storage) -> None:
        house = await settle_in(storage)
        key = a_key(house)
        async with storage.start() as unit:
            await _do_everything(unit, key)
            await unit.commit()
        assert await storage.people.key_by_digest(key.digest) == key
        assert len(await told_by(storage)) == 1
        assert len(await _claimed(storage)) == 1

    async def test_leaving_without_commit_discards_state_events_and_jobs(
        self, storage: Storage
    ) -> None:
        self.require("transactional")
        house = await settle_in(storage)
        key = a_key(house)
        async with storage.start() as unit:
            await _do_everything(unit, key)
        await _expect_nothing_of(key, storage)

    async def test_an_error_discards_everything_and_passes_through(self, storage: Storage) -> None:
        self.require("transactional")
        house = await settle_in(storage)
        key = a_key(house)
        with pytest.raises(ZeroDivisionError):
            async with storage.start() as unit:
                await _do_everything(unit, key)
                raise ZeroDivisionError
        await _expect_nothing_of(key, storage)

    async def test_a_cancelled_unit_discards_everything(self, storage: Storage) -> None:
        self.require("transactional")
        house = await settle_in(storage)
        key, written = a_key(house), asyncio.Event()

        async def never_commit() -> None:
            async with storage.start() as unit:
                await _do_everything(unit, key)
                written.set()
                await asyncio.Event().wait()

        at_work = asyncio.create_task(never_commit())
        await until(written, at_work)
        at_work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await at_work
        await _expect_nothing_of(key, storage)

    async def test_a_refusal_leaves_the_storage_as_it_was(self, storage: Storage) -> None:
        house = await settle_in(storage)
        with pytest.raises(InstitutionExists):
            async with storage.start() as unit:
                await unit.institutions.add(an_institution(house.name))
        await settle_in(storage, "Another")
        assert len(await storage.people.institutions()) == 2

    async def test_units_at_the_same_time_all_commit(self, storage: Storage) -> None:
        names = [f"Campus {number}" for number in range(20)]
        houses = await asyncio.gather(*(settle_in(storage, name) for name in names))
        assert {house.id for house in await storage.people.institutions()} == {
            house.id for house in houses
        }


async def _do_everything(unit: HouseUnit, key: ApiKey) -> None:
    await unit.api_keys.save(key)
    await unit.jobs.enqueue(JobRequest(work=Checkup()))
    assert await unit.inbox.first_time("auditor", str(key.id))


async def _expect_nothing_of(key: ApiKey, storage: Storage) -> None:
    assert await storage.people.key_by_digest(key.digest) is None
    assert await told_by(storage) == []
    assert await _claimed(storage) == []
    async with storage.start() as unit:
        assert await unit.inbox.first_time("auditor", str(key.id))


async def _claimed(storage: Storage) -> list[Claim]:
    lease = Lease(worker="suite", seconds=30)
    return list(await storage.queue.claim("default", limit=10, lease=lease))
