"""Days as they are lived: from midnight to midnight on the clocks of a place."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAY = timedelta(days=1)
_LONGEST_NAME = 64


def day_in(zone: tzinfo, at: datetime) -> date:
    """Which day it is there."""
    return at.astimezone(zone).date()


def end_of_day(zone: tzinfo, at: datetime) -> datetime:
    """When the next day begins there: after *at*, also where clocks skip midnight, or meet it
    twice, and where a whole day was left out."""
    day = day_in(zone, at)
    coming = (one for one in _midnights(zone, day) if one > at and day_in(zone, one) > day)
    return min(coming)


def zone_called(name: str) -> tzinfo | None:
    """The zone of that name; None if this machine knows none."""
    bare = name.translate(str.maketrans("", "", "/_-+"))
    if len(name) > _LONGEST_NAME or not (bare.isascii() and bare.isalnum()):
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return None


def _midnights(zone: tzinfo, day: date) -> Iterator[datetime]:
    """Both readings of each midnight that may come next, as instants."""
    for ahead in (1, 2):
        wall = datetime.combine(day + ahead * _DAY, time())
        for fold in (0, 1):
            yield wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
