"""A web server that misbehaves on purpose, for whoever must survive the ones that do.

async with lying({"/drip": drip(), "/busy": say(429, {"Retry-After": "3"})}) as liar:
    ... call liar.url("/drip") ...
    assert liar.connections == 1
"""

import asyncio
import gzip
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

import attrs

_PAGE = 64 * 1024


@attrs.frozen
class Heard:
    """A request as the liar got it; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Lie = Callable[[asyncio.StreamWriter, Heard], Awaitable[None]]
"""Answers one request. Afterwards the connection is kept, unless the lie closed it."""


@attrs.define
class Liar:
    """Where the server listens, and what it has seen."""

    port: int
    scheme: str = "http"
    connections: int = 0
    """How many came."""

    open: int = 0
    """How many of them are still there."""

    heard: list[Heard] = attrs.field(factory=list)

    def url(self, path: str = "/", *, host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"


@asynccontextmanager
async def lying(
    lies: Mapping[str, Lie],
    *,
    otherwise: Lie | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Liar]:
    """A liar on a free port of loopback, until the block is left; other paths are 404.

    Whoever gives *otherwise* answers at those, too, and keeps what is heard there to itself.
    """
    liar = Liar(port=0, scheme="https" if tls else "http")
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        liar.connections += 1
        liar.open += 1
        try:
            await _talk(reader, writer, liar, lies, otherwise)
        finally:
            liar.open -= 1

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(talk(reader, writer))
        talks.add(task)
        task.add_done_callback(talks.discard)

    server = await asyncio.start_server(begin, "127.0.0.1", 0, ssl=tls)
    liar.port = server.sockets[0].getsockname()[1]
    try:
        yield liar
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


async def _talk(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    liar: Liar,
    lies: Mapping[str, Lie],
    otherwise: Lie | None,
) -> None:
    try:
        while not writer.is_closing():
            heard = await _listen(reader)
            if otherwise is None:
                liar.heard.append(heard)
            lie = lies.get(heard.path.partition("?")[0], otherwise or say(404))
            await lie(writer, heard)
            await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
        pass  # the caller had enough, as it should
    finally:
        writer.close()
        with suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()


async def _listen(reader: asyncio.StreamReader) -> Heard:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Heard(method, path, headers, body)


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Liar", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def say(status: int = 200, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Lie:
    """The truth: this status, these headers, this body."""

    async def lie(writer: asyncio.StreamWriter, _: Heard) -> None:
        length = {"Content-Length": str(len(body))}
        writer.write(_head(status, {**length, **(headers or {})}) + body)

    return lie


def say_in_turn(*lies: Lie) -> Lie:
    """One lie after the other; the last one for ever."""
    left = list(lies)

    async def lie(writer: asyncio.StreamWriter, heard: Heard) -> None:
        now = left.pop(0) if len(left) > 1 else left[0]
        await now(writer, heard)

    return lie


def wait(seconds: float, then: Lie) -> Lie:
    """Nothing for *seconds*, then *then*."""

    async def lie(writer: asyncio.StreamWriter, heard: Heard) -> None:
        await asyncio.sleep(seconds)
        await then(writer, heard)

    return lie


def drip(*, every: float = 1.0) -> Lie:
    """A promising head, and then a byte now and then: each read succeeds, the answer never."""

    async def lie(writer: asyncio.StreamWriter, _: Heard) -> None:
        writer.write(_head(200, {"Content-Length": str(_PAGE)}))
        for _turn in range(_PAGE):
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(every)

    return lie


def drip_headers(*, every: float = 1.0) -> Lie:
    """A head that never ends, a byte at a time."""

    async def lie(writer: asyncio.StreamWriter, _: Heard) -> None:
        writer.write(b"HTTP/1.1 200 Liar\r\nX-Slow: ")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(every)

    return lie


def pour() -> Lie:
    """A body without end, as fast as it is taken."""

    async def lie(writer: asyncio.StreamWriter, _: Heard) -> None:
        writer.write(_head(200, {"Transfer-Encoding": "chunked"}))
        chunk = f"{_PAGE:x}\r\n".encode() + b"." * _PAGE + b"\r\n"
        while True:
            writer.write(chunk)
            await writer.drain()

    return lie


def brag(size: int) -> Lie:
    """*size* bytes of headers."""
    line = 8_000

    async def lie(writer: asyncio.StreamWriter, heard: Heard) -> None:
        headers = {f"X-{number}": "." * line for number in range(size // line)}
        rest = {"X-Rest": "." * (size % line)}
        await say(200, {**headers, **rest})(writer, heard)

    return lie


def bomb(size: int) -> Lie:
    """*size* bytes packed by gzip, though nobody asked for it."""
    return say(200, {"Content-Encoding": "gzip"}, gzip.compress(bytes(size)))


def boast(declared: int) -> Lie:
    """Declares *declared* bytes and sends none."""

    async def lie(writer: asyncio.StreamWriter, _: Heard) -> None:
        writer.write(_head(200, {"Content-Length": str(declared)}))
        await writer.drain()
        await asyncio.sleep(3600)

    return lie


def cut(*, after: int) -> Lie:
    """Resets the connection when *after* bytes of a longer answer were sent."""

    async def lie(writer: asyncio.StreamWriter, _: Heard) -> None:
        whole = _head(200, {"Content-Length": str(_PAGE)}) + b"." * _PAGE
        writer.write(whole[:after])
        await writer.drain()
        await asyncio.sleep(0.02)  # lest the reset overtake what was sent before it
        reset(writer)

    return lie


def half_close() -> Lie:
    """Ends its own side of the connection without an answer, and goes on listening."""

    async def lie(writer: asyncio.StreamWriter, _: Heard) -> None:
        writer.write_eof()
        await asyncio.sleep(3600)

    return lie


def babble(text: bytes = b"SSH-2.0-OpenSSH_9.2\r\n") -> Lie:
    """Speaks another protocol, and hangs up."""

    async def lie(writer: asyncio.StreamWriter, _: Heard) -> None:
        writer.write(text)
        await writer.drain()
        writer.close()

    return lie


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection with RST, as a crashed peer does, and not with FIN."""
    peer: socket.socket | None = writer.get_extra_info("socket")
    if peer is not None and peer.fileno() >= 0:  # the other side may have ended it before us
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@attrs.define
class Names:
    """A resolver that lies: answers in turn for each name, the last one for ever."""

    answers: Mapping[str, Sequence[Sequence[str]]] = attrs.field(factory=dict)
    asked: list[str] = attrs.field(factory=list)

    async def resolve(self, host: str) -> Sequence[str]:
        turns = self.answers.get(host)
        if turns is None:
            raise OSError(host)
        self.asked.append(host)
        return turns[min(self.asked.count(host), len(turns)) - 1]
