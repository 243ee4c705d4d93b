"""What exams hold about persons is told whole and can be forgotten, on every storage; and a
context that keeps something back is caught."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs
import pytest
from storage_grounds import InMemory, OnMongo, OnPostgres, OnSqlite

from homeroom.exams.model.tiers import Tier
from homeroom.exams.use_cases.personal_data import DataOfExams
from homeroom.house import Storage
from homeroom.kernel.ids import PersonId
from homeroom.kernel.personal_data import Section
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.adaptive import add_adaptive, an_adaptive, put, say
from homeroom_testing.conformance.disputes import a_dispute, a_note, keep, raise_
from homeroom_testing.conformance.learners import a_tally, count, rank
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.personal_data import (
    Holder,
    HoldsPersonalDataConformance,
    Known,
)
from homeroom_testing.conformance.sittings_ground import RIGHT, a_bank, a_sitting, add, answer
from homeroom_testing.conformance.storage import settle_in
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class OfExams(HoldsPersonalDataConformance):
    """What exams hold: sittings of two persons, with answers."""

    made: type[DataOfExams] = DataOfExams

    @pytest.fixture
    def holder(self, storage: Storage) -> Holder:
        return self.made()

    @pytest.fixture
    async def known(self, storage: Storage) -> Known:
        house = await settle_in(storage)
        ana = await a_kept_person(storage, house, "ana")
        ben = await a_kept_person(storage, house, "ben")
        bank = await a_bank(storage, house)
        hers, his = a_sitting(bank, ana), a_sitting(bank, ben)
        answer(hers, bank, RIGHT)
        await add(storage, hers, his)
        await rank(storage, ana, Tier.FREE, "Asia/Manila")
        await count(storage, a_tally(hers), most=9)
        await keep(storage, a_note(hers, text="nota bene"))
        await raise_(storage, a_dispute(hers))
        adapted, others = an_adaptive(bank, ana), an_adaptive(bank, ben)
        put(adapted, bank, 1)
        say(adapted, bank, 1, RIGHT)
        await add_adaptive(storage, adapted, others)
        private = frozenset({str(hers.id), str(bank.questions[0].id), str(ana.id)})
        private |= {str(adapted.id), str(bank.questions[1].id)}
        private |= {"Asia/Manila", "2026-01-05", "nota bene", "Two of these are right."}
        return Known(person_id=ana.id, other_id=ben.id, private=private)


class TestExamsInMemory(InMemory, OfExams): ...


class TestExamsOnSqlite(OnSqlite, OfExams): ...


class TestExamsOnPostgres(OnPostgres, OfExams): ...


class TestExamsOnMongo(OnMongo, OfExams): ...


class TellsNoAnswers(DataOfExams):
    async def about(self, unit: Any, person_id: PersonId) -> Sequence[Section]:
        return (await super().about(unit, person_id))[:1]


class KeepsAdaptive(DataOfExams):
    async def erase(self, unit: Any, person_id: PersonId, *, at: datetime) -> Mapping[str, int]:
        kept = await unit.adaptive.of(person_id)
        done = await super().erase(unit, person_id, at=at)
        for one in kept:
            await unit.adaptive.add(attrs.evolve(one, version=0))
        return done


class KeepsSittings(DataOfExams):
    async def erase(self, unit: Any, person_id: PersonId, *, at: datetime) -> Mapping[str, int]:
        return {"sittings": len(await unit.sittings.of(person_id))}


CAUGHT = {
    TellsNoAnswers: "test_all_that_is_held_is_told",
    KeepsAdaptive: "test_after_an_erasure_nothing_of_it_is_left",
    KeepsSittings: "test_after_an_erasure_nothing_of_it_is_left",
}


@pytest.mark.parametrize(("broken", "clause"), CAUGHT.items())
def test_the_clause_named_for_it_catches(broken: type[DataOfExams], clause: str) -> None:
    class Saboteur(OfExams):
        made = broken

    saboteur = spoiled(Saboteur, open_storage, JsonCodec())
    assert broken_clauses(saboteur, only=clause) == {clause}
