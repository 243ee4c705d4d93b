"""The way out, opened at a small price: what speaks HTTP is loaded for the first call.

Every process of the house opens it and few of them call anybody, and its libraries would be a
quarter of their start. Whether those are there, and whether the operator's certificates can be
read, is looked at when it opens all the same: no first call finds that out.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import attrs

from homeroom.kernel.clock import Clock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Invalid
from homeroom.kernel.outbound import Outbound, OutboundAnswer, OutboundRequest, OutboundSettings
from homeroom.kernel.outbound_errors import NotSent
from homeroom_adapters.http.guard import Resolver, SystemResolver

_LIBRARIES = ("httpcore", "tenacity", "purgatory")
_WIRE = "homeroom_adapters.http.outbound"

Send = Callable[[OutboundRequest], Awaitable[OutboundAnswer]]


@attrs.define
class Door:
    """Lets calls out; what speaks HTTP is fetched when the first one comes."""

    _fetch: Callable[[], AbstractAsyncContextManager[Send]] = attrs.field(alias="fetch")
    _stack: AsyncExitStack = attrs.field(factory=AsyncExitStack, init=False, alias="stack")
    _fetching: asyncio.Lock = attrs.field(factory=asyncio.Lock, init=False, alias="fetching")
    _send: Send | None = attrs.field(default=None, init=False, alias="send")
    _closed: bool = attrs.field(default=False, init=False, alias="closed")

    async def send(self, request: OutboundRequest) -> OutboundAnswer:
        if self._send is None or self._closed:
            return await (await self._fetched())(request)
        return await self._send(request)

    async def ping(self) -> None:
        if self._closed:
            raise NotSent("the way out is closed; nothing is sent any more")

    async def _fetched(self) -> Send:
        async with self._fetching:
            await self.ping()
            if self._send is None:
                self._send = await self._stack.enter_async_context(self._fetch())
            return self._send

    async def close(self) -> None:
        """Let nobody out any more."""
        async with self._fetching:
            self._closed = True
            await self._stack.aclose()


@asynccontextmanager
async def open_outbound(
    settings: OutboundSettings, ambient: Ambient, *, resolver: Resolver | None = None
) -> AsyncIterator[Outbound]:
    """The way out behind entry point `homeroom.outbound`, name `http`.

    Raises `ModuleNotFoundError` when a library of the extra is missing, and `Invalid` when the
    certificates cannot be read.
    """
    for name in _LIBRARIES:
        if find_spec(name) is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    if settings.ca_file is not None:
        _check_certificates(settings.ca_file)
    door = Door(lambda: _fetched(settings, ambient.clock, resolver or SystemResolver()))
    try:
        yield door
    finally:
        await door.close()


@asynccontextmanager
async def _fetched(
    settings: OutboundSettings, clock: Clock, resolver: Resolver
) -> AsyncIterator[Send]:
    # Imported in a thread, so that the loop of a service goes on meanwhile.
    await asyncio.to_thread(import_module, _WIRE)
    from homeroom_adapters.http.outbound import open_wire  # noqa: PLC0415 - only now: see above

    async with open_wire(settings, clock, resolver) as http:
        yield http.send


def _check_certificates(file: Path) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except OSError as error:  # an SSLError is one, too
        raise Invalid(
            f"outbound.ca_file: no certificates can be read from {file.name}. Name a file of "
            "PEM certificates (HOMEROOM_OUTBOUND__CA_FILE)."
        ) from error
