"""A cache in this process's memory, bounded in entries and in bytes."""

import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import attrs

from homeroom.kernel.cache import Cache, CacheSettings
from homeroom.kernel.cache_backend import Begun, FillLock, Kept, Renewal, Seen, new_epoch
from homeroom.kernel.codec import Ambient
from homeroom.kernel.epoch_cache import EpochCache


@asynccontextmanager
async def open_cache(settings: CacheSettings, ambient: Ambient) -> AsyncIterator[Cache]:
    """An empty cache. When it is full, what nobody asked for longest goes first."""
    backend = MemoryBackend(settings.max_entries, settings.max_bytes)
    cache = EpochCache(
        backend, clock=ambient.clock, luck=ambient.luck, environment=settings.environment
    )
    try:
        yield cache
    finally:
        await cache.close()


@attrs.frozen
class _Held:
    """Something that ends at *until*, in this machine's own time."""

    content: bytes = attrs.field(repr=False)
    until: float


class MemoryBackend:
    """Entries, epochs and locks in dictionaries. Several caches may share one."""

    nearby = True

    def __init__(
        self,
        max_entries: int = 10_000,
        max_bytes: int = 64 * 1024 * 1024,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._elapsed = elapsed
        self._bytes = 0
        self._entries: OrderedDict[str, _Held] = OrderedDict()
        self._epochs: OrderedDict[str, bytes] = OrderedDict()
        self._locks: dict[str, _Held] = {}

    async def read(self, name: str, tags: Sequence[str]) -> Seen:
        return self._seen(name, tags)

    async def begin(self, name: str, tags: Sequence[str], lock: FillLock) -> Begun:
        for tag in tags:
            self._set_epoch(tag, self._epochs.get(tag) or new_epoch())
        return Begun(self._seen(name, tags), self._take(lock))

    async def settle(self, name: str, lock: FillLock, kept: Kept | None) -> None:
        if kept is not None:
            self._remember(name, _Held(kept.entry, self._elapsed() + kept.seconds))
        held = self._locks.get(lock.name)
        if held is not None and held.content == lock.token:
            del self._locks[lock.name]

    async def renew(self, tags: Sequence[str]) -> Renewal:
        before = tuple(map(self._epochs.get, tags))
        for tag in tags:
            self._set_epoch(tag, new_epoch())
        return Renewal(before, tuple(map(self._epochs.get, tags)))

    def _seen(self, name: str, tags: Sequence[str]) -> Seen:
        held = self._entries.get(name)
        if held is not None and held.until <= self._elapsed():
            self._forget(name)
            held = None
        if held is not None:
            self._entries.move_to_end(name)
        return Seen(held.content if held else None, tuple(map(self._epochs.get, tags)))

    def _take(self, lock: FillLock) -> bool:
        now = self._elapsed()
        held = self._locks.get(lock.name)
        if held is not None and held.until > now and held.content != lock.token:
            return False
        self._locks[lock.name] = _Held(lock.token, now + lock.seconds)
        return True

    def _set_epoch(self, tag: str, epoch: bytes) -> None:
        self._epochs[tag] = epoch
        self._epochs.move_to_end(tag)
        # A forgotten epoch is a miss, so forgetting is safe; ten tags an entry is plenty.
        while len(self._epochs) > 10 * self._max_entries:
            self._epochs.popitem(last=False)

    def _remember(self, name: str, held: _Held) -> None:
        self._forget(name)
        if len(held.content) > self._max_bytes:
            return
        self._entries[name] = held
        self._bytes += len(held.content)
        while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
            self._forget(next(iter(self._entries)))

    def _forget(self, name: str) -> None:
        held = self._entries.pop(name, None)
        self._bytes -= len(held.content) if held is not None else 0
