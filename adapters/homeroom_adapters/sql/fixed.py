"""Statements that never change: compiled once for each dialect, and sent without detours.

They are the ones that every job passes through. SQLAlchemy compiles them, and the driver is
asked directly, which takes a third of the time; inside a transaction, on its connection.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import attrs
import sqlalchemy as sa

from homeroom.kernel.errors import Refusal
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.postgres_driver import DriverPool, Rows, Values, ask, translating
from homeroom_adapters.sql.sqlite_driver import Straight
from homeroom_adapters.sql.sqlite_texts import sqlite_text

if TYPE_CHECKING:  # SQLite does without PostgreSQL's driver
    import psycopg

_ALIVE = sa.text("SELECT 1")


@attrs.frozen
class Fixed:
    """A statement, made by *build* for a dialect; a list in it is `Sent`, not written out."""

    build: Callable[[str], Any]

    async def run(
        self, connection: AsyncConnection | Straight | DriverPool, values: Values
    ) -> Rows:
        """Every row that it answers."""
        if isinstance(connection, DriverPool):
            return await connection.ask(_postgres_text(self.build, connection.dialect), values)
        if isinstance(connection, Straight) or connection.dialect.name == "sqlite":
            return await sqlite_text(self.build).run(connection, values)
        async with lent_driver(connection) as driver:
            return await ask(driver, _postgres_text(self.build, connection.dialect), values)


@cache
def _postgres_text(build: Callable[[str], Any], dialect: sa.Dialect) -> bytes:
    """The text for the driver, in which parameters are only what differs from time to time.

    Whatever is always the same is written out: a prepared statement could not go by an index
    over the rows of one state, if that state came as a parameter.
    """
    compiled = build(dialect.name).compile(dialect=dialect)
    text = str(compiled)
    for name, bind in compiled.binds.items():
        if not bind.required:
            text = text.replace(f"%({name})s", _written_out(compiled, bind))
    return text.encode()


def _written_out(compiled: Any, bind: sa.BindParameter[Any]) -> str:
    written: str = compiled.render_literal_value(bind.value, bind.type)
    return written.replace("%", "%%")


@asynccontextmanager
async def lent_driver(connection: AsyncConnection) -> AsyncIterator["psycopg.AsyncConnection"]:
    """PostgreSQL's driver under *connection*, inside its transaction; errors are translated."""
    driver: psycopg.AsyncConnection | None
    driver = (await connection.get_raw_connection()).driver_connection
    if not connection.in_transaction():
        await connection.begin()
    assert driver is not None  # noqa: S101 - a connection that is open has one
    try:
        with translating(driver, f"the database {connection.engine.url.database}"):
            yield driver
    except Refusal:
        if driver.closed:
            await connection.execute(_ALIVE)  # so that the pool learns of it, and refuses plainly
        raise
