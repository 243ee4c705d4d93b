"""Questions and their editions, in documents, inside a unit of work."""

from collections.abc import Collection, Mapping

import attrs

from homeroom.exams.errors import QuestionExists, QuestionNotFound, StaleQuestion
from homeroom.exams.model.questions import Content, Question
from homeroom.exams.ports.bank import Edition
from homeroom.kernel.aggregates import Outbox
from homeroom.kernel.errors import Conflict
from homeroom.kernel.ids import ExamId, InstitutionId, QuestionId
from homeroom_adapters.mongo.desk import Desk
from homeroom_adapters.mongo.errors import Taken
from homeroom_adapters.mongo.exams_rows import (
    content_from,
    edition_document,
    edition_key,
    edition_of,
    joined,
    question_document,
    question_from,
)
from homeroom_adapters.mongo.reach import within
from homeroom_adapters.mongo.rows import Document


@attrs.frozen
class MongoQuestions:
    """The questions, inside a unit."""

    _desk: Desk
    _outbox: Outbox

    async def get(self, question_id: QuestionId, *, reach: InstitutionId | None) -> Question:
        return await one_question(self._desk, question_id, reach)

    async def by_reference(self, exam_id: ExamId, reference: str) -> Question | None:
        if not reference.isprintable():  # none is called so
            return None
        key = joined(exam_id, reference)
        found = await self._desk.find_one("questions", {"reference_key": key})
        return None if found is None else question_from(found)

    async def save(self, question: Question) -> None:
        edition = await self._edition(question)
        document = question_document(question, edition["content"])
        await (self._insert if question.version == 0 else self._update)(question, document)
        # What is there already stays as it is: only another edition is written down.
        await self._desk.insert_unless_taken("question_editions", edition)
        question.version += 1
        await self._outbox.put(*question.release_events())

    async def editions(self, wanted: Collection[Edition]) -> Mapping[Edition, Content]:
        return await contents_of(self._desk, wanted)

    async def _edition(self, question: Question) -> Document:
        """What the question's edition says for ever: what it was first saved with."""
        new = edition_document(question)
        return await self._desk.find_one("question_editions", {"_id": new["_id"]}) or new

    async def _insert(self, question: Question, document: Document) -> None:
        await self._pin(question.exam_id)
        if await self._desk.insert_unless_taken("questions", document):
            return
        known = await self._desk.find_one("questions", {"_id": document["_id"]})
        raise QuestionExists if known is None else StaleQuestion

    async def _update(self, question: Question, document: Document) -> None:
        same = {"_id": document["_id"], "version": question.version}
        try:
            if not await self._desk.replace("questions", same, document):
                raise StaleQuestion
        except Taken as error:
            raise QuestionExists from error

    async def _pin(self, exam_id: ExamId) -> None:
        """Keep the exam from being removed: it is written to for its first question alone."""
        this = {"_id": str(exam_id)}
        exam = await self._desk.find_one("exams", this)
        if exam is None:
            raise Conflict("the question's exam was removed")
        if not exam.get("has_questions"):
            await self._desk.change("exams", this, {"$set": {"has_questions": True}})


async def one_question(
    desk: Desk, question_id: QuestionId, reach: InstitutionId | None
) -> Question:
    """Raises `QuestionNotFound`."""
    found = await desk.find_one("questions", {"_id": str(question_id), **within(reach)})
    if found is None:
        raise QuestionNotFound
    return question_from(found)


async def contents_of(desk: Desk, wanted: Collection[Edition]) -> Mapping[Edition, Content]:
    """What these editions say, in one question to the store."""
    if not wanted:
        return {}
    keys = [edition_key(one) for one in dict.fromkeys(wanted)]
    found = await desk.find("question_editions", {"_id": {"$in": keys}})
    return {edition_of(one["_id"]): content_from(one) for one in found}
