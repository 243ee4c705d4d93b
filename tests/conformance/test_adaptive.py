"""The storages sign the suites of adaptive tests, and broken ones are caught."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import attrs
import pytest
from storage_grounds import InMemory, OnMongo, OnPostgres, OnSqlite

from homeroom.exams.model.adaptive.selection import Exposure
from homeroom.exams.model.adaptive.sittings import AdaptiveSitting
from homeroom.exams.ports.adaptive import KnownCurve
from homeroom.exams.ports.bank import Edition
from homeroom.kernel.ids import ExamId, InstitutionId, PersonId, QuestionId, SittingId
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.adaptive import (
    MemoryAdaptiveQueries,
    MemoryAdaptiveSittings,
    MemoryQuestionCurves,
)
from homeroom_adapters.memory.adaptive_tables import CurveOf
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.adaptive import AdaptiveSittingsConformance
from homeroom_testing.conformance.question_curves import QuestionCurvesConformance
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class TestAdaptiveSittingsInMemory(InMemory, AdaptiveSittingsConformance): ...


class TestAdaptiveSittingsOnSqlite(OnSqlite, AdaptiveSittingsConformance): ...


class TestAdaptiveSittingsOnPostgres(OnPostgres, AdaptiveSittingsConformance): ...


class TestAdaptiveSittingsOnMongo(OnMongo, AdaptiveSittingsConformance): ...


class TestQuestionCurvesInMemory(InMemory, QuestionCurvesConformance): ...


class TestQuestionCurvesOnSqlite(OnSqlite, QuestionCurvesConformance): ...


class TestQuestionCurvesOnPostgres(OnPostgres, QuestionCurvesConformance): ...


class TestQuestionCurvesOnMongo(OnMongo, QuestionCurvesConformance): ...


class ForgetsAnswers(MemoryAdaptiveSittings):
    async def save(self, sitting: AdaptiveSitting) -> None:
        known = self._transaction.reading().adaptive.get(sitting.id)
        before = () if known is None else known.steps
        steps = (*before, *sitting.steps[len(before) :])
        await super().save(attrs.evolve(sitting, steps=steps))
        sitting.version += 1


class FindsForeignSittings(MemoryAdaptiveSittings):
    async def get(self, sitting_id: SittingId, *, reach: InstitutionId | None) -> AdaptiveSitting:
        return await super().get(sitting_id, reach=None)


class CountsNoDays(MemoryAdaptiveSittings):
    async def add(self, sitting: AdaptiveSitting, *, most: int | None = None) -> None:
        await super().add(sitting)


class LetsAnybodyBegin(MemoryAdaptiveSittings):
    async def add(self, sitting: AdaptiveSitting, *, most: int | None = None) -> None:
        drafts = await self._transaction.writing()
        drafts.adaptive.put(attrs.evolve(sitting, version=1))


class HoldsNothing(MemoryAdaptiveSittings):
    async def get(self, sitting_id: SittingId, *, reach: InstitutionId | None) -> AdaptiveSitting:
        found = self._transaction.reading().adaptive.get(sitting_id)
        return found or await super().get(sitting_id, reach=reach)


class NeverStale(MemoryAdaptiveSittings):
    async def save(self, sitting: AdaptiveSitting) -> None:
        drafts = await self._transaction.writing()
        drafts.adaptive.put(attrs.evolve(sitting, version=sitting.version + 1))


class WritesThrough(MemoryAdaptiveSittings):
    async def save(self, sitting: AdaptiveSitting) -> None:
        await super().save(sitting)
        self._transaction.store.adaptive.keep(attrs.evolve(sitting))


class ForgetsToRemove(MemoryAdaptiveSittings):
    async def remove(self, person_id: PersonId) -> int:
        return 0


class CountsEveryExam(MemoryAdaptiveQueries):
    async def exposure(self, exam_id: ExamId) -> Exposure:
        found = await super().exposure(exam_id)
        return attrs.evolve(found, tests=len(self._store.adaptive.rows))


class CountsThoseWhoAreThere(MemoryAdaptiveQueries):
    async def exposure(self, exam_id: ExamId) -> Exposure:
        every = [one for one in self._store.adaptive.rows.values() if one.exam_id == exam_id]
        shown = Counter(step.question_id for one in every for step in one.steps)
        return Exposure(len(every), dict(shown))


class RoundsCurves(MemoryQuestionCurves):
    async def keep(self, exam_id: ExamId, curves: Collection[KnownCurve]) -> None:
        rounded = [
            attrs.evolve(one, curve=attrs.evolve(one.curve, a=round(one.curve.a, 6)))
            for one in curves
        ]
        await super().keep(exam_id, rounded)


class KeepsTheFirstCurve(MemoryQuestionCurves):
    async def keep(self, exam_id: ExamId, curves: Collection[KnownCurve]) -> None:
        drafts = await self._transaction.writing()
        new = [one for one in curves if drafts.curves.get(one.edition) is None]
        await super().keep(exam_id, new)


class CommitsByItself(MemoryQuestionCurves):
    async def keep(self, exam_id: ExamId, curves: Collection[KnownCurve]) -> None:
        await super().keep(exam_id, curves)
        for one in curves:
            self._transaction.store.curves.keep(CurveOf(exam_id, one))


class MixesEditions(MemoryAdaptiveQueries):
    async def curves(
        self, exam_id: ExamId, *, only: Collection[QuestionId] | None = None
    ) -> Mapping[Edition, KnownCurve]:
        found = await super().curves(exam_id, only=only)
        last = {question_id: one for (question_id, _), one in found.items()}
        return {one.edition: one for one in last.values()}


class MixesExams(MemoryAdaptiveQueries):
    async def curves(
        self, exam_id: ExamId, *, only: Collection[QuestionId] | None = None
    ) -> Mapping[Edition, KnownCurve]:
        return {key: one.known for key, one in self._store.curves.rows.items()}


class TellsOfEveryQuestion(MemoryAdaptiveQueries):
    async def curves(
        self, exam_id: ExamId, *, only: Collection[QuestionId] | None = None
    ) -> Mapping[Edition, KnownCurve]:
        return await super().curves(exam_id)


class TrustsWhatWasLearnt(MemoryAdaptiveQueries):
    async def curves(
        self, exam_id: ExamId, *, only: Collection[QuestionId] | None = None
    ) -> Mapping[Edition, KnownCurve]:
        every = [one.known for one in self._store.curves.rows.values() if one.exam_id == exam_id]
        return {one.edition: one for one in every if only is None or one.edition[0] in only}


class CountsWhatWasAnswered(MemoryAdaptiveQueries):
    async def judged(self, exam_id: ExamId, *, most: int) -> Sequence[Mapping[Edition, bool]]:
        found = await super().judged(exam_id, most=most)
        return [{key: True for key, right in one.items() if right} for one in found]


CAUGHT_BY: dict[type[StorageConformance], dict[type, str]] = {
    AdaptiveSittingsConformance: {
        ForgetsAnswers: "test_a_sitting_comes_back_as_it_went",
        FindsForeignSittings: "test_a_sitting_out_of_reach_is_not_found",
        LetsAnybodyBegin: "test_a_person_has_one_of_an_exam_that_is_not_over",
        HoldsNothing: "test_what_is_got_is_held_so_that_one_question_is_put_at_a_time",
        NeverStale: "test_the_second_of_two_saves_of_one_version_is_stale",
        WritesThrough: "test_leaving_without_commit_discards_what_was_answered",
        ForgetsToRemove: "test_all_of_somebodys_are_told_newest_first_and_taken_away",
        CountsEveryExam: "test_how_often_questions_were_put_is_counted_by_exam",
        CountsThoseWhoAreThere: "test_each_question_is_counted_as_it_is_put_and_for_good",
        CountsNoDays: "test_so_many_of_an_exam_are_begun_within_a_day_and_no_more",
    },
    QuestionCurvesConformance: {
        RoundsCurves: "test_what_is_known_comes_back_exactly",
        KeepsTheFirstCurve: "test_what_is_known_later_takes_its_place",
        MixesEditions: "test_each_edition_is_known_apart",
        MixesExams: "test_exams_are_known_apart",
        TellsOfEveryQuestion: "test_only_those_that_are_asked_for_are_told",
        TrustsWhatWasLearnt: (
            "test_what_was_learnt_by_a_wrong_key_is_not_known_until_it_is_learnt_anew"
        ),
        CommitsByItself: "test_leaving_without_commit_discards_what_was_learnt",
        CountsWhatWasAnswered: (
            "test_of_timed_sittings_that_are_over_it_is_told_what_was_wholly_right"
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
