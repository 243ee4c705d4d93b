"""Engines: one for each dialect's ways, and the one place where drivers' errors are translated."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import attrs
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from homeroom.kernel.errors import Invalid, Refusal, Unavailable
from homeroom_adapters.sql.alchemy import AsyncConnection, AsyncEngine, create_async_engine
from homeroom_adapters.sql.errors import Locked, refusal_for
from homeroom_adapters.sql.late import Late
from homeroom_adapters.sql.postgres_driver import (
    FURNISH,
    POOL_SECONDS,
    DriverPool,
    connect_arguments,
)
from homeroom_adapters.sql.sqlite_driver import Straight, hasten

BUSY_SECONDS = 10.0
"""How long SQLite waits for another process's writer; in this process writers queue."""

_READS = "homeroom_reads"

Connection = AsyncConnection | Straight | DriverPool
"""What a `Fixed` statement can be run on."""

_SQLITE_ANSWERS = (
    ("PRAGMA journal_mode", "wal"),
    ("PRAGMA foreign_keys", 1),
    ("PRAGMA synchronous", 2),
    ("SELECT timeout > 0 FROM pragma_busy_timeout", 1),
)
_POSTGRES_ANSWERS = (("SELECT current_setting('server_version_num')::int >= 130000", True),)


class BadDatabaseUrl(Invalid):
    """The storage's URL must be sqlite:///path/to/file or postgresql://user@host/database."""

    code = "bad_database_url"


@attrs.frozen
class Database:
    """An open database: `read` takes no locks, `write` is one transaction.

    SQLite has one writer. In this process writers queue for their turn, first come first
    served; between processes SQLite's own lock decides.
    """

    engine: AsyncEngine
    _lent: DriverPool | None = attrs.field(default=None, alias="lent")
    _turn: asyncio.Lock = attrs.field(factory=asyncio.Lock, alias="turn")
    _straight_reads: Straight = attrs.field(
        default=attrs.Factory(lambda self: self._straight(), takes_self=True),
        init=False,
        alias="straight_reads",
    )
    _straight_writes: Straight = attrs.field(
        default=attrs.Factory(lambda self: self._straight(), takes_self=True),
        init=False,
        alias="straight_writes",
    )

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @property
    def name(self) -> str:
        """What the database is called in messages: never with a password."""
        return _place(self.engine.url)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection whose every statement stands alone."""
        async with self._connected() as connection:
            if self.is_sqlite:
                await connection.execution_options(**{_READS: True})
            else:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
            yield connection

    @asynccontextmanager
    async def asked(self) -> AsyncIterator[Connection]:
        """A connection for `Fixed` statements that only read."""
        yield self._lent or self._straight_reads

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[Connection]:
        """A connection for `Fixed` statements, each of which commits by itself."""
        if self._lent:
            yield self._lent
        else:
            async with self._turn:
                yield self._straight_writes

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A connection whose first statement begins a transaction.

        What was not committed at the end is undone.
        """
        async with AsyncExitStack() as stack:
            if self.is_sqlite:
                await stack.enter_async_context(self._turn)
            yield await stack.enter_async_context(self._connecting())

    @property
    def lonely(self) -> Connection:
        """For the one `Fixed` statement of a transaction that has not begun: it commits itself."""
        return self._lent or self._straight_writes  # whose turn it is already

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that commits at the end, unless an error ends it."""
        async with self.transaction() as connection:
            yield connection
            await connection.commit()

    def _straight(self) -> Straight:
        return Straight(self.engine.dialect, self.name, self._connected)

    async def warm_up(self) -> None:
        """Connect for lonely statements too, so that the first one has not to wait for it."""
        if self._lent:
            await self._lent.ask(b"SELECT 1", {})

    async def close(self) -> None:
        await self._straight_reads.close()
        await self._straight_writes.close()
        if self._lent:
            await self._lent.close()
        await self.engine.dispose()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        async with self._connecting() as connection:
            await connection.taken()
            yield connection

    @asynccontextmanager
    async def _connecting(self) -> AsyncIterator[Late]:
        connection = Late(self.engine)
        try:
            yield connection
        finally:
            await connection.close()


@asynccontextmanager
async def open_database(url: str, *, pool_size: int) -> AsyncIterator[Database]:
    """An engine for *url*; nothing connects until somebody reads or writes."""
    chosen = parse_url(url)
    if chosen.get_backend_name() == "sqlite":
        database = Database(_sqlite_engine(chosen, pool_size))
    else:
        lent = max(1, pool_size // 3)
        engine = _postgres_engine(chosen, max(1, pool_size - lent))
        database = Database(engine, DriverPool(engine.dialect, chosen, _place(chosen), lent))
    event.listen(database.engine.sync_engine, "handle_error", _translate)
    try:
        yield database
    finally:
        await database.close()


async def check(database: Database) -> None:
    """Connect once and see that the database can do what we need. Raises `Unavailable`."""
    if database.is_sqlite:
        await _keep_log_ahead(database)
    await database.warm_up()
    async with database.read() as connection:
        for question, wanted in _SQLITE_ANSWERS if database.is_sqlite else _POSTGRES_ANSWERS:
            answer = (await connection.execute(sa.text(question))).scalar_one()
            if answer != wanted:
                raise Unavailable(
                    f"{database.name} cannot be used: {question} answers {answer}, not {wanted}"
                )


async def _keep_log_ahead(database: Database) -> None:
    """Switch the file to its write-ahead log; once switched, it stays so.

    While another process is at this very step, SQLite fails instead of waiting: we wait.
    """
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            async with database.read() as connection:
                await connection.execute(sa.text("PRAGMA journal_mode = WAL"))
                return
        except Locked:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.02)


def parse_url(text: str) -> URL:
    """The URL with our driver in it. Raises `BadDatabaseUrl`, without quoting a password."""
    try:
        url = sa.make_url(text)
    except (ArgumentError, ValueError):
        raise BadDatabaseUrl from None
    match url.drivername:
        case "sqlite" if url.database in (None, "", ":memory:"):
            raise BadDatabaseUrl(
                "SQLite needs a file, as in sqlite:///path/to/file; "
                "to keep nothing, choose the storage adapter 'memory'"
            )
        case "sqlite":
            return url.set(drivername="sqlite+aiosqlite")
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+psycopg")
        case other:
            raise BadDatabaseUrl(f"the sql storage speaks sqlite and postgresql, not {other!r}")


def _sqlite_engine(url: URL, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        hide_parameters=True,  # they may be personal, and errors are logged
        # Without an isolation level the driver begins nothing by itself: we say when.
        connect_args={"timeout": _busy_seconds(url), "isolation_level": None},
    )
    hasten(engine)
    event.listen(engine.sync_engine, "connect", _furnish_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _busy_seconds(url: URL) -> float:
    asked = url.query.get("timeout")
    return float(asked) if isinstance(asked, str) else BUSY_SECONDS


def _postgres_engine(url: URL, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        hide_parameters=True,  # they may be personal, and errors are logged
        connect_args=connect_arguments(url),
    )
    event.listen(engine.sync_engine, "connect", _furnish_postgres)
    return engine


def _furnish_postgres(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Units prepare their statements too: a plan that was made for a small table would stay."""
    cursor = connection.cursor()
    cursor.execute(FURNISH.decode())
    cursor.close()
    connection.commit()


def _furnish_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    # FULL: what was committed survives a power cut, as it does on PostgreSQL.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # A transaction that reads first and writes later would find the lock taken half-way.
    if not connection.get_execution_options().get(_READS):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _translate(context: ExceptionContext) -> Refusal | None:
    url = context.engine.url if context.engine else None
    return refusal_for(
        context.original_exception,
        lost=context.is_disconnect or context.connection is None,
        place=_place(url),
    )


def _place(url: URL | None) -> str:
    if url is None:
        return "the database"
    if url.get_backend_name() == "sqlite":
        return f"the database file {url.database}"
    return f"the database {url.database} at {url.host or 'the local socket'}:{url.port or 5432}"
