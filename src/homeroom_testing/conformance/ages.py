"""The promises of the place for what is known of people's ages."""

import asyncio

import attrs
import pytest
from hypothesis import given

from homeroom.house import Storage
from homeroom.kernel.ids import new_id
from homeroom.people.age_errors import StaleAge
from homeroom.people.model.ages import AgeRecord, Attestation
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom_testing import strategies
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import ROUND_TRIP, PeopleGround, a_kept_person


class AgeRecordsConformance(PeopleGround):
    """What `AgeRecords` promises."""

    @pytest.fixture
    async def person(self, storage: Storage, house: Institution) -> Person:
        return await a_kept_person(storage, house)

    async def test_nothing_is_known_before_it_is_saved(
        self, storage: Storage, person: Person
    ) -> None:
        assert await known(storage, person) is None

    @ROUND_TRIP
    @given(record=strategies.age_records())
    async def test_a_record_comes_back_as_it_went(
        self, storage: Storage, house: Institution, record: AgeRecord
    ) -> None:
        person = await a_kept_person(storage, house, new_id().hex)
        record = attrs.evolve(record, person_id=person.id, institution_id=house.id, version=0)
        await keep_ages(storage, record)
        assert await known(storage, person) == record

    async def test_leaving_without_commit_keeps_nothing(
        self, storage: Storage, person: Person
    ) -> None:
        async with storage.start() as unit:
            await unit.ages.save(sealed(person))
        assert await known(storage, person) is None

    async def test_a_change_takes_the_place_of_what_was(
        self, storage: Storage, person: Person
    ) -> None:
        record = AgeRecord.begin(person)
        record.attest(Attestation(by=person.id, at=NOON, evidence="saw her card"))
        await keep_ages(storage, record)
        record.sealed, record.attestation = "a seal", None
        await keep_ages(storage, record)
        assert await known(storage, person) == record

    async def test_the_second_of_two_saves_of_one_version_is_stale(
        self, storage: Storage, person: Person
    ) -> None:
        record = sealed(person)
        await keep_ages(storage, record)
        mine = attrs.evolve(record, sealed="mine")
        await keep_ages(storage, record)
        with pytest.raises(StaleAge):
            await keep_ages(storage, mine)

    async def test_one_of_two_first_records_is_refused(
        self, storage: Storage, person: Person
    ) -> None:
        answers = await asyncio.gather(
            *(keep_ages(storage, sealed(person)) for _ in range(2)), return_exceptions=True
        )
        assert sorted(type(one).__name__ for one in answers) == ["NoneType", "StaleAge"]

    async def test_one_persons_record_is_removed_and_nobody_elses(
        self, storage: Storage, house: Institution, person: Person
    ) -> None:
        other = await a_kept_person(storage, house, "ben")
        await keep_ages(storage, sealed(person), sealed(other))
        counts: list[int] = []
        for _ in range(2):
            async with storage.start() as unit:
                counts.append(await unit.ages.remove(person.id))
                await unit.commit()
        assert counts == [1, 0]
        assert await known(storage, person) is None
        assert await known(storage, other) is not None

    async def test_what_is_read_is_a_copy(self, storage: Storage, person: Person) -> None:
        record = sealed(person)
        await keep_ages(storage, record)
        record.sealed = "changed after it was saved"
        async with storage.start() as unit:
            read = await unit.ages.of(person.id)
            assert read is not None
            read.sealed = "changed by a reader"
            again = await unit.ages.of(person.id)
            assert again is not None
            assert again.sealed == "a seal"


def sealed(person: Person) -> AgeRecord:
    """Of somebody whose birth date is known."""
    record = AgeRecord.begin(person)
    record.sealed = "a seal"
    return record


async def keep_ages(storage: Storage, *records: AgeRecord) -> None:
    """Save *records* in a unit of their own."""
    async with storage.start() as unit:
        for record in records:
            await unit.ages.save(record)
        await unit.commit()


async def known(storage: Storage, person: Person) -> AgeRecord | None:
    """What another unit finds."""
    async with storage.start() as unit:
        return await unit.ages.of(person.id)
