"""The documents' store: opened beside a storage, whose exams it takes over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any

import attrs
from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.client_session import TransactionOptions  # type: ignore[attr-defined]  # by a star
from pymongo.errors import ConfigurationError, InvalidURI
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from homeroom.house import DocumentsSettings, Storage
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Invalid, Unavailable
from homeroom_adapters.mongo.achievement_queries import MongoAchievementQueries
from homeroom_adapters.mongo.adaptive import MongoAdaptiveQueries
from homeroom_adapters.mongo.bank_queries import MongoBankQueries
from homeroom_adapters.mongo.catalogue_queries import MongoCatalogueQueries
from homeroom_adapters.mongo.desk import Desk
from homeroom_adapters.mongo.disputes import MongoRemarkQueries
from homeroom_adapters.mongo.errors import translated
from homeroom_adapters.mongo.handover import Handovers
from homeroom_adapters.mongo.indexes import make_indexes
from homeroom_adapters.mongo.integrity import MongoIntegrityQueries
from homeroom_adapters.mongo.news import SittingNews, listening
from homeroom_adapters.mongo.progress_queries import MongoProgressQueries
from homeroom_adapters.mongo.regrades import MongoRegradeQueries
from homeroom_adapters.mongo.rows import Document
from homeroom_adapters.mongo.sittings import MongoSittingQueries
from homeroom_adapters.mongo.statistics import MongoStatisticsQueries
from homeroom_adapters.mongo.unit import MongoUnit

_LOCAL = "mongodb://127.0.0.1:27017/homeroom?replicaSet=rs0"
_DATABASE = "homeroom"
_PATIENCE = 5_000
"""Milliseconds until a server counts as away."""

_ALL_OF_ONE_MOMENT = TransactionOptions(
    read_concern=ReadConcern("snapshot"),
    write_concern=WriteConcern("majority"),
    read_preference=ReadPreference.PRIMARY,
)

_NO_TRANSACTIONS = (
    "this MongoDB is alone, and without a replica set it has no transactions: start it with "
    "--replSet, run rs.initiate() once, and name the set in documents.url"
)


@asynccontextmanager
async def open_documents(
    settings: DocumentsSettings, ambient: Ambient, storage: Storage
) -> AsyncIterator[Storage]:
    """The store behind entry point `homeroom.documents`, name `mongo`: *storage*, but for exams.

    Raises `Unavailable` when MongoDB cannot be used, or has no transactions.
    """
    async with _open_database(settings.url or _LOCAL) as database:
        await _expect_transactions(database, lone=settings.lone)
        await make_indexes(database, lone=settings.lone)
        handovers = Handovers(Desk(database), storage.start, ambient)
        news = SittingNews()
        # Who is no replica set keeps no log of changes for others to read.
        others = nullcontext() if settings.lone else listening(database, news)
        async with carrying(handovers, settings.relay_seconds), others:
            yield _furnish(handovers, storage, news, lone=settings.lone)


def _furnish(handovers: Handovers, storage: Storage, news: SittingNews, *, lone: bool) -> Storage:
    desk, database = handovers.desk, handovers.desk.database
    # Who is no replica set knows nothing of snapshots or majorities.
    options = TransactionOptions() if lone else _ALL_OF_ONE_MOMENT

    def sessions() -> AsyncClientSession:
        return database.client.start_session(default_transaction_options=options)

    async def ping() -> None:
        await storage.ping()
        with translated():
            await database.command("ping")

    return attrs.evolve(
        storage,
        start=lambda: MongoUnit(database, sessions, storage.start, handovers, news.ring),
        catalogue=MongoCatalogueQueries(desk),
        bank=MongoBankQueries(desk),
        sittings=MongoSittingQueries(desk),
        sitting_news=news,
        remarks=MongoRemarkQueries(desk),
        progress=MongoProgressQueries(desk),
        achievements=MongoAchievementQueries(desk),
        adaptive=MongoAdaptiveQueries(desk),
        statistics=MongoStatisticsQueries(desk),
        regrades=MongoRegradeQueries(desk),
        integrity=MongoIntegrityQueries(desk),
        ping=ping,
    )


@asynccontextmanager
async def _open_database(url: str) -> AsyncIterator[AsyncDatabase[Document]]:
    try:
        client: AsyncMongoClient[Document] = AsyncMongoClient(
            url, serverSelectionTimeoutMS=_PATIENCE, connectTimeoutMS=_PATIENCE, appname="homeroom"
        )
    except (ConfigurationError, InvalidURI, ValueError) as error:
        # The library's own words may repeat the URL, and with it a password.
        raise Invalid("documents.url is no address such as mongodb://host/homeroom") from error
    async with client:
        yield client.get_default_database(
            _DATABASE,
            read_concern=ReadConcern("majority"),
            write_concern=WriteConcern("majority"),
        )


async def _expect_transactions(database: AsyncDatabase[Document], *, lone: bool) -> None:
    with translated():
        told: dict[str, Any] = await database.client.admin.command("hello")
    in_set = "setName" in told or told.get("msg") == "isdbgrid"
    if not (in_set or lone):
        raise Unavailable(_NO_TRANSACTIONS)


@asynccontextmanager
async def carrying(handovers: Handovers, every: float) -> AsyncIterator[None]:
    """The relay works for as long as the store is open, in every process that opens it."""
    relay = asyncio.create_task(handovers.keep_carrying(every), name="handovers")
    try:
        yield
    finally:
        while not relay.done():
            # A driver may lose a cancellation that meets an answer: it is told again.
            relay.cancel()
            await asyncio.wait({relay}, timeout=0.1)
