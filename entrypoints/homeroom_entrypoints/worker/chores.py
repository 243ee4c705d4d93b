"""What keeps jobs moving: those that fall due, and those that dead workers held."""

import asyncio
import time

import attrs

from homeroom.house import Storage
from homeroom.kernel.clock import Clock
from homeroom_entrypoints.worker.meter import Meter
from homeroom_entrypoints.worker.news import ANY_QUEUE, Bell, News

_ROUNDING = 0.0005
"""Added to every wait: an event loop's timers may fire a fraction early."""

_ASK_AT_MOST_EVERY = 0.005
_VAIN_BASE = 0.001
_VAIN_CAP = 0.1


@attrs.define
class Sweeper:
    """Makes due jobs ready, to the moment, and takes back what dead workers held.

    Any number of workers may sweep. The storage's clock decides what is due; should ours be
    ahead of it, sweeps come back empty, and the next one waits a little longer.
    """

    storage: Storage
    clock: Clock
    bell: Bell
    news: News
    meter: Meter
    poll: float
    _vain: int = attrs.field(default=0, init=False)

    async def step(self) -> None:
        """Wait for the next due instant, or for news of an earlier one; then sweep."""
        wait = min(self.poll, await self._wait_for_due() + _ROUNDING)
        begun = time.monotonic()
        if wait <= _ROUNDING or not await self.bell.wait(wait):
            await self._sweep()
        else:  # hints come in swarms: one question answers them all, and nothing due waits for it
            left = wait - (time.monotonic() - begun)
            await asyncio.sleep(min(_ASK_AT_MOST_EVERY, max(0.0, left)))

    async def _wait_for_due(self) -> float:
        """Seconds until the next instant that we know of."""
        due = await self.storage.queue.next_due()
        if due is None:
            return self.poll
        vain = min(_VAIN_CAP, _VAIN_BASE * 2.0 ** min(self._vain, 10)) if self._vain else 0.0
        return max(vain, (due - self.clock.now()).total_seconds())

    async def _sweep(self) -> None:
        found = await self.storage.queue.sweep()
        self.meter.swept(found)
        self._vain = 0 if found.promoted or found.rescued or found.buried else self._vain + 1
        if found.promoted or found.rescued:
            self.news.spread(ANY_QUEUE)
