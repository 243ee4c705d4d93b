"""The engine: slots, their shelf, the settler and the lease keeper, working as one."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Protocol

import attrs

from homeroom.house import Storage
from homeroom.kernel.codec import Ambient
from homeroom.kernel.queue import Handlers, Lease, Settlement, release
from homeroom_entrypoints.worker.attempts import Attempt, Interrupt
from homeroom_entrypoints.worker.claiming import Claiming, Pantry
from homeroom_entrypoints.worker.leasekeeper import LeaseKeeper
from homeroom_entrypoints.worker.meter import Meter
from homeroom_entrypoints.worker.news import News
from homeroom_entrypoints.worker.patience import keep_at, log
from homeroom_entrypoints.worker.settings import WorkerSettings
from homeroom_entrypoints.worker.settling import Settler
from homeroom_entrypoints.worker.shelf import Shelf
from homeroom_entrypoints.worker.slots import Bench, Slot, Watchdog, interrupt

_LAST_WORDS = 2.0
"""Seconds a cancelled handler has to tidy up, and then the last settlements to be written."""


class Intake(Protocol):
    """Where jobs come from: the storage itself, or a carrier."""

    async def run(self) -> None:
        """Fetch until told to stop; return once nothing is under way any more."""
        ...

    def stop(self) -> None: ...

    def settled(self, batch: Sequence[tuple[Attempt, Settlement]]) -> None:
        """These ends are on record."""
        ...

    async def close(self) -> None:
        """Nothing will be settled any more: finish with whoever brought the jobs."""
        ...


OpenIntake = Callable[[Pantry], Intake]


@attrs.frozen
class Tools:
    """What running jobs takes, beside where they come from."""

    storage: Storage
    handlers: Handlers
    ambient: Ambient
    meter: Meter


@attrs.frozen
class Station:
    """Queues that share slots: their shelf, where their jobs come from, how many run at once."""

    shelf: Shelf
    intake: Intake
    slots: int


class Engine:
    """Runs jobs until it is told to stop; then leaves nothing behind that others wait for."""

    def __init__(
        self, tools: Tools, settings: WorkerSettings, intake: OpenIntake | None = None
    ) -> None:
        self._tools = tools
        self._grace = settings.grace
        self._lease = Lease(worker=settings.name, seconds=settings.lease)
        self._keeper = LeaseKeeper(tools.storage.open_leases, self._lease, self._lost)
        self._watchdog = Watchdog()
        self._settler = Settler(tools.storage.queue, self._keeper, self._settled)
        known = tools.handlers.queues
        self._stations = [self._station(one, intake) for one in settings.stations(known)]

    async def run(self, stop: asyncio.Event, news: News) -> None:
        """Work until *stop* is set, then wind down within the grace."""
        for station in self._stations:
            news.tell(station.shelf.heat)
        self._keeper.start()
        intakes = [
            asyncio.create_task(station.intake.run(), name="intake") for station in self._stations
        ]
        settling = asyncio.create_task(
            keep_at("settling", self._settler.flush, self._tools.meter), name="settling"
        )
        slots = [asyncio.create_task(work, name="slot") for work in self._slots()]
        try:
            await stop.wait()
            await self._wind_down(intakes)
        finally:
            await _end([*intakes, *slots, settling])
            for station in self._stations:
                await station.intake.close()
            self._watchdog.close()
            await self._keeper.stop()

    def _station(self, settings: WorkerSettings, intake: OpenIntake | None) -> Station:
        tools = self._tools
        shelf = Shelf(
            settings.taken(tools.handlers.queues),
            concurrency=settings.concurrency,
            most_ahead=settings.most_ahead,
        )
        pantry = Pantry(shelf, self._keeper, self._lease, tools.meter)
        opened: Intake = (
            Claiming(tools.storage.queue, pantry, settings) if intake is None else intake(pantry)
        )
        return Station(shelf, opened, settings.concurrency)

    def _slots(self) -> Iterator[Coroutine[None, None, None]]:
        tools = self._tools
        for station in self._stations:
            bench = Bench(station.shelf, self._settler, self._keeper, self._watchdog, tools.meter)
            for _ in range(station.slots):
                yield Slot(bench, tools.handlers, tools.ambient).run()

    async def _wind_down(self, intakes: Sequence[asyncio.Task[None]]) -> None:
        """Claim no more, give back what waits, let what runs finish, then give that back too."""
        until = time.monotonic() + self._grace
        for station in self._stations:
            station.intake.stop()
        self._give_back(self._waiting())
        await asyncio.wait(intakes, timeout=max(_LAST_WORDS, self._grace))
        self._give_back(self._waiting())
        if not await self._watchdog.quiet(until - time.monotonic()):
            for attempt in self._watchdog.running:
                interrupt(attempt, Interrupt.RELEASE)
            await self._watchdog.quiet(_LAST_WORDS)
        recorded = await self._settler.drained(_LAST_WORDS)
        left = len(self._watchdog.running)
        log.info("jobs.stopped", recorded=recorded, still_running=left)

    def _waiting(self) -> list[Attempt]:
        """Everything that no slot has taken, off the shelves."""
        return [attempt for station in self._stations for attempt in station.shelf.clear()]

    def _give_back(self, attempts: Sequence[Attempt]) -> None:
        for attempt in attempts:
            if not attempt.lost:
                claim = attempt.claim
                self._tools.meter.finished(claim, "released", 0.0)
                self._settler.add(attempt, release(claim, run_at=claim.run_at))

    def _lost(self, attempts: Sequence[Attempt]) -> None:
        """The keeper says these are somebody else's, or nobody's: stop those that run."""
        running = [attempt for attempt in attempts if attempt.stop is not None]
        for attempt in running:
            interrupt(attempt, Interrupt.LOST)
        self._tools.meter.lost(len(attempts))
        log.warning("leases.lost", count=len(attempts), running=len(running))

    def _settled(self, batch: Sequence[tuple[Attempt, Settlement]]) -> None:
        for station in self._stations:
            station.intake.settled(batch)


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    ended, stubborn = await asyncio.wait(tasks, timeout=_LAST_WORDS)
    for task in ended:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task.died", task=task.get_name(), kind=type(error).__name__)
    if stubborn:
        log.error("tasks.stubborn", count=len(stubborn))
