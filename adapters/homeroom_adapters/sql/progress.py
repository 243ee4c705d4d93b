"""What somebody answered, and is to see again, in tables, inside a unit."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs
import sqlalchemy as sa

from homeroom.exams.model.progress import Attempt, Study
from homeroom.exams.model.recall import Recall
from homeroom.kernel.ids import ExamId, PersonId, QuestionId
from homeroom_adapters.sql.alchemy import AsyncConnection, insert_into
from homeroom_adapters.sql.progress_rows import (
    attempt_cells,
    attempt_from,
    recall_cells,
    recall_from,
)
from homeroom_adapters.sql.progress_tables import exam_studies as studies
from homeroom_adapters.sql.progress_tables import question_attempts as tried
from homeroom_adapters.sql.progress_tables import question_reviews as reviews

_WAITING = sa.literal_column("NOT planned", sa.Boolean)
"""In the words of the index, which SQLite takes for no other."""


@attrs.frozen
class SqlProgress:
    """Progress, inside a unit. Whoever holds a study holds its row."""

    _connection: AsyncConnection

    async def count(self, attempts: Sequence[Attempt]) -> None:
        """In one order, so that no two units wait for each other."""
        every = {(one.sitting_id, one.question_id): one for one in attempts}
        if not every:
            return
        rows = [attempt_cells(every[key]) for key in sorted(every)]
        new = insert_into(tried, self._connection.dialect.name).values(rows)
        judged = new.on_conflict_do_update(
            index_elements=list(tried.primary_key),
            set_={"credit": new.excluded.credit},
            where=tried.c.credit != new.excluded.credit,
        )
        await self._connection.execute(judged)

    async def hold(self, person_id: PersonId, exam_id: ExamId) -> Study:
        """An update that changes nothing holds a row that is there, on both dialects."""
        begun = insert_into(studies, self._connection.dialect.name).values(
            person_id=person_id, exam_id=exam_id
        )
        held = begun.on_conflict_do_update(
            index_elements=list(studies.primary_key),
            set_={"exam_id": begun.excluded.exam_id},
        ).returning(studies.c.examined_at)
        examined_at = (await self._connection.execute(held)).scalar_one()
        waiting = await self._attempts(
            tried.c.person_id == person_id,
            tried.c.exam_id == exam_id,
            _WAITING,
        )
        asked = {one.question_id for one in waiting}
        known = await self._recalls(
            reviews.c.person_id == person_id, reviews.c.question_id.in_(asked)
        )
        return Study(
            person_id=person_id,
            exam_id=exam_id,
            examined_at=examined_at,
            waiting=waiting,
            recalls=known.get(exam_id, {}),
        )

    async def save(self, study: Study) -> None:
        told = {"examined_at": study.examined_at}
        await self._connection.execute(sa.update(studies).where(*_of(studies, study)).values(told))
        if study.recalls:
            await self._remember(study)
        if study.waiting:
            await self._connection.execute(
                sa.update(tried).where(_one_of(study.waiting)).values(planned=True)
            )
        if study.deadline is not None:
            await self._bring_forward(study, study.deadline)

    async def of(self, person_id: PersonId) -> Sequence[Study]:
        begun = sa.select(studies).where(studies.c.person_id == person_id)
        examined = {row.exam_id: row.examined_at for row in await self._connection.execute(begun)}
        counted = await self._attempts(tried.c.person_id == person_id)
        known = await self._recalls(reviews.c.person_id == person_id)
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
        for table in (reviews, tried, studies):
            gone = sa.delete(table).where(table.c.person_id == person_id)
            await self._connection.execute(gone)
        return count

    async def _attempts(self, *wanted: sa.ColumnElement[bool]) -> tuple[Attempt, ...]:
        """The oldest first."""
        in_order = sa.select(tried).where(*wanted)
        in_order = in_order.order_by(tried.c.at, tried.c.question_id)
        rows = (await self._connection.execute(in_order)).all()
        return tuple(attempt_from(row) for row in rows)

    async def _recalls(
        self, *wanted: sa.ColumnElement[bool]
    ) -> Mapping[ExamId, Mapping[QuestionId, Recall]]:
        found: dict[ExamId, dict[QuestionId, Recall]] = {}
        rows = await self._connection.execute(sa.select(reviews).where(*wanted))
        for row in rows:
            own = found.setdefault(ExamId(row.exam_id), {})
            own[QuestionId(row.question_id)] = recall_from(row)
        return found

    async def _remember(self, study: Study) -> None:
        asked_for = {one.question_id: one.objective_id for one in study.waiting}
        rows = [
            recall_cells(study, question_id, asked_for[question_id], recall)
            for question_id, recall in sorted(study.recalls.items(), key=lambda one: one[0])
        ]
        new = insert_into(reviews, self._connection.dialect.name).values(rows)
        keys = [column.name for column in reviews.primary_key]
        said = {name: new.excluded[name] for name in rows[0] if name not in keys}
        await self._connection.execute(
            new.on_conflict_do_update(index_elements=list(reviews.primary_key), set_=said)
        )

    async def _bring_forward(self, study: Study, deadline: datetime) -> None:
        late = sa.update(reviews).where(
            *_of(reviews, study), reviews.c.due_at > deadline, reviews.c.reviewed_at < deadline
        )
        await self._connection.execute(late.values(due_at=deadline))


def _of(table: sa.Table, study: Study) -> tuple[sa.ColumnElement[bool], ...]:
    return table.c.person_id == study.person_id, table.c.exam_id == study.exam_id


def _one_of(told: Sequence[Attempt]) -> sa.ColumnElement[bool]:
    by_sitting: dict[object, list[QuestionId]] = {}
    for one in told:
        by_sitting.setdefault(one.sitting_id, []).append(one.question_id)
    return sa.or_(
        *(
            sa.and_(tried.c.sitting_id == sitting_id, tried.c.question_id.in_(questions))
            for sitting_id, questions in by_sitting.items()
        )
    )
