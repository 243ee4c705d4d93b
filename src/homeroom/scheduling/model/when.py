"""When a task is due: by a cron expression, at intervals, or once; and the bounds of that."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta

import attrs
from attrs.converters import optional

from homeroom.kernel.clock import is_instant
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import TaskId
from homeroom.scheduling.errors import BadSchedule
from homeroom.scheduling.model.calendar import CronCalendar
from homeroom.scheduling.model.cron import Expression, read_expression
from homeroom.scheduling.model.zones import UnknownZone, earliest, zone_named

LONGEST_INTERVAL = 10 * 366 * 86_400
LONGEST_JITTER = 86_400
MOST_BLACKOUTS = 400

_MOMENT = timedelta(microseconds=1)
_NEEDS_ZONE = "needs a time zone, and a year from 1900 to 9998"
_MOST_HOURS = 10
_MOST_CLOSED = 1_000
"""So many closed stretches in a row a firing may fall into, before we say that none comes."""


def _in_utc(instant: datetime) -> datetime:
    return instant if instant.tzinfo is None else instant.astimezone(UTC)


@attrs.frozen
class Cron:
    """As a cron expression says, read on the clocks of a time zone."""

    expression: str
    timezone: str = "UTC"

    def __attrs_post_init__(self) -> None:
        problems = [*_problems_of_zone(self.timezone)]
        try:
            read_expression(self.expression)
        except BadSchedule as refused:
            problems = [*refused.problems, *problems]
        _refuse_if(problems)

    @property
    def meaning(self) -> Expression:
        return read_expression(self.expression)

    @property
    def plain(self) -> str:
        """The expression in numbers alone, as calendars are given it."""
        return self.meaning.plain


@attrs.frozen
class Every:
    """Every so many seconds of elapsed time, counted from an anchor that is the first firing."""

    seconds: int
    anchor: datetime = attrs.field(converter=_in_utc)
    timezone: str = "UTC"
    """Where its instants are read, and where the days of blackouts begin and end."""

    def __attrs_post_init__(self) -> None:
        problems = [*_problems_of_zone(self.timezone)]
        if not 1 <= self.seconds <= LONGEST_INTERVAL:
            problems.append(Problem("every", f"must be 1 to {LONGEST_INTERVAL} seconds"))
        if not is_instant(self.anchor):
            problems.append(Problem("anchor", _NEEDS_ZONE))
        _refuse_if(problems)


@attrs.frozen
class At:
    """Once, at an instant."""

    instant: datetime = attrs.field(converter=_in_utc)
    timezone: str = "UTC"

    def __attrs_post_init__(self) -> None:
        problems = [*_problems_of_zone(self.timezone)]
        if not is_instant(self.instant):
            problems.append(Problem("at", _NEEDS_ZONE))
        _refuse_if(problems)


Schedule = Cron | Every | At


@attrs.frozen
class BlackoutDays:
    """Dates on which nothing fires: from the first to the last, both included."""

    first: date
    last: date

    def __attrs_post_init__(self) -> None:
        if self.last < self.first:
            _refuse_if([Problem("blackouts", f"{self.last} is before {self.first}")])

    def reopens(self, wall: datetime) -> datetime | None:
        """When firing begins again by the clock; `None` if it is not closed at *wall*."""
        if not self.first <= wall.date() <= self.last:
            return None
        return datetime.combine(self.last, time()) + timedelta(days=1)


@attrs.frozen
class BlackoutHours:
    """Hours of every day in which nothing fires; until the next day if they end earlier."""

    start: time
    end: time
    """The first moment that is open again."""

    def __attrs_post_init__(self) -> None:
        if self.start == self.end:
            _refuse_if([Problem("blackouts", "hours must end at another time than they start")])
        if any(edge.second or edge.microsecond or edge.tzinfo for edge in (self.start, self.end)):
            _refuse_if([Problem("blackouts", "hours are plain hours and minutes")])

    def hold(self, reading: time) -> bool:
        """Whether nothing fires when clocks show *reading*."""
        if self.start < self.end:
            return self.start <= reading < self.end
        return reading >= self.start or reading < self.end

    def reopens(self, wall: datetime) -> datetime | None:
        """When firing begins again by the clock; `None` if it is not closed at *wall*."""
        reading = wall.time()
        if not self.hold(reading):
            return None
        return datetime.combine(wall.date(), self.end) + timedelta(days=int(reading >= self.end))


Blackout = BlackoutDays | BlackoutHours


@attrs.frozen
class Timing:
    """A schedule and its bounds. They bound the instants it names; jitter comes after."""

    schedule: Schedule
    start_at: datetime | None = attrs.field(default=None, converter=optional(_in_utc))
    """The first instant that may fire."""

    end_at: datetime | None = attrs.field(default=None, converter=optional(_in_utc))
    """The last instant that may fire."""

    max_runs: int | None = None
    jitter: int = 0
    """So many seconds later at most: another delay for each instant, and always the same one."""

    blackouts: tuple[Blackout, ...] = ()

    def __attrs_post_init__(self) -> None:
        _refuse_if([*_problems_of_bounds(self), *_problems_of_blackouts(self)])


def next_firing(timing: Timing, after: datetime, calendar: CronCalendar) -> datetime | None:
    """The first instant strictly after *after* that *timing* names, in UTC; `None` if none is."""
    if timing.start_at is not None and after < timing.start_at:
        after = timing.start_at - _MOMENT
    after = after.astimezone(UTC)
    for _ in range(_MOST_CLOSED):
        instant = _named(timing.schedule, after, calendar)
        if instant is None or (timing.end_at is not None and instant > timing.end_at):
            return None
        closed_until = _closed_until(timing, instant) if timing.blackouts else None
        if closed_until is None:
            return instant
        after = max(instant, closed_until - _MOMENT)
    return None


def jittered(timing: Timing, task_id: TaskId, instant: datetime) -> datetime:
    """When the firing for *instant* is due: at it, or later by up to the jitter, to the ms."""
    if not timing.jitter:
        return instant
    named = f"{task_id.hex}@{instant.astimezone(UTC).isoformat()}"
    drawn = int.from_bytes(hashlib.sha256(named.encode()).digest()[:8])
    return instant + timedelta(milliseconds=drawn % (timing.jitter * 1000 + 1))


def _named(schedule: Schedule, after: datetime, calendar: CronCalendar) -> datetime | None:
    match schedule:
        case Cron(expression=expression, timezone=zone):
            return calendar.after(read_expression(expression).plain, zone, after)
        case Every(seconds=seconds, anchor=anchor):
            return _stepped(anchor, timedelta(seconds=seconds), after)
        case At(instant=instant):
            return instant if instant > after else None


def _stepped(anchor: datetime, step: timedelta, after: datetime) -> datetime | None:
    if after < anchor:
        return anchor
    try:
        instant = anchor + ((after - anchor) // step + 1) * step
    except OverflowError:
        return None
    return instant if is_instant(instant) else None


def _closed_until(timing: Timing, instant: datetime) -> datetime | None:
    zone = zone_named(timing.schedule.timezone)
    wall = instant.astimezone(zone).replace(tzinfo=None, fold=0)
    opens = [opening for one in timing.blackouts if (opening := one.reopens(wall))]
    return earliest(zone, max(opens)) if opens else None


def _problems_of_zone(name: str) -> Iterator[Problem]:
    try:
        zone_named(name)
    except UnknownZone as unknown:
        yield Problem("timezone", str(unknown))


def _problems_of_bounds(timing: Timing) -> Iterator[Problem]:
    start, end = timing.start_at, timing.end_at
    for field, bound in (("startAt", start), ("endAt", end)):
        if bound is not None and not is_instant(bound):
            yield Problem(field, _NEEDS_ZONE)
            return
    if start is not None and end is not None and end < start:
        yield Problem("endAt", "must not be before the start")
    if isinstance(timing.schedule, At):
        yield from _problems_of_instant(timing.schedule.instant, start, end)
    if timing.max_runs is not None and timing.max_runs < 1:
        yield Problem("maxRuns", "must be 1 or more")
    if not 0 <= timing.jitter <= LONGEST_JITTER:
        yield Problem("jitter", f"must be 0 to {LONGEST_JITTER} seconds")


def _problems_of_instant(
    instant: datetime, start: datetime | None, end: datetime | None
) -> Iterator[Problem]:
    if start is not None and instant < start:
        yield Problem("startAt", "is after the only instant there is")
    if end is not None and instant > end:
        yield Problem("endAt", "is before the only instant there is")


def _problems_of_blackouts(timing: Timing) -> Iterator[Problem]:
    if len(timing.blackouts) > MOST_BLACKOUTS:
        yield Problem("blackouts", f"must be {MOST_BLACKOUTS} at most")
    elif sum(isinstance(one, BlackoutHours) for one in timing.blackouts) > _MOST_HOURS:
        yield Problem("blackouts", f"may close at most {_MOST_HOURS} spans of the day's hours")
    elif isinstance(timing.schedule, At) and _closed_until(timing, timing.schedule.instant):
        yield Problem("blackouts", "hold the only instant there is")
    elif not _any_open(timing.schedule, timing.blackouts):
        yield Problem("blackouts", "hold every time of day that the schedule names")


def _any_open(schedule: Schedule, blackouts: Iterable[Blackout]) -> bool:
    hours = [one for one in blackouts if isinstance(one, BlackoutHours)]
    if isinstance(schedule, Cron):
        meaning = schedule.meaning
        times = [time(h, m) for h in meaning.hour.numbers for m in meaning.minute.numbers]
    else:  # if any time is open, then one at which something ends
        times = [one.end for one in hours] or [time()]
    return any(not any(one.hold(reading) for one in hours) for reading in times)


def _refuse_if(problems: list[Problem]) -> None:
    if problems:
        raise BadSchedule(problems=problems)
