"""The wire to BullMQ's Redis: nothing is sent twice, and failures are told in plain words."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import attrs
from redis.asyncio import BlockingConnectionPool, ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import TimeoutError as RedisTimeout

from homeroom.kernel.errors import Invalid, Unavailable

USUAL_PLACE = "redis://127.0.0.1:6379/0"

_CONNECTIONS = 20
_SLOW = "takes too long to answer; is it overloaded, or is the network slow?"
_REFUSED = "does not let us in; check the user and the password"

# The most specific comes first.
_MEANINGS: tuple[tuple[type[Exception], str], ...] = (
    (AuthenticationError, _REFUSED),
    (AuthorizationError, _REFUSED),
    (NoPermissionError, "forbids us this; grant its user the right to run scripts"),
    (BusyLoadingError, "is still loading its data; wait a moment"),
    (OutOfMemoryError, "is full; give it more memory"),
    (ReadOnlyError, "is read-only; give us the address of the primary"),
    (ResponseError, "refuses what we ask; it must be Redis 7.0 or later, and the keys BullMQ's"),
    (RedisTimeout, _SLOW),
    (TimeoutError, _SLOW),
    (Exception, "cannot be reached: is it running, and is its address right?"),
)


class BadAddress(Invalid):
    """No Redis can be at this address."""

    code = "bad_address"


@attrs.frozen
class Wire:
    """One Redis: for asking, and for waiting until it has something to tell."""

    client: Redis
    listener: Redis

    async def aclose(self) -> None:
        await self.listener.aclose()
        await self.client.aclose()


def open_wire(url: str, *, timeout: float, silence: float) -> Wire:
    """Connects when first used. Whoever listens may hear nothing for *silence* seconds."""
    where, once = url or USUAL_PLACE, Retry(NoBackoff(), 0)
    # Never tried again by itself: a lost answer may have locked a job for us.
    common = {"retry": once, "protocol": 2, "socket_connect_timeout": timeout}
    try:
        pool = BlockingConnectionPool.from_url(
            where, max_connections=_CONNECTIONS, timeout=timeout, socket_timeout=timeout, **common
        )
        ears = ConnectionPool.from_url(where, socket_timeout=silence + timeout, **common)
    except ValueError as error:
        # The library's own words may quote the address, and with it a password.
        raise BadAddress("write Redis' address as redis://user:password@host:6379/0") from error
    return Wire(Redis.from_pool(pool), Redis.from_pool(ears))


@contextmanager
def plain_words() -> Iterator[None]:
    """Raises `Unavailable` for whatever keeps Redis from doing as told.

    Whoever is cancelled within ends here: Redis' library now and then forgets to.
    """
    before = _cancellings()
    try:
        yield
    except (RedisError, OSError) as error:
        if _cancellings() == before:
            meaning = next(words for kind, words in _MEANINGS if isinstance(error, kind))
            raise Unavailable(f"The carrier's Redis {meaning}", retry_after=0.5) from error
    if _cancellings() > before:
        raise asyncio.CancelledError


def _cancellings() -> int:
    task = asyncio.current_task()
    return task.cancelling() if task else 0
