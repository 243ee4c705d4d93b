"""A database file of our own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from homeroom_adapters.sql.engine import Database, check, open_database
from homeroom_adapters.sql.schema import SqlSchema


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "homeroom.sqlite3"


@pytest.fixture
async def database(file: Path) -> AsyncIterator[Database]:
    """An open SQLite database with the newest schema, that waits 0.1 s for another's lock."""
    async with open_database(f"sqlite:///{file}?timeout=0.1", pool_size=3) as opened:
        await check(opened)
        await SqlSchema(opened).upgrade()
        yield opened
