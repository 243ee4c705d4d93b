"""Writing through a cache and behind one, with the risks that are written down."""

import asyncio
from collections.abc import AsyncIterator

import attrs
import pytest

from homeroom.kernel.cache import Cache, CacheKey, CachePolicy
from homeroom.kernel.epoch_cache import EpochCache
from homeroom.kernel.errors import Invalid, Unavailable
from homeroom.kernel.write_policies import Pace, Unsaved, WriteThrough, open_write_behind
from homeroom_adapters.memory.cache import MemoryBackend
from homeroom_testing.clock import FixedClock

pytestmark = pytest.mark.anyio

KEY, OTHER = CacheKey.of("progress", 1), CacheKey.of("progress", 2)
POLICY = CachePolicy(ttl=100, jitter=0)
SELDOM = Pace(every=60)
OFTEN = Pace(every=0.01)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def cache() -> AsyncIterator[Cache]:
    cache = EpochCache(MemoryBackend(), clock=FixedClock(), luck=lambda: 0.5, environment="test")
    yield cache
    await cache.close()


@attrs.define
class Shelf:
    """The truth: what was saved, in order. It refuses with the failure it was given."""

    saved: list[tuple[str, bytes]] = attrs.field(factory=list[tuple[str, bytes]])
    failure: Exception | None = None
    changed: asyncio.Event = attrs.field(factory=asyncio.Event)

    async def store(self, key: CacheKey, value: bytes) -> None:
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        self.saved.append((key.name, value))
        self.changed.set()

    async def load(self) -> bytes:
        return self.saved[-1][1] if self.saved else b"nothing yet"


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


class TestWriteThrough:
    async def test_when_it_returns_the_truth_and_the_cache_agree(
        self, cache: Cache, shelf: Shelf
    ) -> None:
        await cache.get(KEY, POLICY, shelf.load)
        await WriteThrough(cache, shelf.store, POLICY).write(KEY, b"half")
        assert shelf.saved == [(KEY.name, b"half")]
        assert await cache.get(KEY, POLICY, Shelf().load) == b"half"

    async def test_a_save_that_failed_is_told_and_nothing_is_believed(
        self, cache: Cache, shelf: Shelf
    ) -> None:
        await cache.get(KEY, POLICY, shelf.load)
        shelf.failure = Unavailable("reply lost")
        with pytest.raises(Unavailable):
            await WriteThrough(cache, shelf.store, POLICY).write(KEY, b"half")
        assert await cache.get(KEY, POLICY, Shelf([("", b"who knows")]).load) == b"who knows"


class TestWriteBehind:
    async def test_the_writer_sees_at_once_what_is_saved_later(
        self, cache: Cache, shelf: Shelf
    ) -> None:
        async with open_write_behind(cache, shelf.store, POLICY, SELDOM) as behind:
            await behind.write(KEY, b"half")
            assert await behind.get(KEY, shelf.load) == b"half"
            assert shelf.saved == []
        assert shelf.saved == [(KEY.name, b"half")]
        assert await cache.get(KEY, POLICY, Shelf().load) == b"half"

    async def test_of_many_writes_to_one_key_the_last_is_saved(
        self, cache: Cache, shelf: Shelf
    ) -> None:
        async with open_write_behind(cache, shelf.store, POLICY, SELDOM) as behind:
            for value in (b"1", b"2", b"3"):
                await behind.write(KEY, value)
        assert shelf.saved == [(KEY.name, b"3")]

    async def test_it_saves_while_it_is_open(self, cache: Cache, shelf: Shelf) -> None:
        async with open_write_behind(cache, shelf.store, POLICY, OFTEN) as behind:
            await behind.write(KEY, b"half")
            await asyncio.wait_for(shelf.changed.wait(), 2)
            assert await behind.get(KEY, shelf.load) == b"half"

    async def test_what_is_written_during_a_save_is_saved_too(
        self, cache: Cache, shelf: Shelf
    ) -> None:
        async with open_write_behind(cache, shelf.store, POLICY, SELDOM) as behind:
            await behind.write(KEY, b"first")
            saving = asyncio.create_task(behind.flush())
            await asyncio.sleep(0)
            await behind.write(KEY, b"second")
            await saving
            assert await behind.get(KEY, shelf.load) == b"second"
        assert shelf.saved[-1] == (KEY.name, b"second")

    async def test_a_truth_that_is_away_is_told_again_later(
        self, cache: Cache, shelf: Shelf
    ) -> None:
        shelf.failure = Unavailable("away")
        async with open_write_behind(cache, shelf.store, POLICY, OFTEN) as behind:
            await behind.write(KEY, b"half")
            await asyncio.sleep(0.05)
            shelf.failure = None
            await asyncio.wait_for(shelf.changed.wait(), 2)

    @pytest.mark.parametrize("failure", [Unavailable("away"), OSError()])
    async def test_leaving_while_the_truth_is_away_says_what_is_lost(
        self, cache: Cache, shelf: Shelf, failure: Exception
    ) -> None:
        shelf.failure = failure
        with pytest.raises(Unsaved, match="1 written"):
            async with open_write_behind(cache, shelf.store, POLICY, SELDOM) as behind:
                await behind.write(KEY, b"half")

    async def test_a_value_that_is_refused_for_good_does_not_hold_up_the_others(
        self, cache: Cache, shelf: Shelf, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with open_write_behind(cache, shelf.store, POLICY, SELDOM) as behind:
            await behind.write(KEY, b"nonsense")
            shelf.failure = Invalid("no such lesson")
            await behind.flush()
            shelf.failure = None
            await behind.write(OTHER, b"half")
        assert shelf.saved == [(OTHER.name, b"half")]
        assert "is lost: invalid" in caplog.text

    async def test_when_too_much_waits_a_writer_waits_for_the_truth(
        self, cache: Cache, shelf: Shelf
    ) -> None:
        async with open_write_behind(cache, shelf.store, POLICY, Pace(every=60, limit=1)) as behind:
            await behind.write(KEY, b"half")
            await behind.write(OTHER, b"half")
            assert shelf.saved == [(KEY.name, b"half")]
            shelf.failure = Unavailable("away")
            with pytest.raises(Unsaved):
                await behind.write(KEY, b"more")
            assert await behind.get(KEY, shelf.load) == b"half"
            shelf.failure = None
