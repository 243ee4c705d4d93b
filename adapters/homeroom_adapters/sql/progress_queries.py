"""Reads of progress from tables, outside of any unit."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction

import attrs
import sqlalchemy as sa

from homeroom.exams.model.progress import Due, ObjectiveCount, Standing
from homeroom.kernel.ids import ExamId, ObjectiveId, PersonId, QuestionId
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.progress_rows import due_from
from homeroom_adapters.sql.progress_tables import exam_studies as studies
from homeroom_adapters.sql.progress_tables import question_attempts as attempts
from homeroom_adapters.sql.progress_tables import question_reviews as reviews

_ALL = "1"
"""What an answer that is wholly right is worth, in words."""


@attrs.frozen
class SqlProgressQueries:
    """Reads of progress, outside of any unit."""

    _database: Database

    async def standing(self, person_id: PersonId, exam_id: ExamId) -> Standing:
        begun = sa.select(studies.c.examined_at).where(*_of(studies, person_id, exam_id))
        seen = sa.select(attempts.c.question_id).where(*_of(attempts, person_id, exam_id))
        first = sa.select(sa.func.min(attempts.c.at, type_=attempts.c.at.type))
        first = first.where(*_of(attempts, person_id, exam_id))
        async with self._database.read() as connection:
            examined_at = (await connection.execute(begun)).scalar_one_or_none()
            questions = (await connection.execute(seen.distinct())).scalars().all()
            first_at = (await connection.execute(first)).scalar_one()
            objectives = await _counts(connection, person_id, exam_id)
        return Standing(
            examined_at=examined_at,
            first_at=first_at,
            seen=frozenset(map(QuestionId, questions)),
            objectives=objectives,
        )

    async def latest(
        self, person_id: PersonId, exam_id: ExamId, *, since: datetime, most: int
    ) -> Mapping[ObjectiveId, Sequence[Fraction]]:
        place = sa.func.row_number().over(
            partition_by=attempts.c.objective_id,
            order_by=(attempts.c.at.desc(), attempts.c.question_id.desc()),
        )
        placed = sa.select(attempts.c.objective_id, attempts.c.credit, place.label("place"))
        theirs = placed.where(*_of(attempts, person_id, exam_id), attempts.c.at >= since)
        every = theirs.subquery()
        newest = sa.select(every).where(every.c.place <= most).order_by(every.c.place)
        found: dict[ObjectiveId, list[Fraction]] = {}
        async with self._database.read() as connection:
            for row in await connection.execute(newest):
                worth = found.setdefault(ObjectiveId(row.objective_id), [])
                worth.append(Fraction(row.credit))
        return found

    async def due(
        self, person_id: PersonId, exam_id: ExamId, *, at: datetime, limit: int
    ) -> Sequence[Due]:
        waiting = (
            sa.select(reviews)
            .where(*_of(reviews, person_id, exam_id), reviews.c.due_at <= at)
            .order_by(reviews.c.due_at, reviews.c.question_id)
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(waiting)).all()
        return [due_from(row) for row in rows]

    async def times(
        self, person_id: PersonId, *, since: datetime, before: datetime
    ) -> Sequence[datetime]:
        theirs = sa.select(attempts.c.at).where(
            attempts.c.person_id == person_id, attempts.c.at >= since, attempts.c.at < before
        )
        async with self._database.read() as connection:
            return (await connection.execute(theirs.order_by(attempts.c.at))).scalars().all()


async def _counts(
    connection: AsyncConnection, person_id: PersonId, exam_id: ExamId
) -> Mapping[ObjectiveId, ObjectiveCount]:
    next_due = (
        sa.select(
            reviews.c.objective_id,
            sa.func.min(reviews.c.due_at, type_=reviews.c.due_at.type).label("due_at"),
        )
        .where(*_of(reviews, person_id, exam_id))
        .group_by(reviews.c.objective_id)
    )
    right = sa.case((attempts.c.credit == _ALL, 1), else_=0)
    counted = (
        sa.select(
            attempts.c.objective_id,
            sa.func.count().label("answered"),
            sa.func.sum(right).label("correct"),
            sa.func.sum(attempts.c.seconds).label("seconds"),
            sa.func.max(attempts.c.at, type_=attempts.c.at.type).label("last_at"),
        )
        .where(*_of(attempts, person_id, exam_id))
        .group_by(attempts.c.objective_id)
    )
    due = {row.objective_id: row.due_at for row in await connection.execute(next_due)}
    return {
        ObjectiveId(row.objective_id): ObjectiveCount(
            answered=row.answered,
            correct=int(row.correct),
            seconds=int(row.seconds),
            last_at=row.last_at,
            due_at=due.get(row.objective_id),
        )
        for row in await connection.execute(counted)
    }


def _of(
    table: sa.Table, person_id: PersonId, exam_id: ExamId
) -> tuple[sa.ColumnElement[bool], ...]:
    return table.c.person_id == person_id, table.c.exam_id == exam_id
