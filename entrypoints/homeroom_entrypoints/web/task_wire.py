"""Tasks on the wire: what callers say, in the seed's words and ours."""

from datetime import date, datetime, time
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

import attrs
import msgspec
from msgspec import UNSET, UnsetType

from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import TaskId
from homeroom.scheduling.errors import BadSchedule, BadTask
from homeroom.scheduling.model.policies import Missed, Overlap, Pause
from homeroom.scheduling.model.target_checks import TargetGiven
from homeroom.scheduling.model.targets import NotifierKind
from homeroom.scheduling.model.when import Blackout, BlackoutDays, BlackoutHours
from homeroom.scheduling.use_cases.given import UNSAID, PoliciesGiven, TimingGiven, Unsaid
from homeroom.scheduling.use_cases.running import Range
from homeroom.scheduling.use_cases.writing import TaskGiven
from homeroom_entrypoints.web.wire import Wire

T = TypeVar("T")
Note = Annotated[str, msgspec.Meta(max_length=500)]


class TargetBody(Wire, frozen=True):
    """Where messages go. Discord and webhooks need `url`, e-mail `to` and `subject`."""

    url: str = ""
    method: str = ""
    headers: dict[str, str] | None = None
    secret: str = ""
    to: tuple[str, ...] = ()
    subject: str = ""

    def given(self) -> TargetGiven:
        return TargetGiven(
            url=self.url,
            method=self.method,
            headers=self.headers,
            secret=self.secret,
            to=self.to,
            subject=self.subject,
        )


class BlackoutBody(Wire, frozen=True):
    """Days (`from`, `until`) or hours of every day (`start`, `end`) in which nothing fires."""

    first: date | None = msgspec.field(default=None, name="from")
    until: date | None = None
    start: str | None = None
    """Hours and minutes: 22:00."""

    end: str | None = None

    def meant(self) -> Blackout:
        """Raises `BadSchedule`."""
        match (self.first, self.until, self.start, self.end):
            case (date() as first, until, None, None):
                return BlackoutDays(first, until or first)
            case (None, None, str() as start, str() as end):
                return BlackoutHours(_time_of_day(start), _time_of_day(end))
        wanted = "has from and until, or start and end"
        raise BadSchedule(problems=[Problem("blackouts", wanted)])


def _every_blackout(said: list[BlackoutBody]) -> tuple[Blackout, ...]:
    """What is meant, or everything that is wrong with it, each by its place. Raises
    `BadSchedule`."""
    meant: list[Blackout] = []
    problems: list[Problem] = []
    for index, one in enumerate(said):
        try:
            meant.append(one.meant())
        except BadSchedule as refused:
            problems += [Problem(f"blackouts[{index}]", it.message) for it in refused.problems]
    if problems:
        raise BadSchedule(problems=problems)
    return tuple(meant)


def _time_of_day(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        wanted = f"{text[:20]!r} is no time of day; write hours and minutes, such as 22:00"
        raise BadSchedule(problems=[Problem("blackouts", wanted)]) from None


class BackoffBody(Wire, frozen=True):
    """Seconds before the first retry, and the longest; the share of a wait left to chance."""

    base: float | UnsetType = UNSET
    cap: float | UnsetType = UNSET
    jitter: float | UnsetType = UNSET


class TimingBody(Wire, frozen=True):
    """When: one of `schedule` (a cron expression), `every` (seconds) and `at`."""

    schedule: str | UnsetType = UNSET
    every: int | UnsetType = UNSET
    anchor: datetime | UnsetType = UNSET
    at: datetime | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    start_at: datetime | UnsetType | None = UNSET
    end_at: datetime | UnsetType | None = UNSET
    max_runs: int | UnsetType | None = UNSET
    jitter: int | UnsetType = UNSET
    blackouts: list[BlackoutBody] | UnsetType = UNSET

    def timing(self) -> TimingGiven:
        return TimingGiven(
            cron=_said(self.schedule),
            every=_said(self.every),
            anchor=_said(self.anchor),
            at=_said(self.at),
            timezone=_said(self.timezone),
            start_at=_said(self.start_at),
            end_at=_said(self.end_at),
            max_runs=_said(self.max_runs),
            jitter=_said(self.jitter),
            blackouts=UNSAID
            if isinstance(self.blackouts, UnsetType)
            else _every_blackout(self.blackouts),
        )


class TaskBody(TimingBody, frozen=True):
    """A task, or what is to change of one: what is left out stays as it is."""

    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    notifier: NotifierKind | UnsetType = UNSET
    target: TargetBody | UnsetType = UNSET
    webhook_url: str | UnsetType = UNSET
    """The same as `target.url`; without a `notifier` it means Discord."""

    # JSON, whose type refers to itself: no decoder here can be told that.
    payload: dict[str, Any] | UnsetType = UNSET
    max_retry: int | UnsetType = UNSET
    status: Literal["ACTIVE", "INACTIVE"] | UnsetType = UNSET
    overlap: Overlap | UnsetType = UNSET
    missed: Missed | UnsetType = UNSET
    catch_up_window: float | UnsetType | None = UNSET
    """Seconds."""

    backoff: BackoffBody = BackoffBody()
    on_success: list[UUID] | UnsetType = UNSET
    on_failure: list[UUID] | UnsetType = UNSET

    def given(self) -> TaskGiven:
        return TaskGiven(
            name=_said(self.name),
            description=_said(self.description),
            tags=UNSAID if isinstance(self.tags, UnsetType) else tuple(self.tags),
            kind=self._kind(),
            target=self._target(),
            payload=_said(self.payload),
            timing=self.timing(),
            policies=self._policies(),
            active=UNSAID if isinstance(self.status, UnsetType) else self.status == "ACTIVE",
        )

    def _kind(self) -> NotifierKind | Unsaid:
        if isinstance(self.notifier, UnsetType) and not isinstance(self.webhook_url, UnsetType):
            return NotifierKind.DISCORD
        return _said(self.notifier)

    def _target(self) -> TargetGiven | Unsaid:
        """Raises `BadTask` for two addresses at once."""
        target = UNSAID if isinstance(self.target, UnsetType) else self.target.given()
        if isinstance(self.webhook_url, UnsetType):
            return target
        given = TargetGiven() if isinstance(target, Unsaid) else target
        if given.url:
            wanted = "is the same as target.url: give one of them"
            raise BadTask(problems=[Problem("webhookUrl", wanted)])
        return attrs.evolve(given, url=self.webhook_url, url_called="webhookUrl")

    def _policies(self) -> PoliciesGiven:
        return PoliciesGiven(
            overlap=_said(self.overlap),
            missed=_said(self.missed),
            catch_up_seconds=_said(self.catch_up_window),
            max_retry=_said(self.max_retry),
            backoff_base=_said(self.backoff.base),
            backoff_cap=_said(self.backoff.cap),
            backoff_jitter=_said(self.backoff.jitter),
            on_success=_tasks(self.on_success),
            on_failure=_tasks(self.on_failure),
        )


def _said(value: T | UnsetType) -> T | Unsaid:
    return UNSAID if isinstance(value, UnsetType) else value


def _tasks(ids: list[UUID] | UnsetType) -> tuple[TaskId, ...] | Unsaid:
    return UNSAID if isinstance(ids, UnsetType) else tuple(TaskId(one) for one in ids)


class PauseBody(Wire, frozen=True):
    """Why a task rests, and until when; without an end, until somebody resumes it."""

    note: Note = ""
    until: datetime | None = None

    def meant(self) -> Pause:
        return Pause(note=self.note, until=self.until)


class BackfillBody(Wire, frozen=True):
    """From when to when, both included. A dry run only says what would be run for."""

    first: datetime = msgspec.field(name="from")
    last: datetime = msgspec.field(name="to")
    dry_run: bool = True

    def meant(self) -> Range:
        """Raises `BadRange`."""
        return Range(first=self.first, last=self.last)


class PreviewBody(TimingBody, frozen=True):
    """A schedule, and how many of its firings to tell."""

    after: datetime | None = None
    count: int = 5


class MessageBody(Wire, frozen=True):
    """A payload, to see the very body that would be sent."""

    # JSON, whose type refers to itself: no decoder here can be told that.
    payload: dict[str, Any]
    notifier: NotifierKind = NotifierKind.DISCORD
    name: str = "Daily Report"
    """The task's."""


class WatchBody(TimingBody, frozen=True):
    """When a ping is expected, and how late it may be."""

    grace_seconds: float = 300.0
