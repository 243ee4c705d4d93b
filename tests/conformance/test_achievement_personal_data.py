"""What learners earned is told whole and can be forgotten, on every storage; and a holder that
keeps something back is caught."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pytest
from storage_grounds import InMemory, OnPostgres, OnSqlite

from homeroom.exams.use_cases.achievement_data import DataOfAchievements
from homeroom.house import Storage
from homeroom.kernel.ids import PersonId
from homeroom.kernel.personal_data import Section
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.achievements_ground import an_answer, book, show
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.personal_data import (
    Holder,
    HoldsPersonalDataConformance,
    Known,
)
from homeroom_testing.conformance.storage import settle_in
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class OfAchievements(HoldsPersonalDataConformance):
    """What two learners earned, of whom boards show one."""

    made: type[DataOfAchievements] = DataOfAchievements

    @pytest.fixture
    def holder(self, storage: Storage) -> Holder:
        return self.made()

    @pytest.fixture
    async def known(self, storage: Storage) -> Known:
        house = await settle_in(storage)
        ana = await a_kept_person(storage, house, "ana")
        ben = await a_kept_person(storage, house, "ben")
        hers = an_answer(ana)
        await book(storage, ana, hers)
        await book(storage, ben, an_answer(ben))
        await show(storage, ana, "Quiet Heron 4711")
        private = frozenset({str(ana.id), "Quiet Heron 4711", str(hers.sitting_id), hers.key})
        return Known(person_id=ana.id, other_id=ben.id, private=private)


class TestAchievementsInMemory(InMemory, OfAchievements): ...


class TestAchievementsOnSqlite(OnSqlite, OfAchievements): ...


class TestAchievementsOnPostgres(OnPostgres, OfAchievements): ...


class TellsNoAwards(DataOfAchievements):
    async def about(self, unit: Any, person_id: PersonId) -> Sequence[Section]:
        return (await super().about(unit, person_id))[:1]


class KeepsTheAlias(DataOfAchievements):
    async def erase(self, unit: Any, person_id: PersonId, *, at: datetime) -> Mapping[str, int]:
        return {"awards": await unit.awards.remove(person_id)}


CAUGHT = {
    TellsNoAwards: "test_all_that_is_held_is_told",
    KeepsTheAlias: "test_after_an_erasure_nothing_of_it_is_left",
}


@pytest.mark.parametrize(("broken", "clause"), CAUGHT.items())
def test_the_clause_named_for_it_catches(broken: type[DataOfAchievements], clause: str) -> None:
    class Saboteur(OfAchievements):
        made = broken

    saboteur = spoiled(Saboteur, open_storage, JsonCodec())
    assert broken_clauses(saboteur, only=clause) == {clause}
