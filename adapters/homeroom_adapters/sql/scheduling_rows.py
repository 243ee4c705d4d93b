"""Tasks, executions and watches as rows, and rows as what they are."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from homeroom.kernel.errors import Refusal
from homeroom.kernel.ids import ExecutionId, InstitutionId, TaskId
from homeroom.scheduling.model.executions import Execution, ExecutionStatus, Trigger
from homeroom.scheduling.model.log_lines import LogLine, LogStatus
from homeroom.scheduling.model.policies import Pause, SealedTarget, TaskStatus
from homeroom.scheduling.model.targets import NotifierKind
from homeroom.scheduling.model.tasks import Content, Task
from homeroom.scheduling.model.watches import Watch, WatchState
from homeroom_adapters.sql.scheduling_tables import executions, tasks, watches
from homeroom_adapters.sql.scheduling_texts import (
    expectation_text,
    pause_text,
    policies_text,
    read_expectation,
    read_pause,
    read_policies,
    read_tags,
    read_timing,
    tags_text,
    timing_text,
)
from homeroom_adapters.sql.sent import Cell
from homeroom_adapters.sql.stand_ins import stand_in, status_of

_TASK, _EXECUTION, _WATCH = tuple(tasks.c.keys()), tuple(executions.c.keys()), watches.c.keys()
_CONTENT = (
    *("name", "description", "tags", "kind", "target_sealed", "target_mask"),
    *("target_fingerprint", "payload", "timing", "policies"),
)
_REMEMBERED = 1_024
_APART = "\x1f"
"""Between a name and a description: nobody writes it, so no search finds both ends at once."""

_UNREADABLE = (Refusal, ValueError, LookupError, TypeError, AttributeError)
"""What a zone that is not known here, a word of a newer version or a broken text comes to."""


def task_from(row: Sequence[Any]) -> Task:
    """The task in a whole row of `tasks`; one that cannot be read is marked, not refused: it
    comes among others, who are not to wait for it."""
    held = dict(zip(_TASK, row, strict=True))
    try:
        content = _content(*(held[name] for name in _CONTENT))
        status = TaskStatus(held["status"])
        pause = read_pause(held["pause"])
    except _UNREADABLE:
        return _task(held, stand_in(held), status_of(held), None, unreadable=True)
    return _task(held, content, status, pause, unreadable=False)


def _task(
    held: Mapping[str, Any],
    content: Content,
    status: TaskStatus,
    pause: Pause | None,
    *,
    unreadable: bool,
) -> Task:
    return Task(
        id=TaskId(held["id"]),
        institution_id=InstitutionId(held["institution_id"]),
        content=content,
        status=status,
        failure=held["failure"],
        pause=pause,
        unreadable=unreadable,
        fired=held["fired"],
        upcoming=_utc(held["upcoming"]),
        next_run_at=_utc(held["next_run_at"]),
        system=held["system"],
        imported_as=held["imported_as"],
        created_at=held["created_at"].astimezone(UTC),
        updated_at=held["updated_at"].astimezone(UTC),
        deleted_at=_utc(held["deleted_at"]),
        version=held["version"],
    )


@lru_cache(_REMEMBERED)
def _content(*cells: str) -> Content:
    """The same object for the same cells: a task fires again and again, and stays what it is."""
    name, description, tags, kind, sealed, mask, fingerprint, payload, timing, policies = cells
    return Content(
        name=name,
        description=description,
        tags=read_tags(tags),
        kind=NotifierKind(kind),
        target=SealedTarget(sealed=sealed, mask=mask, fingerprint=fingerprint),
        payload=payload,
        timing=read_timing(timing),
        policies=read_policies(policies),
    )


def content_cells(content: Content) -> dict[str, Cell]:
    """The columns of `tasks` that say what a task is."""
    return {
        "name": content.name,
        "description": content.description,
        "sought": sought(content.name) + _APART + sought(content.description),
        "tags": tags_text(content.tags),
        "kind": content.kind.value,
        "target_sealed": content.target.sealed,
        "target_mask": content.target.mask,
        "target_fingerprint": content.target.fingerprint,
        "payload": content.payload,
        "timing": timing_text(content.timing),
        "policies": policies_text(content.policies),
    }


def state_cells(task: Task) -> dict[str, Cell]:
    """The columns of `tasks` that say what happened to a task."""
    return {
        "status": task.status.value,
        "failure": task.failure,
        "pause": pause_text(task.pause),
        "fired": task.fired,
        "upcoming": task.upcoming,
        "next_run_at": task.next_run_at,
        "imported_as": task.imported_as,
        "updated_at": task.updated_at,
        "deleted_at": task.deleted_at,
    }


def task_cells(task: Task) -> dict[str, Cell]:
    """Every column of a new task."""
    return {
        "id": task.id,
        "institution_id": task.institution_id,
        **content_cells(task.content),
        **state_cells(task),
        "system": task.system,
        "created_at": task.created_at,
        "version": 1,
    }


def sought(text: str) -> str:
    """*text*, whatever the case of its letters; databases know but those of their locale."""
    return text.casefold()


def execution_from(row: Sequence[Any]) -> Execution:
    """The execution in a whole row of `executions`."""
    held = dict(zip(_EXECUTION, row, strict=True))
    return Execution(
        id=ExecutionId(held["id"]),
        institution_id=InstitutionId(held["institution_id"]),
        task_id=TaskId(held["task_id"]),
        key=held["key"],
        trigger=Trigger(held["trigger"]),
        status=ExecutionStatus(held["status"]),
        scheduled_for=held["scheduled_for"].astimezone(UTC),
        due_at=held["due_at"].astimezone(UTC),
        started_at=_utc(held["started_at"]),
        finished_at=_utc(held["finished_at"]),
        retry_count=held["retry_count"],
        attempts=held["attempts"],
        result=held["result"],
        message=held["message"],
        message_id=held["message_id"],
        missed=held["missed"],
        missed_from=_utc(held["missed_from"]),
        links=held["links"],
        created_at=held["created_at"].astimezone(UTC),
        changed_at=held["changed_at"].astimezone(UTC),
        version=held["version"],
    )


FIXED = (
    *("id", "institution_id", "task_id", "key", "trigger", "scheduled_for", "due_at"),
    *("missed", "missed_from", "links", "created_at", "version"),
)
COURSE = (
    *("status", "started_at", "finished_at", "retry_count", "attempts"),
    *("result", "message", "message_id", "changed_at"),
)
"""The columns of `executions`: those that stay as they are, and those that change as it goes."""


def course_cells(one: Execution) -> tuple[Cell, ...]:
    """The cells of `COURSE`."""
    return (
        *(one.status.value, one.started_at, one.finished_at, one.retry_count, one.attempts),
        *(one.result, one.message, one.message_id, one.changed_at),
    )


def execution_cells(one: Execution) -> tuple[Cell, ...]:
    """The cells of `FIXED` and of `COURSE`, of a new execution."""
    return (
        *(one.id, one.institution_id, one.task_id, one.key, one.trigger.value),
        *(one.scheduled_for, one.due_at, one.missed, one.missed_from, one.links),
        *(one.created_at, 1, *course_cells(one)),
    )


def line_cells(execution: Execution, line: LogLine) -> dict[str, Cell]:
    """Every column of a new line of the log, but for its number."""
    return {
        "execution_id": execution.id,
        "institution_id": execution.institution_id,
        "task_id": execution.task_id,
        "at": line.at,
        "status": line.status.value,
        "retry_count": line.retry_count,
        "response_code": line.response_code,
        "latency": None if line.latency is None else repr(line.latency),
        "reason": line.reason,
        "message": line.message,
        "snippet": line.snippet,
    }


def line_from(row: Sequence[Any]) -> LogLine:
    """The line in a row of what `LINE` names."""
    at, status, retry_count, response_code, latency, reason, message, snippet = row
    return LogLine(
        at=at.astimezone(UTC),
        status=LogStatus(status),
        retry_count=retry_count,
        response_code=response_code,
        latency=latency,
        reason=reason,
        message=message,
        snippet=snippet,
    )


def watch_from(row: Sequence[Any]) -> Watch:
    """The watch in a whole row of `watches`."""
    held = dict(zip(_WATCH, row, strict=True))
    return Watch(
        task_id=TaskId(held["task_id"]),
        institution_id=InstitutionId(held["institution_id"]),
        digest=held["digest"],
        expectation=read_expectation(held["expectation"]),
        state=WatchState(held["state"]),
        last_ping_at=_utc(held["last_ping_at"]),
        deadline=_utc(held["deadline"]),
        version=held["version"],
    )


def watch_cells(watch: Watch) -> dict[str, Cell]:
    """Every column of *watch*."""
    return {
        "task_id": watch.task_id,
        "institution_id": watch.institution_id,
        "digest": watch.digest,
        "expectation": expectation_text(watch.expectation),
        "state": watch.state.value,
        "last_ping_at": watch.last_ping_at,
        "deadline": watch.deadline,
        "version": watch.version,
    }


def _utc(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.astimezone(UTC)
