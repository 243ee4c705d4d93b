"""Questions and their editions, in memory."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from heapq import nlargest

import attrs

from homeroom.exams.errors import QuestionExists, QuestionNotFound, StaleQuestion
from homeroom.exams.model.questions import Content, Question
from homeroom.exams.ports.bank import Candidate, Edition, QuestionFilter
from homeroom.kernel.errors import Conflict
from homeroom.kernel.ids import ExamId, InstitutionId, ObjectiveId, QuestionId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom_adapters.memory.exams_tables import Kept
from homeroom_adapters.memory.outbox import MemoryOutbox
from homeroom_adapters.memory.store import Store
from homeroom_adapters.memory.transaction import Transaction


@attrs.frozen
class MemoryQuestions:
    """The questions, inside a unit."""

    _transaction: Transaction
    _outbox: MemoryOutbox

    async def get(self, question_id: QuestionId, *, reach: InstitutionId | None) -> Question:
        found = self._transaction.reading().questions.get(question_id)
        if found is None or reach not in (None, found.institution_id):
            raise QuestionNotFound
        return found

    async def by_reference(self, exam_id: ExamId, reference: str) -> Question | None:
        questions = self._transaction.reading().questions
        holder = questions.holder((exam_id, reference))
        return None if holder is None else questions.get(holder)

    async def save(self, question: Question) -> None:
        drafts = await self._transaction.writing()
        known = drafts.questions.get(question.id)
        if (0 if known is None else known.version) != question.version:
            raise StaleQuestion
        held = (question.exam_id, question.reference)
        if question.reference and drafts.questions.holder(held) not in (None, question.id):
            raise QuestionExists
        if drafts.exams.get(question.exam_id) is None:
            raise Conflict("the exam of this question is not there; save the exam first")
        edition = (question.id, question.edition)
        kept = drafts.editions.get(edition) or Kept(edition, question.content)
        question.version += 1
        drafts.questions.put(attrs.evolve(question, content=kept.content))
        drafts.editions.put(kept)
        await self._outbox.put(*question.release_events())

    async def editions(self, wanted: Collection[Edition]) -> Mapping[Edition, Content]:
        editions = self._transaction.reading().editions
        return _contents(editions.get(one) for one in wanted)


@attrs.frozen
class MemoryBankQueries:
    """Reads of questions, outside of any unit."""

    _store: Store

    async def questions(self, wanted: QuestionFilter, page: CursorRequest) -> CursorPage[Question]:
        questions = self._store.questions
        with self._store.lock:
            every = list(questions.rows.values())
        fitting = (
            one for one in every if _fits(one, wanted) and (not page.after or one.id < page.after)
        )
        newest = nlargest(page.limit + 1, fitting, key=lambda one: one.id.int)
        shown = [questions.copied(one) for one in newest]
        return CursorPage.cut(shown, page.limit, lambda one: one.id)

    async def question(self, question_id: QuestionId, *, reach: InstitutionId | None) -> Question:
        with self._store.lock:
            found = self._store.questions.rows.get(question_id)
        if found is None or reach not in (None, found.institution_id):
            raise QuestionNotFound
        return self._store.questions.copied(found)

    async def pools(self, exam_id: ExamId) -> Mapping[ObjectiveId, Sequence[Candidate]]:
        with self._store.lock:
            every = list(self._store.questions.rows.values())
        served = [one for one in every if one.exam_id == exam_id and one.is_served]
        pools: dict[ObjectiveId, list[Candidate]] = {}
        for one in sorted(served, key=lambda it: it.id):
            candidate = Candidate(id=one.id, edition=one.edition, difficulty=one.content.difficulty)
            pools.setdefault(one.objective_id, []).append(candidate)
        return pools

    async def editions(self, wanted: Collection[Edition]) -> Mapping[Edition, Content]:
        with self._store.lock:
            return _contents(self._store.editions.rows.get(one) for one in wanted)


def _contents(found: Iterable[Kept | None]) -> dict[Edition, Content]:
    return {one.edition: one.content for one in found if one is not None}


def _fits(question: Question, wanted: QuestionFilter) -> bool:
    return (
        wanted.reach in (None, question.institution_id)
        and wanted.exam in (None, question.exam_id)
        and wanted.objective in (None, question.objective_id)
        and wanted.status in (None, question.status)
        and wanted.difficulty in (None, question.content.difficulty)
        and (wanted.tag is None or wanted.tag in question.content.tags)
        and _says(question, wanted.text)
    )


def _says(question: Question, text: str) -> bool:
    places = (question.content.stem, question.reference or "")
    sought = text.casefold()
    return text.isprintable() and any(sought in place.casefold() for place in places)
