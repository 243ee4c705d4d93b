"""The promises of the place where people's context keeps institutions."""

import asyncio
from datetime import timedelta

import attrs
import pytest
from hypothesis import given

from homeroom.house import Storage
from homeroom.kernel.ids import InstitutionId, new_id
from homeroom.people.errors import InstitutionExists, InstitutionNotFound, StaleInstitution
from homeroom.people.model.institutions import (
    Agreements,
    Institution,
    Plan,
    Subscription,
    SubscriptionStatus,
    Terms,
)
from homeroom_testing import strategies
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import ROUND_TRIP
from homeroom_testing.conformance.storage import (
    StorageConformance,
    an_institution,
    settle_in,
    told_by,
)


class InstitutionsConformance(StorageConformance):
    """The institutions, inside a unit."""

    async def test_an_unknown_institution_is_not_found(self, storage: Storage) -> None:
        async with storage.start() as unit:
            with pytest.raises(InstitutionNotFound):
                await unit.institutions.get(InstitutionId(new_id()))

    async def test_a_name_belongs_to_one_institution(self, storage: Storage) -> None:
        house = await settle_in(storage)
        async with storage.start() as unit:
            with pytest.raises(InstitutionExists):
                await unit.institutions.add(an_institution(house.name))

    async def test_one_of_two_who_add_a_name_at_once_is_refused(self, storage: Storage) -> None:
        answers = await asyncio.gather(
            settle_in(storage), settle_in(storage), return_exceptions=True
        )
        assert sorted(type(answer).__name__ for answer in answers) == [
            "Institution",
            "InstitutionExists",
        ]

    async def test_a_change_is_kept_and_told(self, storage: Storage) -> None:
        house = await settle_in(storage)
        await told_by(storage)
        await _change(storage, house)
        async with storage.start() as unit:
            assert await unit.institutions.get(house.id) == house
        assert [one.name for one in await told_by(storage)] == ["people.institution_changed.v1"]

    async def test_the_second_of_two_saves_of_one_version_is_stale(self, storage: Storage) -> None:
        house = await settle_in(storage)
        mine = attrs.evolve(house)
        await _change(storage, house)
        mine.change(at=NOON, name="Renamed meanwhile")
        async with storage.start() as unit:
            with pytest.raises(StaleInstitution):
                await unit.institutions.save(mine)

    async def test_an_institution_that_was_never_added_cannot_be_saved(
        self, storage: Storage
    ) -> None:
        async with storage.start() as unit:
            with pytest.raises(StaleInstitution):
                await unit.institutions.save(an_institution())

    async def test_a_name_cannot_be_taken_by_a_change_either(self, storage: Storage) -> None:
        ours, theirs = await settle_in(storage, "Ours"), await settle_in(storage, "Theirs")
        await told_by(storage)
        ours.change(at=NOON, name=theirs.name)
        async with storage.start() as unit:
            with pytest.raises(InstitutionExists):
                await unit.institutions.save(ours)
            assert (await unit.institutions.get(ours.id)).name == "Ours"
            other = Institution.found("Added after all", at=NOON)
            await unit.institutions.add(other)
            await unit.commit()
        assert len(await storage.people.institutions()) == 3
        assert await told_by(storage) == []

    async def test_a_name_that_was_given_up_is_free(self, storage: Storage) -> None:
        house = await settle_in(storage)
        name = house.name
        house.change(at=NOON, name="Another")
        async with storage.start() as unit:
            await unit.institutions.save(house)
            await unit.commit()
        assert (await settle_in(storage, name)).name == name

    async def test_an_empty_house_has_no_first_institution(self, storage: Storage) -> None:
        async with storage.start() as unit:
            assert await unit.institutions.first() is None

    async def test_the_first_institution_is_the_oldest(self, storage: Storage) -> None:
        young = Institution.found("Young", at=NOON + timedelta(days=1))
        old = Institution.found("Old", at=NOON)
        async with storage.start() as unit:
            await unit.institutions.add(young)
            await unit.institutions.add(old)
            assert await unit.institutions.first() == old
            await unit.commit()

    async def test_what_is_read_is_a_copy(self, storage: Storage) -> None:
        house = await settle_in(storage)
        name = house.name
        house.name = "changed, but never added again"
        async with storage.start() as unit:
            read = await unit.institutions.get(house.id)
            assert read.name == name
            read.name = "changed in the reader's hands"
            assert (await unit.institutions.get(house.id)).name == name

    @ROUND_TRIP
    @given(house=strategies.institutions())
    async def test_an_institution_comes_back_as_it_went(
        self, storage: Storage, house: Institution
    ) -> None:
        async with storage.start() as unit:
            await unit.institutions.add(house)
            await unit.commit()
        async with storage.start() as unit:
            assert await unit.institutions.get(house.id) == house


async def _change(storage: Storage, house: Institution) -> None:
    agreed = Agreements(recording=True, ai=False, data_sharing=True)
    ends = Subscription(
        plan=Plan.PRO, status=SubscriptionStatus.SUSPENDED, until=NOON + timedelta(days=1)
    )
    terms = Terms(retention_days=30, agreed=agreed, time_zone="Asia/Manila")
    house.change(at=NOON, name="Bicol College", subscription=ends, terms=terms)
    async with storage.start() as unit:
        await unit.institutions.save(house)
        await unit.commit()
