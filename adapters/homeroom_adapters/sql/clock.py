"""The database's time, so that workers agree when a lease ends, whatever their own clocks say."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import attrs
import sqlalchemy as sa

from homeroom.kernel.errors import Refusal
from homeroom_adapters.sql.engine import Database

REFRESH_SECONDS = 30.0


@attrs.define
class DatabaseClock:
    """The database's time as last measured, carried on by a clock that nobody can set."""

    _database: Database
    _origin: datetime = attrs.field(init=False, alias="origin")
    """The database's time when the monotonic clock stood at zero: one value, so that threads
    which ask while it is measured see the old one or the new one."""

    _last: datetime = attrs.field(
        factory=lambda: datetime.fromtimestamp(0, UTC), init=False, alias="last"
    )

    def now(self) -> datetime:
        carried = self._origin + timedelta(seconds=time.monotonic())
        self._last = max(self._last, carried)
        return self._last

    async def measure(self) -> None:
        """Ask the database; the answer was true half-way between asking and hearing."""
        async with self._database.read() as connection:
            asked = time.monotonic()
            told = (await connection.execute(sa.select(sa.func.clock_timestamp()))).scalar_one()
            heard = time.monotonic()
        self._origin = told.astimezone(UTC) - timedelta(seconds=(asked + heard) / 2)

    async def keep_measuring(self) -> None:
        """Measure again and again; while the database is away, carry on from what was last."""
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            with suppress(Refusal):
                await self.measure()


@asynccontextmanager
async def open_database_clock(database: Database) -> AsyncIterator[DatabaseClock]:
    """A measured clock that keeps itself true. Raises `Unavailable`."""
    clock = DatabaseClock(database)
    await clock.measure()
    keeping = asyncio.create_task(clock.keep_measuring())
    try:
        yield clock
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping
