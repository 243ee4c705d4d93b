"""Reads of what learners earned from tables, outside of any unit."""

from collections.abc import Mapping, Sequence

import attrs
import sqlalchemy as sa

from homeroom.exams.model.achievers import Achiever
from homeroom.exams.model.boards import DEEPEST, Board, Line, Measure, Period, Sums
from homeroom.exams.model.experience import Award
from homeroom.exams.ports.achievements import AwardFilter
from homeroom.kernel.ids import ExamId, PersonId
from homeroom_adapters.sql.achievement_rows import EVERY, achiever_from, award_from, sums_from
from homeroom_adapters.sql.achievement_tables import (
    SHOWN,
    exam_achievers,
    exam_awards,
    exam_sums,
)
from homeroom_adapters.sql.engine import Database

_SHOWN = sa.text(f"exam_sums.{SHOWN}")
"""As it is: to a column SQLAlchemy adds `= 1` on SQLite, which then leaves the indexes alone."""

_COLUMNS = {
    Measure.POINTS: exam_sums.c.points,
    Measure.ACCURACY: exam_sums.c.accuracy,
    Measure.STREAK: exam_sums.c.streak,
    Measure.QUESTIONS: exam_sums.c.answered,
}


@attrs.frozen
class SqlAchievementQueries:
    """Reads of what learners earned, outside of any unit."""

    _database: Database

    async def achiever(self, person_id: PersonId) -> Achiever | None:
        known = sa.select(exam_achievers).where(exam_achievers.c.person_id == person_id)
        async with self._database.read() as connection:
            row = (await connection.execute(known)).one_or_none()
        return None if row is None else achiever_from(row)

    async def awards(self, wanted: AwardFilter, *, limit: int) -> Sequence[Award]:
        found = sa.select(exam_awards).where(exam_awards.c.person_id == wanted.person_id)
        if wanted.cause is not None:
            found = found.where(exam_awards.c.cause == wanted.cause.value)
        if wanted.sitting_id is not None:
            found = found.where(exam_awards.c.sitting_id == wanted.sitting_id)
        newest = exam_awards.c.at.desc(), exam_awards.c.cause, exam_awards.c.key
        async with self._database.read() as connection:
            rows = (await connection.execute(found.order_by(*newest).limit(limit))).all()
        return [award_from(row) for row in rows]

    async def exams(self, person_id: PersonId) -> Mapping[ExamId, Sums]:
        ever = sa.select(exam_sums).where(
            exam_sums.c.person_id == person_id,
            exam_sums.c.exam_id != EVERY,
            exam_sums.c.period == Period.ALL_TIME.value,
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(ever.order_by(exam_sums.c.exam_id))).all()
        return {ExamId(row.exam_id): sums_from(row) for row in rows}

    async def board(self, board: Board, *, limit: int) -> Sequence[Line]:
        value = _COLUMNS[board.measure]
        best = (
            sa.select(exam_sums.c.person_id, value.label("value"))
            .where(*_on(board), _SHOWN, value > 0)
            .order_by(value.desc(), exam_sums.c.person_id.desc())
            .limit(limit)
            .subquery()
        )
        named = sa.select(best, exam_achievers.c.alias).join(
            exam_achievers, exam_achievers.c.person_id == best.c.person_id
        )
        in_order = named.order_by(best.c.value.desc(), best.c.person_id.desc())
        async with self._database.read() as connection:
            rows = (await connection.execute(in_order)).all()
        return [
            Line(person_id=PersonId(row.person_id), alias=row.alias, value=row.value)
            for row in rows
        ]

    async def own(self, board: Board, person_id: PersonId) -> tuple[Sums, int | None]:
        mine = sa.select(exam_sums).where(*_on(board), exam_sums.c.person_id == person_id)
        value = _COLUMNS[board.measure]
        async with self._database.read() as connection:
            row = (await connection.execute(mine)).one_or_none()
            sums = Sums() if row is None else sums_from(row)
            above = sa.select(value).where(
                *_on(board), _SHOWN, value > (sums.value(board.measure) or 0)
            )
            # In the order of an index, so that no more than these are read.
            some = above.order_by(value.desc()).limit(DEEPEST).subquery()
            better = (
                await connection.execute(sa.select(sa.func.count()).select_from(some))
            ).scalar_one()
        return sums, better if better < DEEPEST else None


def _on(board: Board) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        exam_sums.c.institution_id == board.institution_id,
        exam_sums.c.exam_id == (board.exam_id or EVERY),
        exam_sums.c.period == board.period.value,
        exam_sums.c.begins_on == board.begins_on,
    )
