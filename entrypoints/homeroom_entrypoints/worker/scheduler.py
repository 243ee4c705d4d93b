"""The scheduler: fires what is due to the moment, and notices pings that stay away."""

import math
import time
from collections.abc import Awaitable, Callable
from datetime import datetime

import attrs

from homeroom.kernel.clock import Clock
from homeroom_entrypoints.worker.meter import FiringMeter
from homeroom_entrypoints.worker.news import Bell

_ROUNDING = 0.0005
"""Added to every wait: an event loop's timers may fire a fraction early."""

_LEAST = 0.0015
"""While another scheduler holds what is due, we look again after this long."""

_SILENCE_EVERY = 1.0


@attrs.frozen(kw_only=True)
class Timekeeping:
    """What a scheduler does, by the use cases that do it."""

    fire_due: Callable[[], Awaitable[int]]
    notice_silence: Callable[[], Awaitable[int]]
    next_due: Callable[[], Awaitable[datetime | None]]
    ahead: float = 0.0
    """By how many seconds `fire_due` may be early."""


@attrs.define
class Scheduler:
    """Sleeps until shortly before the next instant that is due, or until a change names another.

    It wakes when half of the time is left by which it may be early, and takes all that falls
    due within the whole of it: a busy house is worked off in batches, and still to the moment.

    Any number of schedulers share one database: what one has taken, another passes over.
    """

    keeping: Timekeeping
    clock: Clock
    bell: Bell
    meter: FiringMeter
    poll: float
    _listened: float = attrs.field(default=0.0, init=False)
    """When pings were last looked after, by the monotonic clock."""

    async def step(self) -> None:
        fired = await self.keeping.fire_due()
        self.meter.fired(fired)
        silent = await self._listen(fired)
        left = await self._left_until_due()
        lead = self.keeping.ahead / 2
        if left > lead:
            await self.bell.wait(min(self.poll, left - lead) + _ROUNDING)
        elif not fired and not silent:  # it cannot be done ahead, or another scheduler holds it
            await self.bell.wait(max(_LEAST, left + _ROUNDING))

    async def _listen(self, fired: int) -> int:
        """While tasks keep us busy, once a second will do."""
        if fired and time.monotonic() - self._listened < _SILENCE_EVERY:
            return 0
        self._listened = time.monotonic()
        return await self.keeping.notice_silence()

    async def _left_until_due(self) -> float:
        """Seconds until the next instant that we know of; infinite without one."""
        due = await self.keeping.next_due()
        return math.inf if due is None else (due - self.clock.now()).total_seconds()
