"""How jobs come in: claimed from the storage in batches, one lane after the other."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence

import attrs

from homeroom.kernel.queue import Claim, JobQueue, Lease, Settlement
from homeroom_entrypoints.worker.attempts import Attempt
from homeroom_entrypoints.worker.leasekeeper import LeaseKeeper
from homeroom_entrypoints.worker.meter import Meter
from homeroom_entrypoints.worker.patience import Patience, complain, end_if_cancelled
from homeroom_entrypoints.worker.settings import WorkerSettings
from homeroom_entrypoints.worker.shelf import Lane, Shelf


@attrs.frozen
class Pantry:
    """Where claims go: held by the keeper first, then laid on the shelf."""

    shelf: Shelf
    keeper: LeaseKeeper
    lease: Lease
    meter: Meter

    def store(self, lane: Lane, claims: Sequence[Claim], *, since: float) -> list[Attempt]:
        """Take *claims*, whose leases count from *since*."""
        attempts = [Attempt(claim, since=since, lease=self.lease.seconds) for claim in claims]
        self.keeper.hold(attempts)
        self.shelf.put(lane, attempts)
        self.meter.claimed(lane.queue, len(attempts))
        return attempts


class Claiming:
    """Claims what the shelf has room for, as long as the storage may have more.

    One claim at a time is enough, since each brings as many as are wanted. A lane whose
    claim came back short is cold until a hint, a sweep or the slow poll heats it.
    """

    def __init__(self, queue: JobQueue, pantry: Pantry, settings: WorkerSettings) -> None:
        self._queue = queue
        self._pantry = pantry
        self._settings = settings
        self._turns = deque(pantry.shelf.lanes.values())
        self._next_poll = time.monotonic() + self._pause
        self._stopping = False

    async def run(self) -> None:
        """Claim until told to stop. A claim under way is awaited: its jobs are ours."""
        patience = Patience()
        while not self._stopping:
            try:
                await self._round()
            except Exception as error:  # noqa: BLE001 - the process boundary: it outlives its storage
                end_if_cancelled()
                complain("claiming", error, self._pantry.meter)
                await self._rest(patience.wait())
            else:
                patience.calm()

    def stop(self) -> None:
        self._stopping = True
        self._pantry.shelf.wanted.set()

    def settled(self, batch: Sequence[tuple[Attempt, Settlement]]) -> None:
        """A limited queue may have room again when one of its jobs has ended."""
        if self._settings.limited_queues:
            queues = frozenset(attempt.claim.queue for attempt, _ in batch)
            if ended := queues & self._settings.limited_queues:
                self._pantry.shelf.heat(ended)

    async def close(self) -> None:
        """Nobody else brought these jobs, so nobody waits to hear."""

    @property
    def _pause(self) -> float:
        pauses = self._settings.pauses
        limited = self._settings.limited_queues & self._pantry.shelf.lanes.keys()
        return min(pauses.poll, pauses.limited_poll) if limited else pauses.poll

    async def _round(self) -> None:
        shelf = self._pantry.shelf
        shelf.wanted.clear()
        if time.monotonic() >= self._next_poll:
            self._next_poll = time.monotonic() + self._pause
            shelf.heat(frozenset(shelf.lanes))
        lane, limit = self._next_lane()
        if lane is None:
            await self._rest(self._next_poll - time.monotonic())
        else:
            await self._claim(lane, limit)

    def _next_lane(self) -> tuple[Lane | None, int]:
        """Whose turn it is among the lanes that are hot and have room."""
        hot = sum(lane.hot for lane in self._turns)
        for _ in range(len(self._turns)):
            lane = self._turns[0]
            self._turns.rotate(-1)
            if lane.hot and (limit := self._pantry.shelf.room(lane, hot)) > 0:
                return lane, limit
        return None, 0

    async def _claim(self, lane: Lane, limit: int) -> None:
        since = time.monotonic()
        lane.hot = False  # before the claim, so that a hint that comes meanwhile is not lost
        try:
            claims = await self._queue.claim(lane.queue, limit=limit, lease=self._pantry.lease)
        except BaseException:
            lane.hot = True
            raise
        self._pantry.store(lane, claims, since=since)
        if len(claims) >= limit:
            lane.hot = True

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._pantry.shelf.wanted.wait()
        except TimeoutError:
            return
