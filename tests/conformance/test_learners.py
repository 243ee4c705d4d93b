"""The place for tiers on every storage, and places that break one promise each."""

import asyncio
from collections.abc import Mapping
from datetime import date

import attrs
import pytest
from storage_grounds import InMemory, OnMongo, OnPostgres, OnSqlite

from homeroom.exams.model.tiers import Learner, Tally
from homeroom.kernel.ids import InstitutionId, PersonId
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.learners import MemoryLearners
from homeroom_adapters.memory.learners_tables import Day
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.learners import LearnersConformance
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class TestLearnersInMemory(InMemory, LearnersConformance): ...


class TestLearnersOnSqlite(OnSqlite, LearnersConformance): ...


class TestLearnersOnPostgres(OnPostgres, LearnersConformance): ...


class TestLearnersOnMongo(OnMongo, LearnersConformance): ...


class RemembersTheOldZone(MemoryLearners):
    async def get(self, person_id: PersonId, *, reach: InstitutionId | None) -> Learner:
        found = await super().get(person_id, reach=reach)
        known = self._transaction.reading().learners.get(person_id)
        return found if known is None else attrs.evolve(found, house_zone=known.house_zone)


class ForgetsTheZone(MemoryLearners):
    async def save(self, learner: Learner) -> None:
        await super().save(attrs.evolve(learner, zone=None))
        learner.version += 1


class FindsForeignLearners(MemoryLearners):
    async def get(self, person_id: PersonId, *, reach: InstitutionId | None) -> Learner:
        return await super().get(person_id, reach=None)


class NeverStale(MemoryLearners):
    async def save(self, learner: Learner) -> None:
        drafts = await self._transaction.writing()
        drafts.learners.put(attrs.evolve(learner, version=learner.version + 1))


class KeepsQuiet(MemoryLearners):
    async def save(self, learner: Learner) -> None:
        learner.release_events()
        await super().save(learner)


class CountsOnAndOn(MemoryLearners):
    async def count(self, tally: Tally, *, most: int) -> bool:
        return await super().count(tally, most=most + 1)


class CountsEachTime(MemoryLearners):
    async def count(self, tally: Tally, *, most: int) -> bool:
        drafts = await self._transaction.writing()
        drafts.tallies.remove((tally.sitting_id, tally.question_id))
        return await super().count(tally, most=most)


class KnowsOneDay(MemoryLearners):
    async def count(self, tally: Tally, *, most: int) -> bool:
        return await super().count(attrs.evolve(tally, day=date.min), most=most)

    async def counted(
        self, person_id: PersonId, *, since: date | None = None
    ) -> Mapping[date, int]:
        return await super().counted(person_id)


class LooksBeforeItWaits(MemoryLearners):
    """Looks at what is committed first, and waits for its turn then."""

    async def count(self, tally: Tally, *, most: int) -> bool:
        seen = (await self.counted(tally.person_id)).get(tally.day, 0)
        await asyncio.sleep(0)
        drafts = await self._transaction.writing()
        drafts.days.put(Day(tally.person_id, tally.day, seen + 1))
        return seen < most


class CountsAtOnce(MemoryLearners):
    async def count(self, tally: Tally, *, most: int) -> bool:
        done = await super().count(tally, most=most)
        seen = (await self.counted(tally.person_id)).get(tally.day, 0)
        self._transaction.store.days.keep(Day(tally.person_id, tally.day, seen))
        return done


class ForgetsToRemove(MemoryLearners):
    async def remove(self, person_id: PersonId) -> int:
        return 0


class HandsOutItsOwn(MemoryLearners):
    async def get(self, person_id: PersonId, *, reach: InstitutionId | None) -> Learner:
        found = self._transaction.store.learners.rows.get(person_id)
        return found or await super().get(person_id, reach=reach)


CAUGHT_BY: dict[type[StorageConformance], dict[type, str]] = {
    LearnersConformance: {
        RemembersTheOldZone: "test_the_zone_of_their_institution_is_told_as_it_is_now",
        ForgetsTheZone: "test_what_is_said_of_a_learner_comes_back_as_it_went",
        FindsForeignLearners: "test_who_is_out_of_reach_or_unknown_is_no_learner",
        NeverStale: "test_the_second_of_two_saves_of_one_version_is_stale",
        KeepsQuiet: "test_a_change_is_told_once_it_is_committed",
        CountsOnAndOn: "test_answers_are_counted_until_there_are_as_many_as_there_may_be",
        CountsEachTime: "test_one_question_of_a_sitting_counts_once",
        KnowsOneDay: "test_each_day_is_counted_for_itself",
        LooksBeforeItWaits: "test_of_many_who_ask_at_once_no_more_are_counted_than_may_be",
        CountsAtOnce: "test_leaving_without_commit_counts_nothing",
        ForgetsToRemove: "test_all_of_somebodys_is_taken_away_and_nobody_elses",
        HandsOutItsOwn: "test_what_is_read_is_a_copy",
    },
}
CASES = [(suite, *case) for suite, caught in CAUGHT_BY.items() for case in caught.items()]


@pytest.mark.parametrize(("suite", "broken", "clause"), CASES)
def test_the_clause_named_for_it_catches(
    suite: type[StorageConformance], broken: type, clause: str
) -> None:
    saboteur = spoiled(suite, open_storage, JsonCodec(), broken)
    assert broken_clauses(saboteur, only=clause) == {clause}


@pytest.mark.parametrize("suite", CAUGHT_BY)
def test_an_honest_storage_breaks_none_of_these(suite: type[StorageConformance]) -> None:
    honest = spoiled(suite, open_storage, JsonCodec())
    assert broken_clauses(honest, only=" or ".join(CAUGHT_BY[suite].values())) == frozenset()
