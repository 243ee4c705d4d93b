"""Tells other processes that sittings changed: often enough, and never inside a transaction.

PostgreSQL lets those who notify commit one after the other. Answers come from a whole class at
once, and are not to wait for each other: so each process says, after its commits and a few times
a second at most, that there is something new. What is not said is found by whoever looks.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import sqlalchemy as sa
import structlog

from homeroom.kernel.errors import Unavailable
from homeroom.kernel.queue import SITTINGS
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.notices import CHANNEL
from homeroom_adapters.sql.wakeups import Bells

PAUSE = 0.1
"""Seconds between two notices of one process, at least."""

_REST = 1.0
"""Seconds after something that nobody foresaw."""

_TELL = sa.select(sa.func.pg_notify(CHANNEL, SITTINGS))

log = structlog.get_logger("homeroom.sql")


@asynccontextmanager
async def open_telling(
    database: Database, bells: Bells
) -> AsyncIterator[Callable[[Iterable[str]], None]]:
    """What is told after commits. Of queues PostgreSQL has told already, with the commit."""
    changed = asyncio.Event()
    task = asyncio.create_task(_keep_telling(database, changed), name="homeroom-tell")

    def announce(news: Iterable[str]) -> None:
        if SITTINGS in news:
            bells.ring([SITTINGS])
            changed.set()

    try:
        yield announce
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _keep_telling(database: Database, changed: asyncio.Event) -> None:
    while not _told_to_end():
        await changed.wait()
        changed.clear()
        try:
            async with database.read() as connection:
                await connection.execute(_TELL)
        except Unavailable as error:
            log.warning("telling_interrupted", error=type(error).__name__)
        except Exception:
            log.exception("telling_tripped")
            await asyncio.sleep(_REST)
        await asyncio.sleep(PAUSE)


def _told_to_end() -> bool:
    """Whether this was cancelled: a statement that is, says that the database is away."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
