"""Tasks, their runs and their log as the API answers them: never a secret, always UTC."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from homeroom.kernel.page import Page
from homeroom.scheduling.model.executions import Execution
from homeroom.scheduling.model.payloads import read_payload
from homeroom.scheduling.model.policies import Pause
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.model.when import At, Blackout, BlackoutDays, Cron, Every
from homeroom.scheduling.model.words import describe
from homeroom.scheduling.use_cases.looking import TaskInFull
from homeroom_entrypoints.web.run_answers import ExecutionAnswer, LogAnswer
from homeroom_entrypoints.web.wire import TellingSecrets, Wire

T = TypeVar("T")
A = TypeVar("A")


class MetaAnswer(Wire, frozen=True):
    """Where in the whole a page stands."""

    total: int
    page: int
    limit: int
    total_pages: int

    @classmethod
    def of(cls, page: Page[Any]) -> "MetaAnswer":
        return cls(
            total=page.total,
            page=page.request.number,
            limit=page.request.limit,
            total_pages=page.total_pages,
        )


class PauseAnswer(Wire, frozen=True):
    note: str
    until: datetime | None

    @classmethod
    def of(cls, pause: Pause) -> "PauseAnswer":
        return cls(note=pause.note, until=pause.until)


class BlackoutAnswer(Wire, frozen=True, omit_defaults=True):
    first: date | None = msgspec.field(default=None, name="from")
    until: date | None = None
    start: time | None = None
    end: time | None = None

    @classmethod
    def of(cls, blackout: Blackout) -> "BlackoutAnswer":
        if isinstance(blackout, BlackoutDays):
            return cls(first=blackout.first, until=blackout.last)
        return cls(start=blackout.start, end=blackout.end)


class BackoffAnswer(Wire, frozen=True):
    base: float
    cap: float
    jitter: float


class TimingAnswer(Wire, frozen=True):
    """When a task fires. One of `schedule`, `every` and `at` is there."""

    schedule: str | None
    every: int | None
    anchor: datetime | None
    at: datetime | None
    timezone: str
    start_at: datetime | None
    end_at: datetime | None
    max_runs: int | None
    jitter: int
    blackouts: list[BlackoutAnswer]
    schedule_description: str


class TaskAnswer(TimingAnswer, frozen=True):
    """A task; its target is masked, here and everywhere."""

    id: UUID
    name: str
    description: str
    tags: list[str]
    notifier: str
    target: str
    webhook_url: str
    """The same as `target`, as the seed calls it."""

    payload: dict[str, Any]
    max_retry: int
    backoff: BackoffAnswer
    overlap: str
    missed: str
    catch_up_window: float | None
    on_success: list[UUID]
    on_failure: list[UUID]
    status: str
    failure: str
    pause: PauseAnswer | None
    fired: int
    next_run_at: datetime | None
    system: bool
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, task: Task) -> "TaskAnswer":
        return cls(**_fields_of(task))


def _fields_of(task: Task) -> dict[str, Any]:
    content, policies = task.content, task.content.policies
    backoff, window = policies.retries.backoff, policies.catch_up.window
    return {
        **_timing_of(task),
        "id": task.id,
        "name": content.name,
        "description": content.description,
        "tags": list(content.tags),
        "notifier": content.kind.value,
        "target": content.target.mask,
        "webhook_url": content.target.mask,
        "payload": read_payload(content.payload),
        "max_retry": policies.retries.most,
        "backoff": BackoffAnswer(base=backoff.base, cap=backoff.cap, jitter=backoff.jitter),
        "overlap": policies.overlap.value,
        "missed": policies.catch_up.missed.value,
        "catch_up_window": window and window.total_seconds(),
        "on_success": list(policies.chain.on_success),
        "on_failure": list(policies.chain.on_failure),
        "status": task.status.value,
        "failure": task.failure,
        "pause": task.pause and PauseAnswer.of(task.pause),
        "fired": task.fired,
        "next_run_at": task.fires_at,
        "system": bool(task.system),
        "created_at": task.created_at,
        "updated_at": task.updated_at,
    }


def _timing_of(task: Task) -> dict[str, Any]:
    timing = task.content.timing
    schedule = timing.schedule
    return {
        "schedule": schedule.expression if isinstance(schedule, Cron) else None,
        "every": schedule.seconds if isinstance(schedule, Every) else None,
        "anchor": schedule.anchor if isinstance(schedule, Every) else None,
        "at": schedule.instant if isinstance(schedule, At) else None,
        "timezone": schedule.timezone,
        "start_at": timing.start_at,
        "end_at": timing.end_at,
        "max_runs": timing.max_runs,
        "jitter": timing.jitter,
        "blackouts": [BlackoutAnswer.of(one) for one in timing.blackouts],
        "schedule_description": describe(schedule),
    }


class TaskInFullAnswer(TaskAnswer, frozen=True):
    """A task with its last 50 executions and log lines, newest first."""

    executions: list[ExecutionAnswer]
    logs: list[LogAnswer]

    @classmethod
    def of_all(cls, seen: TaskInFull) -> "TaskInFullAnswer":
        return cls(
            **_fields_of(seen.task),
            executions=[ExecutionAnswer.of(one) for one in seen.executions],
            logs=[LogAnswer.of_entry(entry) for entry in seen.log],
        )


class TasksAnswer(Wire, frozen=True):
    data: list[TaskAnswer]
    meta: MetaAnswer


class LogsAnswer(Wire, frozen=True):
    data: list[LogAnswer]
    meta: MetaAnswer


class ExecutionsAnswer(Wire, frozen=True):
    data: list[ExecutionAnswer]
    meta: MetaAnswer


def shown(page: Page[T], answer: Callable[[T], A]) -> list[A]:
    return [answer(item) for item in page.items]


class SecretAnswer(TellingSecrets, frozen=True):
    secret: str


class MessageAnswer(Wire, frozen=True):
    message: str


class StartedAnswer(Wire, frozen=True):
    """A run that was asked for: its attempts follow."""

    id: UUID
    status: str
    scheduled_for: datetime

    @classmethod
    def of(cls, run: Execution) -> "StartedAnswer":
        return cls(id=run.id, status=run.status.value, scheduled_for=run.scheduled_for)


class BackfillAnswer(Wire, frozen=True):
    """The instants that are run for, and the runs; a dry run has none."""

    firings: list[datetime]
    executions: list[StartedAnswer]

    @classmethod
    def of(cls, runs: Sequence[Execution]) -> "BackfillAnswer":
        return cls(
            firings=[run.scheduled_for for run in runs],
            executions=[StartedAnswer.of(run) for run in runs],
        )


class BodyAnswer(Wire, frozen=True):
    """The very text that would be sent, and the same read as JSON."""

    text: str
    # JSON, whose type refers to itself: no encoder here can be told that.
    body: dict[str, Any]

    @classmethod
    def of(cls, text: str) -> "BodyAnswer":
        return cls(text=text, body=msgspec.json.decode(text))
