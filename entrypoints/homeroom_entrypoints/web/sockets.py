"""WebSockets: who may open one, how many at once, and how each of them ends.

Whatever is told over a socket is what stands in the store at that moment. So nothing is queued
for those who are slow, and whoever lost a socket opens another and has lost nothing.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeAlias
from uuid import UUID

import attrs
import msgspec
import structlog
from litestar import WebSocket
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect
from litestar.params import SkipValidation

from homeroom.kernel.actor import Actor
from homeroom.kernel.errors import Refusal, Unauthenticated
from homeroom.kernel.tracing import tracing
from homeroom_entrypoints.web.door import LONGEST_SECRET, Door, shows_secret
from homeroom_entrypoints.web.gate import trace_of
from homeroom_entrypoints.web.metrics import SocketMeter
from homeroom_entrypoints.web.socket_codes import Code, Farewell, farewell_to
from homeroom_entrypoints.web.wire import Wire

ApiSocket = WebSocket[Any, Any, Any]

FIRST_WORD = 5.0
"""Seconds within which somebody says who they are, whose handshake did not."""

PATIENCE = 10.0
"""Seconds after which whoever takes nothing in any more is left."""

LONGEST_MESSAGE = 4_096

log = structlog.get_logger("homeroom.web")


class AuthMessage(Wire, frozen=True, tag_field="type", tag="auth"):
    """Who I am: for browsers, which cannot set a header; and later on, with a newer token."""

    token: str


@attrs.define(eq=False)
class Visitor:
    """Somebody at the other end of a socket."""

    socket: ApiSocket
    door: Door
    secret: str
    actor: Actor
    """As they were when they came."""

    async def tell(self, message: Wire) -> None:
        """Raises `Farewell` if they take nothing in."""
        text = msgspec.json.encode(message).decode()
        try:
            async with asyncio.timeout(PATIENCE):
                await self.socket.send({"type": "websocket.send", "bytes": None, "text": text})
        except TimeoutError:
            raise Farewell(Code.NOT_READING, "not_reading") from None
        except OSError as gone:
            raise WebSocketDisconnect(detail="they are gone") from gone

    async def still_there(self) -> Actor:
        """Who they are now. Raises `Unauthenticated` once what they showed counts no more."""
        return self._same(await self.door.keeper.identify(self.secret))

    async def listen(self) -> None:
        """Hear them out, until they are gone. All they have to say is who they are, still."""
        while True:
            secret = await heard_token(self.socket)
            await self.door.count_caller(self.socket.scope)
            self._same(await self.door.keeper.identify(secret))
            self.secret = secret

    def _same(self, actor: Actor) -> Actor:
        if identity_of(actor) != identity_of(self.actor):
            raise Unauthenticated
        return actor


Talk = Callable[[Visitor], Awaitable[None]]
"""What is said to a visitor until there is nothing left to say."""


@attrs.define(eq=False)
class Sockets:
    """All sockets of this process."""

    door: Door
    meter: SocketMeter
    most: int
    """So many may one person have open at once."""

    access_log: bool = True
    _open: dict[UUID | None, int] = attrs.field(factory=dict, init=False, alias="open")

    async def serve(self, socket: ApiSocket, talk: Talk) -> None:
        """Let somebody in and *talk* to them; then tell them why it is over."""
        with tracing(trace_of(socket.scope["headers"])), self._noted(socket) as note:
            try:
                secret = self.door.shown_by_socket(socket.scope)
            except Refusal as refusal:  # nothing is said to pages of others, not even hello
                note.append(farewell_to(refusal))
                await socket.close()
                return
            await socket.accept()
            farewell = await self._served(socket, secret, talk)
            note.append(farewell)
            if farewell.code is not Code.GONE:
                await _take_leave(socket, farewell)

    async def _served(self, socket: ApiSocket, secret: str, talk: Talk) -> Farewell:
        try:
            async with self._let_in(socket, secret) as visitor:
                await _either(talk(visitor), visitor.listen())
        except Farewell as farewell:
            return farewell
        except Refusal as refusal:
            return farewell_to(refusal)
        except WebSocketDisconnect:
            return Farewell(Code.GONE, "gone")
        except Exception as error:  # the last resort: nobody outside learns what it was
            log.exception("socket_crashed", error=type(error).__name__)
            return Farewell(Code.CRASHED, "internal")
        return Farewell(Code.OVER, "over")

    @asynccontextmanager
    async def _let_in(self, socket: ApiSocket, secret: str) -> AsyncIterator[Visitor]:
        await self.door.count_caller(socket.scope)
        if socket.scope["query_string"]:
            raise Farewell(Code.NOT_UNDERSTOOD, "no_parameters")
        by_cookie = bool(secret) and not shows_secret(socket.scope)
        secret = secret or await _first_word(socket)
        actor = await self.door.keeper.identify(secret)
        if by_cookie and actor.session_id is None:  # a key is nobody's session
            raise Unauthenticated
        with self._counted(identity_of(actor)[0]):
            yield Visitor(socket, self.door, secret, actor)

    @contextmanager
    def _counted(self, whose: UUID | None) -> Iterator[None]:
        if self._open.get(whose, 0) >= self.most:
            raise Farewell(Code.TOO_MANY, "too_many_sockets")
        self._open[whose] = self._open.get(whose, 0) + 1
        try:
            yield
        finally:
            self._open[whose] -= 1
            if not self._open[whose]:
                del self._open[whose]

    @contextmanager
    def _noted(self, socket: ApiSocket) -> Iterator[list[Farewell]]:
        """Count the socket, and write its line; by its route, for addresses have ids in them."""
        route, began = str(socket.scope.get("path_template", "")), time.perf_counter()
        said: list[Farewell] = []
        self.meter.opened(route)
        try:
            yield said
        finally:
            code = said[-1].code if said else Code.GONE
            self.meter.closed(route, code.name.lower())
            if self.access_log:
                lasted = round(time.perf_counter() - began, 2)
                log.info("socket", route=route, code=int(code), seconds=lasted)


AllSockets: TypeAlias = SkipValidation[NamedDependency[Sockets]]
"""They are ours, so nothing of them need be made sure of."""


def identity_of(actor: Actor) -> tuple[UUID | None, UUID]:
    """Who somebody is, whatever they may do and in whichever session."""
    return actor.person_id or actor.api_key_id, actor.institution_id


async def heard_token(socket: ApiSocket) -> str:
    """The token in the next message. Raises `Farewell` for any other message."""
    event = await socket.receive()
    if event["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(detail="they are gone", code=event.get("code", 1005))
    text = event.get("text")
    if not isinstance(text, str):
        raise Farewell(Code.NOT_UNDERSTOOD, "not_understood")
    if len(text) > LONGEST_MESSAGE:
        raise Farewell(Code.TOO_LARGE, "message_too_large")
    try:
        token = msgspec.json.decode(text, type=AuthMessage).token
    except (msgspec.DecodeError, UnicodeEncodeError):
        raise Farewell(Code.NOT_UNDERSTOOD, "not_understood") from None
    if not 0 < len(token) <= LONGEST_SECRET:
        raise Unauthenticated
    return token


async def _first_word(socket: ApiSocket) -> str:
    try:
        async with asyncio.timeout(FIRST_WORD):
            return await heard_token(socket)
    except TimeoutError:
        raise Farewell(Code.NOT_READING, "nothing_said") from None


async def _either(talk: Awaitable[None], listen: Awaitable[None]) -> None:
    """Until one of them is through, or fails."""
    tasks = [asyncio.ensure_future(talk), asyncio.ensure_future(listen)]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for one in ended:
        if isinstance(one, Exception):
            raise one


async def _take_leave(socket: ApiSocket, farewell: Farewell) -> None:
    """Say why, if they still take anything in."""
    with contextlib.suppress(TimeoutError, OSError, WebSocketDisconnect):
        async with asyncio.timeout(1.0):
            await socket.close(farewell.code, farewell.reason)
