"""Time as a port, so that every rule about time can be tested without waiting."""

from datetime import UTC, datetime
from typing import Protocol, runtime_checkable

import attrs


@runtime_checkable
class Clock(Protocol):
    """What time it is. Always UTC and aware; never earlier than it said before.

    Conformance: `homeroom_testing.conformance.kernel.ClockConformance`.
    """

    def now(self) -> datetime: ...


@attrs.define
class SystemClock:
    """The machine's own time; when somebody sets it back, it stands still until then."""

    _last: datetime = attrs.field(factory=lambda: datetime.now(UTC), init=False, alias="last")

    def now(self) -> datetime:
        self._last = max(self._last, datetime.now(UTC))
        return self._last


def is_instant(value: datetime) -> bool:
    """Whether *value* has a time zone, and a year that every store and every zone can tell."""
    return value.tzinfo is not None and 1900 <= value.year < 9999


def as_utc(instant: datetime) -> datetime:
    """*instant* in UTC; a naive one is refused, for it names no instant."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(UTC)
