"""The worker half of serving. Apart, for the web service does without it."""

import asyncio
from typing import TYPE_CHECKING

from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.settings import Settings
from homeroom_entrypoints.worker.meter import DeafMeter, Meter
from homeroom_entrypoints.worker.service import run_worker, worker_settings
from homeroom_entrypoints.worker.settings import Part

if TYPE_CHECKING:
    from homeroom_entrypoints.composition.numbers import Numbers


async def work(
    homeroom: Homeroom,
    settings: Settings,
    stop: asyncio.Event,
    numbers: "Numbers | None",
    parts: frozenset[Part],
) -> None:
    """Do *parts* of a worker's work, measured in *numbers* if anybody watches, until *stop*."""
    meter = _meter(homeroom, numbers) if numbers else DeafMeter()
    await run_worker(homeroom, worker_settings(settings, parts), stop, meter)


def _meter(homeroom: Homeroom, numbers: "Numbers") -> Meter:
    from homeroom_entrypoints.worker.measured import WorkerMeter  # noqa: PLC0415 - only if watched

    return WorkerMeter(numbers, homeroom.plant.handlers)
