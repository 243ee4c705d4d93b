"""Leaving a failing host alone for a while; the only module that knows purgatory."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from purgatory import AsyncCircuitBreakerFactory

from homeroom.kernel.outbound_errors import LeftAlone, NotSent, OutcomeUnknown, Overloaded

_MOST_HOSTS = 1_024
_TOO_MANY_REQUESTS = 429


def _speaks_for_the_host(error: BaseException) -> bool:
    """Whether *error* says the host is well enough: it answered, or it was not to blame."""
    if isinstance(error, Overloaded):
        return error.status == _TOO_MANY_REQUESTS
    return not isinstance(error, NotSent | OutcomeUnknown)


class Breakers:
    """One breaker for each host: closed, open for *rest* seconds, then one call may try."""

    def __init__(self, *, failures: int, rest: float) -> None:
        self._failures = failures
        self._rest = rest
        self._probing: set[str] = set()
        self._known: set[str] = set()
        self._factory = self._new_factory()

    @asynccontextmanager
    async def watching(self, origin: str) -> AsyncIterator[None]:
        """Count how the call inside ends. Raises `LeftAlone` while *origin* rests."""
        self._bound(origin)
        breaker = await self._factory.get_breaker(origin)
        context = breaker.context
        if context.state == "closed":
            async with breaker:
                yield
            return
        # Judged here and not by entering: purgatory raises one shared exception, whose
        # traceback would grow with every call and keep each caller's frames alive.
        left = (context.opened_at or 0.0) + self._rest - time.time()
        if left >= 0 or origin in self._probing:
            raise LeftAlone(f"{origin} failed often; we rest", retry_after=max(left, 1.0))
        self._probing.add(origin)
        try:
            async with breaker:
                yield
        finally:
            self._probing.discard(origin)

    def _new_factory(self) -> AsyncCircuitBreakerFactory:
        return AsyncCircuitBreakerFactory(
            default_threshold=self._failures,
            default_ttl=self._rest,
            exclude=[(BaseException, _speaks_for_the_host)],
        )

    def _bound(self, origin: str) -> None:
        """Forget all rather than remember hosts without end; a breaker relearns quickly."""
        if origin not in self._known and len(self._known) >= _MOST_HOSTS:
            self._known.clear()
            self._factory = self._new_factory()
        self._known.add(origin)
