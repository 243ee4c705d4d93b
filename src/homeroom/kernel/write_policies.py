"""Ways to write past a cache: through it, or behind it. Each costs something; each says what."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import attrs
from attrs.validators import gt

from homeroom.kernel.cache import Cache, CacheKey, CachePolicy, Load
from homeroom.kernel.errors import Refusal, Unavailable

_log = logging.getLogger(__name__)

Store = Callable[[CacheKey, bytes], Awaitable[None]]
"""Makes a value the truth. Saying the same again changes nothing."""


class Unsaved(Unavailable):
    """What was written has not reached the truth yet."""

    code = "unsaved"


@attrs.frozen
class WriteThrough:
    """Saves first, then answers from the cache: when it returns, both know.

    Risk: a process that dies between the two leaves the old answer in the cache, for as long
    as its ttl. Writing is as slow as the truth. Writers that overlap leave nothing cached.
    """

    cache: Cache
    store: Store
    policy: CachePolicy

    async def write(self, key: CacheKey, value: bytes) -> None:
        """Raises what the store raises; the cache then forgets what it knew."""
        await self.cache.replace(key, self.policy, _saving(self.store, key, value))


@attrs.frozen(kw_only=True)
class Pace:
    """How far behind the truth may be: seconds between saves, and keys that may wait."""

    every: float = attrs.field(default=1.0, validator=gt(0))
    limit: int = attrs.field(default=1000, validator=gt(0))


@asynccontextmanager
async def open_write_behind(
    cache: Cache, store: Store, policy: CachePolicy, pace: Pace | None = None
) -> AsyncIterator["WriteBehind"]:
    """A `WriteBehind` that saves in the background, and once more at its end.

    Raises `Unsaved` at the end if the truth could not be told everything.
    """
    pace = pace or Pace()
    behind, stop = WriteBehind(cache, store, policy, pace.limit), asyncio.Event()
    saving = asyncio.create_task(_save_now_and_then(behind, stop, pace.every))
    try:
        yield behind
    finally:
        stop.set()
        await saving
        await behind.flush()


class WriteBehind:
    """Answers at once and saves later; of many writes to one key only the last is saved.

    Risk: what was written and not saved is lost when this process dies. Until it is saved,
    other processes may see the old answer, and the order between keys is not kept. For what
    may be lost and will be said again: positions, progress, counters. Never for marks,
    answers or consent.
    """

    def __init__(self, cache: Cache, store: Store, policy: CachePolicy, limit: int) -> None:
        self._cache = cache
        self._store = store
        self._policy = policy
        self._limit = limit
        self._waiting: dict[str, tuple[CacheKey, bytes]] = {}
        self._turn = asyncio.Lock()

    async def get(self, key: CacheKey, load: Load) -> bytes:
        """What was written here last, saved or not; else what the cache or *load* knows."""
        if waiting := self._waiting.get(key.name):
            return waiting[1]
        return await self._cache.get(key, self._policy, load)

    async def write(self, key: CacheKey, value: bytes) -> None:
        """Accept *value*. Raises `Unsaved` and accepts nothing when too much waits already."""
        if key.name not in self._waiting and len(self._waiting) >= self._limit:
            await self.flush()
        self._waiting[key.name] = key, value

    async def flush(self) -> None:
        """Save everything that waits. Raises `Unsaved` if the truth does not take it now."""
        unsaved = 0
        async with self._turn:
            for name, (key, value) in tuple(self._waiting.items()):
                if not await self._save(key, value):
                    unsaved += 1
                elif self._waiting[name][1] is value:  # not written again meanwhile
                    del self._waiting[name]
        if unsaved:
            raise Unsaved(f"{unsaved} written values have not been saved yet")

    async def _save(self, key: CacheKey, value: bytes) -> bool:
        """Whether *value* needs no more saving: it was taken, or refused for good."""
        try:
            await self._cache.replace(key, self._policy, _saving(self._store, key, value))
        except Unavailable:
            return False
        except Refusal as refusal:
            _log.error("a written %s was refused and is lost: %s", key.kind, refusal.code)
        except Exception as error:  # noqa: BLE001 - one bad store must not stop the other keys
            _log.warning("a written %s could not be saved: %s", key.kind, type(error).__name__)
            return False
        return True


def _saving(store: Store, key: CacheKey, value: bytes) -> Load:
    async def save() -> bytes:
        await store(key, value)
        return value

    return save


async def _save_now_and_then(behind: WriteBehind, stop: asyncio.Event, every: float) -> None:
    while not stop.is_set():
        try:
            await asyncio.wait_for(stop.wait(), every)
        except TimeoutError:
            try:
                await behind.flush()
            except Unsaved as unsaved:
                _log.warning("%s", unsaved.message)
