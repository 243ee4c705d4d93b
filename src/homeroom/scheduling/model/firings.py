"""Firings ahead, one after the other, and what a change of clocks did to them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import attrs

from homeroom.scheduling.model.calendar import CronCalendar
from homeroom.scheduling.model.cron import Expression
from homeroom.scheduling.model.when import Cron, Schedule, Timing, next_firing
from homeroom.scheduling.model.words import listed
from homeroom.scheduling.model.zones import Change, change_at, change_in, zone_named

MOST_FORETOLD = 1_000
"""So many firings are told at once, at most."""

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_TOLD = 3


@attrs.frozen
class Firing:
    """One instant at which a task is to fire."""

    instant: datetime
    """In UTC."""

    local: datetime
    """The same in the schedule's zone."""

    note: str | None = None
    """What a change of clocks did to it; `None` if nothing."""


def firings(
    timing: Timing,
    calendar: CronCalendar,
    *,
    after: datetime,
    until: datetime | None = None,
) -> Iterator[datetime]:
    """Every instant strictly after *after* and up to *until*, in order, in UTC.

    Without *until* it may never end: take as many as are wanted.
    """
    instant = next_firing(timing, after, calendar)
    while instant is not None and (until is None or instant <= until):
        yield instant
        instant = next_firing(timing, instant, calendar)


def preview(
    timing: Timing, calendar: CronCalendar, *, after: datetime, count: int
) -> tuple[Firing, ...]:
    """The next *count* firings, `MOST_FORETOLD` at most and no more than the task may run."""
    most = min(count, MOST_FORETOLD, timing.max_runs or MOST_FORETOLD)
    zone = zone_named(timing.schedule.timezone)
    found: list[Firing] = []
    before = after
    for instant in islice(firings(timing, calendar, after=after), most):
        note = note_on(timing.schedule, instant, before=before)
        found.append(Firing(instant, instant.astimezone(zone), note))
        before = instant
    return tuple(found)


def note_on(schedule: Schedule, instant: datetime, *, before: datetime) -> str | None:
    """What a change of clocks did to the firing at *instant*, or to those since *before*."""
    if not isinstance(schedule, Cron):
        return None
    zone, meaning = zone_named(schedule.timezone), schedule.meaning
    if meaning.follows_elapsed_time:
        return _note_on_repeated(zone, instant) or _note_on_left_out(zone, meaning, instant, before)
    return _note_on_moved(zone, meaning, instant) or _note_on_first(zone, instant)


def _note_on_moved(zone: ZoneInfo, meaning: Expression, instant: datetime) -> str | None:
    change = change_in(zone, instant - _SECOND, instant)
    if change is None or not change.forward:
        return None
    moved = _times_between(meaning, change)
    if not moved:
        return None
    if meaning.in_minute(change.after):
        return f"stands for {listed(moved, _TOLD)} too: clocks go forward"
    return f"moved from {listed(moved, _TOLD)}: clocks go forward"


def _note_on_first(zone: ZoneInfo, instant: datetime) -> str | None:
    wall = instant.astimezone(zone).replace(tzinfo=None)
    change = change_at(zone, wall)
    if change is None or change.forward:
        return None
    return f"{wall:%H:%M} comes twice, and this is the first: clocks go back"


def _note_on_repeated(zone: ZoneInfo, instant: datetime) -> str | None:
    shown = instant.astimezone(zone)
    return f"{shown:%H:%M} for the second time: clocks go back" if shown.fold else None


def _note_on_left_out(
    zone: ZoneInfo, meaning: Expression, instant: datetime, before: datetime
) -> str | None:
    change = change_in(zone, max(before, instant - _DAY), instant)
    if change is None or not change.forward:
        return None
    left_out = _times_between(meaning, change)
    if not left_out:
        return None
    verb = "does" if len(left_out) == 1 else "do"
    return f"{listed(left_out, _TOLD)} {verb} not come: clocks go forward"


def _times_between(meaning: Expression, change: Change) -> list[str]:
    """The matching times that clocks jump over, to the minute."""
    span = (change.after - change.before) // timedelta(minutes=1)
    jumped = (change.before + timedelta(minutes=minute) for minute in range(span))
    return [f"{wall:%H:%M}" for wall in jumped if meaning.in_minute(wall)]
