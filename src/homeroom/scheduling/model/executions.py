"""An execution: one time a task fired or should have, with every attempt at it."""

import enum
from datetime import datetime, timedelta
from typing import Self

import attrs

from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.ids import ExecutionId, InstitutionId, TaskId, new_id
from homeroom.scheduling.model.deliveries import Answer, Outcome
from homeroom.scheduling.model.due import Owed, PassedOver
from homeroom.scheduling.model.log_lines import LogLine, LogStatus
from homeroom.scheduling.model.policies import Retries
from homeroom.scheduling.model.tasks import Task

MOST_CHAINED = 10
"""A chain of tasks ends after so many links, also one that bites its tail."""

MOST_WAITED = timedelta(days=1)
"""So long after its first attempt a run may be told to wait. Who has no room for a whole day never
will: the next ones would pile up behind it, and nobody would ever be told."""

CIRCUIT_OPEN = "circuit_open"
"""Not sent because the other end keeps refusing: not this task's failure."""


class Trigger(enum.Enum):
    """Why a task ran."""

    SCHEDULE = "schedule"
    MANUAL = "manual"
    BACKFILL = "backfill"
    CHAIN = "chain"
    CATCH_UP = "catchUp"


class ExecutionStatus(enum.Enum):
    """Where an execution stands; the last four are for good."""

    BUFFERED = "BUFFERED"
    PENDING = "PENDING"
    RETRYING = "RETRYING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    CANCELLED = "CANCELLED"


ENDED = frozenset(
    {
        ExecutionStatus.SUCCESS,
        ExecutionStatus.FAILED,
        ExecutionStatus.SKIPPED,
        ExecutionStatus.CANCELLED,
    }
)


@attrs.frozen(kw_only=True)
class Verdict:
    """What follows from an attempt."""

    again_at: datetime | None = None
    """When to try again; None when the execution has ended."""

    fails_task: bool = False


@attrs.define(kw_only=True)
class Execution(Aggregate):
    """One time a task fired, or was to fire and did not."""

    id: ExecutionId
    institution_id: InstitutionId
    task_id: TaskId
    key: str
    """What no two executions of a task share: an instant of the schedule fires once, ever."""

    trigger: Trigger
    status: ExecutionStatus
    scheduled_for: datetime
    due_at: datetime
    """When it was to start: later than `scheduled_for` by the task's jitter."""

    started_at: datetime | None = None
    finished_at: datetime | None = None
    retry_count: int = 0
    attempts: int = 0
    result: str = ""
    """Why it ended as it did, in a stable word; empty for success."""

    message: str = ""
    message_id: str = ""
    missed: int = 0
    """How many missed instants it stands for."""

    missed_from: datetime | None = None
    links: int = 0
    """How far along a chain of tasks it is."""

    created_at: datetime
    changed_at: datetime
    """When something last happened to it; while it waits, when it is to be taken up again."""

    _lines: list[LogLine] = attrs.field(
        factory=list, init=False, eq=False, repr=False, alias="lines"
    )

    @classmethod
    def owed(cls, task: Task, owed: Owed, *, due_at: datetime, at: datetime) -> Self:
        """An instant of the schedule, to be fired now."""
        return cls(
            id=ExecutionId(new_id()),
            institution_id=task.institution_id,
            task_id=task.id,
            key=_instant_key(owed.scheduled_for),
            trigger=Trigger.SCHEDULE if owed.on_time else Trigger.CATCH_UP,
            status=ExecutionStatus.PENDING,
            scheduled_for=owed.scheduled_for,
            due_at=due_at,
            missed=owed.missed,
            missed_from=owed.missed_from,
            created_at=at,
            changed_at=at,
        )

    @classmethod
    def passed_over(cls, task: Task, passed: PassedOver, *, at: datetime) -> Self:
        """Instants that nobody was there for, and that will not be made up for."""
        execution = cls(
            id=ExecutionId(new_id()),
            institution_id=task.institution_id,
            task_id=task.id,
            key=_instant_key(passed.last),
            trigger=Trigger.SCHEDULE,
            status=ExecutionStatus.PENDING,
            scheduled_for=passed.last,
            due_at=passed.last,
            missed=passed.count,
            missed_from=passed.first,
            created_at=at,
            changed_at=at,
        )
        execution.skip(LogStatus.SKIPPED_MISSED, passed.reason, at=at)
        return execution

    @classmethod
    def asked_for(
        cls,
        task: Task,
        trigger: Trigger,
        *,
        at: datetime,
        key: str,
        scheduled_for: datetime | None = None,
        links: int = 0,
    ) -> Self:
        """A run that somebody, or another task, asked for."""
        return cls(
            id=ExecutionId(new_id()),
            institution_id=task.institution_id,
            task_id=task.id,
            key=key,
            trigger=trigger,
            status=ExecutionStatus.PENDING,
            scheduled_for=scheduled_for or at,
            due_at=at,
            links=links,
            created_at=at,
            changed_at=at,
        )

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def lateness(self) -> timedelta | None:
        """How long after it was due it started."""
        return None if self.started_at is None else self.started_at - self.due_at

    def has_waited(self, *, at: datetime) -> bool:
        """Whether an attempt begun *at* was the last that may be told to wait."""
        return self.started_at is not None and at - self.started_at >= MOST_WAITED

    def release_lines(self) -> tuple[LogLine, ...]:
        """Hand over new log lines, once. Repositories call this while saving."""
        released, self._lines = tuple(self._lines), []
        return released

    def buffer(self) -> None:
        """Wait until the run before it has ended."""
        self.status = ExecutionStatus.BUFFERED

    def unbuffer(self, *, at: datetime) -> None:
        """It is this one's turn."""
        self.status, self.changed_at = ExecutionStatus.PENDING, at

    def skip(self, status: LogStatus, reason: str, *, at: datetime) -> None:
        """Not fired, and why."""
        self._end(ExecutionStatus.SKIPPED, at=at)
        self.result = reason
        self._lines.append(LogLine(at=at, status=status, reason=reason))

    def cancel(self, reason: str, message: str = "", *, at: datetime) -> Verdict:
        """Called off. An attempt under way is noted when it comes back, and changes nothing."""
        self._end(ExecutionStatus.CANCELLED, at=at)
        self.result, self.message = reason, message or self.message
        line = LogLine(at=at, status=LogStatus.CANCELLED, reason=reason, message=message)
        self._lines.append(line)
        return Verdict()

    def wait(self, until: datetime, reason: str, message: str = "", *, at: datetime) -> Verdict:
        """The other end is not to be called before *until*: no attempt, and no retry used up."""
        self._lines.append(
            LogLine(
                at=at,
                status=LogStatus.WAITING,
                retry_count=self.retry_count,
                reason=reason,
                message=message,
            )
        )
        return self._again(until)

    def wait_on(self, until: datetime) -> None:
        """The same once more. That it waits is noted already, and need not be at every turn."""
        self._again(until)

    def close(self, reason: str, message: str, *, at: datetime) -> Verdict:
        """Failed without being sent."""
        answer = Answer(outcome=Outcome.GONE, reason=reason, message=message)
        return self._failed(answer, at)

    def settle(
        self, answer: Answer, retries: Retries, *, started_at: datetime, at: datetime, luck: float
    ) -> Verdict:
        """Note what an attempt brought, and say what follows."""
        self.started_at = self.started_at or started_at
        self.attempts += 1
        self.changed_at = at
        if self.ended:
            self._lines.append(self._line(LogStatus.CANCELLED, answer, at))
            return Verdict()
        match answer.outcome:
            case Outcome.DELIVERED:
                return self._succeeded(answer, at)
            case Outcome.LIMITED if not self.has_waited(at=started_at):
                self._lines.append(self._line(LogStatus.WAITING, answer, at))
                return self._again(at + answer.wait)
            case Outcome.FAILED | Outcome.UNKNOWN if self.retry_count < retries.most:
                return self._retry(answer, retries, at, luck)
            case _:
                return self._failed(answer, at)

    def _succeeded(self, answer: Answer, at: datetime) -> Verdict:
        self._end(ExecutionStatus.SUCCESS, at=at)
        self.message, self.message_id, self.result = answer.message, answer.message_id, ""
        self._lines.append(self._line(LogStatus.SUCCESS, answer, at))
        return Verdict()

    def _retry(self, answer: Answer, retries: Retries, at: datetime, luck: float) -> Verdict:
        self.retry_count += 1
        self.status = ExecutionStatus.RETRYING
        self.message = answer.message
        self._lines.append(self._line(LogStatus.RETRYING, answer, at))
        wait = retries.backoff.wait(self.retry_count, luck=luck)
        asked = timedelta(seconds=answer.retry_after or 0.0)
        return self._again(at + max(wait, asked))

    def _again(self, at: datetime) -> Verdict:
        self.changed_at = at
        return Verdict(again_at=at)

    def _failed(self, answer: Answer, at: datetime) -> Verdict:
        self._end(ExecutionStatus.FAILED, at=at)
        self.result, self.message = answer.reason or answer.outcome.value, answer.message
        self._lines.append(self._line(LogStatus.FAILED, answer, at))
        return Verdict(fails_task=answer.reason != CIRCUIT_OPEN)

    def _end(self, status: ExecutionStatus, *, at: datetime) -> None:
        self.status, self.finished_at, self.changed_at = status, at, at

    def _line(self, status: LogStatus, answer: Answer, at: datetime) -> LogLine:
        return LogLine(
            at=at,
            status=status,
            retry_count=self.retry_count,
            response_code=answer.status,
            latency=answer.latency,
            reason=answer.reason,
            message=answer.message,
            snippet=answer.snippet,
        )


def _instant_key(instant: datetime) -> str:
    return f"at:{instant.isoformat()}"
