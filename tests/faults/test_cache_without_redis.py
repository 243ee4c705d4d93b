"""A Redis that is down, returns empty, or refuses: callers notice nothing but time."""

import asyncio
import logging
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import attrs
import pytest
from redis import Redis

from homeroom.kernel.cache import Cache, CacheEvent, CacheKey, CachePolicy, CacheSettings, tag
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Unavailable
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.redis.cache import open_cache
from homeroom_testing.children import Child, free_port

pytestmark = pytest.mark.anyio

COURSE = tag("course", 7)
KEY = CacheKey.of("course-detail", 7, tags=[COURSE])
POLICY = CachePolicy(ttl=100)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@attrs.define
class PrivateRedis:
    """A Redis of our own, which may be killed."""

    directory: Path
    port: int = attrs.field(factory=free_port)
    _child: Child | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        silent = ("--save", "", "--appendonly", "no", "--bind", "127.0.0.1")
        command = ("redis-server", "--port", str(self.port), "--dir", str(self.directory), *silent)
        self._child = Child(command, self.directory)
        self._child.start()
        self._child.wait_for_port(self.port, within=10)

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child = None


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[PrivateRedis]:
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed: faults of Redis are not proven")
    private = PrivateRedis(tmp_path)
    private.start()
    yield private
    private.kill()


@pytest.fixture
async def cache(redis: PrivateRedis) -> AsyncIterator[Cache]:
    settings = CacheSettings(url=redis.url, environment="faults", timeout=0.3)
    async with open_cache(settings, Ambient(SystemClock(), JsonCodec())) as cache:
        yield cache


@attrs.define
class Counted:
    value: bytes = b"old"
    loads: int = 0

    async def __call__(self) -> bytes:
        self.loads += 1
        return self.value


async def test_a_redis_that_was_never_there_costs_loads_and_no_errors() -> None:
    settings = CacheSettings(url=f"redis://127.0.0.1:{free_port()}/0")
    async with open_cache(settings, Ambient(SystemClock(), JsonCodec())) as cache:
        load = Counted()
        assert [await cache.get(KEY, POLICY, load) for _ in range(3)] == [b"old"] * 3
        assert load.loads == 3
        assert cache.tally()["course-detail", CacheEvent.DEGRADED] == 3
        with pytest.raises(Unavailable):
            await cache.ping()


async def test_a_redis_that_is_killed_and_returns_is_used_again(
    cache: Cache, redis: PrivateRedis, caplog: pytest.LogCaptureFixture
) -> None:
    load = Counted()
    with caplog.at_level(logging.INFO, logger="homeroom_adapters"):
        await cache.get(KEY, POLICY, load)
        redis.kill()
        for _ in range(20):
            assert await cache.get(KEY, POLICY, load) == b"old"
        redis.start()
        await asyncio.sleep(0.6)
        before = load.loads
        for _ in range(5):
            assert await cache.get(KEY, POLICY, load) == b"old"
    assert load.loads == before + 1
    assert caplog.text.count("asking the truth") == 1
    assert caplog.text.count("answers again") == 1


async def test_a_redis_that_hangs_costs_one_timeout_and_not_one_each(
    cache: Cache, redis: PrivateRedis
) -> None:
    with Redis.from_url(redis.url) as client:
        await cache.get(KEY, POLICY, Counted())
        client.execute_command("CLIENT", "PAUSE", "3000", "ALL")
        began = time.monotonic()
        for _ in range(20):
            assert await cache.get(KEY, POLICY, Counted()) == b"old"
        assert time.monotonic() - began < 2.5


async def test_news_that_fell_into_the_outage_is_told_afterwards(
    cache: Cache, redis: PrivateRedis
) -> None:
    settings = CacheSettings(url=redis.url, environment="faults", timeout=0.3)
    async with open_cache(settings, Ambient(SystemClock(), JsonCodec())) as other:
        await other.get(KEY, POLICY, Counted())
        with Redis.from_url(redis.url) as client:
            client.execute_command("CLIENT", "PAUSE", "800", "WRITE")
            await cache.invalidate(COURSE)
        load = Counted(b"new")
        for _ in range(80):
            if await other.get(KEY, POLICY, load) == b"new":
                return
            await asyncio.sleep(0.05)
    pytest.fail("the other process goes on believing what is over")


async def test_a_redis_that_was_flushed_only_misses(cache: Cache, redis: PrivateRedis) -> None:
    load = Counted()
    await cache.get(KEY, POLICY, load)
    await cache.invalidate(COURSE)
    with Redis.from_url(redis.url) as client:
        client.flushall()
    load.value = b"new"
    assert await cache.get(KEY, POLICY, load) == b"new"


async def test_a_redis_that_is_full_still_lets_answers_through(
    cache: Cache, redis: PrivateRedis
) -> None:
    with Redis.from_url(redis.url) as client:
        client.config_set("maxmemory", 1)
        load = Counted()
        assert [await cache.get(KEY, POLICY, load) for _ in range(3)] == [b"old"] * 3
        client.config_set("maxmemory", 0)
    await cache.get(KEY, POLICY, load)
    await cache.get(KEY, POLICY, load)
    assert load.loads == 4


async def test_an_answer_takes_one_command_to_redis(cache: Cache, redis: PrivateRedis) -> None:
    with Redis.from_url(redis.url) as client:
        await cache.get(KEY, POLICY, Counted())
        client.config_resetstat()
        for _ in range(10):
            await cache.get(KEY, POLICY, Counted())
        calls = {name: stats["calls"] for name, stats in client.info("commandstats").items()}
    assert calls.pop("cmdstat_mget") == 10
    assert set(calls) <= {"cmdstat_config|resetstat", "cmdstat_info"}
