"""Rates counted in this process's memory."""

import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import attrs

from homeroom.kernel.codec import Ambient
from homeroom.kernel.rates import Allowance, Rate, RateLimiter, RatesSettings

_MAX_KEYS = 100_000


@attrs.define
class MemoryRates:
    """The generic cell rate algorithm: one instant per key says when it would be fresh again."""

    _elapsed: Callable[[], float] = time.monotonic
    _fresh_at: OrderedDict[str, float] = attrs.field(
        factory=OrderedDict, init=False, alias="fresh_at"
    )
    _lock: threading.Lock = attrs.field(factory=threading.Lock, init=False, alias="lock")

    async def take(self, key: str, rate: Rate, *, times: int = 1) -> Allowance:
        with self._lock:
            now = self._elapsed()
            step = rate.per / rate.limit
            fresh_at = max(self._fresh_at.get(key, now), now) + step
            early = fresh_at - now - rate.per
            if early > 1e-9:
                return Allowance(allowed=False, remaining=0, retry_after=early)
            if times:
                self._remember(key, fresh_at)
            else:
                fresh_at -= step
        remaining = int((now + rate.per - fresh_at) / step + 1e-9)
        return Allowance(allowed=True, remaining=remaining, retry_after=0.0)

    async def ping(self) -> None:
        """It lives in this process, and so it is there."""

    def _remember(self, key: str, fresh_at: float) -> None:
        self._fresh_at[key] = fresh_at
        self._fresh_at.move_to_end(key)
        while len(self._fresh_at) > _MAX_KEYS:
            self._fresh_at.popitem(last=False)


@asynccontextmanager
async def open_rates(_settings: RatesSettings, _ambient: Ambient) -> AsyncIterator[RateLimiter]:
    """The limiter behind entry point `homeroom.rates`, name `memory`."""
    yield MemoryRates()
