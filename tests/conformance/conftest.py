"""An empty store on PostgreSQL for each test, without making a database each time."""

import asyncio
from collections.abc import Iterator

import psycopg
import pytest

from homeroom.house import StorageSettings
from homeroom_adapters.sql.storage import open_schema
from homeroom_testing.sandboxes import postgres_database
from homeroom_testing.services import Found, services_of_this_machine


@pytest.fixture(scope="session")
def postgres_house() -> Iterator[str]:
    """One database of our own for the whole session, with the newest schema."""
    found = services_of_this_machine().look_for("postgres")
    if not isinstance(found, Found):
        pytest.skip(str(found))
    with postgres_database(found.at) as url:
        asyncio.run(_upgrade(url))
        yield url


@pytest.fixture
def postgres_store(postgres_house: str) -> str:
    """A URL of an empty store; what a test leaves behind is swept out before the next."""
    with psycopg.connect(postgres_house, autocommit=True) as connection:
        connection.execute(
            "TRUNCATE institutions, api_keys, outbox, inbox, jobs, queue_state RESTART IDENTITY"
        )
    return postgres_house


async def _upgrade(url: str) -> None:
    async with open_schema(StorageSettings(url=url)) as schema:
        await schema.upgrade()
