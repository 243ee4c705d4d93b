"""Where the suites of persons, of tasks and of the record are signed: on every storage we have.

One writes at a time in memory and on SQLite, so clauses about two at once are PostgreSQL's alone.
"""

from collections.abc import AsyncIterator
from typing import ClassVar

import pytest

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage as open_memory
from homeroom_adapters.sql.storage import open_storage
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.contract import Capabilities


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


@pytest.mark.service("postgres")
class OnPostgres:
    @pytest.fixture
    async def storage(self, postgres_store: str, clock: SteppingClock) -> AsyncIterator[Storage]:
        settings = StorageSettings(url=postgres_store)
        async with open_storage(settings, Ambient(clock, JsonCodec())) as opened:
            yield opened
