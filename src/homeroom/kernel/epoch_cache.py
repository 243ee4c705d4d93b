"""The cache's rules, once: storage adapters add only where things lie."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from functools import partial

import attrs

from homeroom.kernel.cache import CacheEvent, CacheKey, CachePolicy, Load, Tag, Tally, joined
from homeroom.kernel.cache_backend import Begun, CacheBackend, FillLock, Kept, Seen, StorageDown
from homeroom.kernel.cache_entries import (
    Entry,
    Epochs,
    Freshness,
    Lifetime,
    joined_epochs,
    written,
)
from homeroom.kernel.cache_news import UntoldNews
from homeroom.kernel.cache_unpacker import Unpacker
from homeroom.kernel.clock import Clock
from homeroom.kernel.errors import Refusal, Unavailable
from homeroom.kernel.flights import Flights, arrival

_log = logging.getLogger(__name__)

_USABLE = {Freshness.FRESH, Freshness.SOFT}
_OFF_LOOP = 256 * 1024  # bytes above which packing would hold up everybody else
_FIRST_PAUSE, _LONGEST_PAUSE = 0.005, 0.1  # seconds between looks at another's load


@attrs.frozen
class _Question:
    key: CacheKey
    policy: CachePolicy
    load: Load
    name: str
    lock: str
    tags: tuple[str, ...]


class EpochCache:
    """A `Cache` over any `CacheBackend`.

    Only a flight that set off after a caller asked may answer it: a caller that finds one
    under way waits for it and then looks again, all such callers together. So what was
    invalidated before the question is never the answer, and yet the truth is asked once.
    """

    def __init__(
        self, backend: CacheBackend, *, clock: Clock, luck: Callable[[], float], environment: str
    ) -> None:
        self._backend = backend
        self._clock = clock
        self._luck = luck
        self._prefix = f"homeroom:{joined([environment])}"
        self._flights: Flights[bytes] = Flights()
        self._background: Flights[None] = Flights()
        self._untold = UntoldNews(backend)
        self._unpacker = Unpacker()
        self._counts: Counter[tuple[str, CacheEvent]] = Counter()

    async def get(self, key: CacheKey, policy: CachePolicy, load: Load) -> bytes:
        question = self._question(key, policy, load)
        if self._backend.nearby and (value := await self._recall(question)) is not None:
            return value
        if self._flights.under_way(question.name):
            self._count(key, CacheEvent.COALESCED)
        return await arrival(self._flights.board(question.name, partial(self._answer, question)))

    async def replace(self, key: CacheKey, policy: CachePolicy, save: Load) -> bytes:
        question = self._question(key, policy, save)
        asked_at = self._now()
        try:
            before = (await self._look(question)).epochs
        except StorageDown:
            before = None
        try:
            value = await save()
        except BaseException:
            await self.invalidate(*key.tags)
            raise
        try:
            renewal = await self._backend.renew(question.tags)
        except StorageDown:
            self._tell_later(question.tags)
            return value
        if before == renewal.before:
            lock = FillLock(question.lock, 0)
            kept = await self._pack(question, value, renewal.after, asked_at)
            await self._settle(question, lock, kept)
        return value

    async def invalidate(self, *tags: Tag) -> None:
        names = tuple(map(self._epoch_name, tags))
        try:
            await self._backend.renew(names)
        except StorageDown:
            self._tell_later(names)

    def tally(self) -> Tally:
        return dict(self._counts)

    async def ping(self) -> None:
        await self._backend.read(f"{self._prefix}:ping", ())

    async def close(self, *, grace: float = 5.0) -> None:
        """Finish every load and refresh under way, or cancel it after *grace* seconds."""
        await self._flights.close(grace=grace)
        await self._untold.give_up()
        await self._background.close(grace=grace)

    async def _answer(self, question: _Question) -> bytes:
        try:
            if (value := await self._recall(question)) is not None:
                return value
            self._count(question.key, CacheEvent.MISS)
            return await self._fill(question)
        except StorageDown:
            self._count(question.key, CacheEvent.DEGRADED)
            return await question.load()

    async def _recall(self, question: _Question) -> bytes | None:
        entry, freshness = self._judged(await self._look(question))
        value = await self._opened(question, entry) if freshness in _USABLE else None
        if value is None:
            return None
        self._count(question.key, CacheEvent.HIT)
        if freshness is Freshness.SOFT:
            self._background.launch(question.name, partial(self._refresh, question))
        return value

    async def _fill(self, question: _Question) -> bytes:
        lock = FillLock(question.lock, question.policy.fill_lock)
        begun = await self._take_turn(question, lock)
        if (value := await self._usable(question, begun.seen)) is not None:
            if begun.mine:
                await self._settle(question, lock, None)
            return value
        try:
            return await self._load_and_keep(question, begun, lock)
        except Exception as error:
            if (value := await self._rescued(question, error)) is None:
                raise
            return value

    async def _take_turn(self, question: _Question, lock: FillLock) -> Begun:
        """Wait for our turn to load, for somebody else's result, or until patience ends."""
        patience = asyncio.get_running_loop().time() + question.policy.fill_wait
        pause = _FIRST_PAUSE
        while True:
            begun = await self._backend.begin(question.name, question.tags, lock)
            if begun.mine or self._judged(begun.seen)[1] in _USABLE:
                return begun
            if asyncio.get_running_loop().time() >= patience:
                return begun
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _load_and_keep(self, question: _Question, begun: Begun, lock: FillLock) -> bytes:
        asked_at = self._now()
        kept = None
        try:
            value = await question.load()
            kept = await self._pack(question, value, begun.seen.epochs, asked_at)
        finally:
            await self._settle(question, lock, kept)
        return value

    async def _refresh(self, question: _Question) -> None:
        lock = FillLock(question.lock, question.policy.fill_lock)
        try:
            begun = await self._backend.begin(question.name, question.tags, lock)
            if not begun.mine:
                return
            if self._judged(begun.seen)[1] is Freshness.FRESH:
                await self._settle(question, lock, None)
                return
            await self._load_and_keep(question, begun, lock)
            self._count(question.key, CacheEvent.REFRESHED)
        except Exception:  # noqa: BLE001 - nobody waits for a refresh; the old answer still serves
            self._count(question.key, CacheEvent.REFRESH_FAILED)
            _log.warning("could not refresh a %s", question.key.kind)

    async def _rescued(self, question: _Question, error: Exception) -> bytes | None:
        """The old answer, if *error* says that the truth is away rather than what it is."""
        if isinstance(error, Refusal) and not isinstance(error, Unavailable):
            return None
        try:
            entry, freshness = self._judged(await self._look(question))
        except StorageDown:
            return None
        value = await self._opened(question, entry) if freshness is not Freshness.GONE else None
        if value is not None:
            self._count(question.key, CacheEvent.STALE_SERVED)
        return value

    async def _look(self, question: _Question) -> Seen:
        await self._untold.tell()  # or we would believe what we know to be over
        return await self._backend.read(question.name, question.tags)

    async def _usable(self, question: _Question, seen: Seen) -> bytes | None:
        entry, freshness = self._judged(seen)
        return await self._opened(question, entry) if freshness in _USABLE else None

    async def _opened(self, question: _Question, entry: Entry | None) -> bytes | None:
        return None if entry is None else await self._unpacker.open(question.name, entry)

    def _judged(self, seen: Seen) -> tuple[Entry | None, Freshness]:
        entry = Entry.read(seen.entry)
        if entry is None:
            return None, Freshness.GONE
        return entry, entry.freshness(self._now(), seen.epochs)

    async def _pack(
        self, question: _Question, value: bytes, epochs: Epochs, asked_at: float
    ) -> Kept | None:
        policy = question.policy
        lifetime = Lifetime.drawn(policy, asked_at=asked_at, luck=self._luck())
        under, seconds = joined_epochs(epochs), lifetime.gone_at - self._now()
        if under is None or seconds <= 0:
            return None
        compress_above = None if self._backend.nearby else policy.compress_above
        write = partial(
            written, value, epochs=under, lifetime=lifetime, compress_above=compress_above
        )
        heavy = compress_above is not None and len(value) > _OFF_LOOP
        return Kept(await asyncio.to_thread(write) if heavy else write(), seconds)

    async def _settle(self, question: _Question, lock: FillLock, kept: Kept | None) -> None:
        try:
            await self._backend.settle(question.name, lock, kept)
        except StorageDown:
            self._count(question.key, CacheEvent.DEGRADED)

    def _tell_later(self, tags: tuple[str, ...]) -> None:
        self._counts["", CacheEvent.DEGRADED] += 1
        self._untold.add(tags)
        self._background.launch("", self._untold.keep_telling)

    def _question(self, key: CacheKey, policy: CachePolicy, load: Load) -> _Question:
        name = key.name
        return _Question(
            key=key,
            policy=policy,
            load=load,
            name=f"{self._prefix}:entry:{name}",
            lock=f"{self._prefix}:lock:{name}",
            tags=tuple(map(self._epoch_name, key.tags)),
        )

    def _epoch_name(self, tag: Tag) -> str:
        return f"{self._prefix}:epoch:{tag}"

    def _count(self, key: CacheKey, event: CacheEvent) -> None:
        self._counts[key.kind, event] += 1

    def _now(self) -> float:
        return self._clock.now().timestamp()
