"""Reads of progress from documents, outside of any unit."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from uuid import UUID

import attrs

from homeroom.exams.model.progress import Due, ObjectiveCount, Standing
from homeroom.kernel.ids import ExamId, ObjectiveId, PersonId, QuestionId
from homeroom_adapters.mongo.asking import aggregated
from homeroom_adapters.mongo.desk import Desk
from homeroom_adapters.mongo.progress_rows import (
    ATTEMPTS,
    REVIEWS,
    STUDIES,
    StudyRow,
    due_from,
    study_key,
)
from homeroom_adapters.mongo.rows import Document, Row, fields_of, instant_text, row_of

_ALL = "1"
"""What an answer that is wholly right is worth, in words."""


@attrs.frozen(kw_only=True)
class _TimeRow(Row):
    at: datetime


@attrs.frozen
class MongoProgressQueries:
    """Reads of progress, outside of any unit."""

    _desk: Desk

    async def standing(self, person_id: PersonId, exam_id: ExamId) -> Standing:
        theirs = {"$match": _of(person_id, exam_id)}
        begun = await self._desk.find_one(STUDIES, {"_id": study_key(person_id, exam_id)})
        seen = await aggregated(self._desk, ATTEMPTS, theirs, {"$group": {"_id": "$question_id"}})
        counted = await aggregated(self._desk, ATTEMPTS, theirs, {"$group": _COUNTED})
        due = await aggregated(self._desk, REVIEWS, theirs, {"$group": _NEXT})
        next_due = {one["_id"]: datetime.fromisoformat(one["due_at"]) for one in due}
        first = min((one["first_at"] for one in counted), default=None)
        return Standing(
            examined_at=None if begun is None else row_of(StudyRow, begun).examined_at,
            first_at=None if first is None else datetime.fromisoformat(first),
            seen=frozenset(QuestionId(UUID(one["_id"])) for one in seen),
            objectives={
                ObjectiveId(UUID(one["_id"])): ObjectiveCount(
                    answered=one["answered"],
                    correct=one["correct"],
                    seconds=one["seconds"],
                    last_at=datetime.fromisoformat(one["last_at"]),
                    due_at=next_due.get(one["_id"]),
                )
                for one in counted
            },
        )

    async def latest(
        self, person_id: PersonId, exam_id: ExamId, *, since: datetime, most: int
    ) -> Mapping[ObjectiveId, Sequence[Fraction]]:
        theirs = {**_of(person_id, exam_id), "at": {"$gte": instant_text(since)}}
        placed = {
            "partitionBy": "$objective_id",
            "sortBy": {"at": -1, "question_id": -1},
            "output": {"place": {"$documentNumber": {}}},
        }
        newest = await aggregated(
            self._desk,
            ATTEMPTS,
            {"$match": theirs},
            {"$setWindowFields": placed},
            {"$match": {"place": {"$lte": most}}},
            {"$sort": {"place": 1}},
            {"$project": {"_id": 0, "objective_id": 1, "credit": 1, "place": 1}},
        )
        found: dict[ObjectiveId, list[Fraction]] = {}
        for one in newest:
            worth = found.setdefault(ObjectiveId(UUID(one["objective_id"])), [])
            worth.append(Fraction(one["credit"]))
        return found

    async def due(
        self, person_id: PersonId, exam_id: ExamId, *, at: datetime, limit: int
    ) -> Sequence[Due]:
        waiting = {**_of(person_id, exam_id), "due_at": {"$lte": instant_text(at)}}
        order = (("due_at", 1), ("question_id", 1))
        found = await self._desk.find(REVIEWS, waiting, sort=order, limit=limit)
        return [due_from(one) for one in found]

    async def times(
        self, person_id: PersonId, *, since: datetime, before: datetime
    ) -> Sequence[datetime]:
        between = {"$gte": instant_text(since), "$lt": instant_text(before)}
        theirs = {"person_id": str(person_id), "at": between}
        found = await self._desk.find(
            ATTEMPTS, theirs, fields=fields_of(_TimeRow), sort=[("at", 1)]
        )
        return [row_of(_TimeRow, one).at for one in found]


_COUNTED: Document = {
    "_id": "$objective_id",
    "answered": {"$sum": 1},
    "correct": {"$sum": {"$cond": [{"$eq": ["$credit", _ALL]}, 1, 0]}},
    "seconds": {"$sum": "$seconds"},
    "first_at": {"$min": "$at"},
    "last_at": {"$max": "$at"},
}
"""What is counted of each objective."""

_NEXT: Document = {"_id": "$objective_id", "due_at": {"$min": "$due_at"}}


def _of(person_id: PersonId, exam_id: ExamId) -> Document:
    return {"person_id": str(person_id), "exam_id": str(exam_id)}
