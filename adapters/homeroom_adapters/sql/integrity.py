"""What happened beside sittings, in a table."""

from collections.abc import Sequence

import attrs
import sqlalchemy as sa

from homeroom.exams.model.integrity import Counts, EventKind, Flagged, IntegrityEvent, Told
from homeroom.exams.ports.integrity import FlagFilter
from homeroom.kernel.ids import ExamId, PersonId, QuestionId, SittingId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom_adapters.sql.alchemy import AsyncConnection, insert_into
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.in_reach import within
from homeroom_adapters.sql.rows import Row
from homeroom_adapters.sql.sitting_event_tables import sitting_events as events
from homeroom_adapters.sql.sitting_tables import sittings


@attrs.frozen
class SqlIntegrityEvents:
    """The events, inside a unit."""

    _connection: AsyncConnection

    async def add(self, events: Sequence[IntegrityEvent]) -> int:
        if not events:
            return 0
        return await _insert(self._connection, events)

    async def counts(self, sitting_id: SittingId) -> Counts:
        return await _counts(self._connection, sitting_id)

    async def of(self, person_id: PersonId) -> Sequence[IntegrityEvent]:
        theirs = (
            sa.select(events)
            .join(sittings, sittings.c.id == events.c.sitting_id)
            .where(sittings.c.person_id == person_id)
            .order_by(events.c.id.desc())
        )
        return [_event(row) for row in (await self._connection.execute(theirs)).all()]


@attrs.frozen
class SqlIntegrityQueries:
    """Reads of events, outside of any unit."""

    _database: Database

    async def events(
        self, sitting_id: SittingId, page: CursorRequest
    ) -> CursorPage[IntegrityEvent]:
        newest = sa.select(events).where(events.c.sitting_id == sitting_id)
        if page.after is not None:
            newest = newest.where(events.c.id < page.after)
        newest = newest.order_by(events.c.id.desc()).limit(page.limit + 1)
        async with self._database.read() as connection:
            rows = (await connection.execute(newest)).all()
        return CursorPage.cut([_event(row) for row in rows], page.limit, lambda one: one.id)

    async def counts(self, sitting_id: SittingId) -> Counts:
        async with self._database.read() as connection:
            return await _counts(connection, sitting_id)

    async def flagged(self, wanted: FlagFilter, page: CursorRequest) -> CursorPage[Flagged]:
        weights = {kind.value: weight for kind, weight in wanted.policy.weights.items()}
        points = sa.func.sum(sa.case(weights, value=events.c.kind, else_=0))
        number = sa.func.count()
        of = (sittings.c.id, sittings.c.exam_id, sittings.c.person_id)
        found = (
            sa.select(*of, points.label("points"), number.label("events"))
            .join(events, events.c.sitting_id == sittings.c.id)
            .where(*within(sittings, wanted.reach))
            .group_by(*of)
            .having(sa.or_(points >= wanted.policy.flag_at, number >= wanted.policy.most_events))
            .order_by(sittings.c.id.desc())
            .limit(page.limit + 1)
        )
        if wanted.exam is not None:
            found = found.where(sittings.c.exam_id == wanted.exam)
        if page.after is not None:
            found = found.where(sittings.c.id < page.after)
        async with self._database.read() as connection:
            rows = (await connection.execute(found)).all()
        every = [_flagged(row) for row in rows]
        return CursorPage.cut(every, page.limit, lambda one: one.sitting_id)


async def _insert(connection: AsyncConnection, new: Sequence[IntegrityEvent]) -> int:
    rows = [
        {
            "id": one.id,
            "sitting_id": one.sitting_id,
            "at": one.at,
            **attrs.asdict(one.told, recurse=False),
            "kind": one.told.kind.value,
        }
        for one in new
    ]
    added = insert_into(events, connection.dialect.name).values(rows)
    kept = added.on_conflict_do_nothing().returning(events.c.id)
    return len((await connection.execute(kept)).all())


async def _counts(connection: AsyncConnection, sitting_id: SittingId) -> Counts:
    counted = (
        sa.select(events.c.kind, sa.func.count().label("number"))
        .where(events.c.sitting_id == sitting_id)
        .group_by(events.c.kind)
    )
    rows = (await connection.execute(counted)).all()
    return {EventKind(row.kind): row.number for row in rows}


def _event(row: Row) -> IntegrityEvent:
    return IntegrityEvent(
        id=row.id,
        sitting_id=SittingId(row.sitting_id),
        at=row.at,
        told=Told(
            mark=row.mark,
            kind=EventKind(row.kind),
            said_at=row.said_at,
            question_id=None if row.question_id is None else QuestionId(row.question_id),
            seconds=row.seconds,
        ),
    )


def _flagged(row: Row) -> Flagged:
    return Flagged(
        sitting_id=SittingId(row.id),
        exam_id=ExamId(row.exam_id),
        person_id=PersonId(row.person_id),
        points=int(row.points),
        events=row.events,
    )
