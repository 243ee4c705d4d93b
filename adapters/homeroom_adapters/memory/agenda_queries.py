"""Reads of tasks and of what became of them, in memory, outside of any unit."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from heapq import nsmallest
from typing import TypeVar

import attrs

from homeroom.kernel.ids import ExecutionId, InstitutionId, TaskId
from homeroom.kernel.page import Page, PageRequest
from homeroom.scheduling.errors import ExecutionNotFound, TaskNotFound
from homeroom.scheduling.model.executions import Execution, ExecutionStatus
from homeroom.scheduling.model.policies import TaskStatus
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.model.watches import Watch
from homeroom.scheduling.queries import (
    Counts,
    Dashboard,
    Delivery,
    ExecutionFilter,
    ExecutionView,
    Hour,
    LogEntry,
    LogFilter,
    RunFilter,
    Spread,
    TaskFilter,
)
from homeroom_adapters.memory.agenda_tables import is_there, within
from homeroom_adapters.memory.store import Store

S = TypeVar("S", bound=Enum)
T = TypeVar("T")

_UPCOMING = 10


@attrs.frozen
class MemoryTaskQueries:
    """Reads of tasks."""

    _store: Store

    async def task(self, task_id: TaskId, *, reach: InstitutionId | None) -> Task:
        with self._store.lock:
            found = self._store.tasks.rows.get(task_id)
        if found is None or not is_there(found) or not within(reach, found):
            raise TaskNotFound.named(task_id)
        return self._store.tasks.copied(found)

    async def tasks(
        self, wanted: TaskFilter, page: PageRequest, *, reach: InstitutionId | None
    ) -> Page[Task]:
        found = [task for task in self._seen(reach) if _fits(task, wanted)]
        found.sort(key=lambda task: (task.created_at, task.id), reverse=True)
        return _cut(found, page, self._store.tasks.copied)

    async def watch(self, task_id: TaskId, *, reach: InstitutionId | None) -> Watch | None:
        with self._store.lock:
            found = self._store.watches.rows.get(task_id)
        if found is None or not within(reach, found):
            return None
        return self._store.watches.copied(found)

    async def dashboard(self, since: datetime, *, reach: InstitutionId | None) -> Dashboard:
        tasks = self._seen(reach)
        ended, latencies = self._ended(since, {task.id for task in tasks})
        soonest = [task for task in tasks if task.fires_at is not None]
        upcoming = nsmallest(_UPCOMING, soonest, key=lambda one: (one.fires_at, one.id))
        lateness = [run.lateness.total_seconds() for run in ended if run.lateness is not None]
        return Dashboard(
            counts=_counts(tasks),
            hours=_hours(ended),
            lateness=_spread(lateness),
            latency=_spread(latencies),
            upcoming=[self._store.tasks.copied(task) for task in upcoming],
        )

    async def next_due(self) -> datetime | None:
        with self._store.lock:
            dues = [task.next_run_at for task in self._store.tasks.rows.values()]
            dues += [watch.deadline for watch in self._store.watches.rows.values()]
        return min((due for due in dues if due is not None), default=None)

    def _seen(self, reach: InstitutionId | None) -> list[Task]:
        with self._store.lock:
            rows = list(self._store.tasks.rows.values())
        return [task for task in rows if is_there(task) and within(reach, task)]

    def _ended(self, since: datetime, tasks: set[TaskId]) -> tuple[list[Execution], list[float]]:
        with self._store.lock:
            runs = list(self._store.executions.rows.values())
            written = list(self._store.log.written)
        ended = [
            run
            for run in runs
            if run.task_id in tasks
            and run.status in {ExecutionStatus.SUCCESS, ExecutionStatus.FAILED}
            and run.finished_at is not None
            and run.finished_at >= since
        ]
        latencies = [
            one.line.latency
            for one in written
            if one.task_id in tasks and one.line.latency is not None and one.line.at >= since
        ]
        return ended, latencies


@attrs.frozen
class MemoryRunQueries:
    """Reads of what ran."""

    _store: Store

    async def deliveries(self, *wanted: ExecutionId) -> Mapping[ExecutionId, Delivery]:
        found = {execution_id: self._delivery(execution_id) for execution_id in wanted}
        return {key: delivery for key, delivery in found.items() if delivery is not None}

    def _delivery(self, execution_id: ExecutionId) -> Delivery | None:
        store = self._store
        with store.lock:
            run = store.executions.rows.get(execution_id)
            task = None if run is None else store.tasks.rows.get(run.task_id)
            end = None if task is None else task.content.target.fingerprint
            channel = None if end is None else store.channels.rows.get(end)
        if run is None or task is None:
            return None
        return Delivery(
            execution=store.executions.copied(run),
            task=store.tasks.copied(task),
            channel=None if channel is None else store.channels.copied(channel),
        )

    async def execution(
        self, execution_id: ExecutionId, *, reach: InstitutionId | None
    ) -> ExecutionView:
        with self._store.lock:
            run = self._store.executions.rows.get(execution_id)
            task = None if run is None else self._store.tasks.rows.get(run.task_id)
        if run is None or task is None or not is_there(task) or not within(reach, run):
            raise ExecutionNotFound
        return self._view(run)

    async def executions(
        self, wanted: ExecutionFilter, page: PageRequest, *, reach: InstitutionId | None
    ) -> Page[ExecutionView]:
        names = self._names(reach)
        with self._store.lock:
            runs = list(self._store.executions.rows.values())
        found = [
            run
            for run in runs
            if run.task_id in names
            and _is_meant(wanted, run.task_id, run.status, run.scheduled_for)
        ]
        found.sort(key=lambda run: (run.scheduled_for, run.id), reverse=True)
        return _cut(found, page, self._view)

    async def log(
        self, wanted: LogFilter, page: PageRequest, *, reach: InstitutionId | None
    ) -> Page[LogEntry]:
        names = self._names(reach)
        with self._store.lock:
            written = list(self._store.log.written)
        found = [
            one
            for one in written
            if one.task_id in names and _is_meant(wanted, one.task_id, one.line.status, one.line.at)
        ]
        found.sort(key=lambda one: (one.line.at, one.id), reverse=True)
        return _cut(
            found,
            page,
            lambda one: LogEntry(
                id=one.id,
                task_id=one.task_id,
                task_name=names[one.task_id],
                execution_id=one.execution_id,
                line=one.line,
            ),
        )

    def _names(self, reach: InstitutionId | None) -> dict[TaskId, str]:
        with self._store.lock:
            tasks = list(self._store.tasks.rows.values())
        return {
            task.id: task.content.name for task in tasks if is_there(task) and within(reach, task)
        }

    def _view(self, run: Execution) -> ExecutionView:
        with self._store.lock:
            task = self._store.tasks.rows[run.task_id]
            lines = [one.line for one in self._store.log.written if one.execution_id == run.id]
        return ExecutionView(
            execution=self._store.executions.copied(run), task_name=task.content.name, lines=lines
        )


def _fits(task: Task, wanted: TaskFilter) -> bool:
    content, text = task.content, wanted.text.casefold()
    return (
        wanted.status in (None, task.status)
        and (not wanted.tag or wanted.tag in content.tags)
        and (text in content.name.casefold() or text in content.description.casefold())
    )


def _is_meant(wanted: RunFilter[S], task_id: TaskId, status: S, instant: datetime) -> bool:
    return (
        wanted.task_id in (None, task_id)
        and wanted.status in (None, status)
        and (wanted.since is None or wanted.since <= instant)
        and (wanted.until is None or instant <= wanted.until)
    )


U = TypeVar("U")


def _cut(rows: Sequence[T], page: PageRequest, shown: Callable[[T], U]) -> Page[U]:
    kept = rows[page.offset : page.offset + page.limit]
    return Page([shown(row) for row in kept], len(rows), page)


def _counts(tasks: Sequence[Task]) -> Counts:
    standing = Counter(task.status for task in tasks)
    return Counts(
        total=len(tasks),
        active=standing[TaskStatus.ACTIVE],
        inactive=standing[TaskStatus.INACTIVE],
        failed=standing[TaskStatus.FAILED],
    )


def _hours(ended: Sequence[Execution]) -> list[Hour]:
    told: dict[datetime, Counter[ExecutionStatus]] = {}
    for run in ended:
        if run.finished_at is not None:
            hour = run.finished_at.replace(minute=0, second=0, microsecond=0)
            told.setdefault(hour, Counter())[run.status] += 1
    return [
        Hour(
            begins=hour,
            succeeded=told[hour][ExecutionStatus.SUCCESS],
            failed=told[hour][ExecutionStatus.FAILED],
        )
        for hour in sorted(told)
    ]


def _spread(values: list[float]) -> Spread:
    """The smallest value that half, and that 95 in 100, are no larger than."""
    if not values:
        return Spread()
    values.sort()
    return Spread(p50=_share(values, 50), p95=_share(values, 95))


def _share(values: Sequence[float], percent: int) -> float:
    return values[-(-len(values) * percent // 100) - 1]
