"""Hints from the storage, handed on to every loop that waits."""

import asyncio
from collections.abc import Callable

from homeroom.kernel.queue import Wakeups

Hear = Callable[[frozenset[str]], None]

ANYTHING = frozenset({""})
"""The hint that anything may have changed."""

ANY_QUEUE = frozenset({"/queues"})
"""The hint, inside this process, that any queue may have something ready."""


class Bell:
    """Rings when there is news; its owner waits for it, but never too long."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._queues: set[str] = set()

    def ring(self, queues: frozenset[str]) -> None:
        self._queues |= queues
        self._rung.set()

    async def wait(self, at_most: float) -> frozenset[str]:
        """What was news since the last call; empty after *at_most* seconds without any."""
        try:
            async with asyncio.timeout(at_most):
                await self._rung.wait()
        except TimeoutError:
            return frozenset()
        self._rung.clear()
        news, self._queues = frozenset(self._queues), set()
        return news


class News:
    """Listens to the storage's hints and tells whoever asked to hear."""

    def __init__(self, wakeups: Wakeups, *, at_most: float) -> None:
        self._wakeups = wakeups
        self._at_most = at_most
        self._listeners: list[Hear] = []

    def tell(self, listener: Hear) -> None:
        self._listeners.append(listener)

    def bell(self, hint: str | None = None) -> Bell:
        """A new bell that rings with *hint*, and when anything may have changed; or with all."""
        bell = Bell()

        def ring_if_meant(queues: frozenset[str]) -> None:
            if hint is None or not queues.isdisjoint({hint, *ANYTHING}):
                bell.ring(queues)

        self.tell(ring_if_meant)
        return bell

    def spread(self, queues: frozenset[str]) -> None:
        for listener in self._listeners:
            listener(queues)

    async def listen(self) -> None:
        """Wait for hints once and pass them on. After a failure anything may have changed."""
        try:
            queues = await self._wakeups.wait(self._at_most)
        except Exception:
            self.spread(ANYTHING)
            raise
        if queues:
            self.spread(queues)
