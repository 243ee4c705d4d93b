"""The worker as a service: its parts together, or each alone, until it is told to stop."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import attrs

from homeroom.house import Storage
from homeroom.kernel.bus import EventBus, Subscription
from homeroom.kernel.carrier import Carrier
from homeroom.kernel.codec import Ambient
from homeroom.kernel.queue import FACTS, LATER, SCHEDULE, Handlers
from homeroom.scheduling.use_cases.firing import DELIVERIES
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.settings import Settings
from homeroom_entrypoints.worker.carried import Carried, Offering
from homeroom_entrypoints.worker.chores import Sweeper
from homeroom_entrypoints.worker.consumers import subscribed
from homeroom_entrypoints.worker.engine import Engine, Tools
from homeroom_entrypoints.worker.hearing import subscriptions_of
from homeroom_entrypoints.worker.meter import DeafMeter, Meter
from homeroom_entrypoints.worker.news import News
from homeroom_entrypoints.worker.patience import keep_at, log
from homeroom_entrypoints.worker.relay import Relay
from homeroom_entrypoints.worker.scheduler import Scheduler, Timekeeping
from homeroom_entrypoints.worker.settings import Part, Pauses, WorkerSettings

Step = Callable[[], Awaitable[object]]


def worker_settings(settings: Settings, parts: frozenset[Part] = frozenset(Part)) -> WorkerSettings:
    """How a worker works under the operator's *settings*."""
    jobs = settings.jobs
    return WorkerSettings(
        parts=parts,
        only_offer=frozenset(jobs.only_offer),
        limited_queues=frozenset(jobs.queues),
        concurrency=jobs.concurrency,
        apart={DELIVERIES: settings.scheduling.deliveries_at_once},
        lease=jobs.lease_seconds,
        grace=jobs.grace_seconds,
        pauses=Pauses(poll=jobs.poll_seconds, reoffer=jobs.lease_seconds),
    )


@attrs.frozen(kw_only=True)
class Equipment:
    """What a worker works with: everything already open, and closed by whoever opened it."""

    storage: Storage
    bus: EventBus
    ambient: Ambient
    handlers: Handlers
    carrier: Carrier | None = None
    subscriptions: Sequence[Subscription] = ()
    meter: Meter = attrs.field(factory=DeafMeter)
    timekeeping: Timekeeping | None = None
    """What a scheduler does; None where there are no tasks."""


class WorkerService:
    """Runs the parts its settings name. No failure of what it works with ends it."""

    def __init__(self, equipment: Equipment, settings: WorkerSettings) -> None:
        if settings.only_offer and equipment.carrier is None:
            raise ValueError("without a carrier there is nobody to offer the jobs of a queue to")
        self._equipment = equipment
        self._settings = settings
        self._news = News(equipment.storage.wakeups, at_most=60.0)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until *stop* is set; then finish jobs first, what they lean on afterwards."""
        settings, meter = self._settings, self._equipment.meter
        parts = sorted(part.value for part in settings.parts)
        log.info("worker.started", worker=settings.name, parts=parts)
        loops = [
            asyncio.create_task(keep_at(name, step, meter), name=name)
            for name, step in self._loops()
        ]
        try:
            async with subscribed(self._equipment.bus, self._equipment.subscriptions):
                await self._work(stop)
        finally:
            await _ended(loops)
            log.info("worker.stopped", worker=settings.name)

    async def _work(self, stop: asyncio.Event) -> None:
        if Part.JOBS not in self._settings.parts:
            await stop.wait()
            return
        own = self._equipment
        tools = Tools(own.storage, own.handlers, own.ambient, own.meter)
        carried = None if own.carrier is None else Carried(own.storage.carried, own.carrier)
        intake = None if carried is None else carried.receiving
        await Engine(tools, self._settings, intake).run(stop, self._news)

    def _loops(self) -> list[tuple[str, Step]]:
        parts = self._settings.parts
        loops: list[tuple[str, Step]] = [("news", self._news.listen)]
        if parts & {Part.JOBS, Part.CHORES}:
            loops += self._sweeping()
        if Part.RELAY in parts:
            loops += self._relaying()
        if Part.SCHEDULER in parts and self._equipment.timekeeping is not None:
            loops.append(("scheduling", self._scheduler(self._equipment.timekeeping).step))
        return loops

    def _scheduler(self, keeping: Timekeeping) -> Scheduler:
        own, poll = self._equipment, self._settings.pauses.poll
        bell = self._news.bell(SCHEDULE)
        return Scheduler(keeping, own.ambient.clock, bell, own.meter, poll)

    def _sweeping(self) -> list[tuple[str, Step]]:
        """Who runs jobs also sweeps, so that no worker waits for another to find what is due."""
        own, news = self._equipment, self._news
        # A lease that begins after one look is seen by the next, long before it can end.
        poll = min(self._settings.pauses.poll, self._settings.lease / 3)
        clock = own.ambient.clock
        sweeper = Sweeper(own.storage, clock, news.bell(LATER), news, own.meter, poll)
        loops: list[tuple[str, Step]] = [("sweeping", sweeper.step)]
        if own.carrier is not None:
            queues = self._settings.offered(own.handlers.queues)
            carried = Carried(own.storage.carried, own.carrier)
            offering = Offering(carried, sorted(queues), news.bell(), self._settings.pauses)
            loops.append(("offering", offering.step))
        return loops

    def _relaying(self) -> list[tuple[str, Step]]:
        own = self._equipment
        return [("relay", Relay(own.storage, own.bus, self._news.bell(FACTS), own.meter).step)]


async def run_worker(
    homeroom: Homeroom, settings: WorkerSettings, stop: asyncio.Event, meter: Meter | None = None
) -> None:
    """Work with what *homeroom* has open, until *stop* is set."""
    plant, scheduling = homeroom.plant, homeroom.scheduling
    equipment = Equipment(
        storage=plant.storage,
        bus=plant.bus,
        ambient=plant.ambient,
        handlers=plant.handlers,
        carrier=plant.carrier,
        subscriptions=subscriptions_of(homeroom),
        meter=meter or DeafMeter(),
        timekeeping=Timekeeping(
            fire_due=scheduling.fire_due,
            notice_silence=scheduling.notice_silence,
            next_due=plant.storage.tasks.next_due,
            ahead=scheduling.fire_due.punctuality.ahead.total_seconds(),
        ),
    )
    await WorkerService(equipment, settings).run(stop)


async def _ended(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in reversed(tasks):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
