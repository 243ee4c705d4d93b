"""Looking: at tasks, at what became of them, and at what a schedule or a message would do."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

import attrs

from homeroom.kernel.actor import Actor
from homeroom.kernel.clock import Clock, is_instant
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import ExecutionId, TaskId
from homeroom.kernel.page import Page, PageRequest
from homeroom.kernel.rights import Right
from homeroom.scheduling.errors import BadRange, BadSchedule, BadTask
from homeroom.scheduling.model import rights
from homeroom.scheduling.model.calendar import CronCalendar
from homeroom.scheduling.model.firings import Firing, preview
from homeroom.scheduling.model.payload_rules import check_payload, filled, wire_body
from homeroom.scheduling.model.payloads import Payload
from homeroom.scheduling.model.targets import EmailTarget, NotifierKind
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.model.templates import Values
from homeroom.scheduling.model.words import describe
from homeroom.scheduling.queries import (
    Dashboard,
    ExecutionFilter,
    ExecutionView,
    LogEntry,
    LogFilter,
    RunQueries,
    TaskFilter,
    TaskQueries,
)
from homeroom.scheduling.use_cases.given import TimingGiven, read_timing

SHOWN = 50
"""Executions that come with a task."""

DASHBOARD_HOURS = 48
_MOST_PREVIEWED = 100


@attrs.frozen
class FindTasks:
    """Somebody looks through the tasks, newest first."""

    right: ClassVar[Right] = rights.SEE_TASKS
    tasks: TaskQueries

    async def __call__(self, actor: Actor, wanted: TaskFilter, page: PageRequest) -> Page[Task]:
        """Raises `BadTask` for words that no task can hold."""
        actor.require(self.right)
        sought = (("tag", wanted.tag), ("text", wanted.text))
        if problems := [Problem(name, "must be text") for name, said in sought if "\0" in said]:
            raise BadTask(problems=problems)
        return await self.tasks.tasks(wanted, page, reach=actor.reach)


@attrs.frozen(kw_only=True)
class TaskInFull:
    """A task, and its last executions and log lines, newest first."""

    task: Task
    executions: Sequence[ExecutionView]
    log: Sequence[LogEntry]


@attrs.frozen
class GetTask:
    """Somebody looks at one task, and at what lately became of it."""

    right: ClassVar[Right] = rights.SEE_TASKS
    tasks: TaskQueries
    runs: RunQueries

    async def __call__(self, actor: Actor, task_id: TaskId) -> TaskInFull:
        """Raises `TaskNotFound`."""
        actor.require(self.right)
        task = await self.tasks.task(task_id, reach=actor.reach)
        latest = PageRequest(limit=SHOWN)
        ran = await self.runs.executions(
            ExecutionFilter(task_id=task_id), latest, reach=actor.reach
        )
        log = await self.runs.log(LogFilter(task_id=task_id), latest, reach=actor.reach)
        return TaskInFull(task=task, executions=ran.items, log=log.items)


@attrs.frozen
class ReadLog:
    """Somebody reads what was tried and skipped, of one task or of all, newest first."""

    right: ClassVar[Right] = rights.SEE_RUNS
    tasks: TaskQueries
    runs: RunQueries

    async def __call__(self, actor: Actor, wanted: LogFilter, page: PageRequest) -> Page[LogEntry]:
        """Raises `BadRange`, and `TaskNotFound` for a task that is meant and not there."""
        actor.require(self.right)
        _check_range(wanted.since, wanted.until)
        if wanted.task_id is not None:
            await self.tasks.task(wanted.task_id, reach=actor.reach)
        return await self.runs.log(wanted, page, reach=actor.reach)


@attrs.frozen
class FindExecutions:
    """Somebody looks through the executions, of one task or of all, newest first."""

    right: ClassVar[Right] = rights.SEE_RUNS
    tasks: TaskQueries
    runs: RunQueries

    async def __call__(
        self, actor: Actor, wanted: ExecutionFilter, page: PageRequest
    ) -> Page[ExecutionView]:
        """Raises `BadRange`, and `TaskNotFound` for a task that is meant and not there."""
        actor.require(self.right)
        _check_range(wanted.since, wanted.until)
        if wanted.task_id is not None:
            await self.tasks.task(wanted.task_id, reach=actor.reach)
        return await self.runs.executions(wanted, page, reach=actor.reach)


def _check_range(since: datetime | None, until: datetime | None) -> None:
    problems = [
        Problem(name, "needs a time zone, and a year from 1900 to 9998")
        for name, edge in (("dateFrom", since), ("dateTo", until))
        if edge is not None and not is_instant(edge)
    ]
    if not problems and since is not None and until is not None and until < since:
        problems.append(Problem("dateTo", "must not be before the beginning"))
    if problems:
        raise BadRange(problems=problems)


@attrs.frozen
class GetExecution:
    """Somebody looks at one execution with every attempt."""

    right: ClassVar[Right] = rights.SEE_RUNS
    runs: RunQueries

    async def __call__(self, actor: Actor, execution_id: ExecutionId) -> ExecutionView:
        """Raises `ExecutionNotFound`."""
        actor.require(self.right)
        return await self.runs.execution(execution_id, reach=actor.reach)


@attrs.frozen
class SeeDashboard:
    """Somebody sees how the tasks are doing: counts now, and the last 48 hours."""

    right: ClassVar[Right] = rights.SEE_TASKS
    tasks: TaskQueries
    clock: Clock

    async def __call__(self, actor: Actor) -> Dashboard:
        actor.require(self.right)
        hour = self.clock.now().replace(minute=0, second=0, microsecond=0)
        since = hour - timedelta(hours=DASHBOARD_HOURS - 1)
        return await self.tasks.dashboard(since, reach=actor.reach)


@attrs.frozen(kw_only=True)
class Forecast:
    """What a schedule means, and the next instants it names."""

    description: str
    firings: Sequence[Firing]


@attrs.frozen
class PreviewSchedule:
    """Somebody asks when a schedule would fire, before any task has it."""

    right: ClassVar[Right] = rights.PREVIEW
    clock: Clock
    calendar: CronCalendar

    async def __call__(
        self, actor: Actor, given: TimingGiven, *, count: int, after: datetime | None = None
    ) -> Forecast:
        """Raises `BadSchedule`. Strictly after *after*, or after now."""
        actor.require(self.right)
        now = self.clock.now()
        timing, problems = read_timing(given, None, now=now)
        if after is not None and not is_instant(after):
            problems.append(Problem("after", "needs a time zone, and a year from 1900 to 9998"))
        if not 1 <= count <= _MOST_PREVIEWED:
            problems.append(Problem("count", f"must be 1 to {_MOST_PREVIEWED}"))
        if timing is None or problems:
            raise BadSchedule(problems=problems)
        named = preview(timing, self.calendar, after=after or now, count=count)
        return Forecast(description=describe(timing.schedule), firings=named)


@attrs.frozen
class PreviewMessage:
    """Somebody asks what exactly would be sent, before any task sends it."""

    right: ClassVar[Right] = rights.PREVIEW
    clock: Clock

    async def __call__(
        self, actor: Actor, kind: NotifierKind, payload: Payload, *, task_name: str
    ) -> str:
        """The very body, filled as for a task of this name. Raises `BadTask`."""
        actor.require(self.right)
        if problems := check_payload(kind, dict(payload)):
            raise BadTask(problems=problems)
        now = self.clock.now()
        nobody = str(UUID(int=0))
        values = Values(
            task_name=task_name,
            task_id=nobody,
            execution_id=nobody,
            now=now,
            scheduled_for=now,
            attempt=1,
        )
        letter = EmailTarget(to=(), subject="") if kind is NotifierKind.EMAIL else None
        return wire_body(kind, filled(kind, payload, values, letter))
