"""Databases with nothing in them, of both kinds."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from homeroom_adapters.sql.engine import Database, open_database
from homeroom_testing.sandboxes import postgres_database
from homeroom_testing.services import Found, services_of_this_machine


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Where a SQLite file will be."""
    return f"sqlite:///{tmp_path / 'homeroom.sqlite3'}"


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """Where an empty PostgreSQL database is."""
    found = services_of_this_machine().look_for("postgres")
    if not isinstance(found, Found):
        pytest.skip(str(found))
    with postgres_database(found.at, durable=False) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.service("postgres"))])
def empty_url(request: pytest.FixtureRequest) -> str:
    """Where an empty database is, one kind after the other."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def empty(empty_url: str) -> AsyncIterator[Database]:
    """An empty database, open."""
    async with open_database(empty_url, pool_size=2) as database:
        yield database
