"""Jobs by way of a carrier: offered to it when ready, claimed by id when it brings them."""

import asyncio
import contextlib
import time
from collections.abc import Sequence

import attrs

from homeroom.kernel.carrier import CarriedStore, Carrier, Parcel, Ready
from homeroom.kernel.ids import JobId
from homeroom.kernel.queue import Claim, Settlement, Verdict
from homeroom_entrypoints.worker.attempts import Attempt
from homeroom_entrypoints.worker.claiming import Pantry
from homeroom_entrypoints.worker.news import ANYTHING, Bell
from homeroom_entrypoints.worker.patience import Patience, complain, end_if_cancelled, keep_at, log
from homeroom_entrypoints.worker.settings import Pauses
from homeroom_entrypoints.worker.shelf import Lane

_OFFER = 500
_RECEIVE_AT_MOST = 1.0
"""Bounds how long a worker that was told to stop waits for a broker that is silent."""

_OFFER_AT_MOST = 2.0
"""Bounds how long it waits for one that may be told no more."""

_MOST_PARCELS = 200


@attrs.frozen
class Carried:
    """A storage and the carrier that brings its jobs sooner."""

    store: CarriedStore
    carrier: Carrier

    def receiving(self, pantry: Pantry) -> "Receiving":
        return Receiving(self, pantry)


@attrs.define
class Offering:
    """Tells the carrier of every ready job, and again of those that never came.

    A carrier that was emptied loses nothing: what is still ready after `Pauses.reoffer` is
    offered once more. What it could not be told while it was away, it is told as soon as it
    is back. Jobs count as offered once they are picked; so a batch that was begun is told whole
    before this ends, or whatever was picked would lie until `Pauses.reoffer` after every stop.
    """

    carried: Carried
    queues: Sequence[str]
    bell: Bell
    pauses: Pauses
    _untold: Sequence[Ready] = attrs.field(factory=tuple[Ready, ...], init=False)

    async def step(self) -> None:
        """Offer one batch; after the last one, wait for news."""
        batch = asyncio.create_task(self._offer())
        try:
            told = await asyncio.shield(batch)
        except asyncio.CancelledError:
            await self._end(batch)
            raise
        if told < _OFFER:
            await self.bell.wait(min(self.pauses.poll, self.pauses.reoffer))

    async def _offer(self) -> int:
        """How many jobs the carrier was told of."""
        if not self._untold:
            again = self.pauses.reoffer
            self._untold = await self.carried.store.to_offer(self.queues, limit=_OFFER, again=again)
        if self._untold:
            await self.carried.carrier.offer(self._untold)
        told, self._untold = len(self._untold), ()
        return told

    async def _end(self, batch: asyncio.Task[int]) -> None:
        """Let *batch* be told; if the carrier is away, its jobs are offered again later."""
        await asyncio.wait([batch], timeout=_OFFER_AT_MOST)
        batch.cancel()
        await asyncio.gather(batch, return_exceptions=True)
        if self._untold:
            log.warning("offers.untold", count=len(self._untold))


class Receiving:
    """Receives parcels for each lane, claims the jobs in them, and ends parcels with jobs.

    Whether a parcel comes once or twice, the claim decides who runs: what another worker
    holds, or what is done already, is not ours, and its parcel is finished unopened.
    """

    def __init__(self, carried: Carried, pantry: Pantry) -> None:
        self._carried = carried
        self._pantry = pantry
        self._open: dict[JobId, tuple[Parcel, Attempt]] = {}
        self._finished: list[Parcel] = []
        self._untried: list[Parcel] = []
        self._bell = Bell()
        self._ending: asyncio.Task[None] | None = None
        self._stopping = False

    async def run(self) -> None:
        """Receive until told to stop. Parcels of jobs that still run are ended later."""
        meter = self._pantry.meter
        self._ending = asyncio.create_task(keep_at("parcels", self._end_some, meter))
        lanes = self._pantry.shelf.lanes.values()
        await asyncio.gather(*(self._keep_receiving(lane) for lane in lanes))

    def stop(self) -> None:
        self._stopping = True
        self._pantry.shelf.wanted.set()

    def settled(self, batch: Sequence[tuple[Attempt, Settlement]]) -> None:
        """Jobs that have ended need their parcels no more; released ones go to others."""
        for attempt, settlement in batch:
            parcel, _ = self._open.pop(attempt.claim.id, (None, None))
            if parcel is not None:
                released = settlement.verdict is Verdict.RELEASED
                (self._untried if released else self._finished).append(parcel)
        self._bell.ring(ANYTHING)

    async def close(self) -> None:
        """End the last parcels. Those of jobs that could not be stopped come again."""
        if self._ending is not None:
            self._ending.cancel()
            await asyncio.gather(self._ending, return_exceptions=True)
        try:
            async with asyncio.timeout(_RECEIVE_AT_MOST):
                await self._end()
        except Exception as error:  # noqa: BLE001 - closing goes on: the storage knows better anyway
            complain("parcels", error, self._pantry.meter)

    async def _keep_receiving(self, lane: Lane) -> None:
        patience = Patience()
        while not self._stopping:
            try:
                await self._receive(lane)
            except Exception as error:  # noqa: BLE001 - the process boundary: it outlives its broker
                end_if_cancelled()
                complain("receiving", error, self._pantry.meter)
                await asyncio.sleep(patience.wait())
            else:
                patience.calm()

    async def _receive(self, lane: Lane) -> None:
        shelf = self._pantry.shelf
        limit = min(_MOST_PARCELS, shelf.room(lane, len(shelf.lanes)))
        if limit <= 0:
            await self._wait_for_room()
            return
        parcels = await self._carried.carrier.receive(
            lane.queue, limit=limit, at_most=_RECEIVE_AT_MOST
        )
        if parcels:
            await self._unpack(lane, parcels)

    async def _wait_for_room(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_RECEIVE_AT_MOST):
                await self._pantry.shelf.wanted.wait()
        self._pantry.shelf.wanted.clear()

    async def _unpack(self, lane: Lane, parcels: Sequence[Parcel]) -> None:
        since = time.monotonic()
        try:
            claims = await self._claim(parcels)
        except BaseException:
            self._untried += parcels
            self._bell.ring(ANYTHING)
            raise
        attempts = self._pantry.store(lane, claims, since=since)
        self._keep(parcels, {attempt.claim.id: attempt for attempt in attempts})

    async def _claim(self, parcels: Sequence[Parcel]) -> Sequence[Claim]:
        strangers = [parcel.stranger for parcel in parcels if parcel.stranger is not None]
        if strangers:
            await self._carried.store.adopt(strangers)
        wanted = {job_id for parcel in parcels if (job_id := _job_in(parcel)) is not None}
        return await self._carried.store.claim_these(sorted(wanted), self._pantry.lease)

    def _keep(self, parcels: Sequence[Parcel], ours: dict[JobId, Attempt]) -> None:
        """Remember one parcel for each of *ours*; any other is finished."""
        for parcel in parcels:
            job_id = _job_in(parcel)
            attempt = None if job_id is None else ours.pop(job_id, None)
            if job_id is None or attempt is None:
                self._finished.append(parcel)
                self._bell.ring(ANYTHING)
            else:
                self._open[job_id] = (parcel, attempt)

    async def _end_some(self) -> None:
        await self._bell.wait(_RECEIVE_AT_MOST * 5)
        await self._end()

    async def _end(self) -> None:
        """Tell the carrier what has ended; what it cannot hear now, it is told again."""
        self._finish_lost()
        finished, self._finished = self._finished, []
        untried, self._untried = self._untried, []
        try:
            if finished:
                await self._carried.carrier.finish(finished)
                finished = []
            if untried:
                await self._carried.carrier.give_back(untried)
        except BaseException:
            self._finished += finished
            self._untried += untried
            raise

    def _finish_lost(self) -> None:
        """A job that was lost is never settled here; whoever has it now got it otherwise."""
        for job_id, (parcel, attempt) in list(self._open.items()):
            if attempt.lost and attempt.stop is None:
                del self._open[job_id]
                self._finished.append(parcel)


def _job_in(parcel: Parcel) -> JobId | None:
    return parcel.job_id if parcel.stranger is None else parcel.stranger.id
