"""The cache's rules when the storage behind it fails, forgets, or lies."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence

import attrs
import pytest

from homeroom.kernel.cache import Cache, CacheEvent, CacheKey, CachePolicy, tag
from homeroom.kernel.cache_backend import Begun, FillLock, Kept, Renewal, Seen, StorageDown
from homeroom.kernel.epoch_cache import EpochCache
from homeroom.kernel.errors import Unavailable
from homeroom_adapters.memory.cache import MemoryBackend
from homeroom_testing.clock import SteppingClock

pytestmark = pytest.mark.anyio

COURSE = tag("course", 7)
KEY = CacheKey.of("course-detail", 7, tags=[COURSE])
POLICY = CachePolicy(ttl=100, jitter=0, fill_wait=0)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@attrs.define
class Moody:
    """Storage in memory, seen over a line that can break; it is not nearby."""

    inside: MemoryBackend = attrs.field(factory=MemoryBackend)
    away: set[str] = attrs.field(factory=set[str])
    nearby: bool = False

    def _line(self, step: str) -> MemoryBackend:
        if self.away & {step, "everything"}:
            raise StorageDown
        return self.inside

    async def read(self, name: str, tags: Sequence[str]) -> Seen:
        return await self._line("read").read(name, tags)

    async def begin(self, name: str, tags: Sequence[str], lock: FillLock) -> Begun:
        return await self._line("begin").begin(name, tags, lock)

    async def settle(self, name: str, lock: FillLock, kept: Kept | None) -> None:
        await self._line("settle").settle(name, lock, kept)

    async def renew(self, tags: Sequence[str]) -> Renewal:
        return await self._line("renew").renew(tags)


@attrs.define
class Counted:
    value: bytes = b"old"
    loads: int = 0

    async def __call__(self) -> bytes:
        self.loads += 1
        return self.value


@pytest.fixture
def storage() -> Moody:
    return Moody()


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
async def cache(storage: Moody, clock: SteppingClock) -> AsyncIterator[EpochCache]:
    cache = EpochCache(storage, clock=clock, luck=lambda: 0.5, environment="test")
    yield cache
    await cache.close(grace=0.1)


def neighbour(storage: Moody, clock: SteppingClock) -> Cache:
    line = Moody(storage.inside)
    return EpochCache(line, clock=clock, luck=lambda: 0.5, environment="test")


@pytest.mark.parametrize("step", ["everything", "read", "begin", "settle"])
async def test_storage_that_fails_costs_a_load_and_never_an_error(
    cache: EpochCache, storage: Moody, step: str
) -> None:
    storage.away = {step}
    load = Counted()
    assert await cache.get(KEY, POLICY, load) == b"old"
    assert load.loads == 1
    assert cache.tally()["course-detail", CacheEvent.DEGRADED] == 1


async def test_callers_share_a_load_even_when_the_storage_is_down(
    cache: EpochCache, storage: Moody
) -> None:
    storage.away = {"everything"}
    load = Counted()
    await asyncio.gather(*(cache.get(KEY, POLICY, load) for _ in range(50)))
    assert load.loads == 2  # the first to ask, and all who asked after it set off


async def test_a_ping_says_that_the_storage_is_down(cache: EpochCache, storage: Moody) -> None:
    storage.away = {"everything"}
    with pytest.raises(Unavailable):
        await cache.ping()


async def test_an_epoch_that_the_storage_lost_is_a_miss_and_never_an_old_answer(
    cache: EpochCache, storage: Moody
) -> None:
    load = Counted()
    await cache.get(KEY, POLICY, load)
    await cache.invalidate(COURSE)
    storage.inside._epochs.clear()
    load.value = b"new"
    assert await cache.get(KEY, POLICY, load) == b"new"


async def test_news_that_could_not_be_told_is_believed_here_at_once(
    cache: EpochCache, storage: Moody
) -> None:
    load = Counted()
    await cache.get(KEY, POLICY, load)
    storage.away = {"renew"}
    await cache.invalidate(COURSE)
    load.value = b"new"
    assert await cache.get(KEY, POLICY, load) == b"new"


async def test_news_that_could_not_be_told_reaches_the_others_when_the_storage_is_back(
    cache: EpochCache, storage: Moody, clock: SteppingClock
) -> None:
    other, load = neighbour(storage, clock), Counted()
    await other.get(KEY, POLICY, load)
    storage.away = {"everything"}
    await cache.invalidate(COURSE)
    storage.away = set()
    load.value = b"new"
    for _ in range(60):
        if await other.get(KEY, POLICY, load) == b"new":
            return
        await asyncio.sleep(0.02)
    pytest.fail("the other process never heard")


async def test_news_is_told_at_the_latest_when_closing(
    storage: Moody, clock: SteppingClock
) -> None:
    closing, other, load = neighbour(storage, clock), neighbour(storage, clock), Counted()
    cache = EpochCache(storage, clock=clock, luck=lambda: 0.5, environment="test")
    await closing.get(KEY, POLICY, load)
    storage.away = {"renew"}
    await cache.invalidate(COURSE)
    storage.away = set()
    await cache.close(grace=0.1)
    await other.get(KEY, POLICY, load)
    assert load.loads == 2


async def test_a_save_while_the_storage_is_down_is_made_and_believed(
    cache: EpochCache, storage: Moody
) -> None:
    await cache.get(KEY, POLICY, Counted())
    storage.away = {"everything"}
    assert await cache.replace(KEY, POLICY, Counted(b"new")) == b"new"
    storage.away = set()
    assert await cache.get(KEY, POLICY, Counted(b"new")) == b"new"


async def test_a_caller_cancelled_in_the_middle_of_a_save_leaves_nothing_to_believe(
    cache: EpochCache,
) -> None:
    load = Counted()
    await cache.get(KEY, POLICY, load)
    saving = asyncio.create_task(cache.replace(KEY, POLICY, asyncio.Event().wait))  # type: ignore[arg-type]
    await asyncio.sleep(0.01)
    saving.cancel()
    await asyncio.wait([saving])
    await cache.get(KEY, POLICY, load)
    assert load.loads == 2


async def test_a_damaged_entry_is_loaded_anew(cache: EpochCache, storage: Moody) -> None:
    load = Counted(b"long enough to be packed " * 400)
    await cache.get(KEY, POLICY, load)
    ((name, held),) = storage.inside._entries.items()
    storage.inside._entries[name] = attrs.evolve(held, content=held.content[:-4] + b"oops")
    assert await cache.get(KEY, POLICY, load) == load.value
    assert load.loads == 2


async def test_a_failed_refresh_is_logged_without_saying_whom_it_was_about(
    cache: EpochCache, clock: SteppingClock, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail() -> bytes:
        raise LookupError("Maria Clara has no grades")

    key = CacheKey.of("grades", "maria.clara@example.org")
    await cache.get(key, POLICY, Counted())
    clock.step(seconds=80)
    with caplog.at_level(logging.DEBUG, logger="homeroom"):
        assert await cache.get(key, POLICY, fail) == b"old"
        await cache.close()
    assert "could not refresh a grades" in caplog.text
    assert "aria" not in caplog.text


class TestMemoryBounds:
    async def test_what_nobody_asked_for_longest_goes_first(self, clock: SteppingClock) -> None:
        backend = MemoryBackend(max_entries=2)
        cache = EpochCache(backend, clock=clock, luck=lambda: 0.5, environment="test")
        loads = {name: Counted() for name in "abc"}
        for name in "abaca":
            await cache.get(CacheKey.of(name), POLICY, loads[name])
        await cache.get(CacheKey.of("b"), POLICY, loads["b"])
        assert {name: load.loads for name, load in loads.items()} == {"a": 1, "b": 2, "c": 1}

    async def test_it_holds_no_more_bytes_than_it_may(self, clock: SteppingClock) -> None:
        backend = MemoryBackend(max_bytes=10_000)
        cache = EpochCache(backend, clock=clock, luck=lambda: 0.5, environment="test")
        for number in range(50):
            await cache.get(CacheKey.of("k", number), POLICY, Counted(bytes(900)))
        await cache.get(CacheKey.of("huge"), POLICY, Counted(bytes(20_000)))
        assert sum(len(held.content) for held in backend._entries.values()) <= 10_000
        assert len(backend._entries) >= 10
