"""Invalidations that could not be told, kept until the storage listens again."""

import asyncio
import logging
from collections.abc import Iterable

from homeroom.kernel.cache_backend import CacheBackend, StorageDown

_log = logging.getLogger(__name__)

_PAUSE = 0.5  # seconds between attempts
_LIMIT = 100_000  # tags; an outage that long is bounded by the answers' ttl instead


class UntoldNews:
    """Tags whose epoch should be over, while other processes still believe in it.

    Lost if this process dies before the storage is back: then the ttl is what ends them.
    """

    def __init__(self, backend: CacheBackend) -> None:
        self._backend = backend
        self._marks: dict[str, object] = {}

    def __bool__(self) -> bool:
        return bool(self._marks)

    def add(self, tags: Iterable[str]) -> None:
        for tag in tags:
            self._marks[tag] = object()
        while len(self._marks) > _LIMIT:
            del self._marks[next(iter(self._marks))]

    async def tell(self) -> None:
        """Say everything that is still unsaid. Raises `StorageDown`."""
        if not self._marks:
            return
        told = dict(self._marks)
        await self._backend.renew(tuple(told))
        for tag, mark in told.items():
            if self._marks.get(tag) is mark:  # not news again since we spoke
                del self._marks[tag]

    async def keep_telling(self) -> None:
        """Try until everything is said."""
        while self._marks:
            await asyncio.sleep(_PAUSE)
            try:
                await self.tell()
            except StorageDown:
                continue

    async def give_up(self) -> None:
        """Try once more, then forget."""
        try:
            await self.tell()
        except StorageDown:
            _log.warning("%d cache invalidations were never told", len(self._marks))
            self._marks.clear()
