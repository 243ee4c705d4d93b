"""`open_homeroom`: everything that opens opens here, and closes here in reverse."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import attrs

from homeroom.compliance.model.age import AgeRules
from homeroom.exams.ports.reviews import OpenReviewScheduler, ReviewScheduler
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
from homeroom.operations.model import Checkup, TidyUp
from homeroom.operations.use_cases import Tidy, check_up
from homeroom.people.use_cases.posting import Links
from homeroom_entrypoints.composition.containers import assemble
from homeroom_entrypoints.composition.documents import open_documents
from homeroom_entrypoints.composition.facade import Homeroom, Plant
from homeroom_entrypoints.composition.google import inviting_rules, open_google
from homeroom_entrypoints.composition.handing import (
    handing_on,
    handover_settings,
    handovers,
    looks_over,
)
from homeroom_entrypoints.composition.handover_counts import CountedHandover
from homeroom_entrypoints.composition.identity import (
    open_breaches,
    open_hasher,
    open_signer,
)
from homeroom_entrypoints.composition.logins import open_logins
from homeroom_entrypoints.composition.plugins import find_adapter
from homeroom_entrypoints.composition.sending import (
    open_courier,
    open_notifiers,
    open_sealer,
    scheduling_choices,
)
from homeroom_entrypoints.composition.settings import Settings
from homeroom_entrypoints.composition.writing import open_writer, writing_rules

CALENDAR = "cronsim"
"""The adapter that knows when cron expressions fire. No setting names another: all processes of a
house have to agree."""


@asynccontextmanager
async def open_homeroom(
    settings: Settings, *, clock: Clock | None = None, handlers: Handlers | None = None
) -> AsyncIterator[Homeroom]:
    """An open Homeroom. *handlers* brings an embedder's own work beside the house's."""
    async with AsyncExitStack() as stack:
        plant = await _open_plant(stack, settings, clock, handlers or Handlers())
        choices = scheduling_choices(settings, plant.sealer, outbound_settings(settings))
        access_lasts = timedelta(seconds=settings.signing.access_seconds)
        homeroom = assemble(plant, choices, access_lasts)
        write = homeroom.compliance.lay_down
        await stack.enter_async_context(handing_on(plant.looks, write))
        yield homeroom


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
    chosen += [
        Choice("handover", name, handover_settings(settings, name)) for name in handovers(settings)
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
    opened: dict[str, Any] = {}
    on_their_way: list[CountedHandover] = []
    for choice in chosen_adapters(settings):
        adapter = await stack.enter_async_context(choice.open(ambient))
        if choice.port == "storage":
            beside = open_documents(settings.documents, ambient, adapter)
            opened["storage"] = await stack.enter_async_context(beside)
        elif choice.port == "handover":
            on_their_way.append(CountedHandover(choice.name, adapter, ambient.clock))
        else:
            opened[choice.port] = adapter
    way_out = outbound_settings(settings)
    plant = Plant(
        **opened,
        sealer=await stack.enter_async_context(open_sealer(settings, ambient)),
        hasher=await stack.enter_async_context(open_hasher(settings, ambient)),
        breaches=await stack.enter_async_context(open_breaches(settings, ambient)),
        courier=await open_courier(stack, settings, ambient),
        links=Links(settings.people.public_url),
        inviting=inviting_rules(settings),
        signer=await stack.enter_async_context(open_signer(settings, ambient)),
        calendar=await stack.enter_async_context(find_adapter("calendar", CALENDAR)()),
        reviews=await stack.enter_async_context(open_reviews(settings)),
        notifiers=await open_notifiers(stack, settings, ambient, way_out),
        looks=looks_over(on_their_way, ambient.clock),
        handovers=on_their_way,
        ambient=ambient,
        handlers=handlers,
        age_rules=AgeRules(teens_need_consent=settings.compliance.teens_need_consent),
        quotas=settings.tiers.quotas,
        integrity=settings.integrity.policy,
        question_writer=await stack.enter_async_context(
            open_writer(settings, ambient, opened["outbound"])
        ),
        writing_rules=writing_rules(settings),
        google=await open_google(stack, settings, ambient, opened["outbound"]),
    )
    plant = attrs.evolve(plant, logins=await open_logins(stack, settings, plant))
    handlers.add(Checkup, check_up)
    keep = timedelta(hours=settings.jobs.retain_succeeded_hours)
    store = plant.storage
    handlers.add(TidyUp, Tidy(store.queue, store.outbox, ambient.clock, keep))
    if plant.carrier is not None:
        record = RecordDoneElsewhere(store.carried, store.queue, ambient)
        handlers.add(DoneElsewhere, record)
    return plant


def open_reviews(settings: Settings) -> AbstractAsyncContextManager[ReviewScheduler]:
    """What knows when a question is to be seen again."""
    opening: OpenReviewScheduler = find_adapter("review_scheduler", settings.reviews.scheduler)
    return opening()


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
