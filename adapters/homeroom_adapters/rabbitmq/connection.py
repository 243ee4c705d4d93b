"""The way to a RabbitMQ: connections that come back by themselves, and errors in plain words."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

from aio_pika import Connection
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import (
    AMQPError,
    AuthenticationError,
    ChannelClosed,
    ChannelPreconditionFailed,
    DeliveryError,
    InvalidFrameError,
    ProbableAuthenticationError,
)
from aiormq.exceptions import ChannelAccessRefused, ConnectionNotAllowed
from yarl import URL

from homeroom.kernel.errors import Invalid, Unavailable

USUAL_PLACE = "amqp://guest:guest@127.0.0.1:5672/"
PATIENCE = 5.0
"""Seconds after which a RabbitMQ that does not answer counts as away."""

REST = 0.5
"""Seconds, more or less, for which a RabbitMQ that failed is not asked again."""

_HEARTBEAT = "10"
_FAREWELL = 2.0

_log = logging.getLogger(__name__)

Prepare = Callable[[AbstractChannel], Awaitable[object]]
"""What is to be done at a channel before it is used."""

# The most specific comes first.
_MEANINGS: tuple[tuple[type[BaseException], str], ...] = (
    (ProbableAuthenticationError, "does not let us in; check the user and the password"),
    (AuthenticationError, "does not let us in; check the user and the password"),
    (ConnectionNotAllowed, "does not let us into the virtual host of its address; does it exist?"),
    # So the library calls a refusal where it expected a welcome.
    (InvalidFrameError, "does not let us into the virtual host of its address; does it exist?"),
    (ChannelAccessRefused, "forbids us this; grant its user all rights in its virtual host"),
    (ChannelPreconditionFailed, "has a queue of our name that is of another kind; remove it"),
    (DeliveryError, "did not take everything: a queue is full or was removed"),
    (TimeoutError, "takes too long to answer; is it overloaded, or is the network slow?"),
    (BaseException, "cannot be reached: is it running, and is its address right?"),
)

# The broker said no to one channel; the connection itself works.
_REFUSED = (ChannelClosed, DeliveryError)
_BROKEN = (AMQPError, OSError, TimeoutError, RuntimeError)


class BadAddress(Invalid):
    """No RabbitMQ can be at this address."""

    code = "bad_address"


def address(url: str) -> URL:
    """*url* as the library wants it. Raises `BadAddress`."""
    try:
        parsed = URL(url or USUAL_PLACE)
    except ValueError:
        parsed = URL()
    if parsed.scheme not in {"amqp", "amqps"} or not parsed.host:
        # The library's own words may quote the address, and with it a password.
        raise BadAddress("write RabbitMQ's address as amqp://user:password@host:5672/virtual-host")
    return parsed if "heartbeat" in parsed.query else parsed.update_query(heartbeat=_HEARTBEAT)


class Line:
    """One connection to a RabbitMQ, opened when needed and anew after it broke.

    A RabbitMQ that failed is left alone for a moment, and complained about once.
    """

    def __init__(self, url: str, whose: str, meanwhile: str, luck: Callable[[], float]) -> None:
        _let_the_library_be_silent()
        self._url = address(url)
        self._whose = whose
        self._meanwhile = meanwhile
        self._luck = luck
        self._connection: AbstractConnection | None = None
        self._connecting = asyncio.Lock()
        self._resting_until = 0.0
        self._down = False
        self._closed = False
        self._farewells = set[asyncio.Task[None]]()

    @asynccontextmanager
    async def speaking(self, within: float = PATIENCE) -> AsyncIterator[None]:
        """Raises `Unavailable` for whatever keeps RabbitMQ from doing as told in time."""
        if (rest := self._resting_until - time.monotonic()) > 0:
            sentence = "failed a moment ago and is not asked again yet"
            raise Unavailable(f"The {self._whose}'s RabbitMQ {sentence}", retry_after=rest)
        used = self._connection
        try:
            async with asyncio.timeout(within):
                yield
        except _REFUSED as error:
            self._note(down=True, why=error)
            raise self._refused(error) from error
        except _BROKEN as error:
            self._gone(used, error)
            raise self._refused(error) from error
        except asyncio.CancelledError as error:
            if _told_to_stop():
                raise
            self._gone(used, error)
            raise self._refused(error) from error
        self._note(down=False)

    async def channel(self, *, confirms: bool) -> AbstractChannel:
        """A new channel; to be opened while `speaking`."""
        async with self._connecting:
            if self._closed:
                raise Unavailable(f"The {self._whose} is closed")
            if self._connection is None or not _alive(self._connection):
                self._leave(self._connection)
                self._connection = None
                self._connection = await _connected(self._url, f"homeroom {self._whose}")
            connection = self._connection
        channel = connection.channel(publisher_confirms=confirms, on_return_raises=confirms)
        await channel.initialize()
        return channel

    async def ping(self) -> None:
        """Raises `Unavailable` with a sentence that says what to do."""
        async with self.speaking():
            channel = await self.channel(confirms=False)
            await channel.close()

    async def aclose(self) -> None:
        """Hang up for good; what was not acknowledged goes back to its queue."""
        self._closed = True
        self._leave(self._connection)
        self._connection = None
        await asyncio.gather(*self._farewells, return_exceptions=True)

    def in_background(self, task: Coroutine[Any, Any, None]) -> None:
        """Let *task* end by itself; `aclose` waits for it."""
        running = asyncio.create_task(task)
        self._farewells.add(running)
        running.add_done_callback(self._farewells.discard)

    def _gone(self, used: AbstractConnection | None, why: BaseException) -> None:
        """The connection is no good any more, unless somebody has opened another meanwhile."""
        self._note(down=True, why=why)
        if used is None or used is self._connection:
            self._resting_until = time.monotonic() + REST * (0.5 + self._luck())
            self._leave(self._connection)
            self._connection = None

    def _leave(self, connection: AbstractConnection | None) -> None:
        if connection is not None:
            self.in_background(_hang_up(connection))

    def _refused(self, error: BaseException) -> Unavailable:
        meaning = next(words for kind, words in _MEANINGS if isinstance(error, kind))
        return Unavailable(f"The {self._whose}'s RabbitMQ {meaning}", retry_after=REST)

    def _note(self, *, down: bool, why: BaseException | None = None) -> None:
        if down and not self._down:
            kind = type(why).__name__
            _log.warning("the %s's RabbitMQ fails (%s); %s", self._whose, kind, self._meanwhile)
        elif self._down and not down:
            _log.info("the %s's RabbitMQ answers again", self._whose)
        self._down = down


async def _connected(url: URL, name: str) -> AbstractConnection:
    """As the library connects; but it forgets to close what it could not connect."""
    connection = Connection(url, client_properties={"connection_name": name})
    try:
        await connection.connect(timeout=PATIENCE)
    except BaseException:
        await connection.close()
        raise
    return connection


class KeptChannel:
    """A channel of a line, opened when first needed and anew after it closed."""

    def __init__(self, line: Line, prepare: Prepare | None = None, *, confirms: bool) -> None:
        self._line = line
        self._prepare = prepare
        self._confirms = confirms
        self._channel: AbstractChannel | None = None
        self._opening = asyncio.Lock()

    async def open(self) -> AbstractChannel:
        """The channel; to be asked for while the line is `speaking`."""
        async with self._opening:
            if self._channel is None or self._channel.is_closed:
                channel = await self._line.channel(confirms=self._confirms)
                if self._prepare is not None:
                    await self._prepare(channel)
                self._channel = channel
            return self._channel


@asynccontextmanager
async def parting(within: float = PATIENCE) -> AsyncIterator[None]:
    """For what a lost connection makes needless: all that it held is back in its queue then."""
    try:
        async with asyncio.timeout(within):
            yield
    except _BROKEN:
        pass
    except asyncio.CancelledError:
        if _told_to_stop():
            raise


def _let_the_library_be_silent() -> None:
    """It reports every attempt that fails, with tracebacks; we say once what that means.

    Whoever has chosen a level for it wants to hear it, and does.
    """
    for name in ("aiormq", "aio_pika"):
        logger = logging.getLogger(name)
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.CRITICAL)


def _told_to_stop() -> bool:
    """Whether somebody cancelled us. The library, too, cancels whoever waits at a broken line."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


def _alive(connection: AbstractConnection) -> bool:
    return connection.connected.is_set() and not connection.is_closed


async def _hang_up(connection: AbstractConnection) -> None:
    with suppress(Exception):
        async with asyncio.timeout(_FAREWELL):
            await connection.close()
