"""Reads of tasks, outside of any unit."""

from datetime import UTC, datetime

import attrs
import sqlalchemy as sa

from homeroom.kernel.ids import InstitutionId, TaskId
from homeroom.kernel.page import Page, PageRequest
from homeroom.scheduling.errors import TaskNotFound
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.model.watches import Watch
from homeroom.scheduling.queries import Dashboard, TaskFilter
from homeroom_adapters.sql.dashboard import dashboard
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.fixed import Fixed
from homeroom_adapters.sql.in_reach import living, within
from homeroom_adapters.sql.rows import Select, paged
from homeroom_adapters.sql.scheduling_rows import sought, task_from, watch_from
from homeroom_adapters.sql.scheduling_tables import task_tags, tasks, watches


@attrs.frozen
class SqlTaskQueries:
    """Reads of tasks, for people and for the scheduler."""

    _database: Database

    async def task(self, task_id: TaskId, *, reach: InstitutionId | None) -> Task:
        wanted = sa.select(tasks).where(tasks.c.id == task_id, *living(reach))
        async with self._database.read() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        if row is None:
            raise TaskNotFound.named(task_id)
        return task_from(row)

    async def tasks(
        self, wanted: TaskFilter, page: PageRequest, *, reach: InstitutionId | None
    ) -> Page[Task]:
        every = sa.select(tasks).where(*living(reach), *_fitting(wanted, reach))
        async with self._database.read() as connection:
            rows, total = await paged(connection, every, page, *_NEWEST)
        return Page([task_from(row) for row in rows], total, page)

    async def watch(self, task_id: TaskId, *, reach: InstitutionId | None) -> Watch | None:
        over = sa.select(watches).join(tasks, tasks.c.id == watches.c.task_id)
        wanted = over.where(watches.c.task_id == task_id, *living(reach))
        async with self._database.read() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        return None if row is None else watch_from(row)

    async def dashboard(self, since: datetime, *, reach: InstitutionId | None) -> Dashboard:
        async with self._database.read() as connection:
            return await dashboard(connection, since, reach)

    async def next_due(self) -> datetime | None:
        async with self._database.asked() as connection:
            ((run_at, deadline),) = await _NEXT_DUE.run(connection, {})
        instants = [one.astimezone(UTC) for one in (run_at, deadline) if one is not None]
        return min(instants, default=None)


_NEWEST = (tasks.c.created_at.desc(), tasks.c.id.desc())


def _fitting(wanted: TaskFilter, reach: InstitutionId | None) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.status is not None:
        conditions.append(tasks.c.status == wanted.status.value)
    if wanted.tag:
        tagged = sa.select(task_tags.c.task_id).where(task_tags.c.tag == wanted.tag)
        conditions.append(tasks.c.id.in_(tagged.where(*within(task_tags, reach))))
    if wanted.text:
        conditions.append(tasks.c.sought.contains(sought(wanted.text), autoescape=True))
    return conditions


def _next_due(_dialect: str) -> Select:
    soonest = (
        sa.select(tasks.c.next_run_at)
        .where(tasks.c.next_run_at.is_not(None), tasks.c.deleted_at.is_(None))
        .order_by(tasks.c.next_run_at)
        .limit(1)
    )
    first = (
        sa.select(watches.c.deadline)
        .where(watches.c.deadline.is_not(None))
        .order_by(watches.c.deadline)
        .limit(1)
    )
    return sa.select(soonest.scalar_subquery(), first.scalar_subquery())


_NEXT_DUE = Fixed(_next_due)
