"""Which firings a task owes at an instant: on time, made up for, or only noted."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Self

import attrs

from homeroom.kernel.ids import TaskId
from homeroom.scheduling.model.calendar import CronCalendar
from homeroom.scheduling.model.policies import MOST_CAUGHT_UP, CatchUp, Missed
from homeroom.scheduling.model.when import Timing, jittered, next_firing

_TICK = timedelta(microseconds=1)
_COUNTED = 1_000
"""Missed firings are counted so far; beyond it we say that there were at least so many."""


@attrs.frozen(kw_only=True)
class Owed:
    """One instant that a task is to fire for, now."""

    scheduled_for: datetime
    on_time: bool = True
    missed: int = 0
    """How many missed firings this one stands for, itself among them."""

    missed_from: datetime | None = None


@attrs.frozen(kw_only=True)
class PassedOver:
    """Missed instants that will not be made up for: from the first to the last of them."""

    first: datetime
    last: datetime
    count: int
    reason: str

    @classmethod
    def alone(cls, instant: datetime, reason: str) -> Self:
        return cls(first=instant, last=instant, count=1, reason=reason)


@attrs.frozen(kw_only=True)
class Reckoning:
    """What a task owes, what it passed over, and the instant it will fire for next."""

    owed: Sequence[Owed] = ()
    passed_over: Sequence[PassedOver] = ()
    upcoming: datetime | None = None
    beyond: datetime | None = None
    """The same, were there more runs left: the first for which there were none."""


@attrs.frozen(kw_only=True)
class Reckoner:
    """Reckons for one task at one instant."""

    task_id: TaskId
    timing: Timing
    catch_up: CatchUp
    grace: timedelta
    """What is no later than this counts as on time."""

    calendar: CronCalendar

    def due_at(self, instant: datetime) -> datetime:
        """When the firing for *instant* is due: later by the task's jitter, always the same."""
        return jittered(self.timing, self.task_id, instant)

    def reckon(self, since: datetime, *, at: datetime) -> Reckoning:
        """Everything that fell due from *since*, itself a firing, up to *at*."""
        if (only := self._only(since, at)) is not None:
            return only
        instants, upcoming = self._walk(since, at)
        lateness = self._count_late(instants, at)
        on_time = [Owed(scheduled_for=one) for one in instants[lateness:]]
        if not lateness:
            return Reckoning(owed=on_time, upcoming=upcoming)
        made_up, passed_over = self._make_up(instants[:lateness], at)
        return Reckoning(owed=[*made_up, *on_time], passed_over=passed_over, upcoming=upcoming)

    def _only(self, since: datetime, at: datetime) -> Reckoning | None:
        """What nearly every firing comes to: one instant, on time; None for anything else."""
        if not timedelta(0) <= at - self.due_at(since) <= self.grace:
            return None
        upcoming = next_firing(self.timing, since, self.calendar)
        if upcoming is not None and self.due_at(upcoming) <= at:
            return None
        return Reckoning(owed=(Owed(scheduled_for=since),), upcoming=upcoming)

    def leave_behind(self, since: datetime, *, at: datetime, reason: str) -> Sequence[PassedOver]:
        """Everything that fell due from *since* up to *at*, none of it made up for."""
        instants, _ = self._walk(since, at)
        return _passed(instants, len(instants), reason)

    def _count_late(self, instants: Sequence[datetime], at: datetime) -> int:
        """How many of *instants*, the first ones, are late. Each waits for the one before it,
        which may be due after it where jitter is longer than the time between them."""
        due = datetime.min.replace(tzinfo=UTC)
        for number, instant in enumerate(instants):
            due = max(due, self.due_at(instant))
            if at - due <= self.grace:
                return number
        return len(instants)

    def _walk(self, since: datetime, at: datetime) -> tuple[list[datetime], datetime | None]:
        """The due instants, in order: the first ones counted and, if there are too many, as many
        of the latest as may be fired, and one more; and the first that is not due yet."""
        instants: list[datetime] = []
        upcoming: datetime | None = since
        while upcoming is not None and self.due_at(upcoming) <= at:
            if len(instants) == _COUNTED:
                latest, upcoming = self._latest(upcoming, at)
                return instants + latest, upcoming
            instants.append(upcoming)
            upcoming = next_firing(self.timing, upcoming, self.calendar)
        return instants, upcoming

    def _latest(self, since: datetime, at: datetime) -> tuple[list[datetime], datetime | None]:
        """The last due instants up to *at*, none before *since*, itself one: looking back twice
        as far until there are enough."""
        span = timedelta(seconds=1)
        while True:
            start = max(since - _TICK, at - span)
            found: list[datetime] = []
            upcoming = next_firing(self.timing, start, self.calendar)
            while upcoming is not None and self.due_at(upcoming) <= at:
                found.append(upcoming)
                upcoming = next_firing(self.timing, upcoming, self.calendar)
            late = self._count_late(found, at)
            if late > MOST_CAUGHT_UP or start < since:
                return found[max(0, late - MOST_CAUGHT_UP - 1) :], upcoming
            span *= 2

    def _make_up(
        self, late: Sequence[datetime], at: datetime
    ) -> tuple[Sequence[Owed], Sequence[PassedOver]]:
        window = self.catch_up.window
        recent = [one for one in late if window is None or at - one <= window]
        match self.catch_up.missed:
            case Missed.ALL:
                kept = recent[-MOST_CAUGHT_UP:]
                owed = [Owed(scheduled_for=one, on_time=False, missed=1) for one in kept]
                too_many = len(recent) > len(kept)
                reason = "too_many_missed" if too_many else "outside_window"
                return owed, _passed(late, len(late) - len(kept), reason)
            case Missed.FIRE_ONCE if recent:
                once = Owed(
                    scheduled_for=late[-1], on_time=False, missed=len(late), missed_from=late[0]
                )
                return [once], ()
            case _:
                reason = "missed" if self.catch_up.missed is Missed.SKIP else "outside_window"
                return (), _passed(late, len(late), reason)


def _passed(instants: Sequence[datetime], count: int, reason: str) -> Sequence[PassedOver]:
    """The first *count* of *instants*."""
    if not count:
        return ()
    return (PassedOver(first=instants[0], last=instants[count - 1], count=count, reason=reason),)
