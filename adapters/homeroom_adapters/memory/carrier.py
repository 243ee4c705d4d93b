"""A carrier in this process's memory: lanes of parcels, the most urgent first."""

import asyncio
import heapq
import itertools
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import attrs

from homeroom.kernel.carrier import Carrier, CarrierSettings, Parcel, Ready
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import JobId

Offer = tuple[JobId, int]
"""A job as it stood when it was offered: once its token has grown, it is another offer."""


@asynccontextmanager
async def open_carrier(settings: CarrierSettings, _ambient: Ambient) -> AsyncIterator[Carrier]:
    """The carrier behind entry point `homeroom.carrier`, name `memory`."""
    carrier = MemoryCarrier(MemoryBroker(), settings.environment)
    try:
        yield carrier
    finally:
        carrier.close()


@attrs.frozen(order=True)
class Waiting:
    """A parcel in a lane: larger priority first, and the older of two equals."""

    rank: tuple[int, int]
    offer: Offer = attrs.field(order=False)


@attrs.define
class Lane:
    """What waits for one queue's receivers, and what is under way at all."""

    waiting: list[Waiting] = attrs.field(factory=list[Waiting])
    under_way: set[Offer] = attrs.field(factory=set[Offer])
    came: asyncio.Event = attrs.field(factory=asyncio.Event)

    def put(self, one: Waiting) -> None:
        heapq.heappush(self.waiting, one)
        self.came.set()

    def take(self, limit: int) -> list[Waiting]:
        taken = [heapq.heappop(self.waiting) for _ in range(min(limit, len(self.waiting)))]
        if not self.waiting:
            self.came.clear()
        return taken


@attrs.define
class MemoryBroker:
    """The lanes of all environments. Several carriers may share one."""

    lanes: defaultdict[tuple[str, str], Lane] = attrs.field(factory=lambda: defaultdict(Lane))
    _counter: "itertools.count[int]" = attrs.field(factory=itertools.count, alias="counter")

    def number(self) -> int:
        """A number larger than all before it."""
        return next(self._counter)

    def empty(self) -> None:
        """Forget everything; whoever waits goes on waiting."""
        for lane in self.lanes.values():
            lane.under_way.clear()
            lane.take(len(lane.waiting))


class MemoryCarrier:
    """Receivers of one environment at a broker."""

    def __init__(self, broker: MemoryBroker, environment: str) -> None:
        self._broker = broker
        self._environment = environment
        self._held: dict[object, tuple[Lane, Waiting]] = {}

    async def offer(self, ready: Sequence[Ready]) -> None:
        for one in ready:
            lane, offer = self._lane(one.queue), (one.id, one.token)
            if offer not in lane.under_way:
                lane.under_way.add(offer)
                lane.put(Waiting((-one.priority, self._broker.number()), offer))

    async def receive(self, queue: str, *, limit: int, at_most: float) -> Sequence[Parcel]:
        lane = self._lane(queue)
        until = time.monotonic() + at_most
        while not (taken := lane.take(limit)) and (left := until - time.monotonic()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await lane.came.wait()
        return [self._hold(lane, one) for one in taken]

    async def finish(self, parcels: Sequence[Parcel]) -> None:
        for parcel in parcels:
            if (held := self._held.pop(parcel.tag, None)) is not None:
                lane, one = held
                lane.under_way.discard(one.offer)

    async def give_back(self, parcels: Sequence[Parcel]) -> None:
        for parcel in parcels:
            self._let_go(parcel.tag)

    async def ping(self) -> None:
        """It lives in this process, and so it is there."""

    def close(self) -> None:
        """What is still held is for the others."""
        for tag in list(self._held):
            self._let_go(tag)

    def _lane(self, queue: str) -> Lane:
        return self._broker.lanes[self._environment, queue]

    def _hold(self, lane: Lane, one: Waiting) -> Parcel:
        tag = self._broker.number()
        self._held[tag] = (lane, one)
        return Parcel(tag=tag, job_id=one.offer[0])

    def _let_go(self, tag: object) -> None:
        lane, one = self._held.pop(tag, (None, None))
        if lane is not None and one is not None and one.offer in lane.under_way:
            lane.put(one)
