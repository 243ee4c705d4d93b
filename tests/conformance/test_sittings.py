"""The storages sign the suites of sittings, and broken ones are caught."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import attrs
import pytest
from storage_grounds import InMemory, OnMongo, OnPostgres, OnSqlite

from homeroom.exams.model.sittings import Sitting, Summary
from homeroom.exams.ports.sittings import SittingFilter
from homeroom.kernel.ids import ExamId, InstitutionId, PersonId, QuestionId, SittingId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.sittings import MemorySittingQueries, MemorySittings
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.sitting_queries import SittingQueriesConformance
from homeroom_testing.conformance.sittings import SittingsConformance
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class TestSittingsInMemory(InMemory, SittingsConformance): ...


class TestSittingsOnSqlite(OnSqlite, SittingsConformance): ...


class TestSittingsOnPostgres(OnPostgres, SittingsConformance): ...


class TestSittingsOnMongo(OnMongo, SittingsConformance): ...


class TestSittingQueriesInMemory(InMemory, SittingQueriesConformance): ...


class TestSittingQueriesOnSqlite(OnSqlite, SittingQueriesConformance): ...


class TestSittingQueriesOnPostgres(OnPostgres, SittingQueriesConformance): ...


class TestSittingQueriesOnMongo(OnMongo, SittingQueriesConformance): ...


class ForgetsAnswers(MemorySittings):
    async def save(self, sitting: Sitting) -> None:
        await super().save(attrs.evolve(sitting, replies={}))
        sitting.version += 1


class KeepsTheFirstAnswer(MemorySittings):
    async def save(self, sitting: Sitting) -> None:
        known = self._transaction.reading().sittings.get(sitting.id)
        before = {} if known is None else known.replies
        kept = attrs.evolve(sitting, replies={**sitting.replies, **before})
        await super().save(kept)


class FindsForeignSittings(MemorySittings):
    async def get(self, sitting_id: SittingId, *, reach: InstitutionId | None) -> Sitting:
        return await super().get(sitting_id, reach=None)


class LetsAnybodySit(MemorySittings):
    async def add(self, sitting: Sitting, *, attempts: int | None = None) -> None:
        drafts = await self._transaction.writing()
        drafts.sittings.put(attrs.evolve(sitting, version=1))


class CountsNothing(MemorySittings):
    async def add(self, sitting: Sitting, *, attempts: int | None = None) -> None:
        await super().add(sitting)


class HoldsNothing(MemorySittings):
    async def get(self, sitting_id: SittingId, *, reach: InstitutionId | None) -> Sitting:
        found = self._transaction.reading().sittings.get(sitting_id)
        return found or await super().get(sitting_id, reach=reach)


class NeverStale(MemorySittings):
    async def save(self, sitting: Sitting) -> None:
        drafts = await self._transaction.writing()
        drafts.sittings.put(attrs.evolve(sitting, version=sitting.version + 1))


class KeepsQuiet(MemorySittings):
    async def add(self, sitting: Sitting, *, attempts: int | None = None) -> None:
        sitting.release_events()
        await super().add(sitting, attempts=attempts)


class WritesThrough(MemorySittings):
    async def save(self, sitting: Sitting) -> None:
        await super().save(sitting)
        self._transaction.store.sittings.keep(attrs.evolve(sitting))


class ForgetsToRemove(MemorySittings):
    async def remove(self, person_id: PersonId) -> int:
        return 0


class HandsOutItsOwn(MemorySittings):
    async def get(self, sitting_id: SittingId, *, reach: InstitutionId | None) -> Sitting:
        await self._transaction.writing()
        found = self._transaction.store.sittings.rows.get(sitting_id)
        return found or await super().get(sitting_id, reach=reach)


class ReadsForeignSittings(MemorySittingQueries):
    async def sitting(self, sitting_id: SittingId, *, reach: InstitutionId | None) -> Sitting:
        return await super().sitting(sitting_id, reach=None)


class ListsOldestFirst(MemorySittingQueries):
    async def sittings(self, wanted: SittingFilter, page: CursorRequest) -> CursorPage[Summary]:
        found = await super().sittings(wanted, page)
        return attrs.evolve(found, items=found.items[::-1])


class ListsEverybodys(MemorySittingQueries):
    async def sittings(self, wanted: SittingFilter, page: CursorRequest) -> CursorPage[Summary]:
        return await super().sittings(attrs.evolve(wanted, person=None), page)


class IsInAHurry(MemorySittingQueries):
    async def run_out(self, *, at: datetime, limit: int) -> Sequence[SittingId]:
        return await super().run_out(at=at + timedelta(seconds=1), limit=limit)


class NoticesNothing(MemorySittingQueries):
    async def versions(self, wanted: Collection[SittingId]) -> Mapping[SittingId, int]:
        return dict.fromkeys(await super().versions(wanted), 1)


class BearsGrudges(MemorySittingQueries):
    async def missed(self, person_id: PersonId, exam_id: ExamId) -> frozenset[QuestionId]:
        return frozenset(
            question_id
            for one in self._every()
            if (one.person_id, one.exam_id) == (person_id, exam_id)
            for question_id, reply in one.replies.items()
            if reply.credit == 0
        )


CAUGHT_BY: dict[type[StorageConformance], dict[type, str]] = {
    SittingsConformance: {
        ForgetsAnswers: "test_a_sitting_comes_back_as_it_went",
        KeepsTheFirstAnswer: "test_what_was_answered_is_replaced_by_what_is_answered_later",
        FindsForeignSittings: "test_a_sitting_out_of_reach_is_not_found",
        LetsAnybodySit: "test_a_person_has_one_timed_sitting_of_an_exam_under_way",
        CountsNothing: "test_attempts_are_counted_however_they_ended_and_studies_are_not",
        HoldsNothing: "test_what_is_got_is_held_so_that_no_answer_is_lost",
        NeverStale: "test_the_second_of_two_saves_of_one_version_is_stale",
        KeepsQuiet: "test_a_beginning_and_an_end_are_told_once_they_are_committed",
        WritesThrough: "test_leaving_without_commit_discards_what_was_answered",
        ForgetsToRemove: "test_all_of_somebodys_are_told_newest_first_and_taken_away",
        HandsOutItsOwn: "test_what_is_read_is_a_copy",
    },
    SittingQueriesConformance: {
        ReadsForeignSittings: "test_a_sitting_is_found_by_its_id_and_only_within_reach",
        ListsOldestFirst: "test_sittings_are_listed_newest_first_page_by_page",
        ListsEverybodys: "test_sittings_are_found_by_whose_they_are_for_what_and_how_far",
        NoticesNothing: "test_a_sitting_is_at_another_version_after_each_time_that_it_was_saved",
        IsInAHurry: "test_those_whose_time_is_up_are_found_the_earliest_first",
        BearsGrudges: "test_what_somebody_missed_is_what_was_not_right_when_it_was_judged_last",
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
