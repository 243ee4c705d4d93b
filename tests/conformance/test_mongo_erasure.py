"""Somebody is erased from exams' documents and from all else, though no transaction spans both."""

from collections.abc import AsyncIterator

import attrs
import pytest
from storage_grounds import documents_settings

from homeroom.compliance.ports.record import EntryFilter
from homeroom.compliance.use_cases.personal_data import ErasePerson, Holders
from homeroom.exams.use_cases.personal_data import DataOfExams
from homeroom.house import HouseUnit, Storage, StorageSettings
from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.page import CursorRequest
from homeroom.people.model.persons import Person
from homeroom.people.use_cases.personal_data import DataOfPeople, find_subject
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage as open_memory
from homeroom_adapters.memory.unit import MemoryUnit
from homeroom_adapters.mongo.opening import open_documents
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.disputes import a_note, keep
from homeroom_testing.conformance.people_ground import a_kept_person, look_at
from homeroom_testing.conformance.sittings_ground import RIGHT, a_bank, a_sitting, add, answer
from homeroom_testing.conformance.storage import settle_in, told_by
from homeroom_testing.spoiled import spoil

pytestmark = [pytest.mark.anyio, pytest.mark.service("mongo")]


class IsAwayFor(MemoryUnit):
    """Fails to commit as often as it is told to."""

    times = 0

    async def commit(self) -> None:
        if IsAwayFor.times:
            IsAwayFor.times -= 1
            raise Unavailable("the storage is away")
        await super().commit()


@attrs.frozen
class House:
    """A storage whose exams are in MongoDB, and a learner who sat for one."""

    storage: Storage
    admin: Actor
    ana: Person

    async def erase(self) -> None:
        holders = Holders[HouseUnit](find_subject, [DataOfExams(), DataOfPeople()])
        erasing = ErasePerson(self.storage.start, holders, SteppingClock())
        await erasing(self.admin, self.ana.id)

    async def sittings(self) -> int:
        async with self.storage.start() as unit:
            return len(await unit.sittings.of(self.ana.id))

    async def noted(self) -> list[str]:
        found = await self.storage.record.entries(EntryFilter(reach=None), CursorRequest())
        return [one.action for one in found.items]


@pytest.fixture
async def house(mongo_url: str, mongo_database: str) -> AsyncIterator[House]:
    ambient = Ambient(SteppingClock(), JsonCodec())
    documents = await documents_settings(mongo_url, mongo_database)
    async with (
        open_memory(StorageSettings(), ambient) as beside,
        open_documents(documents, ambient, spoil(beside, IsAwayFor)) as whole,
    ):
        institution = await settle_in(whole)
        ana = await a_kept_person(whole, institution)
        bank = await a_bank(whole, institution)
        sitting = a_sitting(bank, ana)
        answer(sitting, bank, RIGHT)
        await add(whole, sitting)
        await keep(whole, a_note(sitting))
        await told_by(whole)
        admin = Actor(institution_id=institution.id, roles=frozenset({Role.ADMIN}))
        yield House(whole, admin, ana)


async def test_nothing_is_left_in_either_and_it_is_told_and_noted_once(house: House) -> None:
    await house.erase()
    assert await house.sittings() == 0
    assert not (await look_at(house.storage, house.ana)).is_active
    assert [one.name for one in await told_by(house.storage)] == ["people.person_erased.v1"]
    assert (await house.noted()).count("compliance.erase_person") == 1


async def test_where_the_rest_fails_they_are_still_there_to_be_erased(house: House) -> None:
    IsAwayFor.times = 1
    with pytest.raises(Unavailable):
        await house.erase()
    assert (await look_at(house.storage, house.ana)).is_active
    assert "compliance.erase_person" not in await house.noted()
    await house.erase()
    assert await house.sittings() == 0
    assert not (await look_at(house.storage, house.ana)).is_active
    assert [one.name for one in await told_by(house.storage)] == ["people.person_erased.v1"]


async def test_a_unit_that_leaves_without_a_commit_erases_nothing(house: House) -> None:
    async with house.storage.start() as unit:
        await unit.sittings.remove(house.ana.id)
        await unit.persons.get(house.ana.id, reach=None)
    assert await house.sittings() == 1
