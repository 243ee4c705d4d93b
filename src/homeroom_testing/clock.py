"""Clocks that tests hold in their hands."""

from datetime import UTC, datetime, timedelta

import attrs

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@attrs.frozen
class FixedClock:
    """Always the same instant."""

    instant: datetime = NOON

    def now(self) -> datetime:
        return self.instant


@attrs.define
class SteppingClock:
    """Moves only when told to."""

    instant: datetime = NOON

    def now(self) -> datetime:
        return self.instant

    def step(self, *, seconds: float) -> datetime:
        """Let *seconds* pass."""
        self.instant += timedelta(seconds=seconds)
        return self.instant
