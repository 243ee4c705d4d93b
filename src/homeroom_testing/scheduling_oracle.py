"""What a task must fire for, told on plain values: it counts through time, one instant after
another, and shares no arithmetic with what it is held against."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import attrs

from homeroom.kernel.ids import TaskId
from homeroom.scheduling.model.executions import Execution, Trigger
from homeroom.scheduling.model.policies import Missed, Pause, Policies, TaskStatus
from homeroom.scheduling.model.when import At, BlackoutDays, Cron, Every, Schedule, Timing, jittered
from homeroom_testing.cron_oracle import witnessed

_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)
_AHEAD = 45
"""Days it looks ahead; the schedules it is asked about name an instant within a fortnight."""

_CAUGHT_UP = 100
_COUNTED = 1_101
"""Late firings are counted so far."""


def named(timing: Timing, after: datetime, until: datetime) -> list[datetime]:
    """Every instant after *after*, up to *until*, for which *timing* is to fire."""
    first = timing.start_at or after
    last = timing.end_at or until
    every = _scheduled(timing.schedule, after, until)
    return [one for one in every if first <= one <= last and not _closed(timing, one)]


def first_named(timing: Timing, after: datetime) -> datetime | None:
    """The first of them after *after*."""
    start = max(after, (timing.start_at or after) - _TICK)
    for day in range(_AHEAD):
        if found := named(timing, start + day * _DAY, start + (day + 1) * _DAY):
            return found[0]
    return None


def _scheduled(schedule: Schedule, after: datetime, until: datetime) -> Iterator[datetime]:
    match schedule:
        case At(instant=instant):
            yield from [instant] if after < instant <= until else []
        case Every(seconds=seconds, anchor=anchor):
            step, one = timedelta(seconds=seconds), anchor
            while one <= until:
                if one > after:
                    yield one
                one += step
        case Cron(expression=expression, timezone=zone):
            day = after.replace(hour=0, minute=0, second=0, microsecond=0)
            while day <= until:
                yield from (one for one in _on_day(expression, zone, day) if after < one <= until)
                day += _DAY


@lru_cache(maxsize=4096)
def _on_day(expression: str, zone: str, day: datetime) -> Sequence[datetime]:
    return witnessed(expression, zone, day - _TICK, day + _DAY - _TICK)


def _closed(timing: Timing, instant: datetime) -> bool:
    wall = instant.astimezone(ZoneInfo(timing.schedule.timezone))
    for one in timing.blackouts:
        if isinstance(one, BlackoutDays):
            closed = one.first <= wall.date() <= one.last
        else:
            over_midnight = one.end < one.start
            begun, ended = wall.time() >= one.start, wall.time() >= one.end
            closed = (begun or not ended) if over_midnight else (begun and not ended)
        if closed:
            return True
    return False


@attrs.frozen(kw_only=True)
class Record:
    """What must be known of an instant for ever, or of several in a row."""

    trigger: Trigger
    instant: datetime
    """The last of them."""

    since: datetime | None = None
    count: int = 0
    passed: str = ""
    """Why it was not fired, if nobody was to."""


def record_of(run: Execution) -> Record | None:
    """What *run* says of its task's schedule; None if it was asked for beside it."""
    if run.trigger not in {Trigger.SCHEDULE, Trigger.CATCH_UP}:
        return None
    passed = run.result if run.missed and run.trigger is Trigger.SCHEDULE else ""
    return Record(
        trigger=run.trigger,
        instant=run.scheduled_for,
        since=run.missed_from,
        count=run.missed,
        passed=passed,
    )


@attrs.define(kw_only=True)
class Planned:
    """One task, as it must be."""

    id: TaskId
    timing: Timing
    policies: Policies
    status: TaskStatus = TaskStatus.ACTIVE
    pause: Pause | None = None
    fired: int = 0
    aim: datetime | None = None
    """The instant it fires for next."""

    records: set[Record] = attrs.field(factory=set[Record])

    @property
    def due(self) -> datetime | None:
        """When a scheduler is to look at it: to fire, or to let it end when its pause does."""
        if self.aim is not None:
            return self.due_at(self.aim)
        on = self.status is TaskStatus.ACTIVE
        return self.pause.until if on and self.pause is not None else None

    @property
    def run_out(self) -> bool:
        return self.timing.max_runs is not None and self.fired >= self.timing.max_runs

    @property
    def spent(self) -> bool:
        """Whether it is on, and never fires again."""
        return self.status is TaskStatus.ACTIVE and self.pause is None and self.aim is None

    def due_at(self, instant: datetime) -> datetime:
        due = jittered(self.timing, self.id, instant)
        assert instant <= due <= instant + timedelta(seconds=self.timing.jitter)
        return due

    def look_ahead(self, now: datetime) -> None:
        """Aim at what comes after *now*, and not within a pause."""
        self.aim = None
        self.end_rest(now)
        if self.status is not TaskStatus.ACTIVE or self.run_out:
            return
        if self.pause is not None:
            if self.pause.until is None:
                return
            now = self.pause.until - _TICK
        self.aim = first_named(self.timing, now)

    def end_rest(self, now: datetime) -> None:
        if self.pause is not None and not self.pause.covers(now):
            self.pause = None

    def fallen_due(self, now: datetime) -> list[datetime]:
        """Everything from the aim on that is due, in order: nothing overtakes what is not."""
        if self.aim is None or self.due_at(self.aim) > now:
            return []
        found: list[datetime] = []
        for one in [self.aim, *named(self.timing, self.aim, now)]:
            if self.due_at(one) > now:
                break
            found.append(one)
        return found

    def leave_behind(self, now: datetime, reason: str) -> None:
        """Somebody changed it before what was due could be fired."""
        found = self.fallen_due(now)
        if found:
            self._pass_over(found, min(len(found), _COUNTED), reason)

    def fail(self, now: datetime) -> None:
        self.leave_behind(now, "task_failed")
        self.status, self.aim = TaskStatus.FAILED, None

    def fire(self, now: datetime, grace: timedelta) -> None:
        """Everything that is due is fired or passed over, and the next is aimed at."""
        if self.due is None or self.due > now:
            return
        self.end_rest(now)
        found = self.fallen_due(now)
        if not found:
            return
        late = self._late(found, now, grace)
        owed = self._made_up(late, now) if late else []
        owed += [Record(trigger=Trigger.SCHEDULE, instant=one) for one in found[len(late) :]]
        most = self.timing.max_runs
        left = len(owed) if most is None else max(0, most - self.fired)
        self.fired += sum(self._keep(one) for one in owed[:left])
        if self.run_out:
            self.aim = None
        elif left < len(owed):  # clocks had been set back, and some were no runs
            self.aim = owed[left].instant
        else:
            self.aim = first_named(self.timing, found[-1])

    def _keep(self, record: Record) -> bool:
        """Whether nothing is known of this instant yet: it fires once, whatever the clocks say."""
        is_new = all(known.instant != record.instant for known in self.records)
        if is_new:
            self.records.add(record)
        return is_new

    def _late(
        self, found: Sequence[datetime], now: datetime, grace: timedelta
    ) -> Sequence[datetime]:
        due = datetime.min.replace(tzinfo=UTC)
        for number, one in enumerate(found):
            due = max(due, self.due_at(one))
            if now - due <= grace:
                return found[:number]
        return found

    def _made_up(self, late: Sequence[datetime], now: datetime) -> list[Record]:
        window, count = self.policies.catch_up.window, min(len(late), _COUNTED)
        recent = [one for one in late if window is None or now - one <= window]
        match self.policies.catch_up.missed:
            case Missed.ALL:
                kept = recent[-_CAUGHT_UP:]
                passed = late[: len(late) - len(kept)]
                many = len(recent) > _CAUGHT_UP
                if passed:
                    reason = "too_many_missed" if many else "outside_window"
                    self._pass_over(passed, count - len(kept), reason)
                return [Record(trigger=Trigger.CATCH_UP, instant=one, count=1) for one in kept]
            case Missed.FIRE_ONCE if recent:
                once = Record(
                    trigger=Trigger.CATCH_UP, instant=late[-1], since=late[0], count=count
                )
                return [once]
            case Missed.FIRE_ONCE:
                self._pass_over(late, count, "outside_window")
            case Missed.SKIP:
                self._pass_over(late, count, "missed")
        return []

    def _pass_over(self, passed: Sequence[datetime], count: int, reason: str) -> None:
        self._keep(
            Record(
                trigger=Trigger.SCHEDULE,
                instant=passed[-1],
                since=passed[0],
                count=count,
                passed=reason,
            )
        )
