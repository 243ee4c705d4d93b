"""Ranges of time, as somebody says them: instants, or days in UTC."""

from datetime import UTC, date, datetime, time

import msgspec

from homeroom.kernel.errors import Problem
from homeroom.scheduling.errors import BadRange

_DAY_LENGTH = len("2026-05-01")
_LAST = time.max.replace(tzinfo=UTC)


def read_since(text: str | None, name: str = "dateFrom") -> datetime | None:
    """Where a range begins. Raises `BadRange`."""
    return _read_edge(name, text, time(tzinfo=UTC))


def read_until(text: str | None, name: str = "dateTo") -> datetime | None:
    """Where a range ends. Raises `BadRange`."""
    return _read_edge(name, text, _LAST)


def _read_edge(name: str, text: str | None, edge_of_day: time) -> datetime | None:
    if text is None:
        return None
    try:
        read = msgspec.convert(text, date if len(text) == _DAY_LENGTH else datetime)
    except msgspec.ValidationError:
        wanted = "must be an instant such as 2026-05-01T09:00:00Z, or a day such as 2026-05-01"
        raise BadRange(problems=[Problem(name, wanted)]) from None
    return read if isinstance(read, datetime) else datetime.combine(read, edge_of_day)
