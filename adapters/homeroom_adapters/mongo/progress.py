"""What somebody answered, and is to see again, as documents, inside a unit."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs
from pymongo import ReplaceOne, UpdateOne

from homeroom.exams.model.progress import Attempt, Study
from homeroom.exams.model.recall import Recall
from homeroom.kernel.ids import ExamId, PersonId, QuestionId
from homeroom_adapters.mongo.asking import hold_or_begin, in_turn
from homeroom_adapters.mongo.desk import Desk, Where
from homeroom_adapters.mongo.errors import translated
from homeroom_adapters.mongo.progress_rows import (
    ATTEMPTS,
    REVIEWS,
    STUDIES,
    CreditRow,
    StudyRow,
    attempt_document,
    attempt_from,
    attempt_key,
    review_documents,
    review_from,
    study_key,
)
from homeroom_adapters.mongo.rows import document_of, fields_of, instant_text, row_of

_IN_ORDER = (("at", 1), ("question_id", 1))


@attrs.frozen
class MongoProgress:
    """Progress, inside a unit. Whoever holds a study holds its document."""

    _desk: Desk

    async def count(self, attempts: Sequence[Attempt]) -> None:
        every = {attempt_key(one): one for one in attempts}
        if every:
            await in_turn(self._desk, lambda: self._count(every))

    async def hold(self, person_id: PersonId, exam_id: ExamId) -> Study:
        new = StudyRow(id=study_key(person_id, exam_id), person_id=person_id, exam_id=exam_id)
        held = await in_turn(
            self._desk, lambda: hold_or_begin(self._desk, STUDIES, document_of(new))
        )
        waiting = await self._attempts({**_of(person_id, exam_id), "planned": False})
        asked = sorted({str(one.question_id) for one in waiting})
        theirs = {"person_id": str(person_id), "question_id": {"$in": asked}}
        known = await self._recalls(theirs) if asked else {}
        return Study(
            person_id=person_id,
            exam_id=exam_id,
            examined_at=row_of(StudyRow, held).examined_at,
            waiting=waiting,
            recalls=known.get(exam_id, {}),
        )

    async def save(self, study: Study) -> None:
        told = {"examined_at": study.examined_at and instant_text(study.examined_at)}
        change = {"$set": told} if study.examined_at else {"$unset": told}
        key = {"_id": study_key(study.person_id, study.exam_id)}
        await self._update(STUDIES, key, change)
        if study.recalls:
            await self._remember(study)
        if study.waiting:
            these = {"_id": {"$in": [attempt_key(one) for one in study.waiting]}}
            await self._update(ATTEMPTS, these, {"$set": {"planned": True}})
        if study.deadline is not None:
            await self._bring_forward(study, study.deadline)

    async def of(self, person_id: PersonId) -> Sequence[Study]:
        theirs = {"person_id": str(person_id)}
        begun = [row_of(StudyRow, one) for one in await self._desk.find(STUDIES, theirs)]
        examined = {row.exam_id: row.examined_at for row in begun}
        counted = await self._attempts(theirs)
        known = await self._recalls(theirs)
        exams = examined.keys() | {one.exam_id for one in counted}
        return [
            Study(
                person_id=person_id,
                exam_id=exam_id,
                examined_at=examined.get(exam_id),
                waiting=tuple(one for one in counted if one.exam_id == exam_id),
                recalls=known.get(exam_id, {}),
            )
            for exam_id in sorted(exams)
        ]

    async def remove(self, person_id: PersonId) -> int:
        count = len(await self.of(person_id))
        for name in (REVIEWS, ATTEMPTS, STUDIES):
            await self._desk.remove(name, {"person_id": str(person_id)})
        return count

    async def _count(self, every: Mapping[str, Attempt]) -> None:
        these = {"_id": {"$in": list(every)}}
        found = await self._desk.find(ATTEMPTS, these, fields=fields_of(CreditRow))
        before = {row.id: row.credit for row in (row_of(CreditRow, one) for one in found)}
        new = [attempt_document(one) for key, one in sorted(every.items()) if key not in before]
        judged = [
            UpdateOne({"_id": key}, {"$set": {"credit": str(every[key].credit)}})
            for key, credit in sorted(before.items())
            if credit != every[key].credit
        ]
        with translated():
            if new:
                await self._desk.writing(ATTEMPTS).insert_many(new, session=self._desk.session)
            if judged:
                await self._desk.writing(ATTEMPTS).bulk_write(judged, session=self._desk.session)

    async def _attempts(self, wanted: Where) -> tuple[Attempt, ...]:
        """The oldest first."""
        found = await self._desk.find(ATTEMPTS, wanted, sort=_IN_ORDER)
        return tuple(attempt_from(one) for one in found)

    async def _recalls(self, wanted: Where) -> Mapping[ExamId, Mapping[QuestionId, Recall]]:
        found: dict[ExamId, dict[QuestionId, Recall]] = {}
        for one in await self._desk.find(REVIEWS, wanted):
            row = review_from(one)
            found.setdefault(row.exam_id, {})[row.question_id] = row.recall
        return found

    async def _remember(self, study: Study) -> None:
        known = [
            ReplaceOne({"_id": one["_id"]}, one, upsert=True) for one in review_documents(study)
        ]
        with translated():
            await self._desk.writing(REVIEWS).bulk_write(known, session=self._desk.session)

    async def _bring_forward(self, study: Study, deadline: datetime) -> None:
        latest = instant_text(deadline)
        late = {
            **_of(study.person_id, study.exam_id),
            "due_at": {"$gt": latest},
            "reviewed_at": {"$lt": latest},
        }
        await self._update(REVIEWS, late, {"$set": {"due_at": latest}})

    async def _update(self, name: str, where: Where, change: Where) -> None:
        with translated():
            writing = self._desk.writing(name)
            await writing.update_many(where, change, session=self._desk.session)


def _of(person_id: PersonId, exam_id: ExamId) -> dict[str, object]:
    return {"person_id": str(person_id), "exam_id": str(exam_id)}
