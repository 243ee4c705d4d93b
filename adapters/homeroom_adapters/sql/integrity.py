"""What happened beside sittings, in a table."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import attrs
import sqlalchemy as sa

from homeroom.exams.model.integrity import (
    Counts,
    EventKind,
    Flagged,
    IntegrityEvent,
    IntegrityPolicy,
    Told,
)
from homeroom.exams.ports.integrity import FlagFilter
from homeroom.kernel.ids import ExamId, PersonId, QuestionId, SittingId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom_adapters.sql.alchemy import AsyncConnection, insert_into
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.in_reach import within
from homeroom_adapters.sql.rows import Row
from homeroom_adapters.sql.sitting_event_tables import KINDS, SEVERAL
from homeroom_adapters.sql.sitting_event_tables import sitting_event_counts as counted
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
        found = flagged_sittings(wanted, page)
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
    kept = added.on_conflict_do_nothing().returning(events.c.sitting_id)
    found = (await connection.execute(kept)).scalars().all()
    for sitting_id in sorted(set(found)):
        await _count(connection, sitting_id)
    return len(found)


async def _count(connection: AsyncConnection, sitting_id: UUID) -> None:
    """All of its events anew: a process of an older version tells of some and counts none.

    Whoever tells of a sitting holds it, so that nobody else counts at the same time.
    """
    number = {name: _of_kind(kind).label(name) for kind, name in KINDS.items()}
    number["events"] = sa.func.count().label("events")
    whose = (sittings.c.id, sittings.c.institution_id, sittings.c.exam_id)
    its = (
        sa.select(*whose, *number.values())
        .join_from(sittings, events, events.c.sitting_id == sittings.c.id)
        .where(sittings.c.id == sitting_id)
        .group_by(*whose)
    )
    named = ["sitting_id", "institution_id", "exam_id", *number]
    new = insert_into(counted, connection.dialect.name).from_select(named, its)
    anew = {name: new.excluded[name] for name in number}
    await connection.execute(new.on_conflict_do_update(index_elements=["sitting_id"], set_=anew))


def _of_kind(kind: str) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((events.c.kind == kind, 1), else_=0))


def flagged_sittings(wanted: FlagFilter, page: CursorRequest) -> sa.Select[Any]:
    """By what was counted: it walks down an index of sittings with several events, newest first,
    and no further than the page is long."""
    policy = wanted.policy
    weighed = [counted.c[KINDS[kind.value]] * weight for kind, weight in policy.weights.items()]
    points = sum(weighed, start=sa.literal(0))
    many = sa.or_(points >= policy.flag_at, counted.c.events >= policy.most_events)
    told: list[sa.ColumnElement[Any]] = [
        *(sittings.c.id, sittings.c.exam_id, sittings.c.person_id, counted.c.events),
        points.label("points"),
    ]
    found = (
        sa.select(*told)
        .join(sittings, sittings.c.id == counted.c.sitting_id)
        .where(*within(counted, wanted.reach), many)
        .order_by(counted.c.sitting_id.desc())
        .limit(page.limit + 1)
    )
    if _takes_several(policy):
        found = found.where(sa.text(f"sitting_event_counts.{SEVERAL}"))
    if wanted.exam is not None:
        found = found.where(counted.c.exam_id == wanted.exam)
    if page.after is not None:
        found = found.where(counted.c.sitting_id < page.after)
    return found


def _takes_several(policy: IntegrityPolicy) -> bool:
    """Whether two events are never enough for a flag, so that `SEVERAL` leaves none of them out."""
    heaviest = max(policy.weights.values(), default=0)
    return policy.flag_at > max(0, 2 * heaviest) and policy.most_events > 2


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
