"""What became of tasks, as the API answers it: log lines and executions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from homeroom.scheduling.model.log_lines import LogLine
from homeroom.scheduling.queries import ExecutionView, LogEntry
from homeroom_entrypoints.web.wire import Wire


class LineAnswer(Wire, frozen=True):
    """One attempt, or what was done instead of it."""

    execution_time: datetime
    status: str
    retry_count: int
    response_code: int | None
    latency_ms: float | None
    reason: str
    message: str
    snippet: str

    @classmethod
    def of(cls, line: LogLine) -> "LineAnswer":
        return cls(**_fields_of_line(line))


def _fields_of_line(line: LogLine) -> dict[str, Any]:
    return {
        "execution_time": line.at,
        "status": line.status.value,
        "retry_count": line.retry_count,
        "response_code": line.response_code,
        "latency_ms": milliseconds(line.latency),
        "reason": line.reason,
        "message": line.message,
        "snippet": line.snippet,
    }


def milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)


class LogAnswer(LineAnswer, frozen=True):
    """A line of the log, and whose it is."""

    id: int
    task_id: UUID
    task_name: str
    execution_id: UUID
    created_at: datetime

    @classmethod
    def of_entry(cls, entry: LogEntry) -> "LogAnswer":
        return cls(
            id=entry.id,
            task_id=entry.task_id,
            task_name=entry.task_name,
            execution_id=entry.execution_id,
            created_at=entry.line.at,
            **_fields_of_line(entry.line),
        )


class ExecutionAnswer(Wire, frozen=True):
    """One time a task fired or should have, with every attempt."""

    id: UUID
    task_id: UUID
    task_name: str
    trigger: str
    status: str
    scheduled_for: datetime
    due_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    lateness_ms: float | None
    retry_count: int
    attempts: list[LineAnswer]
    result: str
    message: str
    message_id: str
    missed: int
    missed_from: datetime | None

    @classmethod
    def of(cls, seen: ExecutionView) -> "ExecutionAnswer":
        run, lateness = seen.execution, seen.execution.lateness
        return cls(
            id=run.id,
            task_id=run.task_id,
            task_name=seen.task_name,
            trigger=run.trigger.value,
            status=run.status.value,
            scheduled_for=run.scheduled_for,
            due_at=run.due_at,
            started_at=run.started_at,
            finished_at=run.finished_at,
            lateness_ms=None if lateness is None else milliseconds(lateness.total_seconds()),
            retry_count=run.retry_count,
            attempts=[LineAnswer.of(line) for line in seen.lines],
            result=run.result,
            message=run.message,
            message_id=run.message_id,
            missed=run.missed,
            missed_from=run.missed_from,
        )
