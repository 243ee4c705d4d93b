"""PostgreSQL's driver without SQLAlchemy between, for what every job passes through.

SQLAlchemy's pool and its crossings between async and sync take three times as long as the
driver itself.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import attrs
import sqlalchemy as sa
from sqlalchemy import URL

from homeroom.kernel.errors import Unavailable
from homeroom_adapters.sql.errors import refusal_for

if TYPE_CHECKING:  # SQLite does without PostgreSQL's driver
    from psycopg import AsyncConnection

CONNECT_SECONDS = 5
POOL_SECONDS = 10.0

FURNISH = (
    b"SELECT set_config(name, 'off', false) FROM pg_settings"
    b" WHERE name IN ('enable_seqscan', 'enable_hashjoin', 'enable_mergejoin')"
    b" UNION ALL SELECT set_config('TimeZone', 'UTC', false)"
)
"""A prepared statement keeps its plan: it may not be one that suits the first few rows only.

All that is asked here goes by an index, and joins a few rows to theirs. And instants come as we
hold them: to turn one from a server's zone into UTC takes five times as long.
"""

Values = Mapping[str, Any]
Rows = Sequence[Sequence[Any]]


@attrs.define
class DriverPool:
    """A few connections, each lent for one statement that commits by itself.

    Whichever came back last goes first, so that what is seldom needed stays closed.
    """

    dialect: sa.Dialect
    _url: URL
    _place: str
    _permits: asyncio.Semaphore = attrs.field(converter=asyncio.Semaphore, alias="size")
    _idle: list["AsyncConnection"] = attrs.field(factory=list, init=False, alias="idle")
    _closed: bool = attrs.field(default=False, init=False, alias="closed")

    async def ask(self, statement: bytes, values: Values) -> Rows:
        """Every row that it answers, once it is committed. Raises `Unavailable`."""
        async with self._turn():
            connection = self._idle.pop() if self._idle else await self._connected()
            try:
                with translating(connection, self._place):
                    return await ask(connection, statement, values)
            finally:
                await self._take_back(connection)

    async def close(self) -> None:
        """Close what is idle; what is lent closes when it comes back."""
        self._closed = True
        await self._forsake()

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(POOL_SECONDS):
                await self._permits.acquire()
        except TimeoutError as error:
            raise Unavailable("every database connection is busy", retry_after=1.0) from error
        try:
            yield
        finally:
            self._permits.release()

    async def _connected(self) -> "AsyncConnection":
        from psycopg import AsyncConnection, Error  # noqa: PLC0415

        try:
            connection = await AsyncConnection.connect(autocommit=True, **whereabouts(self._url))
        except Error as error:
            refusal = refusal_for(error, lost=True, place=self._place)
            raise refusal or Unavailable() from error
        try:
            with translating(connection, self._place):
                await ask(connection, FURNISH, {})
        except BaseException:
            await connection.close()
            raise
        connection.prepare_threshold = 0  # every statement here comes again and again
        return connection

    async def _take_back(self, connection: "AsyncConnection") -> None:
        """Keep *connection* for the next one. If it is lost, the others are likely to be too."""
        from psycopg.pq import TransactionStatus  # noqa: PLC0415

        if self._closed or connection.pgconn.transaction_status != TransactionStatus.IDLE:
            await connection.close()
            await self._forsake()
        else:
            self._idle.append(connection)

    async def _forsake(self) -> None:
        while self._idle:
            await self._idle.pop().close()


async def ask(driver: "AsyncConnection", statement: bytes, values: Values) -> Rows:
    """Every row that *statement* answers."""
    cursor = driver.cursor(binary=True)
    await cursor.execute(statement, values)
    # Its `description` would say so too, but makes an object for each column of the answer.
    answer = cursor.pgresult
    return await cursor.fetchall() if answer and answer.nfields else []


@contextmanager
def translating(driver: "AsyncConnection", place: str) -> Iterator[None]:
    """What *driver* raises inside means something at *place*, and that is raised."""
    from psycopg import Error  # noqa: PLC0415

    try:
        yield
    except (Error, UnicodeEncodeError) as error:
        refusal = refusal_for(error, lost=driver.closed, place=place)
        if refusal is None:
            raise
        raise refusal from error


def whereabouts(url: URL) -> dict[str, Any]:
    """All that the driver is told: where the database is, who we are, and how we connect."""
    return url.translate_connect_args(username="user", database="dbname") | connect_arguments(url)


def connect_arguments(url: URL) -> dict[str, Any]:
    """How we connect to the database at *url*, unless it says otherwise itself."""
    return {
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "homeroom",
        # A network that swallows packets shall not hold a worker for minutes.
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
        **url.query,
    }
