"""The way to a Redis: connections that wait for nobody, and errors in plain words."""

import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

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
REST = 0.5
"""Seconds for which a Redis that failed is not asked again."""

_log = logging.getLogger(__name__)

# The most specific comes first.
_MEANINGS: tuple[tuple[type[Exception], str], ...] = (
    (AuthenticationError, "does not let us in; check the user and the password"),
    (AuthorizationError, "does not let us in; check the user and the password"),
    (NoPermissionError, "forbids us this; grant its user the right to"),
    (BusyLoadingError, "is still loading its data; wait a moment"),
    (OutOfMemoryError, "is full; give it more memory"),
    (ReadOnlyError, "is read-only; give us the address of the primary"),
    (ResponseError, "refuses what we ask; it must be Redis 7.0 or later"),
    (RedisTimeout, "takes too long to answer; is it overloaded, or is the network slow?"),
    (TimeoutError, "takes too long to answer; is it overloaded, or is the network slow?"),
    (Exception, "cannot be reached: is it running, and is its address right?"),
)


class BadAddress(Invalid):
    """No Redis can be at this address."""

    code = "bad_address"


def bounded_pool(url: str, *, timeout: float, size: int, **more: Any) -> BlockingConnectionPool:
    """Up to *size* connections; no wait, for one of them or for an answer, beyond *timeout*."""
    with _mistakes_told():
        return BlockingConnectionPool.from_url(
            url or USUAL_PLACE,
            max_connections=size,
            timeout=timeout,
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            # Once more, for a connection that died unnoticed while it lay in the pool.
            retry=Retry(NoBackoff(), 1),
            protocol=2,
            **more,
        )


@asynccontextmanager
async def own_connection(url: str, *, patience: float, silence: float) -> AsyncIterator[Redis]:
    """One connection for one who listens; Redis may say nothing for *silence* seconds.

    It connects when first used. A cancelled command closes it, so that Redis hands nothing to
    whoever waits no longer.
    """
    with _mistakes_told():
        pool = ConnectionPool.from_url(
            url or USUAL_PLACE,
            socket_timeout=silence + patience,
            socket_connect_timeout=patience,
            # Never twice: what is handed over in an answer that got lost would lie there unknown.
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
    client = Redis(connection_pool=pool, single_connection_client=True)
    try:
        yield client
    finally:
        await client.aclose(close_connection_pool=True)


@attrs.define
class Line:
    """Speaks to one Redis, leaves it alone for a moment after it failed, and complains once."""

    _whose: str
    _meanwhile: str
    """What becomes of those who asked, for the log."""

    _refusal: type[Unavailable] = Unavailable
    _resting_until: float = attrs.field(default=0.0, init=False)
    _down: bool = attrs.field(default=False, init=False)

    @contextmanager
    def speaking(self) -> Iterator[None]:
        """Raises the line's refusal for whatever keeps Redis from doing as told."""
        if (rest := self._resting_until - time.monotonic()) > 0:
            sentence = f"{self._place} failed a moment ago and is not asked again yet"
            raise self._refusal(sentence, retry_after=rest)
        try:
            yield
        except ResponseError as error:  # it lives, and refuses this: full, read-only, too old
            self._note(down=True, why=error)
            raise self._refused(error) from error
        except (RedisError, OSError) as error:
            self._note(down=True, why=error)
            self._resting_until = time.monotonic() + REST
            raise self._refused(error) from error
        self._note(down=False)

    @property
    def _place(self) -> str:
        return f"The {self._whose}'s Redis"

    def _refused(self, error: Exception) -> Unavailable:
        meaning = next(words for kind, words in _MEANINGS if isinstance(error, kind))
        return self._refusal(f"{self._place} {meaning}", retry_after=REST)

    def _note(self, *, down: bool, why: Exception | None = None) -> None:
        if down and not self._down:
            kind = type(why).__name__
            _log.warning("the %s's Redis fails (%s); %s", self._whose, kind, self._meanwhile)
        elif self._down and not down:
            _log.info("the %s's Redis answers again", self._whose)
        self._down = down


@contextmanager
def _mistakes_told() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        # The library's own words may quote the address, and with it a password.
        raise BadAddress("write Redis' address as redis://user:password@host:6379/0") from error
