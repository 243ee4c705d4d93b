"""Where the suites of persons, of tasks and of the record are signed: on every storage we have.

One writes at a time in memory and on SQLite, so clauses about two at once are PostgreSQL's alone.
"""

from collections.abc import AsyncIterator
from typing import Any, ClassVar
from urllib.parse import urlsplit

import attrs
import pytest
from pymongo import AsyncMongoClient

from homeroom.house import DocumentsSettings, Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage as open_memory
from homeroom_adapters.mongo.indexes import INDEXES
from homeroom_adapters.mongo.opening import open_documents
from homeroom_adapters.sql.storage import open_storage
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.contract import Capabilities
from homeroom_testing.mongo import abilities_of, empty


@pytest.mark.adapter("memory")
class InMemory:
    capabilities: ClassVar[Capabilities] = Capabilities(durable=False, side_by_side=False)

    @pytest.fixture
    async def storage(self, clock: SteppingClock) -> AsyncIterator[Storage]:
        async with open_memory(StorageSettings(), Ambient(clock, JsonCodec())) as opened:
            yield opened


class OnSqlite:
    capabilities: ClassVar[Capabilities] = Capabilities(side_by_side=False)

    @pytest.fixture
    async def storage(self, sqlite_store: str, clock: SteppingClock) -> AsyncIterator[Storage]:
        settings = StorageSettings(url=sqlite_store)
        async with open_storage(settings, Ambient(clock, JsonCodec())) as opened:
            yield opened


@pytest.mark.service("mongo")
class OnMongo:
    """Exams' documents in MongoDB, all else in the memory beside it."""

    capabilities: ClassVar[Capabilities] = Capabilities(durable=False, side_by_side=False)

    @pytest.fixture
    async def storage(
        self, mongo_url: str, mongo_database: str, clock: SteppingClock
    ) -> AsyncIterator[Storage]:
        ambient = Ambient(clock, JsonCodec())
        documents = await documents_settings(mongo_url, mongo_database)
        type(self).capabilities = attrs.evolve(
            self.capabilities, isolated=await is_isolated(mongo_url)
        )
        async with (
            open_memory(StorageSettings(), ambient) as beside,
            open_documents(documents, ambient, beside) as opened,
        ):
            yield opened


async def is_isolated(url: str) -> bool:
    """Whether units at once keep out of each other's way there: MongoDB sees to it."""
    async with AsyncMongoClient[dict[str, Any]](url) as client:
        return (await abilities_of(client)).isolated


async def documents_settings(url: str, database: str) -> DocumentsSettings:
    """Where a store of documents is that has nothing in it."""
    async with AsyncMongoClient[dict[str, Any]](url) as client:
        able = await abilities_of(client)
        if not able.databases:
            await empty(client[database], INDEXES)
    named = urlsplit(url)._replace(path=f"/{database}").geturl()
    return DocumentsSettings(url=named, lone=not able.replicated)


@pytest.mark.service("postgres")
class OnPostgres:
    @pytest.fixture
    async def storage(self, postgres_store: str, clock: SteppingClock) -> AsyncIterator[Storage]:
        settings = StorageSettings(url=postgres_store)
        async with open_storage(settings, Ambient(clock, JsonCodec())) as opened:
            yield opened
