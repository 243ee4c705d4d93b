"""One connection to Redis that many ask through at once: each writes, and answers come in order.

For who asks so often that the library's own client would be most of the work: it takes a
connection out of a pool for each call, starts a task to write and a time-out to read. Here a call
is one write and one future. Addresses, certificates and errors are the library's; of Redis'
protocol this knows answers of one line, and no others are asked for.
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, cast

import attrs
from redis.asyncio.connection import (
    Connection,
    SSLConnection,
    UnixDomainSocketConnection,
    parse_url,
)
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as ConnectionLost

Part = bytes | str | int

_USUAL_PORT = 6379
_REFUSALS: dict[bytes, type[RedisError]] = {
    b"NOAUTH": AuthenticationError,
    b"WRONGPASS": AuthenticationError,
    b"NOPERM": NoPermissionError,
    b"LOADING": BusyLoadingError,
    b"OOM": OutOfMemoryError,
    b"READONLY": ReadOnlyError,
    b"NOSCRIPT": NoScriptError,
}


class _Wire(asyncio.Protocol):
    """What is written, and who waits for which line."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._waiting: deque[asyncio.Future[bytes]] = deque()
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        while self._waiting:
            self._tell(ConnectionLost("the connection was lost"))

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\r\n")
        for line in lines:
            self._tell(_refusal(line) if line.startswith(b"-") else line)

    def ask(self, parts: Iterable[Part]) -> "asyncio.Future[bytes]":
        """The line that answers a command of these *parts*, once it is there."""
        if self.transport is None:
            raise ConnectionLost("the connection was lost")
        answer = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        self.transport.write(_packed(parts))
        return answer

    def _tell(self, said: bytes | RedisError) -> None:
        if not self._waiting:
            return
        waits = self._waiting.popleft()
        if waits.done():  # they wait no longer, and the answer was theirs all the same
            return
        if isinstance(said, bytes):
            waits.set_result(said)
        else:
            waits.set_exception(said)


@attrs.define(eq=False)
class Pipe:
    """The way to the Redis at *url*, opened when first used and again after it was lost."""

    url: str = attrs.field(repr=False)
    patience: float
    """Seconds after which a Redis that does not answer counts as away."""

    _wire: _Wire | None = attrs.field(default=None, init=False)
    _opening: asyncio.Lock = attrs.field(factory=asyncio.Lock, init=False)

    async def ask(self, *parts: Part) -> bytes:
        """The line that Redis answers. Raises `RedisError`, `OSError` and `TimeoutError`."""
        wire: _Wire | None = None
        try:
            async with asyncio.timeout(self.patience):
                wire = await self._open()
                return await wire.ask(parts)
        except TimeoutError:
            if wire is not None:  # what hangs is not waited for again
                _let_go(wire)
            raise

    async def run(self, script: "Script", keys: Sequence[str], said: Sequence[Part]) -> bytes:
        """The same for a script; a Redis that does not know it is given it."""
        rest = (len(keys), *keys, *said)
        try:
            return await self.ask("EVALSHA", script.digest, *rest)
        except NoScriptError:
            return await self.ask("EVAL", script.text, *rest)

    def close(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            _let_go(wire)

    async def _open(self) -> _Wire:
        if self._wire is not None and self._wire.transport is not None:
            return self._wire
        async with self._opening:
            if self._wire is None or self._wire.transport is None:
                self._wire = await self._connected()
            return self._wire

    async def _connected(self) -> _Wire:
        where: dict[str, Any] = dict(parse_url(self.url))
        kind = where.pop("connection_class", Connection)
        loop = asyncio.get_running_loop()
        if kind is UnixDomainSocketConnection:
            _, wire = await loop.create_unix_connection(_Wire, where["path"])
        else:
            tls = SSLConnection(**where).ssl_context.get() if kind is SSLConnection else None
            host, port = where.get("host", "localhost"), where.get("port", _USUAL_PORT)
            _, wire = await loop.create_connection(_Wire, host, port, ssl=tls)
        try:
            for greeting in _greetings(where):
                await wire.ask(greeting)
        except BaseException:
            _let_go(wire)
            raise
        return wire


@attrs.frozen
class Script:
    """A script in Redis' own language, and what Redis calls it."""

    text: str

    @cached_property
    def digest(self) -> str:
        return hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


def _let_go(wire: _Wire) -> None:
    if wire.transport is not None:
        wire.transport.abort()


def _greetings(where: dict[str, Any]) -> Iterable[Sequence[Part]]:
    if password := where.get("password"):
        user = where.get("username")
        yield ("AUTH", user, password) if user else ("AUTH", password)
    if database := where.get("db"):
        yield ("SELECT", database)


def _packed(parts: Iterable[Part]) -> bytes:
    pieces = [_bytes(part) for part in parts]
    counted = (b"$%d\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return b"*%d\r\n%b" % (len(pieces), b"".join(counted))


def _bytes(part: Part) -> bytes:
    return part if isinstance(part, bytes) else str(part).encode()


def _refusal(line: bytes) -> RedisError:
    kind = line[1:].split(b" ", 1)[0]
    return _REFUSALS.get(kind, ResponseError)(line[1:].decode(errors="replace"))
