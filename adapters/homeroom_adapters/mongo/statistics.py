"""What questions turned out to be like, as documents."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import attrs

from homeroom.exams.model.sittings import Sitting
from homeroom.exams.model.statistics import ExamStatistics, QuestionStatistics, Seen
from homeroom.exams.ports.statistics import Due
from homeroom.kernel.aggregates import Outbox
from homeroom.kernel.ids import ExamId, InstitutionId, QuestionId, SittingId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.published.exams import QuestionSuspected
from homeroom_adapters.mongo.asking import OLDEST, aggregated, hold_or_begin, in_turn
from homeroom_adapters.mongo.desk import Desk
from homeroom_adapters.mongo.errors import translated
from homeroom_adapters.mongo.rows import Document, document_of, fields_of, row_of
from homeroom_adapters.mongo.sitting_rows import SITTINGS, sitting_from
from homeroom_adapters.mongo.statistics_rows import (
    ALARMS,
    EXAMS,
    QUESTIONS,
    AlarmRow,
    SeenRow,
    edition_key,
    exam_document,
    exam_from,
    question_document,
    question_from,
)

_AT_ONCE = 200
"""So many exams are compared with their statistics at a time."""


@attrs.frozen
class MongoStatistics:
    """The statistics, inside a unit."""

    _desk: Desk
    _outbox: Outbox

    async def put(self, exam: ExamStatistics, questions: Sequence[QuestionStatistics]) -> None:
        # The document of the exam comes first: whoever counts the same one meanwhile waits for it.
        await in_turn(self._desk, lambda: self._put(exam))
        await self._desk.remove(QUESTIONS, {"exam_id": str(exam.exam_id)})
        if questions:
            documents = [question_document(one) for one in questions]
            with translated():
                writing = self._desk.writing(QUESTIONS)
                await writing.insert_many(documents, session=self._desk.session)

    async def suspect(
        self, found: QuestionStatistics, *, institution_id: InstitutionId, at: datetime
    ) -> bool:
        told = document_of(AlarmRow(id=edition_key(found), told_at=at))
        if not await in_turn(self._desk, lambda: self._desk.insert_unless_taken(ALARMS, told)):
            return False
        await self._outbox.put(
            QuestionSuspected(
                occurred_at=at,
                institution_id=institution_id,
                exam_id=found.exam_id,
                question_id=found.question_id,
                edition=found.edition,
            )
        )
        return True

    async def _put(self, exam: ExamStatistics) -> None:
        document = exam_document(exam)
        await hold_or_begin(self._desk, EXAMS, document)
        await self._desk.replace(EXAMS, {"_id": document["_id"]}, document)


@attrs.frozen
class MongoStatisticsQueries:
    """Reads of statistics, outside of any unit."""

    _desk: Desk

    async def due(self, *, after: ExamId | None, limit: int) -> Sequence[Due]:
        found: list[Due] = []
        while len(found) < limit:
            there = await self._counted(after)
            known = await self._known(after)
            # What lies beyond the end of a portion that is full is for the next one.
            ends = [max(one) for one in (there, known) if len(one) == _AT_ONCE]
            last = min(ends, default=None)
            ids = sorted(one for one in {*there, *known} if last is None or one <= last)
            found += _due(ids, there, known)
            if last is None:
                break
            after = last
        return found[:limit]

    async def ended(
        self, exam_id: ExamId, *, after: SittingId | None, limit: int
    ) -> Sequence[Sitting]:
        where: Document = {"counts_for": str(exam_id)}
        if after is not None:
            where["_id"] = {"$gt": str(after)}
        found = await self._desk.find(SITTINGS, where, sort=OLDEST, limit=limit)
        return [sitting_from(one) for one in found]

    async def exam(self, exam_id: ExamId) -> ExamStatistics | None:
        found = await self._desk.find_one(EXAMS, {"_id": str(exam_id)})
        return None if found is None else exam_from(found)

    async def questions(
        self, exam_id: ExamId, page: CursorRequest
    ) -> CursorPage[QuestionStatistics]:
        where: Document = {"exam_id": str(exam_id)}
        if page.after is not None:
            where["question_id"] = {"$lt": str(page.after)}
        found = await aggregated(
            self._desk,
            QUESTIONS,
            {"$match": where},
            {"$group": {"_id": "$question_id"}},
            {"$sort": {"_id": -1}},
            {"$limit": page.limit + 1},
        )
        ids = [QuestionId(UUID(one["_id"])) for one in found]
        shown = CursorPage.cut(ids, page.limit, lambda one: one)
        return CursorPage(await self._of(shown.items), shown.next)

    async def question(self, question_id: QuestionId) -> Sequence[QuestionStatistics]:
        return await self._of([question_id])

    async def _of(self, ids: Sequence[QuestionId]) -> list[QuestionStatistics]:
        where = {"question_id": {"$in": [str(one) for one in ids]}}
        order = (("question_id", -1), ("edition", 1))
        found = await self._desk.find(QUESTIONS, where, sort=order) if ids else []
        return [question_from(one) for one in found]

    async def _counted(self, after: ExamId | None) -> Mapping[ExamId, Due]:
        """What the next exams have by now of sittings that count."""
        of_exams: Document = {"$exists": True} if after is None else {"$gt": str(after)}
        found = await aggregated(
            self._desk,
            SITTINGS,
            {"$match": {"counts_for": of_exams}},
            {"$group": _SEEN},
            {"$sort": {"_id": 1}},
            {"$limit": _AT_ONCE},
        )
        rows = [_due_from(one) for one in found]
        return {row.exam_id: row for row in rows}

    async def _known(self, after: ExamId | None) -> Mapping[ExamId, SeenRow]:
        """What the statistics of the next exams were made of."""
        where = {} if after is None else {"_id": {"$gt": str(after)}}
        fields = fields_of(SeenRow)
        found = await self._desk.find(EXAMS, where, fields=fields, sort=OLDEST, limit=_AT_ONCE)
        rows = [row_of(SeenRow, one) for one in found]
        return {row.id: row for row in rows}


_SEEN: Document = {
    "_id": "$counts_for",
    "institution_id": {"$first": "$institution_id"},
    "sittings": {"$sum": 1},
    "versions": {"$sum": "$version"},
    "last": {"$max": "$ended_at"},
}
"""What the index `ix_sittings_counted` alone can tell."""


def _due(
    ids: Iterable[ExamId], there: Mapping[ExamId, Due], known: Mapping[ExamId, SeenRow]
) -> Iterable[Due]:
    for exam_id in ids:
        now, before = there.get(exam_id), known.get(exam_id)
        if now is not None and (before is None or before.seen != now.seen):
            yield now
        elif now is None and before is not None and before.seen.sittings:
            nothing = Seen(sittings=0, versions=0, last=None)
            yield Due(exam_id=exam_id, institution_id=before.institution_id, seen=nothing)


def _due_from(found: Document) -> Due:
    seen = Seen(
        sittings=found["sittings"],
        versions=found["versions"],
        last=datetime.fromisoformat(found["last"]),
    )
    return Due(
        exam_id=ExamId(UUID(found["_id"])),
        institution_id=InstitutionId(UUID(found["institution_id"])),
        seen=seen,
    )
