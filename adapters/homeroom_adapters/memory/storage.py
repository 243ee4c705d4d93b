"""Opens the memory storage and puts its parts together."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import urlsplit

import attrs

from homeroom.house import Schema, SchemaStatus, Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Invalid
from homeroom.kernel.queue import Leases
from homeroom_adapters.memory.achievements import MemoryAchievementQueries
from homeroom_adapters.memory.adaptive import MemoryAdaptiveQueries
from homeroom_adapters.memory.agenda_history import MemoryHistory
from homeroom_adapters.memory.agenda_queries import MemoryRunQueries, MemoryTaskQueries
from homeroom_adapters.memory.bank import MemoryBankQueries
from homeroom_adapters.memory.catalogue import MemoryCatalogueQueries
from homeroom_adapters.memory.disputes import MemoryRemarkQueries
from homeroom_adapters.memory.districts import MemoryDistrictQueries
from homeroom_adapters.memory.integrity import MemoryIntegrityQueries
from homeroom_adapters.memory.job_queries import MemoryJobQueries
from homeroom_adapters.memory.leases import MemoryCarriedStore, MemoryLeases
from homeroom_adapters.memory.outbox import MemoryOutboxReader
from homeroom_adapters.memory.people import MemoryPeopleQueries
from homeroom_adapters.memory.persons import MemoryPersonQueries
from homeroom_adapters.memory.places import MemoryPlaces
from homeroom_adapters.memory.progress import MemoryProgressQueries
from homeroom_adapters.memory.queue import MemoryJobQueue
from homeroom_adapters.memory.record import MemoryRecordQueries
from homeroom_adapters.memory.regrades import MemoryRegradeQueries
from homeroom_adapters.memory.roster import MemoryRosterQueries
from homeroom_adapters.memory.sealed import MemorySealedPeople
from homeroom_adapters.memory.sittings import MemorySittingQueries
from homeroom_adapters.memory.statistics import MemoryStatisticsQueries
from homeroom_adapters.memory.store import Store, Stores
from homeroom_adapters.memory.tickets import MemoryTicketQueries
from homeroom_adapters.memory.ties import MemoryTies
from homeroom_adapters.memory.unit import MemoryUnit

_SCHEMA = SchemaStatus(current="memory", wanted="memory")

_stores = Stores()
"""A name means the same store all over the process, so the process must remember it."""


class BadMemoryUrl(Invalid):
    """The memory storage's address is `memory://` and a name of yours, such as memory://house."""

    code = "bad_memory_url"


@attrs.frozen
class MemorySchema:
    """Memory has no older shapes: its schema is always the one that is needed."""

    async def status(self) -> SchemaStatus:
        return _SCHEMA

    async def upgrade(self) -> SchemaStatus:
        return _SCHEMA


@asynccontextmanager
async def open_storage(settings: StorageSettings, ambient: Ambient) -> AsyncIterator[Storage]:
    """The storage behind entry point `homeroom.storage`, name `memory`.

    Everybody in this process who opens `memory://name` shares one store, which is forgotten
    when the last of them closes it. An empty URL opens a store of one's own.
    """
    with (
        _stores.named(name_in(settings.url)) as store,
        furnished(store, settings, ambient) as storage,
    ):
        yield storage


@asynccontextmanager
async def open_schema(settings: StorageSettings) -> AsyncIterator[Schema]:
    """Only the schema: entry point `homeroom.schema`, name `memory`."""
    name_in(settings.url)
    yield MemorySchema()


@contextmanager
def furnished(store: Store, settings: StorageSettings, ambient: Ambient) -> Iterator[Storage]:
    """Everything a storage offers, over *store*."""
    clock, limits = ambient.clock, settings.limits

    @asynccontextmanager
    async def open_leases() -> AsyncIterator[Leases]:
        yield MemoryLeases(store, clock)

    with store.listening() as hints, store.watching() as sitting_news:
        yield Storage(
            start=lambda: MemoryUnit(store, ambient),
            people=MemoryPeopleQueries(store),
            districts=MemoryDistrictQueries(store),
            persons=MemoryPersonQueries(store),
            places=MemoryPlaces(store),
            ties=MemoryTies(store),
            sealed_people=MemorySealedPeople(store),
            tickets=MemoryTicketQueries(store),
            record=MemoryRecordQueries(store),
            roster=MemoryRosterQueries(store),
            catalogue=MemoryCatalogueQueries(store),
            bank=MemoryBankQueries(store),
            sittings=MemorySittingQueries(store),
            remarks=MemoryRemarkQueries(store),
            progress=MemoryProgressQueries(store),
            achievements=MemoryAchievementQueries(store),
            adaptive=MemoryAdaptiveQueries(store),
            regrades=MemoryRegradeQueries(store),
            integrity=MemoryIntegrityQueries(store),
            statistics=MemoryStatisticsQueries(store),
            job_queries=MemoryJobQueries(store, clock, limits),
            tasks=MemoryTaskQueries(store),
            runs=MemoryRunQueries(store),
            history=MemoryHistory(store),
            queue=MemoryJobQueue(store, clock, limits),
            carried=MemoryCarriedStore(store, clock),
            wakeups=hints,
            sitting_news=sitting_news,
            outbox=MemoryOutboxReader(store, clock),
            schema=MemorySchema(),
            ping=_ping,
            open_leases=open_leases,
        )


def name_in(url: str) -> str:
    """The store's name in *url*, empty for a private one. Raises `BadMemoryUrl`, unquoted."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise BadMemoryUrl from None
    if parts.scheme != "memory" or url != f"memory://{parts.netloc}" or "@" in parts.netloc:
        raise BadMemoryUrl
    return parts.netloc


async def _ping() -> None:
    """Our own memory is always there."""
