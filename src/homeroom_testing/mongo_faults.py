"""Answers of MongoDB that a peer never gives: laid between a client and the server it speaks to.

The peer that tests start has one writer and no conflicts. What a real replica set says when two
transactions meet, when it is going down or when a connection breaks, is said here in its place.
"""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import attrs
from bson import decode, encode

Answer = dict[str, Any]

TRANSIENT, UNKNOWN = "TransientTransactionError", "UnknownTransactionCommitResult"

_HEADER = struct.Struct("<iiii")
_MESSAGE = 2013
_BODY_AT = 21
"""Where the command stands in a message: behind the header, four bytes of flags and its kind."""


def refused(code: int, name: str, *labels: str) -> Answer:
    """What MongoDB answers instead of doing what it was told."""
    told = {"ok": 0.0, "code": code, "codeName": name, "errmsg": f"injected: {name}"}
    return {**told, "errorLabels": list(labels)} if labels else told


WRITE_CONFLICT = refused(112, "WriteConflict", TRANSIENT)
NO_SUCH_TRANSACTION = refused(251, "NoSuchTransaction", TRANSIENT)
SHUTTING_DOWN = refused(91, "ShutdownInProgress", UNKNOWN, "RetryableWriteError")
NOT_ALLOWED = refused(13, "Unauthorized")
DUPLICATE: Answer = {
    "ok": 1.0,
    "n": 0,
    "writeErrors": [{"index": 0, "code": 11000, "errmsg": "injected: duplicate key"}],
}
HANG_UP: Answer = {}
"""No answer at all: the connection breaks."""


@attrs.define
class Fault:
    """What is answered to the next *times* commands of that name about that collection."""

    command: str
    answer: Answer
    about: str | None = None
    times: int = 1

    def fits(self, command: Answer) -> bool:
        name = next(iter(command), "")
        about = self.about is None or command.get(name) == self.about
        return self.times > 0 and name == self.command and about


@attrs.define
class Between:
    """Hands everything on, but for what a fault fits."""

    _host: str
    _port: int
    url: str = attrs.field(default="", init=False)
    faults: list[Fault] = attrs.field(factory=list, init=False)

    @property
    def left(self) -> int:
        """How many answers were not given."""
        return sum(fault.times for fault in self.faults)

    def instead(
        self, command: str, answer: Answer, *, about: str | None = None, times: int = 1
    ) -> None:
        self.faults.append(Fault(command, answer, about, times))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client's connection, until either side ends it."""
        there, here = await asyncio.open_connection(self._host, self._port)
        try:
            while True:
                asked = await _message(reader)
                answer = self._fault_for(asked)
                if answer is None:
                    here.write(asked)
                    writer.write(await _message(there))
                elif answer:
                    writer.write(_as_message(answer, to=asked))
                else:
                    return
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            for one in (here, writer):
                one.close()

    def _fault_for(self, asked: bytes) -> Answer | None:
        if _HEADER.unpack_from(asked)[3] != _MESSAGE or asked[_BODY_AT - 1] != 0:
            return None
        (size,) = struct.unpack_from("<i", asked, _BODY_AT)
        command = decode(asked[_BODY_AT : _BODY_AT + size])
        for fault in self.faults:
            if fault.fits(command):
                fault.times -= 1
                return fault.answer
        return None


@asynccontextmanager
async def mongo_between(url: str) -> AsyncIterator[Between]:
    """A way to the server at *url* on which faults can be laid."""
    parts = urlsplit(url)
    between = Between(parts.hostname or "127.0.0.1", parts.port or 27017)
    server = await asyncio.start_server(between.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    between.url = parts._replace(netloc=f"127.0.0.1:{port}").geturl()
    try:
        yield between
    finally:
        server.close()


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(4)
    (length,) = struct.unpack("<i", head)
    return head + await reader.readexactly(length - 4)


def _as_message(answer: Answer, *, to: bytes) -> bytes:
    body = bytes(5) + encode(answer)
    asked_id = _HEADER.unpack_from(to)[1]
    return _HEADER.pack(_HEADER.size + len(body), 1, asked_id, _MESSAGE) + body
