"""The adapter `sqlite` of `homeroom.rates`: one file that all processes of a machine share."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import attrs

from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Invalid, Unavailable
from homeroom.kernel.rates import Allowance, Rate, RateLimiter, RatesSettings


@attrs.frozen
class SqliteRates:
    """The generic cell rate algorithm: a row is the nanosecond when its key is fresh again."""

    settings: RatesSettings
    ambient: Ambient

    async def take(self, key: str, rate: Rate, *, times: int = 1) -> Allowance:
        try:
            return await asyncio.to_thread(self._take, key, rate, times)
        except sqlite3.Error as error:
            raise Unavailable(f"rates cannot be counted in their file: {error}") from error

    async def ping(self) -> None:
        await self.take("ping", Rate(1_000_000))

    def _take(self, key: str, rate: Rate, times: int) -> Allowance:
        key, per = f"{self.settings.environment}/{key}", int(rate.per * 1e9)
        with closing(sqlite3.connect(self.settings.url.removeprefix("file://"))) as db, db:
            db.execute("BEGIN IMMEDIATE")  # alone on the whole machine until the commit
            db.execute("CREATE TABLE IF NOT EXISTS rates (key PRIMARY KEY, fresh_at)")
            now = int(self.ambient.clock.now().timestamp() * 1e9)
            db.execute("DELETE FROM rates WHERE fresh_at <= ?", (now,))
            known = db.execute("SELECT fresh_at FROM rates WHERE key = ?", (key,)).fetchone()
            early = (known[0] if known else now) + per // rate.limit - now - per
            if early <= 0 and times:
                db.execute("REPLACE INTO rates VALUES (?, ?)", (key, now + per + early))
        return Allowance(early <= 0, max(0, -early * rate.limit // per), max(0, early / 1e9))


@asynccontextmanager
async def open_rates(settings: RatesSettings, ambient: Ambient) -> AsyncIterator[RateLimiter]:
    if not settings.url.startswith("file:///"):
        raise Invalid("write the address of the rates' file as file:// and its absolute path")
    yield SqliteRates(settings, ambient)
