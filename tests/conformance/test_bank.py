"""The storages sign the suites of the bank, and broken ones are caught."""

from collections.abc import Collection, Mapping, Sequence

import attrs
import pytest
from storage_grounds import InMemory, OnMongo, OnPostgres, OnSqlite

from homeroom.exams.model.questions import Content, Question
from homeroom.exams.ports.bank import Candidate, Edition, QuestionFilter
from homeroom.kernel.ids import ExamId, InstitutionId, ObjectiveId, QuestionId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.bank import MemoryBankQueries, MemoryQuestions
from homeroom_adapters.memory.exams_tables import Kept
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.bank_queries import BankQueriesConformance
from homeroom_testing.conformance.questions import QuestionsConformance
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class TestQuestionsInMemory(InMemory, QuestionsConformance): ...


class TestQuestionsOnSqlite(OnSqlite, QuestionsConformance): ...


class TestQuestionsOnPostgres(OnPostgres, QuestionsConformance): ...


class TestQuestionsOnMongo(OnMongo, QuestionsConformance): ...


class TestBankQueriesInMemory(InMemory, BankQueriesConformance): ...


class TestBankQueriesOnSqlite(OnSqlite, BankQueriesConformance): ...


class TestBankQueriesOnPostgres(OnPostgres, BankQueriesConformance): ...


class TestBankQueriesOnMongo(OnMongo, BankQueriesConformance): ...


class ForgetsNotes(MemoryQuestions):
    async def save(self, question: Question) -> None:
        await super().save(question)
        (await self._transaction.writing()).questions.put(attrs.evolve(question, note=""))


class FindsForeignQuestions(MemoryQuestions):
    async def get(self, question_id: QuestionId, *, reach: InstitutionId | None) -> Question:
        return await super().get(question_id, reach=None)


class FindsReferencesOfAnyExam(MemoryQuestions):
    async def by_reference(self, exam_id: ExamId, reference: str) -> Question | None:
        every = self._transaction.reading().questions.select(lambda one: one.reference == reference)
        return every[0] if every else None


class WritesOverQuestions(MemoryQuestions):
    async def save(self, question: Question) -> None:
        drafts = await self._transaction.writing()
        question.version += 1
        drafts.questions.put(question)
        edition = (question.id, question.edition)
        drafts.editions.put(Kept(edition, question.content))
        await self._outbox.put(*question.release_events())


class RewritesEditions(MemoryQuestions):
    async def save(self, question: Question) -> None:
        await super().save(question)
        kept = Kept((question.id, question.edition), question.content)
        (await self._transaction.writing()).editions.put(kept)


class KnowsNumbersOnly(MemoryQuestions):
    async def editions(self, wanted: Collection[Edition]) -> Mapping[Edition, Content]:
        ids, numbers = {one for one, _ in wanted}, {number for _, number in wanted}
        return await super().editions([(one, number) for one in ids for number in numbers])


class LosesEvents(MemoryQuestions):
    async def save(self, question: Question) -> None:
        question.release_events()
        await super().save(question)


class Questions(MemoryBankQueries):
    """Spoils what it is asked for."""

    async def questions(self, wanted: QuestionFilter, page: CursorRequest) -> CursorPage[Question]:
        return await super().questions(self.spoilt(wanted), page)

    def spoilt(self, wanted: QuestionFilter) -> QuestionFilter:
        raise NotImplementedError


class ReachesEverything(Questions):
    def spoilt(self, wanted: QuestionFilter) -> QuestionFilter:
        return attrs.evolve(wanted, reach=None)


class AsksForNoDifficulty(Questions):
    def spoilt(self, wanted: QuestionFilter) -> QuestionFilter:
        return attrs.evolve(wanted, difficulty=None)


class AsksForNoTag(Questions):
    def spoilt(self, wanted: QuestionFilter) -> QuestionFilter:
        return attrs.evolve(wanted, tag=None)


class MindsCapitals(MemoryBankQueries):
    async def questions(self, wanted: QuestionFilter, page: CursorRequest) -> CursorPage[Question]:
        found = await super().questions(wanted, page)
        kept = [one for one in found.items if wanted.text in one.content.stem]
        return CursorPage(kept, found.next)


class KnowsWildcards(Questions):
    def spoilt(self, wanted: QuestionFilter) -> QuestionFilter:
        return attrs.evolve(wanted, text=wanted.text.replace("%", "").replace("_", ""))


class ShowsForeignQuestions(MemoryBankQueries):
    async def question(self, question_id: QuestionId, *, reach: InstitutionId | None) -> Question:
        return await super().question(question_id, reach=None)


class ServesDrafts(MemoryBankQueries):
    async def pools(self, exam_id: ExamId) -> Mapping[ObjectiveId, Sequence[Candidate]]:
        pools: dict[ObjectiveId, list[Candidate]] = {}
        for one in self._store.questions.rows.values():
            if one.exam_id == exam_id:
                candidate = Candidate(id=one.id, edition=one.edition, difficulty=1)
                pools.setdefault(one.objective_id, []).append(candidate)
        return pools


class ServesFirstEditions(MemoryBankQueries):
    async def pools(self, exam_id: ExamId) -> Mapping[ObjectiveId, Sequence[Candidate]]:
        pools = await super().pools(exam_id)
        return {
            objective: [attrs.evolve(one, edition=1) for one in pool]
            for objective, pool in pools.items()
        }


class SaysWhatIsSaidNow(MemoryBankQueries):
    async def editions(self, wanted: Collection[Edition]) -> Mapping[Edition, Content]:
        rows = self._store.questions.rows
        return {one: rows[one[0]].content for one in wanted if one[0] in rows}


CAUGHT_BY: dict[type[StorageConformance], dict[type, str]] = {
    QuestionsConformance: {
        ForgetsNotes: "test_a_question_comes_back_as_it_went",
        FindsForeignQuestions: "test_a_question_out_of_reach_is_not_found",
        FindsReferencesOfAnyExam: "test_a_question_is_found_by_its_reference_in_its_own_exam",
        WritesOverQuestions: "test_no_two_questions_of_an_exam_have_one_reference",
        RewritesEditions: "test_an_edition_says_for_ever_what_it_said",
        KnowsNumbersOnly: "test_editions_are_told_apart_by_question_and_number",
        LosesEvents: "test_a_change_is_told_once_it_is_committed",
    },
    BankQueriesConformance: {
        ReachesEverything: "test_questions_come_newest_first_and_only_within_reach",
        AsksForNoDifficulty: "test_questions_are_found_by_what_they_are_and_where",
        AsksForNoTag: "test_a_tag_is_found_whole_and_to_the_letter",
        MindsCapitals: "test_questions_are_found_by_words_in_any_case_to_the_letter",
        KnowsWildcards: "test_words_that_stand_nowhere_find_nothing",
        ShowsForeignQuestions: "test_a_question_out_of_reach_is_not_found",
        ServesDrafts: "test_a_pool_holds_what_may_be_served_of_each_objective",
        ServesFirstEditions: "test_a_pool_follows_what_becomes_of_a_question",
        SaysWhatIsSaidNow: "test_editions_say_what_they_said_and_others_are_left_out",
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
