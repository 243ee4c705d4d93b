"""Reads of the bank, outside of any unit."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import attrs

from homeroom.exams.model.questions import Content, Question, QuestionStatus
from homeroom.exams.ports.bank import Candidate, Edition, QuestionFilter
from homeroom.kernel.ids import ExamId, InstitutionId, ObjectiveId, QuestionId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom_adapters.mongo.bank import contents_of, one_question
from homeroom_adapters.mongo.desk import Desk, Where
from homeroom_adapters.mongo.exams_rows import question_from
from homeroom_adapters.mongo.reach import is_sayable, newest, said, saying, within

POOL_FIELDS = {"_id": 1, "objective_id": 1, "edition": 1, "difficulty": 1}
"""What a form is put together from: all of it is in `ix_questions_pool`."""


@attrs.frozen
class MongoBankQueries:
    """Reads of questions."""

    _desk: Desk

    async def questions(self, wanted: QuestionFilter, page: CursorRequest) -> CursorPage[Question]:
        if not is_sayable(wanted.text):
            return CursorPage((), None)
        status = None if wanted.status is None else wanted.status.value
        where = {
            **within(wanted.reach),
            **said("exam_id", wanted.exam),
            **said("objective_id", wanted.objective),
            **said("status", status),
            **said("difficulty", wanted.difficulty),
            **said("tags", wanted.tag),
            **saying(wanted.text),
        }
        found = await newest(self._desk, "questions", where, page)
        return CursorPage.cut([question_from(one) for one in found], page.limit, lambda one: one.id)

    async def question(self, question_id: QuestionId, *, reach: InstitutionId | None) -> Question:
        return await one_question(self._desk, question_id, reach)

    async def pools(self, exam_id: ExamId) -> Mapping[ObjectiveId, Sequence[Candidate]]:
        found = await self._desk.find("questions", servable(exam_id), fields=POOL_FIELDS)
        pools: dict[ObjectiveId, list[Candidate]] = {}
        # Sorted here: the index, which holds all of it, has them by difficulty.
        for one in sorted(found, key=lambda one: str(one["_id"])):
            candidate = Candidate(
                id=QuestionId(UUID(one["_id"])),
                edition=one["edition"],
                difficulty=one["difficulty"],
            )
            pools.setdefault(ObjectiveId(UUID(one["objective_id"])), []).append(candidate)
        return pools

    async def editions(self, wanted: Collection[Edition]) -> Mapping[Edition, Content]:
        return await contents_of(self._desk, wanted)


def servable(exam_id: ExamId) -> Where:
    """The questions of that exam that may be served now."""
    return {"exam_id": str(exam_id), "status": QuestionStatus.ACTIVE.value}
