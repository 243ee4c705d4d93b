"""What cron expressions mean, computed by cronsim.

cronsim finds the wall times; which instants those are is settled here. Its own rules for zones
are right for whole hours, but in the hours around other changes (half an hour on Lord Howe,
midnight in Beirut) they lose firings or name instants that have passed.
"""

import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import attrs
from cronsim import CronSim

from homeroom.kernel.clock import is_instant
from homeroom.scheduling.model.calendar import CronCalendar
from homeroom.scheduling.model.zones import Change, change_at, change_in, zone_named

_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)
_SOME_TIME = datetime(2000, 1, 1)  # noqa: DTZ001 - a wall time, as all that cronsim is given


@attrs.frozen
class _WallTimes:
    """The wall times of an expression, on a clock that is never set."""

    simulation: CronSim
    follows_elapsed_time: bool

    def after(self, wall: datetime) -> datetime | None:
        simulation = copy.copy(self.simulation)  # it moves on, and threads share it
        simulation.dt = wall
        try:
            return next(simulation)
        except (StopIteration, OverflowError):
            return None


@lru_cache(maxsize=1024)
def _wall_times(expression: str) -> _WallTimes:
    minute, hour = expression.split()[-5:-3]
    return _WallTimes(CronSim(expression, _SOME_TIME), minute[0] == "*" or hour[0] == "*")


class CronsimCalendar:
    """Debian's rule over cronsim's wall times; it keeps nothing but what it has parsed."""

    def after(self, expression: str, zone: str, instant: datetime) -> datetime | None:
        times, place = _wall_times(expression), zone_named(zone)
        find = _whenever_shown if times.follows_elapsed_time else _once_each
        try:
            found = find(times, place, instant)
        except OverflowError:  # the calendar of years ends
            return None
        return found if found is not None and is_instant(found) else None


def _once_each(times: _WallTimes, place: ZoneInfo, instant: datetime) -> datetime | None:
    """The first showing of each time, or the end of the gap in which it would have been."""
    shown = instant.astimezone(place)
    wall = shown.replace(tzinfo=None, fold=0, microsecond=0)
    if shown.fold and (change := change_at(place, wall)):
        wall = change.before - _SECOND  # what comes twice has had its turn
    named = times.after(wall)
    if named is None:
        return None
    gap = _gap_around(place, named)
    return gap.at if gap else _reading(place, named)


def _whenever_shown(times: _WallTimes, place: ZoneInfo, instant: datetime) -> datetime | None:
    """The next instant at which clocks show a matching time, be it for the second time."""
    wall = instant.astimezone(place).replace(tzinfo=None, fold=0, microsecond=0)
    setback = _setback_within_a_day(place, instant)
    while (named := times.after(wall)) is not None:
        if setback and _reading(place, named) >= setback.at > instant:
            instant, wall, setback = setback.at, setback.after - _SECOND, None
        elif gap := _gap_around(place, named):
            wall = gap.after - _SECOND
        else:
            first = _reading(place, named)
            return first if first > instant else _reading(place, named, fold=1)
    return None


def _setback_within_a_day(place: ZoneInfo, instant: datetime) -> Change | None:
    """The change after which clocks may show again what they showed up to *instant*."""
    change = change_in(place, instant, instant + _DAY)
    return None if change is None or change.forward else change


def _gap_around(place: ZoneInfo, wall: datetime) -> Change | None:
    if _reading(place, wall).astimezone(place).replace(tzinfo=None) == wall:
        return None
    return change_at(place, wall)


def _reading(place: ZoneInfo, wall: datetime, *, fold: int = 0) -> datetime:
    return wall.replace(tzinfo=place, fold=fold).astimezone(UTC)


@asynccontextmanager
async def open_calendar() -> AsyncIterator[CronCalendar]:
    """The calendar behind entry point `homeroom.calendar`, name `cronsim`."""
    yield CronsimCalendar()
