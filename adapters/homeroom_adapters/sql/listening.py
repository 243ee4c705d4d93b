"""Hears what other processes notify, on a connection to PostgreSQL of its own."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import structlog
from sqlalchemy import URL

from homeroom_adapters.sql.notices import CHANNEL
from homeroom_adapters.sql.postgres_driver import whereabouts
from homeroom_adapters.sql.wakeups import Bells

_LONGEST_PAUSE = 2.0
"""Seconds. A PostgreSQL that is back has us listening well within five."""

log = structlog.get_logger("homeroom.sql")


@asynccontextmanager
async def open_listening(url: URL, bells: Bells) -> AsyncIterator[None]:
    """Hear what other processes notify, for as long as this is open."""
    task = asyncio.create_task(_keep_listening(url, bells), name="homeroom-listen")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _keep_listening(url: URL, bells: Bells) -> None:
    pause = 0.1
    while True:
        try:
            async for queue in _listen(url):
                pause = 0.1
                bells.ring([queue])
        except (psycopg.Error, OSError) as error:
            log.warning("listening_interrupted", error=type(error).__name__)
        await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - jitter, no secret
        pause = min(_LONGEST_PAUSE, pause * 2)


async def _listen(url: URL) -> AsyncIterator[str]:
    connection = await psycopg.AsyncConnection.connect(autocommit=True, **whereabouts(url))
    async with connection:
        await connection.execute(f"LISTEN {CHANNEL}")
        yield ""  # whatever happened before we listened
        async for notice in connection.notifies():
            yield notice.payload
