"""The storages sign the suites of progress, and broken ones are caught."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction

import attrs
import pytest
from storage_grounds import InMemory, OnMongo, OnPostgres, OnSqlite

from homeroom.exams.model.progress import Attempt, Due, Standing, Study
from homeroom.kernel.ids import ExamId, ObjectiveId, PersonId, SittingId, new_id
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.progress import MemoryProgress, MemoryProgressQueries
from homeroom_adapters.memory.progress_tables import CountedAttempt
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.progress import ProgressConformance
from homeroom_testing.conformance.progress_queries import ProgressQueriesConformance
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class TestProgressInMemory(InMemory, ProgressConformance): ...


class TestProgressOnSqlite(OnSqlite, ProgressConformance): ...


class TestProgressOnPostgres(OnPostgres, ProgressConformance): ...


class TestProgressOnMongo(OnMongo, ProgressConformance): ...


class TestProgressQueriesInMemory(InMemory, ProgressQueriesConformance): ...


class TestProgressQueriesOnSqlite(OnSqlite, ProgressQueriesConformance): ...


class TestProgressQueriesOnPostgres(OnPostgres, ProgressQueriesConformance): ...


class TestProgressQueriesOnMongo(OnMongo, ProgressQueriesConformance): ...


class BeginsAtOnce(MemoryProgress):
    async def hold(self, person_id: PersonId, exam_id: ExamId) -> Study:
        found = await super().hold(person_id, exam_id)
        return attrs.evolve(found, examined_at=found.examined_at or datetime.max)  # noqa: DTZ901


class ListsTheNewestFirst(MemoryProgress):
    async def hold(self, person_id: PersonId, exam_id: ExamId) -> Study:
        found = await super().hold(person_id, exam_id)
        return attrs.evolve(found, waiting=found.waiting[::-1])


class CountsTwice(MemoryProgress):
    async def count(self, attempts: Sequence[Attempt]) -> None:
        drafts = await self._transaction.writing()
        for one in attempts:
            again = drafts.attempts.get((one.sitting_id, one.question_id)) is not None
            told = attrs.evolve(one, sitting_id=SittingId(new_id())) if again else one
            drafts.attempts.put(CountedAttempt(attempt=told))


class BelievesTheFirstJudgement(MemoryProgress):
    async def count(self, attempts: Sequence[Attempt]) -> None:
        drafts = await self._transaction.writing()
        known = drafts.attempts
        await super().count(
            [one for one in attempts if known.get((one.sitting_id, one.question_id)) is None]
        )


class PlansForEver(MemoryProgress):
    async def count(self, attempts: Sequence[Attempt]) -> None:
        drafts = await self._transaction.writing()
        for one in attempts:
            drafts.attempts.put(CountedAttempt(attempt=one))


class ForgetsWhatItKnew(MemoryProgress):
    async def hold(self, person_id: PersonId, exam_id: ExamId) -> Study:
        return attrs.evolve(await super().hold(person_id, exam_id), recalls={})


class HoldsNothing(MemoryProgress):
    async def hold(self, person_id: PersonId, exam_id: ExamId) -> Study:
        theirs = [one for one in await self.of(person_id) if one.exam_id == exam_id]
        waiting = self._transaction.reading().attempts.select(lambda one: not one.planned)
        if not theirs:
            return await super().hold(person_id, exam_id)
        return attrs.evolve(theirs[0], waiting=tuple(one.attempt for one in waiting))


class KnowsNoDeadline(MemoryProgress):
    async def save(self, study: Study) -> None:
        await super().save(attrs.evolve(study, examined_at=None))


class MixesPeopleUp(MemoryProgress):
    async def hold(self, person_id: PersonId, exam_id: ExamId) -> Study:
        found = await super().hold(person_id, exam_id)
        every = self._transaction.reading().attempts.select(lambda one: not one.planned)
        waiting = tuple(one.attempt for one in every if one.attempt.exam_id == exam_id)
        return attrs.evolve(found, waiting=waiting)


class ForgetsToRemove(MemoryProgress):
    async def remove(self, person_id: PersonId) -> int:
        return len(await self.of(person_id))


class WritesThrough(MemoryProgress):
    async def count(self, attempts: Sequence[Attempt]) -> None:
        await super().count(attempts)
        for one in attempts:
            self._transaction.store.attempts.keep(CountedAttempt(attempt=one))


class Rounds(MemoryProgress):
    async def count(self, attempts: Sequence[Attempt]) -> None:
        await super().count(
            [attrs.evolve(one, credit=Fraction(round(one.credit * 100), 100)) for one in attempts]
        )


class CountsEverybodys(MemoryProgressQueries):
    async def standing(self, person_id: PersonId, exam_id: ExamId) -> Standing:
        found = await super().standing(person_id, exam_id)
        with self._store.lock:
            every = {one.attempt.question_id for one in self._store.attempts.rows.values()}
        return attrs.evolve(found, seen=frozenset(every))


class TellsTheOldestFirst(MemoryProgressQueries):
    async def latest(
        self, person_id: PersonId, exam_id: ExamId, *, since: datetime, most: int
    ) -> Mapping[ObjectiveId, Sequence[Fraction]]:
        found = await super().latest(person_id, exam_id, since=since, most=most)
        return {one: worth[::-1] for one, worth in found.items()}


class IsInAHurry(MemoryProgressQueries):
    async def due(
        self, person_id: PersonId, exam_id: ExamId, *, at: datetime, limit: int
    ) -> Sequence[Due]:
        every = self._recalls(person_id, exam_id)
        latest = max((one.recall.due_at for one in every), default=at)
        return await super().due(person_id, exam_id, at=latest, limit=limit)


class CountsTheEndTwice(MemoryProgressQueries):
    async def times(
        self, person_id: PersonId, *, since: datetime, before: datetime
    ) -> Sequence[datetime]:
        return [one.at for one in self._attempts(person_id) if since <= one.at <= before]


CAUGHT_BY: dict[type[StorageConformance], dict[type, str]] = {
    ProgressConformance: {
        BeginsAtOnce: "test_who_never_answered_has_begun_once_somebody_holds_it",
        ListsTheNewestFirst: (
            "test_what_was_counted_waits_the_oldest_first_and_comes_back_as_it_went"
        ),
        BelievesTheFirstJudgement: (
            "test_a_question_of_a_sitting_is_counted_once_and_its_last_judgement_holds"
        ),
        CountsTwice: "test_of_many_who_count_the_same_at_once_one_counts",
        ForgetsWhatItKnew: (
            "test_what_was_planned_waits_no_more_and_is_known_when_it_is_answered_again"
        ),
        PlansForEver: "test_what_is_judged_anew_is_planned_as_it_was",
        HoldsNothing: "test_what_is_held_is_held_so_that_none_plans_twice",
        KnowsNoDeadline: "test_nothing_is_due_past_the_deadline_once_the_exam_is_known",
        MixesPeopleUp: "test_others_and_other_exams_are_apart",
        ForgetsToRemove: "test_all_of_somebodys_is_told_and_taken_away",
        WritesThrough: "test_leaving_without_commit_counts_and_plans_nothing",
        Rounds: "test_an_answer_is_worth_exactly_what_it_was_worth",
    },
    ProgressQueriesConformance: {
        CountsEverybodys: "test_a_standing_counts_each_answer_of_theirs_by_objective",
        TellsTheOldestFirst: "test_the_latest_are_told_newest_first_as_many_as_wished",
        IsInAHurry: "test_what_is_due_is_told_that_has_waited_longest_first",
        CountsTheEndTwice: (
            "test_times_are_those_of_every_exam_from_one_instant_to_before_another"
        ),
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
