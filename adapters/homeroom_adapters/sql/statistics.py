"""What questions turned out to be like, in tables."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import attrs
import sqlalchemy as sa

from homeroom.exams.model.sittings import Sitting
from homeroom.exams.model.statistics import ExamStatistics, QuestionStatistics, Seen
from homeroom.exams.ports.statistics import Due
from homeroom.kernel.ids import ExamId, InstitutionId, QuestionId, SittingId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.published.exams import QuestionSuspected
from homeroom_adapters.sql.alchemy import AsyncConnection, insert_into
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.outbox import SqlOutbox
from homeroom_adapters.sql.rows import Row, insert_unless_taken
from homeroom_adapters.sql.sitting_rows import sitting_from
from homeroom_adapters.sql.sitting_tables import COUNTED, sittings
from homeroom_adapters.sql.sittings import replies_of
from homeroom_adapters.sql.statistics_rows import (
    exam_cells,
    exam_from,
    question_cells,
    question_from,
)
from homeroom_adapters.sql.statistics_tables import (
    exam_statistics,
    question_alarms,
    question_statistics,
)

_COUNTED = sa.text(COUNTED)
"""As it stands in the index: what is bound, SQLite does not compare with it."""


@attrs.frozen
class SqlStatistics:
    """The statistics, inside a unit."""

    _connection: AsyncConnection
    _outbox: SqlOutbox

    async def put(self, exam: ExamStatistics, questions: Sequence[QuestionStatistics]) -> None:
        # The row of the exam comes first: whoever counts the same one meanwhile waits for it.
        cells = exam_cells(exam)
        new = insert_into(exam_statistics, self._connection.dialect.name).values(cells)
        key = [exam_statistics.c.exam_id]
        await self._connection.execute(new.on_conflict_do_update(index_elements=key, set_=cells))
        of_this = question_statistics.c.exam_id == exam.exam_id
        await self._connection.execute(sa.delete(question_statistics).where(of_this))
        if questions:
            rows = [question_cells(one) for one in questions]
            await self._connection.execute(sa.insert(question_statistics), rows)

    async def suspect(
        self, found: QuestionStatistics, *, institution_id: InstitutionId, at: datetime
    ) -> bool:
        row = {"question_id": found.question_id, "edition": found.edition, "told_at": at}
        if not await insert_unless_taken(self._connection, question_alarms, row):
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


@attrs.frozen
class SqlStatisticsQueries:
    """Reads of statistics, outside of any unit."""

    _database: Database

    async def due(self, *, after: ExamId | None, limit: int) -> Sequence[Due]:
        there, gone = _changed(), _emptied()
        if after is not None:
            there = there.where(there.selected_columns.exam_id > after)
            gone = gone.where(exam_statistics.c.exam_id > after)
        every = sa.union_all(there, gone).order_by("exam_id").limit(limit)
        async with self._database.read() as connection:
            return [_due_from(row) for row in await connection.execute(every)]

    async def ended(
        self, exam_id: ExamId, *, after: SittingId | None, limit: int
    ) -> Sequence[Sitting]:
        wanted = sa.select(sittings).where(sittings.c.exam_id == exam_id, _COUNTED)
        if after is not None:
            wanted = wanted.where(sittings.c.id > after)
        async with self._database.read() as connection:
            rows = (await connection.execute(wanted.order_by(sittings.c.id).limit(limit))).all()
            replies = await replies_of(connection, [SittingId(row.id) for row in rows])
        return [sitting_from(row, replies.get(row.id, {})) for row in rows]

    async def exam(self, exam_id: ExamId) -> ExamStatistics | None:
        wanted = sa.select(exam_statistics).where(exam_statistics.c.exam_id == exam_id)
        async with self._database.read() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        return None if row is None else exam_from(row)

    async def questions(
        self, exam_id: ExamId, page: CursorRequest
    ) -> CursorPage[QuestionStatistics]:
        question_id = question_statistics.c.question_id
        ids = sa.select(question_id).distinct().where(question_statistics.c.exam_id == exam_id)
        if page.after is not None:
            ids = ids.where(question_id < page.after)
        ids = ids.order_by(question_id.desc()).limit(page.limit + 1)
        async with self._database.read() as connection:
            found = (await connection.execute(ids)).scalars().all()
            shown = CursorPage.cut(found, page.limit, lambda one: one)
            rows = await _of_questions(connection, shown.items)
        return CursorPage([question_from(row) for row in rows], shown.next)

    async def question(self, question_id: QuestionId) -> Sequence[QuestionStatistics]:
        async with self._database.read() as connection:
            rows = await _of_questions(connection, [question_id])
        return [question_from(row) for row in rows]


async def _of_questions(connection: AsyncConnection, ids: Sequence[QuestionId]) -> Sequence[Row]:
    order = (question_statistics.c.question_id.desc(), question_statistics.c.edition)
    wanted = sa.select(question_statistics).where(question_statistics.c.question_id.in_(ids))
    return (await connection.execute(wanted.order_by(*order))).all()


def _changed() -> sa.Select[Any]:
    """Exams that have other sittings that count than those of which statistics were made."""
    exam_id, institution_id = sittings.c.exam_id, sittings.c.institution_id
    there = (
        sa.select(
            *(exam_id, institution_id),
            sa.func.count().label("seen"),
            sa.func.sum(sittings.c.version).label("versions"),
            sa.func.max(sittings.c.ended_at).label("last"),
        )
        .where(_COUNTED)
        .group_by(exam_id, institution_id)
        .subquery("there")
    )
    known, now = exam_statistics.c, there.c
    same = (
        known.seen == now.seen,
        known.seen_versions == now.versions,
        known.seen_last == now.last,
    )
    kept = sa.outerjoin(there, exam_statistics, sa.and_(known.exam_id == now.exam_id, *same))
    return sa.select(*there.c).select_from(kept).where(known.exam_id.is_(None))


def _emptied() -> sa.Select[Any]:
    """Exams of which there are statistics, and no sitting any more that counts."""
    left = sa.select(sa.literal(1)).where(sittings.c.exam_id == exam_statistics.c.exam_id, _COUNTED)
    nothing: list[sa.ColumnElement[Any]] = [
        exam_statistics.c.exam_id,
        exam_statistics.c.institution_id,
        sa.literal(0).label("seen"),
        sa.literal(0).label("versions"),
        sa.null().label("last"),
    ]
    return sa.select(*nothing).where(exam_statistics.c.seen > 0, ~left.exists())


def _due_from(row: Row) -> Due:
    return Due(
        exam_id=ExamId(row.exam_id),
        institution_id=InstitutionId(row.institution_id),
        seen=Seen(sittings=row.seen, versions=int(row.versions), last=row.last),
    )
