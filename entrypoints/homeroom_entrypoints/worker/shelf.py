"""Claimed jobs waiting for a slot: enough that slots never starve, few enough to share."""

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Sequence

from homeroom_entrypoints.worker.attempts import Attempt
from homeroom_entrypoints.worker.news import ANY_QUEUE, ANYTHING

AHEAD_SECONDS = 0.05
"""How much work is claimed ahead. A claim's round trip is a tenth of it."""

_BREATH = 0.001
"""How long slots whose jobs never wait may keep the loop to themselves, all together: whoever
fetches more, and records what is done, has to come in between."""

_WINDOW = 0.005
_FRESH = 0.3  # the weight of the newest window in the running averages


class Pace:
    """How fast one queue's jobs go, measured while they go."""

    def __init__(self, concurrency: int) -> None:
        self._concurrency = concurrency
        self._begun = time.monotonic()
        self._done = 0
        self._spent = 0.0
        self._rate = 0.0
        self._mean = 0.0

    def note(self, seconds: float) -> None:
        """A job took *seconds*."""
        self._done += 1
        self._spent += seconds

    def ahead(self, most: int) -> int:
        """How many jobs `AHEAD_SECONDS` of work are, *most* at most.

        Both the rate of completions and what slots could do at the mean duration bound it:
        the first alone would hoard slow jobs that happen to end together.
        """
        self._close_window()
        if not self._mean:
            return 0
        rate = min(self._rate, self._concurrency / self._mean)
        return min(most, int(rate * AHEAD_SECONDS))

    def _close_window(self) -> None:
        now = time.monotonic()
        elapsed = now - self._begun
        if elapsed < _WINDOW or not self._done:
            return
        self._rate += _FRESH * (self._done / elapsed - self._rate)
        mean = max(self._spent / self._done, 1e-6)
        self._mean = mean if not self._mean else self._mean + _FRESH * (mean - self._mean)
        self._begun, self._done, self._spent = now, 0, 0.0


class Lane:
    """One queue's jobs on the shelf."""

    def __init__(self, queue: str, concurrency: int) -> None:
        self.queue = queue
        self.stock: deque[Attempt] = deque()
        self.pace = Pace(concurrency)
        self.hot = True
        """Whether the storage may have more for this lane."""


class Shelf:
    """The lanes, and the slots that take from them in turn."""

    def __init__(self, queues: Iterable[str], *, concurrency: int, most_ahead: int) -> None:
        self.lanes = {queue: Lane(queue, concurrency) for queue in sorted(queues)}
        self.wanted = asyncio.Event()
        """Set when it may be worth while to fetch more."""

        self._free = concurrency
        self._stock = 0
        self._low = 0
        self._most_ahead = most_ahead
        self._filled: deque[Lane] = deque()
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._breath_ends = 0.0
        self._breathing = False

    def heat(self, queues: frozenset[str]) -> None:
        """There is news of *queues*, or of any."""
        every = not queues.isdisjoint(ANYTHING | ANY_QUEUE)
        for lane in self.lanes.values():
            if every or lane.queue in queues:
                lane.hot = True
        self.wanted.set()

    def room(self, lane: Lane, sharers: int) -> int:
        """How many jobs to fetch for *lane* now, when *sharers* lanes want some; often 0."""
        idle = max(0, self._free - self._stock)
        ahead = lane.pace.ahead(self._most_ahead)
        self._low = ahead // 2
        if not idle and len(lane.stock) > ahead // 2:
            return 0
        return -(-idle // max(1, sharers)) + max(0, ahead - len(lane.stock))

    def put(self, lane: Lane, attempts: Sequence[Attempt]) -> None:
        """Lay *attempts* on the shelf, in order, and wake slots for them."""
        if not attempts:
            return
        if not lane.stock:
            self._filled.append(lane)
        lane.stock.extend(attempts)
        self._stock += len(attempts)
        self._wake(len(attempts))

    async def take(self) -> Attempt:
        """The next job, from each filled lane in turn; now and then the loop has its turn first."""
        while time.monotonic() > self._breath_ends:
            await self._breathe()
        while not self._filled:
            await self._wait()
        lane = self._filled[0]
        attempt = lane.stock.popleft()
        self._filled.popleft() if not lane.stock else self._filled.rotate(-1)
        self._stock -= 1
        self._free -= 1
        return attempt

    def done(self, attempt: Attempt, seconds: float | None) -> None:
        """A slot is free again, after *seconds* of work; None if there was none."""
        self._free += 1
        if seconds is not None:
            self.lanes[attempt.claim.queue].pace.note(seconds)
        if self._stock <= self._low:
            self.wanted.set()

    def clear(self) -> list[Attempt]:
        """Everything that no slot has taken, off the shelf."""
        left = [attempt for lane in self.lanes.values() for attempt in lane.stock]
        for lane in self.lanes.values():
            lane.stock.clear()
        self._filled.clear()
        self._stock = 0
        return left

    async def _breathe(self) -> None:
        if not self._breathing:
            self._breathing = True
            asyncio.get_running_loop().call_soon(self._go_on)
        await asyncio.sleep(0)

    def _go_on(self) -> None:
        self._breath_ends = time.monotonic() + _BREATH
        self._breathing = False

    async def _wait(self) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            self._pass_on(waiter)
            raise

    def _pass_on(self, waiter: asyncio.Future[None]) -> None:
        """A slot that leaves must not take the wake-up with it."""
        if waiter in self._waiters:
            self._waiters.remove(waiter)
        elif not waiter.cancelled():
            self._wake(1)

    def _wake(self, count: int) -> None:
        while count and self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                count -= 1
