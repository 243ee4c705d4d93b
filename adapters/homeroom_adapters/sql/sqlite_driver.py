"""SQLite's driver as we use it: a statement is one trip to its connection's thread and back.

SQLAlchemy's own adapter makes four of it: for a cursor, to execute, to fetch, and to close; and
one more to roll back whatever goes back to the pool, begun or not.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from typing import Any, Self

import aiosqlite
import attrs
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
)
from sqlalchemy.pool import ConnectionPoolEntry

from homeroom_adapters.sql.alchemy import AsyncConnection, AsyncEngine
from homeroom_adapters.sql.errors import refusal_for

Values = Mapping[str, Any]
Rows = Sequence[Sequence[Any]]


@attrs.define
class Straight:
    """A connection past the pool, on which every statement stands alone."""

    dialect: sa.Dialect
    _place: str
    _connect: Callable[[], AbstractAsyncContextManager[AsyncConnection]]
    _opening: asyncio.Lock = attrs.field(factory=asyncio.Lock, init=False, alias="opening")
    _stack: AsyncExitStack = attrs.field(factory=AsyncExitStack, init=False, alias="stack")
    _driver: aiosqlite.Connection | None = attrs.field(default=None, init=False, alias="driver")

    async def ask(self, statement: str, values: Values) -> Rows:
        """Every row that it answers, once it is committed. Raises `Unavailable`."""
        return await ask(self._driver or await self._opened(), statement, values, self._place)

    async def close(self) -> None:
        await self._stack.aclose()

    async def _opened(self) -> aiosqlite.Connection:
        async with self._opening:
            if (driver := self._driver) is None:  # nobody has opened it meanwhile
                connection = await self._stack.enter_async_context(self._connect())
                self._driver = driver = await driver_of(connection)
                (await connection.get_raw_connection()).detach()  # the pool makes another one
            return driver


async def driver_of(connection: AsyncConnection) -> aiosqlite.Connection:
    """The driver's own connection under *connection*."""
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, aiosqlite.Connection)  # noqa: S101 - an open connection has one
    return driver


async def ask(driver: aiosqlite.Connection, statement: str, values: Values, place: str) -> Rows:
    """Every row that *statement* answers, in one trip. Raises what an error means at *place*."""
    try:
        return list(await driver.execute_fetchall(statement, values))
    except (sqlite3.Error, UnicodeEncodeError) as error:
        refusal = refusal_for(error, lost=False, place=place)
        if refusal is None:
            raise
        raise refusal from error


def hasten(engine: AsyncEngine) -> None:
    """Let every connection that *engine* makes from now on take one trip a statement."""
    event.listen(engine.sync_engine, "do_connect", _connect)


def _connect(
    dialect: sa.Dialect, _: ConnectionPoolEntry, where: list[Any], how: dict[str, Any]
) -> Any:
    made: Any = dialect.connect(*where, **how)
    return _Connection(made.dbapi, made.driver_connection)


class _Statement:
    """What the driver calls a cursor: done, fetched and closed by the time it was executed."""

    arraysize = 1

    def __init__(self, driver: aiosqlite.Connection) -> None:
        self._driver = driver
        self._rows: Rows = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, operation: str, parameters: Any = ()) -> None:
        await self._go(partial(self._driver._conn.execute, operation, parameters))

    async def executemany(self, operation: str, parameters: Any) -> None:
        await self._go(partial(self._driver._conn.executemany, operation, parameters))

    async def fetchall(self) -> Rows:
        return self._rows

    async def close(self) -> None:
        """It is."""

    async def _go(self, execute: Callable[[], sqlite3.Cursor]) -> None:
        # The driver does nothing else in its thread, and has no name for it that is public.
        await self._driver._execute(self._run, execute)  # type: ignore[no-untyped-call]

    def _run(self, execute: Callable[[], sqlite3.Cursor]) -> None:
        cursor = execute()
        self.description = cursor.description
        self._rows = cursor.fetchall() if cursor.description else ()
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        cursor.close()


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    __slots__ = ()

    def _make_new_cursor(self, connection: Any) -> Any:
        return _Statement(connection)


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()

    _cursor_cls = _Cursor

    def commit(self) -> None:
        if self._has_begun:
            super().commit()

    def rollback(self) -> None:
        if self._has_begun:
            super().rollback()

    @property
    def _has_begun(self) -> bool:
        try:
            return bool(self.driver_connection.in_transaction)
        except ValueError:  # it is closed
            return False
