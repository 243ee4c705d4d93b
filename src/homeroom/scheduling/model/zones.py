"""Time zones by their names, and what clocks do in them when an offset changes."""

import re
import zoneinfo
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

import attrs

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,3}")
_NOT_A_PLACE = ("posix/", "right/", "localtime", "posixrules", "Factory")
_SECOND = timedelta(seconds=1)


class UnknownZone(Exception):
    """No time zone has this name; the message says what may have been meant."""


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo:
    """The IANA zone of that name. Raises `UnknownZone`."""
    if len(name) > 64 or not _NAME.fullmatch(name) or name.startswith(_NOT_A_PLACE):
        raise UnknownZone("must be the name of an IANA time zone, such as Europe/Berlin")
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise UnknownZone(f"there is no time zone {name!r}{_hint(name)}") from error


def _hint(name: str) -> str:
    meant = _cities().get(name.rpartition("/")[2].casefold())
    return f"; did you mean {meant}?" if meant else ""


@cache
def _cities() -> dict[str, str]:
    places = sorted(one for one in zoneinfo.available_timezones() if "/" in one)
    return {one.rpartition("/")[2].casefold(): one for one in places}


@attrs.frozen
class Change:
    """An instant at which a zone's clocks are set: wall times before and after it."""

    at: datetime
    before: datetime
    after: datetime

    @property
    def forward(self) -> bool:
        """Whether wall times between the two do not come; else they come twice."""
        return self.after > self.before


def change_in(zone: ZoneInfo, start: datetime, end: datetime) -> Change | None:
    """The change of clocks after *start*, up to *end*, where there is one at most; both in UTC."""
    before, after = _offset(zone, start), _offset(zone, end)
    if before == after:
        return None
    low, high = 0, int((end - start) / _SECOND)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, start + middle * _SECOND) == before:
            low = middle
        else:
            high = middle
    at = (start + high * _SECOND).replace(microsecond=0)
    wall = at.replace(tzinfo=None)
    return Change(at, wall + before, wall + after)


def change_at(zone: ZoneInfo, wall: datetime) -> Change | None:
    """The change of clocks by which *wall* comes twice, or does not come, if one does that."""
    before, after = _readings(zone, wall)
    return change_in(zone, before, after) if before < after else None


def earliest(zone: ZoneInfo, wall: datetime) -> datetime:
    """An instant no later than the first at which clocks show *wall* or, in a gap, more."""
    return _readings(zone, wall)[0]


def _readings(zone: ZoneInfo, wall: datetime) -> tuple[datetime, datetime]:
    """*wall* by the offsets before and after a change close by: the earlier instant first."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return min(first, second), max(first, second)


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    offset = instant.astimezone(zone).utcoffset()
    assert offset is not None  # noqa: S101 - every zone of the database knows its offset
    return offset
