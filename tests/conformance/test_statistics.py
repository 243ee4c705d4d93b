"""The storages sign the suites of statistics, and broken ones are caught."""

from collections.abc import Sequence
from datetime import datetime

import anyio.lowlevel
import attrs
import pytest
from storage_grounds import InMemory, OnMongo, OnPostgres, OnSqlite

from homeroom.exams.model.sittings import Sitting
from homeroom.exams.model.statistics import ExamStatistics, QuestionStatistics
from homeroom.exams.ports.statistics import Due
from homeroom.kernel.ids import ExamId, InstitutionId, QuestionId, SittingId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.exams_tables import edition_of
from homeroom_adapters.memory.statistics import MemoryStatistics, MemoryStatisticsQueries
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.statistics import (
    StatisticsConformance,
    StatisticsQueriesConformance,
)
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class TestStatisticsInMemory(InMemory, StatisticsConformance): ...


class TestStatisticsOnSqlite(OnSqlite, StatisticsConformance): ...


class TestStatisticsOnPostgres(OnPostgres, StatisticsConformance): ...


class TestStatisticsOnMongo(OnMongo, StatisticsConformance): ...


class TestStatisticsQueriesInMemory(InMemory, StatisticsQueriesConformance): ...


class TestStatisticsQueriesOnSqlite(OnSqlite, StatisticsQueriesConformance): ...


class TestStatisticsQueriesOnPostgres(OnPostgres, StatisticsQueriesConformance): ...


class TestStatisticsQueriesOnMongo(OnMongo, StatisticsQueriesConformance): ...


class RoundsTooSoon(MemoryStatistics):
    async def put(self, exam: ExamStatistics, questions: Sequence[QuestionStatistics]) -> None:
        await super().put(exam, [attrs.evolve(one, figures=None) for one in questions])


class KeepsWhatWasThere(MemoryStatistics):
    async def put(self, exam: ExamStatistics, questions: Sequence[QuestionStatistics]) -> None:
        drafts = await self._transaction.writing()
        drafts.exam_statistics.put(exam)
        for one in questions:
            drafts.question_statistics.put(one)


class WritesThrough(MemoryStatistics):
    async def put(self, exam: ExamStatistics, questions: Sequence[QuestionStatistics]) -> None:
        await super().put(exam, questions)
        self._transaction.store.exam_statistics.keep(exam)


class RaisesTheAlarmEachTime(MemoryStatistics):
    async def suspect(
        self, found: QuestionStatistics, *, institution_id: InstitutionId, at: datetime
    ) -> bool:
        drafts = await self._transaction.writing()
        drafts.mis_keyed.remove(edition_of(found))
        return await super().suspect(found, institution_id=institution_id, at=at)


class LooksBeforeItWaits(MemoryStatistics):
    async def suspect(
        self, found: QuestionStatistics, *, institution_id: InstitutionId, at: datetime
    ) -> bool:
        known = self._transaction.reading().mis_keyed.get(edition_of(found))
        await anyio.lowlevel.checkpoint()
        drafts = await self._transaction.writing()
        if known is None:
            drafts.mis_keyed.remove(edition_of(found))
        return await super().suspect(found, institution_id=institution_id, at=at)


class MixesTwoCounts(MemoryStatistics):
    async def put(self, exam: ExamStatistics, questions: Sequence[QuestionStatistics]) -> None:
        await super().put(exam, questions)
        first = self._transaction.store.exam_statistics.rows.get(exam.exam_id, exam)
        self._transaction.reading().exam_statistics.put(first)


class ListsOldestFirst(MemoryStatisticsQueries):
    async def questions(
        self, exam_id: ExamId, page: CursorRequest
    ) -> CursorPage[QuestionStatistics]:
        found = await super().questions(exam_id, page)
        return attrs.evolve(found, items=found.items[::-1])


class CountsStudies(MemoryStatisticsQueries):
    def _ended(self) -> Sequence[Sitting]:
        return [one for one in self._store.sittings.rows.values() if not one.is_active]


class CountsSittingsAlone(MemoryStatisticsQueries):
    async def due(self, *, after: ExamId | None, limit: int) -> Sequence[Due]:
        found = await super().due(after=after, limit=limit)
        kept = {one.exam_id: await self.exam(one.exam_id) for one in found}
        return [one for one in found if not _as_many(one, kept[one.exam_id])]


class ForgetsWhoLeft(MemoryStatisticsQueries):
    async def due(self, *, after: ExamId | None, limit: int) -> Sequence[Due]:
        return [one for one in await super().due(after=after, limit=limit) if one.seen.sittings]


class BeginsAgain(MemoryStatisticsQueries):
    async def due(self, *, after: ExamId | None, limit: int) -> Sequence[Due]:
        return await super().due(after=None, limit=limit)


class ReadsTwice(MemoryStatisticsQueries):
    async def ended(
        self, exam_id: ExamId, *, after: SittingId | None, limit: int
    ) -> Sequence[Sitting]:
        return await super().ended(exam_id, after=None, limit=limit)


class ForgetsTheFirstEdition(MemoryStatisticsQueries):
    async def question(self, question_id: QuestionId) -> Sequence[QuestionStatistics]:
        return (await super().question(question_id))[1:]


def _as_many(one: Due, kept: ExamStatistics | None) -> bool:
    return kept is not None and kept.seen.sittings == one.seen.sittings


_IN_ORDER = "test_what_counts_is_timed_and_over_and_comes_in_the_order_of_its_ids"
CAUGHT_BY: dict[type[StorageConformance], dict[type, str]] = {
    StatisticsConformance: {
        RoundsTooSoon: "test_statistics_come_back_as_they_went",
        ForgetsTheFirstEdition: "test_statistics_come_back_as_they_went",
        KeepsWhatWasThere: ("test_what_is_put_stands_in_place_of_all_that_was_there_of_that_exam"),
        WritesThrough: "test_leaving_without_commit_discards_what_was_put_and_told",
        RaisesTheAlarmEachTime: "test_a_suspicion_is_told_once_of_each_edition",
        LooksBeforeItWaits: "test_of_many_who_tell_at_once_one_does",
        MixesTwoCounts: "test_of_two_who_count_at_once_one_is_kept_whole",
    },
    StatisticsQueriesConformance: {
        ListsOldestFirst: (
            "test_questions_are_listed_newest_first_with_their_editions_page_by_page"
        ),
        CountsStudies: _IN_ORDER,
        ReadsTwice: _IN_ORDER,
        CountsSittingsAlone: "test_an_exam_is_due_when_sittings_came_or_were_judged_anew",
        ForgetsWhoLeft: "test_an_exam_is_due_when_sittings_went",
        BeginsAgain: "test_what_is_due_comes_in_the_order_of_ids_page_by_page",
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
