"""Grounds that several suites stand on: an empty store on PostgreSQL, a Redis of one's own."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from homeroom.house import StorageSettings
from homeroom_adapters.sql.storage import open_schema
from homeroom_testing.sandboxes import delete_keys, empty_postgres, postgres_database
from homeroom_testing.services import Found, services_of_this_machine

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from redis_ground import OnRedis


@pytest.fixture(scope="session")
def postgres_house() -> Iterator[str]:
    """One database of our own for the whole session, with the newest schema."""
    found = services_of_this_machine().look_for("postgres")
    if not isinstance(found, Found):
        pytest.skip(str(found))
    with postgres_database(found.at, durable=False) as url:
        asyncio.run(_upgrade(url))
        yield url


@pytest.fixture
def postgres_store(postgres_house: str) -> str:
    """A URL of an empty store; what a test leaves behind is swept out before the next."""
    empty_postgres(postgres_house)
    return postgres_house


@pytest.fixture
def here(redis_url: str) -> Iterator[OnRedis]:
    with Redis.from_url(redis_url) as client:
        here = OnRedis(redis_url, client)
        yield here
        delete_keys(redis_url, f"homeroom:{here.environment}")


async def _upgrade(url: str) -> None:
    async with open_schema(StorageSettings(url=url)) as schema:
        await schema.upgrade()
