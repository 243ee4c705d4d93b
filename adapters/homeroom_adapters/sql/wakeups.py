"""Hints that jobs are ready, as names of queues, and that sittings changed."""

import asyncio
import contextlib
from collections.abc import Iterable

import attrs

from homeroom.kernel.queue import SITTINGS


@attrs.define
class Hints:
    """What was hinted and not yet asked for. One waiter."""

    _queues: set[str] = attrs.field(factory=set, init=False, alias="queues")
    rings: int = attrs.field(default=0, init=False)
    """How often anybody has hinted."""

    _rung: asyncio.Event = attrs.field(factory=asyncio.Event, init=False, alias="rung")

    def ring(self, queues: Iterable[str]) -> None:
        self._queues.update(queues)
        self.rings += 1
        self._rung.set()

    async def wait(self, at_most: float) -> frozenset[str]:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most):
                await self._rung.wait()
        news = frozenset(self._queues)
        self._queues.clear()
        self._rung.clear()
        return news


@attrs.define
class Bells:
    """Hands hints to whom they concern: workers wait for jobs, and others watch sittings."""

    jobs: Hints = attrs.field(factory=Hints, init=False)
    sittings: Hints = attrs.field(factory=Hints, init=False)

    @property
    def rings(self) -> int:
        """How often anybody has hinted."""
        return self.jobs.rings + self.sittings.rings

    def ring(self, queues: Iterable[str]) -> None:
        news = frozenset(queues)
        if of_jobs := news - {SITTINGS}:
            self.jobs.ring(of_jobs)
        if of_sittings := news & {SITTINGS, ""}:
            self.sittings.ring(of_sittings)
