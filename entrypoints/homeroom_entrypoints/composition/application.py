"""`open_homeroom`: everything that opens opens here, and closes here in reverse."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

import attrs

from homeroom.house import StorageSettings
from homeroom.kernel.bus import BusSettings
from homeroom.kernel.cache import CacheSettings
from homeroom.kernel.carrier import CarrierSettings
from homeroom.kernel.clock import Clock, SystemClock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.elsewhere import DoneElsewhere, RecordDoneElsewhere
from homeroom.kernel.jobs import QueueLimits
from homeroom.kernel.outbound import OutboundSettings
from homeroom.kernel.queue import Handlers
from homeroom.kernel.rates import RatesSettings
from homeroom.operations.model import Checkup
from homeroom.operations.use_cases import check_up
from homeroom_entrypoints.composition.containers import assemble
from homeroom_entrypoints.composition.facade import Homeroom, Plant
from homeroom_entrypoints.composition.plugins import find_adapter
from homeroom_entrypoints.composition.settings import Settings


@asynccontextmanager
async def open_homeroom(
    settings: Settings, *, clock: Clock | None = None, handlers: Handlers | None = None
) -> AsyncIterator[Homeroom]:
    """An open Homeroom. *handlers* brings an embedder's own work beside the house's."""
    async with AsyncExitStack() as stack:
        plant = await _open_plant(stack, settings, clock, handlers or Handlers())
        yield assemble(plant)


@attrs.frozen
class Choice:
    """An adapter that the settings name, and what it is opened with."""

    port: str
    name: str
    settings: object

    def open(self, ambient: Ambient) -> AbstractAsyncContextManager[Any]:
        """Whatever the adapter opens; `find_adapter` fails closed."""
        return find_adapter(self.port, self.name)(self.settings, ambient)


def chosen_adapters(settings: Settings) -> Sequence[Choice]:
    """Every adapter that the settings name, in the order in which they open."""
    chosen = [
        Choice("storage", settings.storage.adapter, storage_settings(settings)),
        Choice("bus", settings.bus.adapter, bus_settings(settings)),
        Choice("cache", settings.cache.adapter, cache_settings(settings)),
        Choice("rates", settings.web.rate_limit_store, rates_settings(settings)),
        Choice("outbound", settings.outbound.adapter, outbound_settings(settings)),
    ]
    if settings.jobs.carrier != "none":
        chosen.append(Choice("carrier", settings.jobs.carrier, carrier_settings(settings)))
    return chosen


@asynccontextmanager
async def open_ambient(clock: Clock | None = None) -> AsyncIterator[Ambient]:
    """What every adapter is opened with: the time, and how payloads are written."""
    async with find_adapter("codec", "json")() as codec:
        yield Ambient(clock or SystemClock(), codec)


async def _open_plant(
    stack: AsyncExitStack, settings: Settings, clock: Clock | None, handlers: Handlers
) -> Plant:
    ambient = await stack.enter_async_context(open_ambient(clock))
    opened = {
        choice.port: await stack.enter_async_context(choice.open(ambient))
        for choice in chosen_adapters(settings)
    }
    plant = Plant(**opened, ambient=ambient, handlers=handlers)
    handlers.add(Checkup, check_up)
    if plant.carrier is not None:
        store = plant.storage
        record = RecordDoneElsewhere(store.carried, store.queue, ambient)
        handlers.add(DoneElsewhere, record)
    return plant


def storage_settings(settings: Settings) -> StorageSettings:
    """Where data lives: the url that was set, or for `sql` a file in the data directory."""
    url = settings.storage.url.reveal()
    if not url and settings.storage.adapter == "sql":
        url = f"sqlite:///{settings.data_dir / 'homeroom.sqlite3'}"
    limits = {
        name: QueueLimits(
            concurrency=queue.concurrency, rate=queue.rate_per_second, paused=queue.paused
        )
        for name, queue in settings.jobs.queues.items()
    }
    return StorageSettings(url=url, pool_size=settings.storage.pool_size, limits=limits)


def cache_settings(settings: Settings) -> CacheSettings:
    """Where answers are remembered, apart for each environment."""
    return CacheSettings(environment=settings.environment, url=settings.cache.url.reveal())


def bus_settings(settings: Settings) -> BusSettings:
    return BusSettings(environment=settings.environment, url=settings.bus.url.reveal())


def rates_settings(settings: Settings) -> RatesSettings:
    return RatesSettings(environment=settings.environment, url=settings.web.rate_limit_url.reveal())


def outbound_settings(settings: Settings) -> OutboundSettings:
    """What our calls may reach and cost; the rest is as the core has it."""
    chosen = settings.outbound
    return OutboundSettings(
        allow=chosen.allow,
        deny=chosen.deny,
        ports=chosen.ports,
        ca_file=chosen.ca_file,
        deadline=chosen.timeout_seconds,
        max_body=chosen.response_limit_bytes,
        connections=chosen.connections,
    )


def carrier_settings(settings: Settings) -> CarrierSettings:
    return CarrierSettings(environment=settings.environment, url=settings.jobs.url.reveal())
