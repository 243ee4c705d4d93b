"""Every storage we have, each with nothing in it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager

import pytest

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage as open_memory
from homeroom_adapters.sql.storage import open_schema
from homeroom_adapters.sql.storage import open_storage as open_sql
from homeroom_testing.clock import SteppingClock
from homeroom_testing.sandboxes import empty_postgres, postgres_database
from homeroom_testing.services import Found, services_of_this_machine

_POSTGRES = pytest.param("postgres", marks=pytest.mark.service("postgres"))


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture(scope="package")
def _postgres_house() -> Iterator[str]:
    found = services_of_this_machine().look_for("postgres")
    if not isinstance(found, Found):
        pytest.skip(str(found))
    with postgres_database(found.at, durable=False) as url:
        asyncio.run(_upgrade(url))
        yield url


@pytest.fixture(params=["memory", "sqlite", _POSTGRES])
def storage_url(request: pytest.FixtureRequest) -> str:
    """Where an empty store is, one kind after the other."""
    if request.param == "memory":
        return ""
    if request.param == "sqlite":
        file: str = request.getfixturevalue("sqlite_store")
        return file
    url: str = request.getfixturevalue("_postgres_house")
    empty_postgres(url)
    return url


@pytest.fixture
async def storage(storage_url: str, clock: SteppingClock) -> AsyncIterator[Storage]:
    async with _opening(storage_url, clock) as opened:
        yield opened


def _opening(url: str, clock: SteppingClock) -> AbstractAsyncContextManager[Storage]:
    ambient = Ambient(clock, JsonCodec())
    return (open_sql if url else open_memory)(StorageSettings(url=url), ambient)


async def _upgrade(url: str) -> None:
    async with open_schema(StorageSettings(url=url)) as schema:
        await schema.upgrade()
