"""Reads of what learners earned from documents, outside of any unit."""

from collections.abc import Mapping, Sequence

import attrs

from homeroom.exams.model.achievers import Achiever
from homeroom.exams.model.boards import DEEPEST, Board, Line, Measure, Period, Sums
from homeroom.exams.model.experience import Award
from homeroom.exams.ports.achievements import AwardFilter
from homeroom.kernel.ids import ExamId, PersonId
from homeroom_adapters.mongo.achievement_rows import (
    ACHIEVERS,
    AWARDS,
    EVERY,
    SUMS,
    SumRow,
    achiever_from,
    award_from,
    sum_row_from,
    sums_from,
)
from homeroom_adapters.mongo.desk import Desk
from homeroom_adapters.mongo.reach import said
from homeroom_adapters.mongo.rows import Document

_FIELDS = {
    Measure.POINTS: "points",
    Measure.ACCURACY: "accuracy",
    Measure.STREAK: "streak",
    Measure.QUESTIONS: "answered",
}


@attrs.frozen
class MongoAchievementQueries:
    """Reads of what learners earned."""

    _desk: Desk

    async def achiever(self, person_id: PersonId) -> Achiever | None:
        found = await self._desk.find_one(ACHIEVERS, {"_id": str(person_id)})
        return None if found is None else achiever_from(found)

    async def awards(self, wanted: AwardFilter, *, limit: int) -> Sequence[Award]:
        where = {
            **said("person_id", wanted.person_id),
            **said("cause", None if wanted.cause is None else wanted.cause.value),
            **said("sitting_id", wanted.sitting_id),
        }
        newest = [("at", -1), ("cause", 1), ("key", 1)]
        found = await self._desk.find(AWARDS, where, sort=newest, limit=limit)
        return [award_from(one) for one in found]

    async def exams(self, person_id: PersonId) -> Mapping[ExamId, Sums]:
        ever = {"person_id": str(person_id), "period": Period.ALL_TIME.value}
        rows = map(sum_row_from, await self._desk.find(SUMS, ever, sort=[("exam_id", 1)]))
        return {ExamId(one.exam_id): sums_from(one) for one in rows if one.exam_id != EVERY}

    async def board(self, board: Board, *, limit: int) -> Sequence[Line]:
        field = _FIELDS[board.measure]
        where = {**_on(board), "listed": True, field: {"$gt": 0}}
        best = [(field, -1), ("person_id", -1)]
        rows = [
            sum_row_from(one) for one in await self._desk.find(SUMS, where, sort=best, limit=limit)
        ]
        aliases = await self._aliases(rows)
        return [
            Line(
                person_id=PersonId(one.person_id),
                alias=aliases[str(one.person_id)],
                value=getattr(one, field),
            )
            for one in rows
            if str(one.person_id) in aliases
        ]

    async def own(self, board: Board, person_id: PersonId) -> tuple[Sums, int | None]:
        mine = await self._desk.find_one(SUMS, {**_on(board), "person_id": str(person_id)})
        sums = Sums() if mine is None else sums_from(sum_row_from(mine))
        beaten = {"$gt": sums.value(board.measure) or 0}
        above = {**_on(board), "listed": True, _FIELDS[board.measure]: beaten}
        better = len(await self._desk.find(SUMS, above, limit=DEEPEST, fields={"_id": 1}))
        return sums, better if better < DEEPEST else None

    async def _aliases(self, rows: Sequence[SumRow]) -> Mapping[str, str]:
        """What boards call whoever is on them."""
        wanted = [str(one.person_id) for one in rows]
        fields = {"_id": 1, "alias": 1}
        found = await self._desk.find(ACHIEVERS, {"_id": {"$in": wanted}}, fields=fields)
        return {one["_id"]: one["alias"] for one in found}


def _on(board: Board) -> Document:
    return {
        "institution_id": str(board.institution_id),
        "exam_id": str(board.exam_id or EVERY),
        "period": board.period.value,
        "begins_on": board.begins_on.isoformat(),
    }
