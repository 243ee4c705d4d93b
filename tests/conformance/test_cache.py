"""The caches we ship keep every promise of the port."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import attrs
import pytest
from redis import Redis

from homeroom.kernel.cache import Cache, CacheSettings
from homeroom.kernel.clock import Clock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.epoch_cache import EpochCache
from homeroom.kernel.ids import new_id
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.cache import MemoryBackend
from homeroom_adapters.redis.cache import open_cache as open_redis_cache
from homeroom_testing.conformance.cache import CacheConformance
from homeroom_testing.conformance.cache_ground import OpenHere


def even() -> float:
    return 0.5


class TestMemoryCache(CacheConformance):
    @pytest.fixture
    def open_here(self) -> OpenHere:
        backend = MemoryBackend()

        @asynccontextmanager
        async def open_one(
            clock: Clock, *, luck: Callable[[], float] = even, environment: str = "test"
        ) -> AsyncIterator[Cache]:
            cache = EpochCache(backend, clock=clock, luck=luck, environment=environment)
            yield cache
            await cache.close()

        return open_one


@attrs.frozen
class OnRedis:
    """Opens caches on a Redis, in environments nobody else uses."""

    url: str
    mark: str

    def __call__(
        self, clock: Clock, *, luck: Callable[[], float] = even, environment: str = "test"
    ) -> AbstractAsyncContextManager[Cache]:
        settings = CacheSettings(url=self.url, environment=f"{self.mark}-{environment}")
        return open_redis_cache(settings, Ambient(clock, JsonCodec(), luck))

    def sweep(self) -> None:
        with Redis.from_url(self.url) as client:
            for key in client.scan_iter(f"homeroom:{self.mark}-*", count=1000):
                client.delete(key)


@pytest.mark.service("redis")
class TestRedisCache(CacheConformance):
    @pytest.fixture
    def open_here(self, redis_url: str) -> Iterator[OpenHere]:
        here = OnRedis(redis_url, mark=f"test-{new_id()}")
        yield here
        here.sweep()
