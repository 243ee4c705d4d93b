"""Who loads an answer when several processes want it, and what serves while the truth is away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import attrs
import pytest

from homeroom.kernel.cache import CacheEvent, CacheKey, CachePolicy, tag
from homeroom.kernel.cache_backend import Begun, FillLock, Kept, Renewal, Seen, StorageDown
from homeroom.kernel.epoch_cache import EpochCache
from homeroom.kernel.errors import NotFound, Unavailable
from homeroom_adapters.memory.cache import MemoryBackend
from homeroom_testing.clock import SteppingClock

pytestmark = pytest.mark.anyio

COURSE = tag("course", 7)
KEY = CacheKey.of("course-detail", 7, tags=[COURSE])
POLICY = CachePolicy(ttl=100, jitter=0, fill_wait=0)
PATIENT = attrs.evolve(POLICY, fill_wait=20)
Happening = Callable[[], Awaitable[object]]


@attrs.define
class Shared:
    """Storage that several processes share; something may happen just before a step of ours."""

    inside: MemoryBackend = attrs.field(factory=MemoryBackend)
    before: dict[str, Happening] = attrs.field(factory=dict[str, Happening])
    nearby: bool = False

    async def _step(self, name: str) -> MemoryBackend:
        if happening := self.before.pop(name, None):
            await happening()
        return self.inside

    async def read(self, name: str, tags: Sequence[str]) -> Seen:
        return await (await self._step("read")).read(name, tags)

    async def begin(self, name: str, tags: Sequence[str], lock: FillLock) -> Begun:
        return await (await self._step("begin")).begin(name, tags, lock)

    async def settle(self, name: str, lock: FillLock, kept: Kept | None) -> None:
        await (await self._step("settle")).settle(name, lock, kept)

    async def renew(self, tags: Sequence[str]) -> Renewal:
        return await (await self._step("renew")).renew(tags)


@attrs.define
class Truth:
    """What is asked; it may be away, and it counts."""

    says: bytes | Exception = b"old"
    asked: int = 0

    async def __call__(self) -> bytes:
        self.asked += 1
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def storage() -> Shared:
    return Shared()


Opened = Callable[[], EpochCache]


@pytest.fixture
async def process(storage: Shared, clock: SteppingClock) -> AsyncIterator[Opened]:
    """Opens the cache as one more process does."""
    caches: list[EpochCache] = []

    def open_one() -> EpochCache:
        line = storage if not caches else Shared(storage.inside)
        caches.append(EpochCache(line, clock=clock, luck=lambda: 0.5, environment="test"))
        return caches[-1]

    yield open_one
    for cache in caches:
        await cache.close(grace=0.1)


class TestTakingTurns:
    async def test_what_another_loaded_a_moment_ago_is_not_loaded_again(
        self, process: Opened, storage: Shared
    ) -> None:
        ours, other = process(), process()
        storage.before["begin"] = lambda: other.get(KEY, POLICY, Truth(b"theirs"))
        truth = Truth()
        assert await ours.get(KEY, POLICY, truth) == b"theirs"
        assert truth.asked == 0

    async def test_a_turn_that_was_not_needed_is_given_back(
        self, process: Opened, storage: Shared
    ) -> None:
        ours, other = process(), process()
        storage.before["begin"] = lambda: other.get(KEY, POLICY, Truth(b"theirs"))
        await ours.get(KEY, POLICY, Truth())
        await other.invalidate(COURSE)
        async with asyncio.timeout(5):  # of the twenty seconds that it would wait for a turn
            assert await other.get(KEY, PATIENT, Truth(b"new")) == b"new"

    async def test_who_finds_another_loading_waits_for_the_answer(self, process: Opened) -> None:
        gate, loading = asyncio.Event(), asyncio.Event()

        async def slow() -> bytes:
            loading.set()
            await gate.wait()
            return b"theirs"

        first = asyncio.create_task(process().get(KEY, POLICY, slow))
        await loading.wait()
        truth = Truth()
        second = asyncio.create_task(process().get(KEY, PATIENT, truth))
        asyncio.get_running_loop().call_later(0.05, gate.set)
        assert [await first, await second] == [b"theirs", b"theirs"]
        assert truth.asked == 0

    async def test_patience_ends_and_then_one_asks_for_oneself(self, process: Opened) -> None:
        never, loading = asyncio.Event(), asyncio.Event()

        async def stuck() -> bytes:
            loading.set()
            await never.wait()
            return b""

        first = asyncio.create_task(process().get(KEY, POLICY, stuck))
        await loading.wait()
        assert await process().get(KEY, POLICY, Truth(b"ours")) == b"ours"
        first.cancel()

    async def test_an_answer_saved_over_by_somebody_else_meanwhile_is_not_kept(
        self, process: Opened
    ) -> None:
        ours, other = process(), process()
        await ours.get(KEY, POLICY, Truth())

        async def save() -> bytes:
            await other.invalidate(COURSE)
            return b"saved"

        assert await ours.replace(KEY, POLICY, save) == b"saved"
        truth = Truth(b"new")
        assert await ours.get(KEY, POLICY, truth) == b"new"
        assert truth.asked == 1

    async def test_an_answer_older_than_it_may_become_is_not_kept(
        self, process: Opened, clock: SteppingClock
    ) -> None:
        async def slow() -> bytes:
            clock.step(seconds=1000)
            return b"late"

        cache, truth = process(), Truth(b"new")
        assert await cache.get(KEY, POLICY, slow) == b"late"
        assert await cache.get(KEY, POLICY, truth) == b"new"


class TestRefreshing:
    async def test_an_ageing_answer_serves_while_it_is_renewed(
        self, process: Opened, clock: SteppingClock
    ) -> None:
        cache, truth = process(), Truth()
        await cache.get(KEY, POLICY, truth)
        clock.step(seconds=80)
        truth.says = b"new"
        assert await cache.get(KEY, POLICY, truth) == b"old"
        await cache.close()
        assert await cache.get(KEY, POLICY, truth) == b"new"
        assert cache.tally()["course-detail", CacheEvent.REFRESHED] == 1

    async def test_what_another_refreshed_a_moment_ago_is_left_alone(
        self, process: Opened, storage: Shared, clock: SteppingClock
    ) -> None:
        ours, other, truth = process(), process(), Truth()
        await ours.get(KEY, POLICY, truth)
        clock.step(seconds=80)
        storage.before["begin"] = lambda: other.replace(KEY, POLICY, Truth(b"theirs"))
        assert await ours.get(KEY, POLICY, truth) == b"old"
        await ours.close()
        assert truth.asked == 1
        assert await ours.get(KEY, POLICY, truth) == b"theirs"

    async def test_what_another_is_refreshing_is_left_to_it(
        self, process: Opened, storage: Shared, clock: SteppingClock
    ) -> None:
        ours, other, truth = process(), process(), Truth()
        await ours.get(KEY, POLICY, truth)
        clock.step(seconds=80)
        never = asyncio.Event()
        stuck = asyncio.create_task(other.get(KEY, POLICY, never.wait))  # type: ignore[arg-type]
        assert await stuck == b"old"
        await asyncio.sleep(0)
        assert await ours.get(KEY, POLICY, truth) == b"old"
        await ours.close()
        assert truth.asked == 1


class TestWhileTheTruthIsAway:
    @pytest.mark.parametrize("error", [Unavailable(), OSError(), ValueError()])
    async def test_the_old_answer_serves_past_its_time(
        self, process: Opened, clock: SteppingClock, error: Exception
    ) -> None:
        cache, truth = process(), Truth()
        await cache.get(KEY, POLICY, truth)
        clock.step(seconds=130)
        truth.says = error
        assert await cache.get(KEY, POLICY, truth) == b"old"
        assert cache.tally()["course-detail", CacheEvent.STALE_SERVED] == 1
        clock.step(seconds=1000)
        with pytest.raises(type(error)):
            await cache.get(KEY, POLICY, truth)

    async def test_a_refusal_is_an_answer_and_the_old_one_is_over(
        self, process: Opened, clock: SteppingClock
    ) -> None:
        cache, truth = process(), Truth()
        await cache.get(KEY, POLICY, truth)
        clock.step(seconds=130)
        truth.says = NotFound()
        with pytest.raises(NotFound):
            await cache.get(KEY, POLICY, truth)

    async def test_with_the_storage_away_too_the_truth_s_own_error_is_told(
        self, process: Opened, storage: Shared, clock: SteppingClock
    ) -> None:
        async def down() -> None:
            raise StorageDown

        async def away() -> bytes:
            storage.before["read"] = down
            raise TimeoutError

        cache = process()
        await cache.get(KEY, POLICY, Truth())
        clock.step(seconds=130)
        with pytest.raises(TimeoutError):
            await cache.get(KEY, POLICY, away)
