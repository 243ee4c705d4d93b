"""What the suites over scheduling share: a house, and tasks, runs and watches to put into it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs
import pytest

from homeroom.house import Storage
from homeroom.kernel.ids import ExecutionId, TaskId, new_id
from homeroom.kernel.page import PageRequest
from homeroom.people.model.institutions import Institution
from homeroom.published.scheduling import TaskChanged
from homeroom.scheduling.model.executions import Execution, ExecutionStatus, Trigger
from homeroom.scheduling.model.log_lines import LogLine, LogStatus
from homeroom.scheduling.model.policies import (
    SealedTarget,
)
from homeroom.scheduling.model.targets import NotifierKind
from homeroom.scheduling.model.tasks import Content, Task
from homeroom.scheduling.model.watches import Expectation, PingToken, Watch
from homeroom.scheduling.model.when import (
    Every,
    Timing,
)
from homeroom.scheduling.queries import LogEntry, LogFilter
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.storage import StorageConformance, settle_in

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FIRST_PAGE = PageRequest(limit=200)


class SchedulingGround(StorageConformance):
    """A storage with an institution in it, whose tasks the clauses are about."""

    @pytest.fixture
    async def house(self, storage: Storage) -> Institution:
        return await settle_in(storage)


def a_content(**chosen: Any) -> Content:
    """Something to send to our own log every hour, but for what was *chosen*."""
    usual: dict[str, Any] = {
        "name": "Nightly report",
        "kind": NotifierKind.LOG,
        "target": SealedTarget(sealed="sealed", mask="log", fingerprint="f00d"),
        "payload": "{}",
        "timing": Timing(Every(3600, NOON)),
    }
    return Content(**{**usual, **chosen})


def a_task(house: Institution, **changed: Any) -> Task:
    """A new task; what belongs to its content goes there."""
    chosen = {
        one.name: changed.pop(one.name) for one in attrs.fields(Content) if one.name in changed
    }
    usual: dict[str, Any] = {"id": TaskId(new_id()), "created_at": NOON, "updated_at": NOON}
    return Task(institution_id=house.id, content=a_content(**chosen), **{**usual, **changed})


def a_change(task: Task) -> None:
    """Let *task* have something to tell."""
    told = TaskChanged(occurred_at=NOON, institution_id=task.institution_id, task_id=task.id)
    task.record(told)


def a_run(task: Task, at: datetime = NOON, **changed: Any) -> Execution:
    """A new execution of *task*, scheduled for *at*."""
    usual: dict[str, Any] = {
        "id": ExecutionId(new_id()),
        "key": f"at:{at.isoformat()}",
        "trigger": Trigger.SCHEDULE,
        "status": ExecutionStatus.PENDING,
        "scheduled_for": at,
        "due_at": at,
        "created_at": at,
        "changed_at": at,
    }
    return Execution(institution_id=task.institution_id, task_id=task.id, **{**usual, **changed})


def an_ended_run(
    task: Task,
    at: datetime = NOON,
    status: ExecutionStatus = ExecutionStatus.SUCCESS,
    **changed: Any,
) -> Execution:
    """A run that was scheduled for *at*, began on time and ended at once."""
    usual: dict[str, Any] = {"started_at": at, "finished_at": at, "status": status}
    return a_run(task, at, **{**usual, **changed})


def run_of(task: Task, run: Execution) -> Execution:
    """*run*, which is one of *task* from now on."""
    run.task_id, run.institution_id = task.id, task.institution_id
    return run


def with_lines(run: Execution, *lines: LogLine) -> Execution:
    """*run*, which has these lines to write."""
    run._lines.extend(lines)
    return run


def a_line(at: datetime = NOON, status: LogStatus = LogStatus.SUCCESS, **said: Any) -> LogLine:
    return LogLine(at=at, status=status, **said)


def a_watch(task: Task, token: PingToken | None = None, **changed: Any) -> Watch:
    """A new watch over *task*, which expects a ping every hour."""
    usual: dict[str, Any] = {"expectation": Expectation(timing=Timing(Every(3600, NOON)))}
    return Watch(
        task_id=task.id,
        institution_id=task.institution_id,
        digest=(token or PingToken.fresh()).digest,
        **{**usual, **changed},
    )


async def keep_tasks(storage: Storage, *tasks: Task) -> None:
    async with storage.start() as unit:
        await unit.tasks.save(*tasks)
        await unit.commit()


async def a_kept_task(storage: Storage, house: Institution, **changed: Any) -> Task:
    task = a_task(house, **changed)
    await keep_tasks(storage, task)
    return task


async def look_at(storage: Storage, task: Task) -> Task:
    """*task* as another unit finds it."""
    async with storage.start() as unit:
        return await unit.tasks.get(task.id, reach=None)


async def delete(storage: Storage, task: Task) -> None:
    async with storage.start() as unit:
        kept = await unit.tasks.get(task.id, reach=None)
        kept.delete(at=NOON)
        await unit.tasks.save(kept)
        await unit.commit()


async def add_runs(storage: Storage, *runs: Execution) -> frozenset[ExecutionId]:
    async with storage.start() as unit:
        added = await unit.executions.add(*runs)
        await unit.commit()
    return added


async def keep_watch(storage: Storage, watch: Watch) -> Watch:
    async with storage.start() as unit:
        await unit.watches.save(watch)
        await unit.commit()
    return watch


async def the_log(storage: Storage, **wanted: Any) -> Sequence[LogEntry]:
    """The newest lines first."""
    return (await storage.runs.log(LogFilter(**wanted), FIRST_PAGE, reach=None)).items
