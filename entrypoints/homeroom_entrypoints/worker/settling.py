"""How ends of attempts get on record: in batches, while the slots go on."""

import asyncio
from collections.abc import Callable, Sequence

from homeroom.kernel.errors import Unavailable
from homeroom.kernel.queue import JobQueue, Settlement
from homeroom_entrypoints.worker.attempts import Attempt
from homeroom_entrypoints.worker.leasekeeper import LeaseKeeper
from homeroom_entrypoints.worker.patience import log

FLUSH_AFTER = 0.003
FULL = 200
_MOST = 1000
_REFUSALS = 5

Settled = Callable[[Sequence[tuple[Attempt, Settlement]]], None]


class Settler:
    """Collects settlements and records them every few milliseconds.

    A crash before that reruns the jobs, which is what "at least once" means. A settlement
    recorded twice changes nothing, for its token is old by then.
    """

    def __init__(self, queue: JobQueue, keeper: LeaseKeeper, settled: Settled) -> None:
        self._queue = queue
        self._keeper = keeper
        self._settled = settled
        self._waiting: list[tuple[Attempt, Settlement]] = []
        self._due = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._most = _MOST
        self._refused = 0

    def add(self, attempt: Attempt, settlement: Settlement) -> None:
        """Record *settlement* soon."""
        self._waiting.append((attempt, settlement))
        if len(self._waiting) == 1:
            self._idle.clear()
            asyncio.get_running_loop().call_later(FLUSH_AFTER, self._due.set)
        elif len(self._waiting) == FULL:
            self._due.set()

    async def flush(self) -> None:
        """Wait until some are due, then record them."""
        if len(self._waiting) < FULL:
            await self._due.wait()
        self._due.clear()
        batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        if not batch:
            return
        if self._waiting:
            self._due.set()  # what is left over has no timer of its own
        try:
            lost = await self._queue.settle([settlement for _, settlement in batch])
        except BaseException as error:
            self._keep(batch, error)
            raise
        self._recorded(batch, len(lost))

    async def drained(self, at_most: float) -> bool:
        """Wait until everything is on record; whether it is."""
        self._due.set()
        try:
            async with asyncio.timeout(at_most):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    def _recorded(self, batch: list[tuple[Attempt, Settlement]], lost: int) -> None:
        self._keeper.let_go([attempt for attempt, _ in batch])
        self._most, self._refused = min(_MOST, self._most * 4), 0
        if lost:
            log.warning("settlements.powerless", count=lost)
        self._settled(batch)
        if not self._waiting:
            self._idle.set()

    def _keep(self, batch: list[tuple[Attempt, Settlement]], error: BaseException) -> None:
        """Put *batch* back. A storage that refuses, not rests, gets smaller ones, then none."""
        self._waiting[:0] = batch
        self._due.set()
        if isinstance(error, Unavailable | asyncio.CancelledError | OSError):
            return
        self._most = max(1, len(batch) // 4)
        self._refused = self._refused + 1 if len(batch) == 1 else 0
        if self._refused >= _REFUSALS:
            self._drop_first()

    def _drop_first(self) -> None:
        """One settlement the storage will not have must not hold up the others."""
        attempt, settlement = self._waiting.pop(0)
        self._refused = 0
        self._keeper.let_go([attempt])
        log.error("settlement.dropped", job=str(settlement.id), verdict=settlement.verdict.value)
        if not self._waiting:
            self._idle.set()
