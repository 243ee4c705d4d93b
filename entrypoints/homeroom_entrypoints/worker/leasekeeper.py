"""Leases, renewed from a thread of their own: a handler that blocks the loop keeps its job."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from homeroom.kernel.queue import Lease, Leases
from homeroom_entrypoints.worker.attempts import Attempt
from homeroom_entrypoints.worker.meter import Meter
from homeroom_entrypoints.worker.patience import Patience, complain

OpenLeases = Callable[[], AbstractAsyncContextManager[Leases]]


class LeaseKeeper:
    """Renews whatever is held, every third of a lease, until it is closed.

    An attempt that is two leases beyond its timeout is let go: its handler hangs.
    """

    def __init__(
        self,
        open_leases: OpenLeases,
        lease: Lease,
        meter: Meter,
        *,
        lost: Callable[[Attempt], None],
    ) -> None:
        self._open_leases = open_leases
        self._lease = lease
        self._meter = meter
        self._lost = lost
        self._held: dict[Attempt, None] = {}
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._main, name="homeroom-leases", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def hold(self, attempt: Attempt) -> None:
        self._held[attempt] = None

    def let_go(self, attempt: Attempt) -> None:
        self._held.pop(attempt, None)

    async def close(self) -> None:
        self._closing.set()
        await asyncio.to_thread(self._thread.join)

    def _main(self) -> None:
        patience = Patience()
        while not self._closing.is_set():
            try:
                asyncio.run(self._keep(patience))
            except Exception as error:  # noqa: BLE001 - this thread must outlive the storage
                complain("leases", error, self._meter)
                self._closing.wait(patience.wait())

    async def _keep(self, patience: Patience) -> None:
        async with self._open_leases() as leases:
            while not await asyncio.to_thread(self._closing.wait, self._lease.seconds / 3):
                await self._renew(leases)
                patience.calm()

    async def _renew(self, leases: Leases) -> None:
        now = time.monotonic()
        hanging = 2 * self._lease.seconds
        kept = [one for one in self._held.copy() if one.deadline + hanging > now]
        if not kept:
            return
        by_id = {one.claim.id: one for one in kept}
        gone = await leases.renew([(one.claim.id, one.claim.token) for one in kept], self._lease)
        for job_id in gone:
            if by_id[job_id] in self._held:
                self._lost(by_id[job_id])
