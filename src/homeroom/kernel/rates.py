"""Rates: how often somebody may, counted over all processes that share a store."""

from typing import Protocol, runtime_checkable

import attrs
from attrs.validators import ge, gt


@attrs.frozen
class Rate:
    """*limit* times in *per* seconds: so many at once, and then one each time a share is over."""

    limit: int = attrs.field(validator=ge(1))
    per: float = attrs.field(default=60.0, validator=gt(0))


@attrs.frozen
class Allowance:
    """Whether this time is within the rate, and what is left of it."""

    allowed: bool
    remaining: int
    retry_after: float
    """Seconds until the next time is allowed; 0 when this one was."""


@attrs.frozen(kw_only=True)
class RatesSettings:
    """What a rate limiter is opened with; each adapter reads what concerns it."""

    url: str = attrs.field(default="", repr=False)
    """Where the service is; empty for its usual place on this machine."""

    environment: str = "development"
    """Counts of one environment are kept apart from all others."""


@runtime_checkable
class RateLimiter(Protocol):
    """Counts what happens under a key, and says when it is too often.

    Conformance: `homeroom_testing.conformance.rates.RateLimiterConformance`.
    """

    async def take(self, key: str, rate: Rate, *, times: int = 1) -> Allowance:
        """Count one time under *key*; a refused time does not count.

        With no *times* nothing is counted: it is only said whether one more would be allowed.

        Callers at the same moment, here or elsewhere, never get more than *rate* between
        them. Raises `Unavailable` when the store cannot be reached: the caller decides
        whether that opens or closes the door.
        """
        ...

    async def ping(self) -> None:
        """Raises `Unavailable` with a sentence that says what to do."""
        ...
