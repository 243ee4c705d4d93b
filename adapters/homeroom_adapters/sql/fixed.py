"""Statements that never change: compiled once for each dialect, and sent without detours.

They are the ones that every job passes through. SQLAlchemy compiles them, hands out the
connection and keeps its transaction; on PostgreSQL the driver is then asked directly, which
takes a third of the time.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from homeroom_adapters.sql.errors import refusal_for

_ALIVE = sa.text("SELECT 1")


@attrs.frozen
class Fixed:
    """A statement, made by *build* for a dialect; a list in it is `Sent`, not written out."""

    build: Callable[[str], Any]

    async def run(
        self, connection: AsyncConnection, values: Mapping[str, Any]
    ) -> Sequence[Sequence[Any]]:
        """Every row that it answers."""
        if connection.dialect.name == "sqlite":
            answer = await connection.execute(_built(self.build, "sqlite"), values)
            return answer.all() if answer.returns_rows else []
        if not _commits_by_itself(connection) and not connection.in_transaction():
            await connection.begin()
        return await _ask_driver(connection, *self._compiled(connection, values))

    def _compiled(
        self, connection: AsyncConnection, values: Mapping[str, Any]
    ) -> tuple[str, Mapping[str, Any]]:
        text, always = _compiled_for(self.build, connection.dialect)
        return text, {**always, **values}


@cache
def _built(build: Callable[[str], Any], dialect: str) -> Any:
    return build(dialect)


@cache
def _compiled_for(
    build: Callable[[str], Any], dialect: sa.Dialect
) -> tuple[str, Mapping[str, Any]]:
    """The text for the driver, and the parameters that are the same every time."""
    compiled = _built(build, dialect.name).compile(dialect=dialect)
    return str(compiled), compiled.params


def _commits_by_itself(connection: AsyncConnection) -> bool:
    return connection.sync_connection is not None and (
        connection.sync_connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"
    )


async def _ask_driver(
    connection: AsyncConnection, text: str, values: Mapping[str, Any]
) -> Sequence[Sequence[Any]]:
    import psycopg  # noqa: PLC0415 - SQLite does without PostgreSQL's driver

    driver: psycopg.AsyncConnection | None
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None  # noqa: S101 - a connection that is open has one
    try:
        cursor = await driver.execute(text.encode(), values)
        return await cursor.fetchall() if cursor.description else []
    except psycopg.Error as error:
        if driver.closed:
            await connection.execute(_ALIVE)  # so that the pool learns of it, and refuses plainly
        place = f"the database {connection.engine.url.database}"
        refusal = refusal_for(error, lost=driver.closed, place=place)
        if refusal is None:
            raise
        raise refusal from error
