"""Orders to a question writer, and what is spent on them, in tables."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import attrs
import sqlalchemy as sa

from homeroom.exams.errors import GenerationNotFound, StaleGeneration
from homeroom.exams.model.budgets import Ceiling, Reservation, Spent, expect_room
from homeroom.exams.model.generations import Fate, Generation, GenerationStatus, Outcome, Wish
from homeroom.kernel.ids import ExamId, GenerationId, InstitutionId, ObjectiveId, QuestionId
from homeroom_adapters.sql.alchemy import AsyncConnection, insert_into
from homeroom_adapters.sql.in_reach import within
from homeroom_adapters.sql.question_generation_tables import generations, spenders, spendings
from homeroom_adapters.sql.rows import Row, insert_unless_taken

_write = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
"""In ASCII: nothing that a machine writes can then be more than a database takes."""


@attrs.frozen
class SqlGenerations:
    """The orders, inside a unit. What is read is held."""

    _connection: AsyncConnection

    async def get(self, generation_id: GenerationId, *, reach: InstitutionId | None) -> Generation:
        this = sa.select(generations).where(
            generations.c.id == generation_id, *within(generations, reach)
        )
        found = (await self._connection.execute(this.with_for_update())).one_or_none()
        if found is None:
            raise GenerationNotFound
        return _generation_from(found, found.source)

    async def save(self, generation: Generation) -> None:
        cells = _cells(generation)
        if generation.version == 0:
            if not await insert_unless_taken(self._connection, generations, cells):
                raise StaleGeneration
        else:
            same = (
                generations.c.id == generation.id,
                generations.c.version == generation.version,
            )
            changed = sa.update(generations).where(*same).values(cells)
            if (await self._connection.execute(changed)).rowcount == 0:
                raise StaleGeneration
        generation.version += 1

    async def newest(
        self, exam_id: ExamId, *, reach: InstitutionId | None, limit: int
    ) -> Sequence[Generation]:
        columns = [one for one in generations.c if one is not generations.c.source]
        theirs = sa.select(*columns).where(
            generations.c.exam_id == exam_id, *within(generations, reach)
        )
        newest = theirs.order_by(generations.c.id.desc()).limit(limit)
        return [_generation_from(row, "") for row in await self._connection.execute(newest)]


@attrs.frozen
class SqlWritingSpending:
    """What is spent, inside a unit. Whoever reserves holds the row of the institution."""

    _connection: AsyncConnection

    async def reserve(self, wanted: Reservation, ceilings: Sequence[Ceiling]) -> None:
        await self._be_alone(wanted.institution_id)
        others = spendings.c.generation_id != wanted.generation_id
        for ceiling in ceilings:
            spent = await self._sum(
                wanted.institution_id, since=ceiling.since, at=wanted.at, reserved=others
            )
            expect_room(wanted, ceiling, spent)
        row = {
            "generation_id": wanted.generation_id,
            "institution_id": wanted.institution_id,
            "at": wanted.at,
            "spent": 0,
            "reserved": wanted.amount,
            "held_until": wanted.until,
        }
        new = insert_into(spendings, self._connection.dialect.name).values(row)
        again = {name: new.excluded[name] for name in ("at", "reserved", "held_until")}
        await self._connection.execute(
            new.on_conflict_do_update(index_elements=["generation_id"], set_=again)
        )

    async def settle(self, generation_id: GenerationId, cost: int) -> None:
        this = sa.update(spendings).where(spendings.c.generation_id == generation_id)
        paid = this.values(spent=spendings.c.spent + cost, reserved=0)
        await self._connection.execute(paid)

    async def charge(self, generation_id: GenerationId) -> None:
        this = sa.update(spendings).where(spendings.c.generation_id == generation_id)
        paid = this.values(spent=spendings.c.spent + spendings.c.reserved, reserved=0)
        await self._connection.execute(paid)

    async def spent(self, institution_id: InstitutionId, *, since: datetime, at: datetime) -> Spent:
        return await self._sum(institution_id, since=since, at=at, reserved=sa.true())

    async def _be_alone(self, institution_id: InstitutionId) -> None:
        """Nobody else reserves for it until this transaction ends: what changes a row holds it."""
        new = insert_into(spenders, self._connection.dialect.name)
        row = new.values(institution_id=institution_id)
        held = row.on_conflict_do_update(
            index_elements=["institution_id"], set_={"institution_id": institution_id}
        )
        await self._connection.execute(held)

    async def _sum(
        self,
        institution_id: InstitutionId,
        *,
        since: datetime,
        at: datetime,
        reserved: sa.ColumnElement[bool],
    ) -> Spent:
        settled = sa.case((spendings.c.at >= since, spendings.c.spent), else_=0)
        live = sa.and_(spendings.c.held_until > at, reserved)
        kept_free = sa.case((live, spendings.c.reserved), else_=0)
        sums = sa.select(_all_of(settled), _all_of(kept_free)).where(
            spendings.c.institution_id == institution_id
        )
        spent, held = (await self._connection.execute(sums)).one()
        return Spent(int(spent), int(held))


def _all_of(amounts: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(amounts), 0)


def _cells(generation: Generation) -> dict[str, object]:
    wish = generation.wish
    return {
        "id": generation.id,
        "institution_id": generation.institution_id,
        "exam_id": generation.exam_id,
        "objective_id": generation.objective_id,
        "status": generation.status.value,
        "source": wish.source,
        "origin": wish.origin,
        "wanted": wish.count,
        "difficulty": wish.difficulty,
        "outcomes": _write([_outcome_said(one) for one in generation.outcomes]),
        "model": generation.model,
        "cost": generation.cost,
        "code": generation.code,
        "reason": generation.reason,
        "created_at": generation.created_at,
        "finished_at": generation.finished_at,
        "version": generation.version + 1,
    }


def _generation_from(row: Row, source: str) -> Generation:
    return Generation(
        id=GenerationId(row.id),
        institution_id=InstitutionId(row.institution_id),
        exam_id=ExamId(row.exam_id),
        objective_id=ObjectiveId(row.objective_id),
        wish=Wish(source=source, origin=row.origin, count=row.wanted, difficulty=row.difficulty),
        status=GenerationStatus(row.status),
        outcomes=tuple(_outcome(one) for one in json.loads(row.outcomes)),
        model=row.model,
        cost=row.cost,
        code=row.code,
        reason=row.reason,
        created_at=row.created_at,
        finished_at=row.finished_at,
        version=row.version,
    )


def _outcome_said(one: Outcome) -> dict[str, object]:
    return {
        "fate": one.fate.value,
        "question": None if one.question_id is None else str(one.question_id),
        "words": one.words,
        "remarks": list(one.remarks),
        "like": None if one.like is None else str(one.like),
    }


def _outcome(said: Any) -> Outcome:
    return Outcome(
        fate=Fate(said["fate"]),
        question_id=_question_id(said["question"]),
        words=said["words"],
        remarks=tuple(said["remarks"]),
        like=_question_id(said["like"]),
    )


def _question_id(text: str | None) -> QuestionId | None:
    return None if text is None else QuestionId(UUID(text))
