"""Orders to a question writer, and what is spent on them, as documents."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import attrs

from homeroom.exams.errors import GenerationNotFound, StaleGeneration
from homeroom.exams.model.budgets import Ceiling, Reservation, Spent, expect_room
from homeroom.exams.model.generations import Fate, Generation, GenerationStatus, Outcome, Wish
from homeroom.kernel.ids import ExamId, GenerationId, InstitutionId, ObjectiveId, QuestionId
from homeroom_adapters.mongo.asking import NEWEST, aggregated, hold_or_begin, in_turn
from homeroom_adapters.mongo.desk import Desk
from homeroom_adapters.mongo.errors import translated
from homeroom_adapters.mongo.reach import said, within
from homeroom_adapters.mongo.rows import (
    Document,
    Row,
    document_of,
    fields_of,
    instant_text,
    row_of,
)

GENERATIONS, SPENDERS, SPENDINGS = (
    "question_generations",
    "question_spenders",
    "question_spendings",
)

_write = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
"""In ASCII: what a machine writes may have halves of characters, which no document can keep."""


@attrs.frozen(kw_only=True)
class OrderRow(Row):
    """An order, without what it is made from."""

    id: GenerationId
    institution_id: InstitutionId
    exam_id: ExamId
    objective_id: ObjectiveId
    status: GenerationStatus
    origin: str
    wanted: int
    difficulty: int
    outcomes: str
    model: str
    cost: int
    code: str
    reason: str
    created_at: datetime
    finished_at: datetime | None = None
    version: int


@attrs.frozen(kw_only=True)
class GenerationRow(OrderRow):
    """An order. `source` is empty once the questions are written."""

    source: str = ""


@attrs.frozen(kw_only=True)
class SpenderRow(Row):
    """An institution that reserved: who holds it is alone in doing so."""

    id: InstitutionId


@attrs.frozen
class MongoGenerations:
    """The orders, inside a unit. What is read is held."""

    _desk: Desk

    async def get(self, generation_id: GenerationId, *, reach: InstitutionId | None) -> Generation:
        held = await self._desk.hold(GENERATIONS, {"_id": str(generation_id), **within(reach)})
        if held is None:
            raise GenerationNotFound
        row = row_of(GenerationRow, held)
        return _generation(row, row.source)

    async def save(self, generation: Generation) -> None:
        document = _document(generation)
        same = {"_id": document["_id"], "version": generation.version}
        is_new = generation.version == 0
        if not await (
            self._desk.insert_unless_taken(GENERATIONS, document)
            if is_new
            else self._desk.replace(GENERATIONS, same, document)
        ):
            raise StaleGeneration
        generation.version += 1

    async def newest(
        self, exam_id: ExamId, *, reach: InstitutionId | None, limit: int
    ) -> Sequence[Generation]:
        theirs = {**said("exam_id", exam_id), **within(reach)}
        fields = fields_of(OrderRow)
        found = await self._desk.find(GENERATIONS, theirs, fields=fields, sort=NEWEST, limit=limit)
        return [_generation(row_of(OrderRow, one), "") for one in found]


@attrs.frozen
class MongoWritingSpending:
    """What is spent, inside a unit. Whoever reserves holds the document of the institution."""

    _desk: Desk

    async def reserve(self, wanted: Reservation, ceilings: Sequence[Ceiling]) -> None:
        await in_turn(self._desk, lambda: self._be_alone(wanted.institution_id))
        others = {"$ne": ["$_id", str(wanted.generation_id)]}
        for ceiling in ceilings:
            spent = await self._sum(wanted.institution_id, ceiling.since, wanted.at, others)
            expect_room(wanted, ceiling, spent)
        again = {
            "at": instant_text(wanted.at),
            "reserved": wanted.amount,
            "held_until": instant_text(wanted.until),
        }
        first = {**again, "institution_id": str(wanted.institution_id), "spent": 0}
        key = {"_id": str(wanted.generation_id)}
        if not await self._desk.insert_unless_taken(SPENDINGS, {**key, **first}):
            await self._change(wanted.generation_id, {"$set": again})

    async def settle(self, generation_id: GenerationId, cost: int) -> None:
        await self._change(generation_id, {"$inc": {"spent": cost}, "$set": {"reserved": 0}})

    async def charge(self, generation_id: GenerationId) -> None:
        held = await self._desk.hold(SPENDINGS, {"_id": str(generation_id)})
        if held is not None:
            await self.settle(generation_id, held["reserved"])

    async def spent(self, institution_id: InstitutionId, *, since: datetime, at: datetime) -> Spent:
        return await self._sum(institution_id, since, at, others=True)

    async def _be_alone(self, institution_id: InstitutionId) -> None:
        """Nobody else reserves for it until this unit ends: what changes a document holds it."""
        spender = document_of(SpenderRow(id=institution_id))
        await hold_or_begin(self._desk, SPENDERS, spender)

    async def _change(self, generation_id: GenerationId, change: Document) -> None:
        this = {"_id": str(generation_id)}
        with translated():
            writing = self._desk.writing(SPENDINGS)
            await writing.update_one(this, change, session=self._desk.session)

    async def _sum(
        self, institution_id: InstitutionId, since: datetime, at: datetime, others: object
    ) -> Spent:
        settled = {"$cond": [{"$gte": ["$at", instant_text(since)]}, "$spent", 0]}
        live = {"$and": [{"$gt": ["$held_until", instant_text(at)]}, others]}
        sums = {
            "_id": None,
            "settled": {"$sum": settled},
            "reserved": {"$sum": {"$cond": [live, "$reserved", 0]}},
        }
        theirs = {"institution_id": str(institution_id)}
        found = await aggregated(self._desk, SPENDINGS, {"$match": theirs}, {"$group": sums})
        return Spent(found[0]["settled"], found[0]["reserved"]) if found else Spent(0, 0)


def _document(generation: Generation) -> Document:
    """*generation*, as its next version."""
    wish = generation.wish
    return document_of(
        GenerationRow(
            id=generation.id,
            institution_id=generation.institution_id,
            exam_id=generation.exam_id,
            objective_id=generation.objective_id,
            status=generation.status,
            source=wish.source,
            origin=wish.origin,
            wanted=wish.count,
            difficulty=wish.difficulty,
            outcomes=_write([_outcome_said(one) for one in generation.outcomes]),
            model=generation.model,
            cost=generation.cost,
            code=generation.code,
            reason=generation.reason,
            created_at=generation.created_at,
            finished_at=generation.finished_at,
            version=generation.version + 1,
        )
    )


def _generation(row: OrderRow, source: str) -> Generation:
    return Generation(
        id=row.id,
        institution_id=row.institution_id,
        exam_id=row.exam_id,
        objective_id=row.objective_id,
        wish=Wish(source=source, origin=row.origin, count=row.wanted, difficulty=row.difficulty),
        status=row.status,
        outcomes=tuple(_outcome(one) for one in json.loads(row.outcomes)),
        model=row.model,
        cost=row.cost,
        code=row.code,
        reason=row.reason,
        created_at=row.created_at,
        finished_at=row.finished_at,
        version=row.version,
    )


def _outcome_said(one: Outcome) -> Document:
    return {
        "fate": one.fate.value,
        "question": None if one.question_id is None else str(one.question_id),
        "words": one.words,
        "remarks": list(one.remarks),
        "like": None if one.like is None else str(one.like),
    }


def _outcome(found: Any) -> Outcome:
    return Outcome(
        fate=Fate(found["fate"]),
        question_id=_question_id(found["question"]),
        words=found["words"],
        remarks=tuple(found["remarks"]),
        like=_question_id(found["like"]),
    )


def _question_id(text: str | None) -> QuestionId | None:
    return None if text is None else QuestionId(UUID(text))
