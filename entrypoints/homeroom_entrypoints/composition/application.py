"""`open_homeroom`: everything that opens opens here, and closes here in reverse."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.bus import BusSettings, EventBus
from homeroom.kernel.cache import Cache, CacheSettings
from homeroom.kernel.carrier import Carrier, CarrierSettings
from homeroom.kernel.clock import Clock, SystemClock
from homeroom.kernel.codec import Ambient, Codec
from homeroom.kernel.jobs import QueueLimits
from homeroom.kernel.queue import Handlers
from homeroom.kernel.rates import RateLimiter, RatesSettings
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
        plant = await _open_plant(stack, settings, clock or SystemClock(), handlers or Handlers())
        yield assemble(plant)


async def _open_plant(
    stack: AsyncExitStack, settings: Settings, clock: Clock, handlers: Handlers
) -> Plant:
    codec: Codec = await _open(stack, "codec", "json")
    ambient = Ambient(clock, codec)
    handlers.add(Checkup, check_up)
    storage: Storage = await _open(
        stack, "storage", settings.storage.adapter, storage_settings(settings), ambient
    )
    bus: EventBus = await _open(stack, "bus", settings.bus.adapter, bus_settings(settings), ambient)
    cache: Cache = await _open(
        stack, "cache", settings.cache.adapter, cache_settings(settings), ambient
    )
    rates: RateLimiter = await _open(
        stack, "rates", settings.web.rate_limit_store, rates_settings(settings), ambient
    )
    return Plant(
        storage=storage,
        bus=bus,
        cache=cache,
        rates=rates,
        ambient=ambient,
        handlers=handlers,
        carrier=await _open_carrier(stack, settings, ambient),
    )


async def _open_carrier(
    stack: AsyncExitStack, settings: Settings, ambient: Ambient
) -> Carrier | None:
    if settings.jobs.carrier == "none":
        return None
    carrier: Carrier = await _open(
        stack, "carrier", settings.jobs.carrier, carrier_settings(settings), ambient
    )
    return carrier


async def _open(stack: AsyncExitStack, port: str, name: str, *given: Any) -> Any:
    """Whatever the adapter *name* of *port* opens; `find_adapter` fails closed."""
    return await stack.enter_async_context(find_adapter(port, name)(*given))


def storage_settings(settings: Settings) -> StorageSettings:
    """Where data lives: the url that was set, or a file in the data directory."""
    url = settings.storage.url.reveal() or f"sqlite:///{settings.data_dir / 'homeroom.sqlite3'}"
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


def carrier_settings(settings: Settings) -> CarrierSettings:
    return CarrierSettings(environment=settings.environment, url=settings.jobs.url.reveal())
