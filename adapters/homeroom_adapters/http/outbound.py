"""Calls to other systems: guarded, bounded, retried and traced in one place.

The only module that knows httpx, so that its successor is a change of a few lines.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TypeAlias

import attrs
import certifi
import httpcore
import httpx

from homeroom.kernel.clock import Clock
from homeroom.kernel.outbound import OutboundAnswer, OutboundRequest, OutboundSettings
from homeroom.kernel.outbound_answers import AnswerHead
from homeroom.kernel.outbound_errors import AnswerRefused, NotSent, OutcomeUnknown
from homeroom_adapters.http.breaker import Breakers
from homeroom_adapters.http.calls import Call, refusals
from homeroom_adapters.http.dial import GuardedDialler
from homeroom_adapters.http.guard import AddressGuard, Resolver
from homeroom_adapters.http.patience import Patience

# With more connections than about 16, one pool spends its time looking through itself.
_PER_SHARD = 8
_KEPT_SECONDS = 30.0

Shard: TypeAlias = httpx.AsyncClient


@attrs.frozen
class OutboundHttp:
    """Asks other systems, and comes back with a whole answer or a refusal in good time."""

    _settings: OutboundSettings = attrs.field(alias="settings")
    _clock: Clock = attrs.field(alias="clock")
    _shards: "_Shards" = attrs.field(alias="shards")
    _breakers: Breakers = attrs.field(alias="breakers")

    async def send(self, request: OutboundRequest) -> OutboundAnswer:
        """As the port promises."""
        target = request.target()
        seconds = request.deadline or self._settings.deadline
        now = asyncio.get_running_loop().time()
        call = Call(
            request=request,
            target=target,
            began=now,
            ends=now + seconds,
            max_body=self._settings.max_body if request.max_body is None else request.max_body,
        )
        patience = Patience(self._settings.tries, self._settings.patience)
        retrying = patience.retrying(request, seconds=seconds)
        try:
            answer: OutboundAnswer = await retrying(self._try, call)
        except NotSent as error:
            if not call.unanswered:
                raise
            raise OutcomeUnknown(error.message, retry_after=error.retry_after) from error
        return answer

    async def _try(self, call: Call) -> OutboundAnswer:
        async with (
            self._shards.borrow(call) as shard,  # first: waiting for room is not the host's fault
            self._breakers.watching(call.target.origin),
        ):
            return await self._exchange(shard, call)

    async def _exchange(self, shard: Shard, call: Call) -> OutboundAnswer:
        with refusals(call):
            async with asyncio.timeout_at(call.ends):
                response = await shard.send(self._spell(call), stream=True)
                try:
                    self._judge(call, response)
                    body = await _read_body(call, response)
                finally:
                    await response.aclose()
        return OutboundAnswer(
            status=response.status_code,
            headers=dict(response.headers),
            body=body,
            elapsed=asyncio.get_running_loop().time() - call.began,
        )

    def _spell(self, call: Call) -> httpx.Request:
        """The request as httpx has it: it sees the origin, and only the wire sees the path."""
        settings, request = self._settings, call.request
        silence = request.deadline or settings.read_timeout
        return httpx.Request(
            request.method,
            call.target.origin,
            headers=request.all_headers(),
            content=request.body or None,
            extensions={
                "target": call.target.path.encode(),
                "trace": call.note,
                "timeout": {
                    "connect": settings.connect_timeout,
                    "read": silence,
                    "write": silence,
                    "pool": settings.connect_timeout,
                },
            },
        )

    def _judge(self, call: Call, response: httpx.Response) -> None:
        head = AnswerHead(
            origin=call.target.origin,
            method=call.request.method,
            status=response.status_code,
            headers=response.headers.multi_items(),
        )
        if head.not_now:
            call.unanswered = False
        head.judge(max_headers=self._settings.max_headers, now=self._clock.now())


async def _read_body(call: Call, response: httpx.Response) -> bytes:
    too_large = AnswerRefused(f"{call.target.origin} answered with more than we take")
    declared = response.headers.get("content-length", "0")
    if call.request.method != "HEAD" and int(declared) > call.max_body:
        raise too_large
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > call.max_body:
            raise too_large
    return bytes(body)


class _Body(httpx.AsyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._response.aiter_stream():
            yield chunk

    async def aclose(self) -> None:
        await self._response.aclose()


class _Transport(httpx.AsyncBaseTransport):
    """httpx over a pool whose connections the guard opened. Wire errors pass as they are."""

    def __init__(self, pool: httpcore.AsyncConnectionPool) -> None:
        self._pool = pool

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._pool.handle_async_request(
            httpcore.Request(
                request.method,
                httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.extensions["target"],
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(response.status, headers=response.headers, stream=_Body(response))

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Shards:
    """Several small clients in place of a large one; a call waits until one has room."""

    def __init__(self, clients: list[Shard], *, connections: int) -> None:
        self._clients = clients
        self._busy = [0] * len(clients)
        self._room = asyncio.Semaphore(connections)

    @asynccontextmanager
    async def borrow(self, call: Call) -> AsyncIterator[Shard]:
        """The client with the least to do. Raises `NotSent` when none has room in time."""
        try:
            async with asyncio.timeout_at(call.ends):
                await self._room.acquire()
        except TimeoutError as error:
            raise NotSent("too many calls are under way; this one was not sent") from error
        index = min(range(len(self._busy)), key=self._busy.__getitem__)
        self._busy[index] += 1
        try:
            if self._clients[index].is_closed:  # while this call waited to be tried again
                raise NotSent("the way out is closed; nothing is sent any more")
            yield self._clients[index]
        finally:
            self._busy[index] -= 1
            self._room.release()


def trust_of(settings: OutboundSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certifi.where())
    if settings.ca_file is not None:
        context.load_verify_locations(settings.ca_file)
    return context


def _client(dialler: GuardedDialler, trust: ssl.SSLContext) -> Shard:
    pool = httpcore.AsyncConnectionPool(
        ssl_context=trust,
        max_connections=_PER_SHARD,
        max_keepalive_connections=_PER_SHARD,
        keepalive_expiry=_KEPT_SECONDS,
        network_backend=dialler,
    )
    # Neither cookies nor proxies from the environment: a call says all that it depends on.
    forgetful = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    return httpx.AsyncClient(transport=_Transport(pool), trust_env=False, cookies=forgetful)


@asynccontextmanager
async def open_wire(
    settings: OutboundSettings, clock: Clock, resolver: Resolver
) -> AsyncIterator[OutboundHttp]:
    """The way out, open until the block is left."""
    dialler = GuardedDialler(AddressGuard(settings.policy(), resolver))
    trust = await asyncio.to_thread(trust_of, settings)
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(_client(dialler, trust))
            for _ in range(-(-settings.connections // _PER_SHARD))
        ]
        yield OutboundHttp(
            settings=settings,
            clock=clock,
            shards=_Shards(clients, connections=settings.connections),
            breakers=Breakers(failures=settings.breaker_failures, rest=settings.breaker_rest),
        )
