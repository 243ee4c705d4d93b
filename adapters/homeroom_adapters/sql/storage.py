"""The storage adapter `sql`: SQLite for one machine, PostgreSQL for many, one package for both."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

import attrs
import sqlalchemy as sa

from homeroom.house import Schema, Storage, StorageSettings
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.queue import Leases
from homeroom_adapters.sql.achievement_queries import SqlAchievementQueries
from homeroom_adapters.sql.adaptive import SqlAdaptiveQueries
from homeroom_adapters.sql.clock import open_database_clock
from homeroom_adapters.sql.disputes import SqlRemarkQueries
from homeroom_adapters.sql.districts import SqlDistrictQueries
from homeroom_adapters.sql.engine import Database, check, open_database, parse_url
from homeroom_adapters.sql.exam_queries import SqlBankQueries, SqlCatalogueQueries
from homeroom_adapters.sql.history import SqlHistory
from homeroom_adapters.sql.integrity import SqlIntegrityQueries
from homeroom_adapters.sql.jobs import SqlJobQueries
from homeroom_adapters.sql.leases import SqlCarriedStore, SqlLeases
from homeroom_adapters.sql.outbox import outbox_reader
from homeroom_adapters.sql.people import SqlPeopleQueries
from homeroom_adapters.sql.person_queries import SqlPersonQueries
from homeroom_adapters.sql.places import SqlPlaces
from homeroom_adapters.sql.progress_queries import SqlProgressQueries
from homeroom_adapters.sql.queue import SqlJobQueue
from homeroom_adapters.sql.record import SqlRecordQueries
from homeroom_adapters.sql.regrades import SqlRegradeQueries
from homeroom_adapters.sql.roster_queries import SqlRosterQueries
from homeroom_adapters.sql.run_queries import SqlRunQueries
from homeroom_adapters.sql.schema import SqlSchema
from homeroom_adapters.sql.sealed import SqlSealedPeople
from homeroom_adapters.sql.sittings import SqlSittingQueries
from homeroom_adapters.sql.statistics import SqlStatisticsQueries
from homeroom_adapters.sql.task_queries import SqlTaskQueries
from homeroom_adapters.sql.telling import open_telling
from homeroom_adapters.sql.tickets import SqlTicketQueries
from homeroom_adapters.sql.ties import SqlTies
from homeroom_adapters.sql.unit import SqlUnit
from homeroom_adapters.sql.wakeups import Bells
from homeroom_adapters.sql.watching import open_watching


@asynccontextmanager
async def open_storage(settings: StorageSettings, ambient: Ambient) -> AsyncIterator[Storage]:
    """The storage behind entry point `homeroom.storage`, name `sql`.

    Raises `Unavailable` when the database cannot be used, `SchemaBehind` when its schema is not
    ours. A SQLite file is made and upgraded here; PostgreSQL waits for `homeroom db upgrade`.
    """
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(_open_ready(settings))
        timed = await stack.enter_async_context(_on_database_time(database, ambient))
        yield await _furnish(stack, database, settings, timed)


@asynccontextmanager
async def open_schema(settings: StorageSettings) -> AsyncIterator[Schema]:
    """Only the schema, even where `open_storage` refuses it: entry point `homeroom.schema`."""
    async with open_database(settings.url, pool_size=1) as database:
        await check(database)
        yield SqlSchema(database)


@asynccontextmanager
async def _open_ready(settings: StorageSettings) -> AsyncIterator[Database]:
    async with open_database(settings.url, pool_size=settings.pool_size) as database:
        await check(database)
        schema = SqlSchema(database)
        await (schema.upgrade() if database.is_sqlite else schema.require())
        yield database


@asynccontextmanager
async def _on_database_time(database: Database, ambient: Ambient) -> AsyncIterator[Ambient]:
    """Workers on several machines share the database's time; a test's clock is left alone."""
    if database.is_sqlite or not isinstance(ambient.clock, SystemClock):
        yield ambient
        return
    async with open_database_clock(database) as clock:
        yield attrs.evolve(ambient, clock=clock)


async def _furnish(
    stack: AsyncExitStack, database: Database, settings: StorageSettings, ambient: Ambient
) -> Storage:
    bells, ring = await _hung_up(stack, database, settings)
    limits = settings.limits
    paused = frozenset(name for name, one in limits.items() if one.paused)

    @asynccontextmanager
    async def open_leases() -> AsyncIterator[Leases]:
        async with open_database(settings.url, pool_size=1) as own:
            yield SqlLeases(own, ambient.clock)

    async def ping() -> None:
        async with database.read() as connection:
            await connection.execute(sa.text("SELECT 1 FROM alembic_version"))

    return Storage(
        start=lambda: SqlUnit(database, ambient, ring),
        people=SqlPeopleQueries(database),
        districts=SqlDistrictQueries(database),
        persons=SqlPersonQueries(database),
        places=SqlPlaces(database),
        ties=SqlTies(database),
        sealed_people=SqlSealedPeople(database),
        tickets=SqlTicketQueries(database),
        record=SqlRecordQueries(database),
        roster=SqlRosterQueries(database),
        catalogue=SqlCatalogueQueries(database),
        bank=SqlBankQueries(database),
        sittings=SqlSittingQueries(database),
        remarks=SqlRemarkQueries(database),
        progress=SqlProgressQueries(database),
        achievements=SqlAchievementQueries(database),
        adaptive=SqlAdaptiveQueries(database),
        statistics=SqlStatisticsQueries(database),
        regrades=SqlRegradeQueries(database),
        integrity=SqlIntegrityQueries(database),
        job_queries=SqlJobQueries(database, ambient.clock, paused, frozenset(limits)),
        tasks=SqlTaskQueries(database),
        runs=SqlRunQueries(database),
        history=SqlHistory(database),
        queue=SqlJobQueue(database, ambient.clock, limits, lambda queue: ring([queue])),
        carried=SqlCarriedStore(database, ambient.clock),
        wakeups=bells.jobs,
        sitting_news=bells.sittings,
        outbox=outbox_reader(database, ambient.clock),
        schema=SqlSchema(database),
        ping=ping,
        open_leases=open_leases,
    )


async def _hung_up(
    stack: AsyncExitStack, database: Database, settings: StorageSettings
) -> tuple[Bells, Callable[[Iterable[str]], None]]:
    """Bells that ring when another process has news, and what is called when this one has."""
    bells = Bells()
    if database.is_sqlite:
        path = parse_url(settings.url).database or ""
        await stack.enter_async_context(open_watching(path, bells))
        return bells, bells.ring
    # SQLite does without PostgreSQL's driver.
    from homeroom_adapters.sql.listening import open_listening  # noqa: PLC0415

    await stack.enter_async_context(open_listening(parse_url(settings.url), bells))
    # PostgreSQL tells us too what we notify of queues: ringing here as well would tell it twice.
    return bells, await stack.enter_async_context(open_telling(database, bells))
