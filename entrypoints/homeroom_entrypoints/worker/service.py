"""The worker as a service: its parts together, or each alone, until it is told to stop."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta

from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.settings import Settings
from homeroom_entrypoints.worker.chores import Housekeeper, Relay, Sweeper
from homeroom_entrypoints.worker.engine import Engine
from homeroom_entrypoints.worker.meter import DeafMeter, Meter
from homeroom_entrypoints.worker.news import Bell, News
from homeroom_entrypoints.worker.patience import keep_at, log
from homeroom_entrypoints.worker.settings import Part, Pauses, WorkerSettings

Step = Callable[[], Awaitable[None]]


def worker_settings(settings: Settings, parts: frozenset[Part] = frozenset(Part)) -> WorkerSettings:
    """How a worker works under the operator's *settings*."""
    jobs = settings.jobs
    return WorkerSettings(
        parts=parts,
        limited_queues=frozenset(jobs.queues),
        concurrency=jobs.concurrency,
        lease=jobs.lease_seconds,
        grace=jobs.grace_seconds,
        keep_finished=timedelta(hours=jobs.retain_succeeded_hours),
        pauses=Pauses(poll=jobs.poll_seconds),
    )


async def run_worker(
    homeroom: Homeroom, settings: WorkerSettings, stop: asyncio.Event, meter: Meter | None = None
) -> None:
    """Work until *stop* is set, then finish in order. The process never exits by itself."""
    plant, counts = homeroom.plant, meter or DeafMeter()
    news = News(plant.storage.wakeups, at_most=60.0)
    loops: list[tuple[str, Step]] = [
        ("news", news.listen),
        *_chores(homeroom, settings, news, counts),
    ]
    tasks = [asyncio.create_task(keep_at(name, step, counts), name=name) for name, step in loops]
    log.info("worker.started", worker=settings.name, parts=sorted(p.value for p in settings.parts))
    try:
        if Part.JOBS in settings.parts:
            engine = Engine(plant.storage, plant.handlers, plant.ambient, settings, counts)
            await engine.run(stop, news)
        else:
            await stop.wait()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        log.info("worker.stopped", worker=settings.name)


def _chores(
    homeroom: Homeroom, settings: WorkerSettings, news: News, meter: Meter
) -> list[tuple[str, Step]]:
    plant = homeroom.plant
    clock, storage = plant.ambient.clock, plant.storage
    steps: list[tuple[str, Step]] = []
    if Part.CHORES in settings.parts:
        poll = settings.pauses.poll
        steps.append(("sweep", Sweeper(storage, clock, news.bell(), news, meter, poll).step))
        steps.append(("tidy", Housekeeper(storage, clock, Bell(), settings).step))
    if Part.RELAY in settings.parts:
        steps.append(("relay", Relay(storage, plant.bus, news.bell(), meter).step))
    return steps


def stop_on_signals(stop: asyncio.Event) -> None:
    """SIGTERM and SIGINT ask for an orderly end; a second one ends the process at once."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _on_signal, stop, number)


def _on_signal(stop: asyncio.Event, number: int) -> None:
    if stop.is_set():
        raise SystemExit(128 + number)
    stop.set()
