"""A watch: pings that a task's work is to send, and an alert when they stay away."""

import enum
import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Self

import attrs
from attrs.validators import ge, le

from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.ids import InstitutionId, TaskId
from homeroom.published.scheduling import PingMissed, PingReturned
from homeroom.scheduling.model.calendar import CronCalendar
from homeroom.scheduling.model.when import Timing, next_firing


class WatchState(enum.Enum):
    """What is known of whoever should ping."""

    NEW = "new"
    """Never heard from: the first ping is expected all the same, or work that never began would
    never be missed."""

    UP = "up"
    STARTED = "started"
    """It said that it began, and is to say that it ended."""

    DOWN = "down"


class Ping(enum.Enum):
    """What a ping says."""

    DONE = "done"
    START = "start"
    FAIL = "fail"


@attrs.frozen
class PingToken:
    """A watch's secret, shown once: whoever knows it may ping."""

    text: str = attrs.field(repr=False)

    @classmethod
    def fresh(cls) -> Self:
        return cls(secrets.token_urlsafe(24))

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode(errors="replace")).hexdigest()


@attrs.frozen(kw_only=True)
class Expectation:
    """When a ping is to come, and how late it may be."""

    timing: Timing
    grace: timedelta = attrs.field(
        default=timedelta(minutes=5),
        validator=[ge(timedelta(seconds=1)), le(timedelta(days=30))],
    )

    def deadline(self, after: datetime, calendar: CronCalendar) -> datetime | None:
        """When a silence since *after* becomes a missed ping."""
        expected = next_firing(self.timing, after, calendar)
        return None if expected is None else expected + self.grace


@attrs.define(kw_only=True)
class Watch(Aggregate):
    """Waits for the pings of one task, and notices when they stay away."""

    task_id: TaskId
    institution_id: InstitutionId
    digest: str = attrs.field(repr=False)
    expectation: Expectation
    state: WatchState = WatchState.NEW
    last_ping_at: datetime | None = None
    deadline: datetime | None = None
    """When it goes down, unless it hears something before."""

    @classmethod
    def over(
        cls,
        task_id: TaskId,
        institution_id: InstitutionId,
        expectation: Expectation,
        *,
        at: datetime,
        calendar: CronCalendar,
    ) -> tuple[Self, PingToken]:
        """A watch from now on, and the secret that lets its work ping."""
        token = PingToken.fresh()
        watch = cls(
            task_id=task_id,
            institution_id=institution_id,
            digest=token.digest,
            expectation=expectation,
            deadline=expectation.deadline(at, calendar),
        )
        return watch, token

    def hear(self, ping: Ping, *, at: datetime, calendar: CronCalendar) -> bool:
        """Note a ping. Whether it is news that calls for an alert: it says that it failed."""
        was = self.state
        self.last_ping_at = at
        if ping is Ping.FAIL:
            return self._go_down(at) if was is not WatchState.DOWN else False
        self.state = WatchState.STARTED if ping is Ping.START else WatchState.UP
        self.deadline = self._deadline_after(ping, at, calendar)
        if was is WatchState.DOWN:
            self.record(
                PingReturned(
                    occurred_at=at, institution_id=self.institution_id, task_id=self.task_id
                )
            )
        return False

    def fall_silent(self, *, at: datetime) -> bool:
        """The deadline passed. Whether that is news that calls for an alert."""
        if self.deadline is None or at < self.deadline or self.state is WatchState.DOWN:
            return False
        return self._go_down(at)

    def _deadline_after(self, ping: Ping, at: datetime, calendar: CronCalendar) -> datetime | None:
        if ping is Ping.START:
            return at + self.expectation.grace
        return self.expectation.deadline(at, calendar)

    def _go_down(self, at: datetime) -> bool:
        self.state, self.deadline = WatchState.DOWN, None
        self.record(
            PingMissed(occurred_at=at, institution_id=self.institution_id, task_id=self.task_id)
        )
        return True
