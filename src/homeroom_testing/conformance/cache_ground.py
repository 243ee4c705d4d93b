"""What the suites over a cache share: openings on one storage, and a truth to remember."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import attrs
import pytest

from homeroom.kernel.cache import Cache, CacheEvent, CacheKey, CachePolicy, tag
from homeroom.kernel.clock import Clock
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.contract import Conformance

COURSE = tag("course", 7)
KEY = CacheKey.of("course-detail", 7, tags=[COURSE, tag("teacher", "rizal")])
POLICY = CachePolicy(ttl=100, jitter=0, fill_wait=0.2)
EAGER = attrs.evolve(POLICY, fill_wait=0)


class OpenHere(Protocol):
    """Opens a cache as another process on the same storage would."""

    def __call__(
        self,
        clock: Clock,
        *,
        luck: Callable[[], float] = ...,
        environment: str = ...,
    ) -> AbstractAsyncContextManager[Cache]: ...


@attrs.define
class Truth:
    """What the cache remembers: it counts how often it is asked, can be slow, and can fail."""

    value: bytes = b"old"
    failure: Exception | None = None
    loads: int = 0
    asked: asyncio.Event = attrs.field(factory=asyncio.Event)
    gate: asyncio.Event = attrs.field(factory=asyncio.Event)

    def __attrs_post_init__(self) -> None:
        self.gate.set()

    async def load(self) -> bytes:
        self.loads += 1
        value, failure = self.value, self.failure
        self.asked.set()
        await asyncio.wait_for(self.gate.wait(), 2)
        if failure is not None:
            raise failure
        return value

    def slow(self) -> None:
        """From now on loads stay under way until `gate` opens."""
        self.gate.clear()
        self.asked.clear()


class CacheGround(Conformance):
    """Subclass, provide `open_here`, inherit the proof."""

    @pytest.fixture
    def open_here(self) -> OpenHere:
        """Opens caches on one storage, which is empty when the test begins."""
        raise NotImplementedError("return something that opens caches on one empty storage")

    @pytest.fixture
    def clock(self) -> SteppingClock:
        return SteppingClock()

    @pytest.fixture
    async def cache(self, open_here: OpenHere, clock: SteppingClock) -> AsyncIterator[Cache]:
        async with open_here(clock) as cache:
            yield cache

    @pytest.fixture
    async def other(self, open_here: OpenHere, clock: SteppingClock) -> AsyncIterator[Cache]:
        """The same cache as another process sees it."""
        async with open_here(clock) as cache:
            yield cache

    @pytest.fixture
    async def truth(self) -> Truth:
        return Truth()


async def eventually(cache: Cache, event: CacheEvent, kind: str = KEY.kind) -> None:
    """Wait until *cache* has counted *event*; fails after two seconds."""
    for _ in range(400):
        if cache.tally().get((kind, event)):
            return
        await asyncio.sleep(0.005)
    raise AssertionError(f"{event} did not happen to {kind}: {cache.tally()}")
