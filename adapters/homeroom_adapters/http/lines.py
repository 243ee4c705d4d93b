"""Lines: the connections that are open to other systems, one call at a time on each.

Every line is a client of its own. A pool of httpcore's looks through all its connections for each
call, and asks the socket of every idle one; here only the line that is taken is looked at, so that
a call costs the same however many are open.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache

import attrs
import httpcore

from homeroom.kernel.outbound_errors import NotSent
from homeroom_adapters.http.calls import Call

_KEPT_SECONDS = 30.0
_WITH_BODIES = frozenset({"POST", "PUT", "PATCH"})


@attrs.frozen(eq=False)
class Line:
    """A connection to one origin, which opens with its first call."""

    origin: str
    place: httpcore.URL
    wire: httpcore.AsyncHTTPConnection

    async def ask(self, call: Call) -> httpcore.Response:
        """The head of the answer to *call*; whoever asks reads the body, and closes it."""
        extensions: dict[str, object] = {"timeout": call.silences}
        if self.wire.is_available():
            call.unanswered = True  # it is open: nothing comes before the first byte
        else:
            extensions["trace"] = call.note
        request = httpcore.Request(
            call.request.method,
            httpcore.URL(
                scheme=self.place.scheme,
                host=self.place.host,
                port=self.place.port,
                target=call.target.path.encode(),
            ),
            headers=_spelled(call),
            content=call.request.body,
            extensions=extensions,
        )
        return await self.wire.handle_async_request(request)


@attrs.define
class Lines:
    """Lends lines. No more than *most* are in use at a time, and no more are open."""

    _dialler: httpcore.AsyncNetworkBackend
    _trust: ssl.SSLContext
    _most: int
    _room: asyncio.Semaphore = attrs.field(init=False)
    _busy: set[Line] = attrs.field(factory=set, init=False)
    _idle: list[Line] = attrs.field(factory=list, init=False)
    """Whichever came back last is at the end."""

    _closed: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._room = asyncio.Semaphore(self._most)

    @asynccontextmanager
    async def lend(self, call: Call) -> AsyncIterator[Line]:
        """A line to where *call* goes. Raises `NotSent` when none has room in time."""
        await self._enter(call)
        try:
            line = await self._living(call.target.origin) or self._new(call.target.origin)
            self._busy.add(line)
            try:
                await self._close_surplus()
                yield line
            finally:
                await self._put_back(line)
        finally:
            self._room.release()

    async def close(self) -> None:
        """Close all of them, those in use as well: nothing is sent any more."""
        self._closed = True
        idle, self._idle = self._idle, []
        for line in (*self._busy, *idle):
            await line.wire.aclose()

    async def _enter(self, call: Call) -> None:
        if not self._room.locked():
            await self._room.acquire()  # at once: nobody else waits
            return
        try:
            async with asyncio.timeout_at(call.ends):
                await self._room.acquire()
        except TimeoutError as error:
            raise NotSent("too many calls are under way; this one was not sent") from error

    async def _living(self, origin: str) -> Line | None:
        """One that is open, if its other end was there a moment ago."""
        while line := next((one for one in reversed(self._idle) if one.origin == origin), None):
            self._idle.remove(line)
            if not line.wire.has_expired():
                return line
            await line.wire.aclose()
        return None

    def _new(self, origin: str) -> Line:
        if self._closed:  # while the call waited to be tried again
            raise NotSent("the way out is closed; nothing is sent any more")
        place = _place(origin)
        wire = httpcore.AsyncHTTPConnection(
            place.origin,
            ssl_context=self._trust,
            keepalive_expiry=_KEPT_SECONDS,
            network_backend=self._dialler,
        )
        return Line(origin, place, wire)

    async def _close_surplus(self) -> None:
        """What was called longest ago gives way to other hosts."""
        while self._idle and len(self._idle) + len(self._busy) > self._most:
            await self._idle.pop(0).wire.aclose()

    async def _put_back(self, line: Line) -> None:
        self._busy.discard(line)
        if self._closed or not line.wire.is_available():
            await line.wire.aclose()  # its answer was not read to the end, or never came
        else:
            self._idle.append(line)


@lru_cache(maxsize=256)
def _place(origin: str) -> httpcore.URL:
    """Read once: hosts are few."""
    return httpcore.URL(origin)


def _spelled(call: Call) -> list[tuple[bytes, bytes]]:
    """The headers as they are written, with those that only the wire knows."""
    request = call.request
    headers = {"host": call.target.origin.partition("://")[2], **request.all_headers()}
    if request.body or request.method in _WITH_BODIES:
        headers["content-length"] = str(len(request.body))
    return [(name.encode(), value.encode()) for name, value in headers.items()]
