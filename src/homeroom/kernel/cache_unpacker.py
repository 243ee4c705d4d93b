"""Unpacking what is stored, and not twice while it stays the same."""

import asyncio
from collections import OrderedDict

from homeroom.kernel.cache_entries import Entry

_OFF_LOOP = 256 * 1024  # bytes above which unpacking would hold up everybody else
_BUDGET = 8 * 1024 * 1024


class Unpacker:
    """Opens entries; of packed ones it remembers the last few megabytes.

    The storage is asked for every answer all the same: only bytes it sent again, letter for
    letter, are answered from here. So this saves work and never changes an answer.
    """

    def __init__(self, budget: int = _BUDGET) -> None:
        self._left = budget
        self._opened: OrderedDict[str, tuple[bytes, bytes]] = OrderedDict()

    async def open(self, name: str, entry: Entry) -> bytes | None:
        """The answer in *entry*; None if it was damaged."""
        if not entry.packed:
            return entry.value()
        body = bytes(entry.body)  # copied, for views are compared byte by byte
        known = self._opened.get(name)
        if known is not None and known[0] == body:
            self._opened.move_to_end(name)
            return known[1]
        heavy = entry.size > _OFF_LOOP
        value = await asyncio.to_thread(entry.value) if heavy else entry.value()
        if value is not None:
            self._remember(name, body, value)
        return value

    def _remember(self, name: str, body: bytes, value: bytes) -> None:
        self._forget(name)
        self._opened[name] = body, value
        self._left -= len(body) + len(value)
        while self._left < 0:
            self._forget(next(iter(self._opened)))

    def _forget(self, name: str) -> None:
        if known := self._opened.pop(name, None):
            self._left += len(known[0]) + len(known[1])
