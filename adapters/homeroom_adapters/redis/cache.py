"""A cache in Redis: one round trip for an answer and the epochs it depends on."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from redis._parsers import _AsyncRESP2Parser
from redis.asyncio import BlockingConnectionPool, Redis

from homeroom.kernel.cache import Cache, CacheSettings
from homeroom.kernel.cache_backend import (
    EPOCH_SECONDS,
    Begun,
    FillLock,
    Kept,
    Renewal,
    Seen,
    StorageDown,
    new_epoch,
)
from homeroom.kernel.codec import Ambient
from homeroom.kernel.epoch_cache import EpochCache
from homeroom_adapters.redis.connection import Line, bounded_pool

_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end"


@asynccontextmanager
async def open_cache(settings: CacheSettings, ambient: Ambient) -> AsyncIterator[Cache]:
    """A cache that connects when first asked: a Redis that is down never stops a start."""
    async with Redis.from_pool(_pool(settings)) as client:
        cache = EpochCache(
            RedisBackend(client),
            clock=ambient.clock,
            luck=ambient.luck,
            environment=settings.environment,
        )
        try:
            yield cache
        finally:
            await cache.close()


def _pool(settings: CacheSettings) -> BlockingConnectionPool:
    return bounded_pool(
        settings.url,
        timeout=settings.timeout,
        size=settings.max_connections,
        # For values of many kilobytes the Python parser is faster than hiredis.
        parser_class=_AsyncRESP2Parser,
        socket_read_size=65536,
    )


class RedisBackend:
    """Entries, epochs and locks as plain keys, in transactions of one round trip each."""

    nearby = False

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._line = Line("cache", "asking the truth", StorageDown)

    async def read(self, name: str, tags: Sequence[str]) -> Seen:
        with self._line.speaking():
            return _seen(await self._client.mget([name, *tags]))

    async def begin(self, name: str, tags: Sequence[str], lock: FillLock) -> Begun:
        with self._line.speaking():
            async with self._client.pipeline(transaction=True) as steps:
                for tag in tags:
                    steps.set(tag, new_epoch(), nx=True, ex=EPOCH_SECONDS)
                steps.set(lock.name, lock.token, nx=True, px=_milliseconds(lock.seconds))
                steps.mget([name, *tags])
                *_, mine, found = await steps.execute()
        return Begun(_seen(found), bool(mine))

    async def settle(self, name: str, lock: FillLock, kept: Kept | None) -> None:
        with self._line.speaking():
            async with self._client.pipeline(transaction=True) as steps:
                if kept is not None:
                    steps.set(name, kept.entry, px=_milliseconds(kept.seconds))
                steps.eval(_RELEASE, 1, lock.name, lock.token)
                await steps.execute()

    async def renew(self, tags: Sequence[str]) -> Renewal:
        after = tuple(new_epoch() for _ in tags)
        with self._line.speaking():
            async with self._client.pipeline(transaction=True) as steps:
                for tag, epoch in zip(tags, after, strict=True):
                    steps.set(tag, epoch, ex=EPOCH_SECONDS, get=True)
                before = await steps.execute()
        return Renewal(tuple(before), after)


def _seen(found: Sequence[bytes | str | None]) -> Seen:
    entry, *epochs = (item if isinstance(item, bytes) else None for item in found)
    return Seen(entry, tuple(epochs))


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
