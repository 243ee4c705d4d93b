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
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from homeroom.kernel.errors import Invalid, Refusal, Unavailable
from homeroom_adapters.sql.errors import Locked, refusal_for

BUSY_SECONDS = 10.0
"""How long SQLite waits for another process's writer; in this process writers queue."""

POOL_SECONDS = 10.0
CONNECT_SECONDS = 5

_READS = "homeroom_reads"

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
    _turn: asyncio.Lock = attrs.field(factory=asyncio.Lock, alias="turn")

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
    async def alone(self) -> AsyncIterator[AsyncConnection]:
        """A connection for writing whose every statement commits by itself."""
        async with AsyncExitStack() as stack:
            if self.is_sqlite:
                await stack.enter_async_context(self._turn)
            yield await stack.enter_async_context(self.read())

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction; what was not committed at the end is undone."""
        async with AsyncExitStack() as stack:
            if self.is_sqlite:
                await stack.enter_async_context(self._turn)
            connection = await stack.enter_async_context(self._connected())
            if self.is_sqlite:
                await connection.begin()  # takes the lock; PostgreSQL begins with what comes first
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that commits at the end, unless an error ends it."""
        async with self.transaction() as connection:
            yield connection
            await connection.commit()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        connection = self.engine.connect()
        try:
            await connection.start()
        except PoolTimeout as error:
            raise Unavailable("every database connection is busy", retry_after=1.0) from error
        try:
            yield connection
        finally:
            await connection.close()


@asynccontextmanager
async def open_database(url: str, *, pool_size: int) -> AsyncIterator[Database]:
    """An engine for *url*; nothing connects until somebody reads or writes."""
    chosen = parse_url(url)
    if chosen.get_backend_name() == "sqlite":
        engine = _sqlite_engine(chosen, pool_size)
    else:
        engine = _postgres_engine(chosen, pool_size)
    event.listen(engine.sync_engine, "handle_error", _translate)
    try:
        yield Database(engine)
    finally:
        await engine.dispose()


async def check(database: Database) -> None:
    """Connect once and see that the database can do what we need. Raises `Unavailable`."""
    if database.is_sqlite:
        await _keep_log_ahead(database)
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
        # Without an isolation level the driver begins nothing by itself: we say when.
        connect_args={"timeout": _busy_seconds(url), "isolation_level": None},
    )
    event.listen(engine.sync_engine, "connect", _furnish_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _busy_seconds(url: URL) -> float:
    asked = url.query.get("timeout")
    return float(asked) if isinstance(asked, str) else BUSY_SECONDS


def _postgres_engine(url: URL, pool_size: int) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "homeroom",
            # A network that swallows packets shall not hold a worker for minutes.
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
            **url.query,
        },
    )


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
