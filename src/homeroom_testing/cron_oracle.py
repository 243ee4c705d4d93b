"""A slow witness of what cron expressions mean: it walks through time and looks at the clock.

It reads expressions, matches days and meets changes of clocks in its own way, so that it cannot
share a mistake with those it is asked about. It trusts the zone database alone.
"""

import calendar
from array import array
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

_EPOCH = date(1970, 1, 1).toordinal()
_DAY = 86_400
_WARM_UP = timedelta(hours=30)
"""What came before must be known: which times clocks have shown already, and how late it was."""

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]


def witnessed(expression: str, zone: str, start: datetime, end: datetime) -> list[datetime]:
    """Every firing after *start*, up to *end*: by the minute, or the second with six fields."""
    parts = expression.lower().split()
    step = 1 if len(parts) == 6 else 60
    seconds = ["0", *parts][-6:]
    low = int((start - _WARM_UP).timestamp()) // step * step
    high = int(end.timestamp()) // step * step + step
    fires = _times_of_day(seconds[0], seconds[1], seconds[2])
    on = _days(*seconds[3:])
    walk = _walk(zone, low, high, step)
    if seconds[1].startswith("*") or seconds[2].startswith("*"):
        found = _whenever(walk, fires, on)
    else:
        found = _once(walk, fires, on, step)
    return [at for one in found if start < (at := datetime.fromtimestamp(one, UTC)) <= end]


def _walk(zone: str, low: int, high: int, step: int) -> Iterator[tuple[int, int]]:
    """Each step of time, and what clocks show then: both in seconds."""
    yield from zip(range(low, high, step), _shown(zone, low, high, step), strict=True)


@lru_cache(maxsize=64)
def _shown(zone: str, low: int, high: int, step: int) -> Sequence[int]:
    place = ZoneInfo(zone)
    walls = array("q")
    for moment in range(low, high, step):
        wall = datetime.fromtimestamp(moment, place)
        days = wall.toordinal() - _EPOCH
        walls.append(days * _DAY + wall.hour * 3600 + wall.minute * 60 + wall.second)
    return walls


def _whenever(
    walk: Iterator[tuple[int, int]], fires: frozenset[int], on: Callable[[int], bool]
) -> Iterator[int]:
    for moment, wall in walk:
        if wall % _DAY in fires and on(wall // _DAY):
            yield moment


def _once(
    walk: Iterator[tuple[int, int]], fires: frozenset[int], on: Callable[[int], bool], step: int
) -> Iterator[int]:
    """As soon as clocks reach or jump over a matching time that they never showed before."""
    latest = -1
    for moment, wall in walk:
        if wall == latest + step:
            fired = wall % _DAY in fires and on(wall // _DAY)
        else:
            newly = range(latest + step if latest >= 0 else wall, wall + 1, step)
            fired = any(one % _DAY in fires and on(one // _DAY) for one in newly)
        if fired:
            yield moment
        latest = max(latest, wall)


def _times_of_day(second: str, minute: str, hour: str) -> frozenset[int]:
    seconds, minutes = _numbers(second, 0, 59), _numbers(minute, 0, 59)
    return frozenset(
        h * 3600 + m * 60 + s for h in _numbers(hour, 0, 23) for m in minutes for s in seconds
    )


def _days(day: str, month: str, weekday: str) -> Callable[[int], bool]:
    """Whether a day, counted from 1970, is one of those."""
    months = _numbers(month, 1, 12, _MONTHS)
    both = day[0] in "*?" or weekday[0] in "*?"

    @cache
    def on(number: int) -> bool:
        it = date.fromordinal(number + _EPOCH)
        dates = any(_is_date(part, it) for part in day.split(","))
        weekdays = any(_is_weekday(part, it) for part in weekday.split(","))
        return it.month in months and (dates and weekdays if both else dates or weekdays)

    return on


def _is_date(part: str, it: date) -> bool:
    weeks = calendar.monthcalendar(it.year, it.month)
    if part == "l":
        return it.day == max(weeks[-1])
    if part == "lw":
        return it.day == max(day for week in weeks for day in week[:5])
    return it.day in _numbers(part, 1, 31)


def _is_weekday(part: str, it: date) -> bool:
    weekday = it.isoweekday() % 7
    if part.endswith("l"):
        named = _number(part[:-1], _WEEKDAYS, 0) % 7
        return weekday == named and (it + timedelta(days=7)).month != it.month
    if "#" in part:
        name, nth = part.split("#")
        earlier = it - timedelta(days=7 * (int(nth) - 1))
        first = earlier.month == it.month and (earlier - timedelta(days=7)).month != it.month
        return weekday == _number(name, _WEEKDAYS, 0) % 7 and first
    return weekday in {number % 7 for number in _numbers(part, 0, 7, _WEEKDAYS)}


def _numbers(field: str, low: int, high: int, names: list[str] | None = None) -> set[int]:
    found = set[int]()
    for part in field.split(","):
        base, _, step = part.partition("/")
        if base in {"*", "?"}:
            first, last = low, high
        elif "-" in base:
            first, last = (_number(edge, names or [], low) for edge in base.split("-"))
        else:
            first = _number(base, names or [], low)
            last = high if step else first
        found |= set(range(first, last + 1, int(step or 1)))
    return found


def _number(text: str, names: list[str], low: int) -> int:
    return names.index(text) + low if text in names else int(text)


ZONES = (
    "UTC",
    "America/New_York",
    "America/Santiago",
    "Europe/Berlin",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Jakarta",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
)
"""Zones whose clocks change by an hour, half an hour, two hours, at midnight, in Ramadan, never."""


def _field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    spans = st.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}")
    steps = st.integers(1, high - low + 1)
    stepped = st.tuples(st.just("*") | spans | number.map(str), steps).map(
        lambda pair: f"{pair[0]}/{pair[1]}"
    )
    one = number.map(str) | spans | stepped
    return st.just("*") | one | st.lists(one, min_size=2, max_size=3).map(",".join)


_days_of_month = _field(1, 28) | st.sampled_from(["*", "?", "L", "LW", "15,LW", "1,L", "31", "*/9"])
_months = _field(1, 12) | st.sampled_from(["*", "JAN-MAR", "oct,NOV", "3,4,9-11"])
_weekdays = _field(0, 6) | st.sampled_from(
    ["*", "*", "?", "5L", "friL", "1#2", "SUN#1,WED#5", "5-7", "7", "0", "MON-FRI", "1-7/3"]
)
_near_changes = st.sampled_from(["0", "0,3", "15", "1", "0-3", "1,2", "2", "*/2", "0-23/3"])


def expressions(*, with_seconds: bool = False) -> st.SearchStrategy[str]:
    """Expressions as people may write them, many of them near the hours at which clocks change."""
    fields = [_field(0, 59), _near_changes | _field(0, 23), _days_of_month, _months, _weekdays]
    if with_seconds:
        fields.insert(0, _field(0, 59))
    return st.tuples(*fields).map(" ".join)
