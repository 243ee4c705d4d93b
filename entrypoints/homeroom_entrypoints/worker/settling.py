"""How attempts ended, gathered for a few milliseconds and put on record together."""

import asyncio
from collections.abc import Sequence

from homeroom.kernel.queue import JobQueue, Settlement
from homeroom_entrypoints.worker.meter import Meter
from homeroom_entrypoints.worker.patience import Patience, complain

_GATHER_SECONDS = 0.003
_MOST = 500


class Settler:
    """Slots leave settlements here and go on. A crash before they are kept runs the job again."""

    def __init__(self, queue: JobQueue, meter: Meter) -> None:
        self._queue = queue
        self._meter = meter
        self._waiting: list[Settlement] = []
        self._some = asyncio.Event()
        self._kept = asyncio.Event()
        self._kept.set()

    def leave(self, settlement: Settlement) -> None:
        self._waiting.append(settlement)
        self._some.set()
        self._kept.clear()

    async def run(self) -> None:
        """Keep settlements for ever; whatever the storage does, none is dropped."""
        while True:
            await self._some.wait()
            await asyncio.sleep(_GATHER_SECONDS)
            batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            await self._keep(batch)
            if not self._waiting:
                self._some.clear()
                self._kept.set()

    async def drained(self) -> None:
        """Return once everything left so far is kept."""
        await self._kept.wait()

    async def _keep(self, batch: Sequence[Settlement]) -> None:
        patience = Patience()
        while True:
            try:
                await self._queue.settle(batch)
            except Exception as error:  # noqa: BLE001 - the storage may be away; the jobs are done
                complain("settle", error, self._meter)
                await asyncio.sleep(patience.wait())
            else:
                return
