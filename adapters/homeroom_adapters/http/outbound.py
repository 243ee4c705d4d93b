"""Calls to other systems: guarded, bounded, retried and traced in one place."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress

import attrs
import certifi
import httpcore

from homeroom.kernel.clock import Clock
from homeroom.kernel.outbound import OutboundAnswer, OutboundRequest, OutboundSettings, Takes
from homeroom.kernel.outbound_answers import AnswerHead
from homeroom.kernel.outbound_errors import AnswerRefused, NotSent, OutcomeUnknown
from homeroom_adapters.http.breaker import Breakers
from homeroom_adapters.http.calls import Call, refusals
from homeroom_adapters.http.dial import GuardedDialler
from homeroom_adapters.http.guard import AddressGuard, Resolver
from homeroom_adapters.http.lines import Line, Lines
from homeroom_adapters.http.patience import Patience


@attrs.frozen
class OutboundHttp:
    """Asks other systems, and comes back with a whole answer or a refusal in good time."""

    _settings: OutboundSettings = attrs.field(alias="settings")
    _clock: Clock = attrs.field(alias="clock")
    _lines: Lines = attrs.field(alias="lines")
    _breakers: Breakers = attrs.field(alias="breakers")
    _patience: Patience = attrs.field(alias="patience")

    async def send(self, request: OutboundRequest) -> OutboundAnswer:
        """As the port promises."""
        now = asyncio.get_running_loop().time()
        call = Call(
            request=request,
            target=request.target(),
            began=now,
            ends=now + (request.deadline or self._settings.deadline),
            max_body=self._settings.max_body if request.max_body is None else request.max_body,
            silences=self._silences(request),
        )
        try:
            return await self._patience.persist(self._try, call)
        except NotSent as error:
            if not call.unanswered:
                raise
            raise OutcomeUnknown(error.message, retry_after=error.retry_after) from error

    async def _try(self, call: Call) -> OutboundAnswer:
        async with (
            self._lines.lend(call) as line,  # first: waiting for room is not the host's fault
            self._breakers.watching(call.target.origin),
        ):
            return await self._exchange(line, call)

    async def _exchange(self, line: Line, call: Call) -> OutboundAnswer:
        with refusals(call):
            async with asyncio.timeout_at(call.ends):
                response = await line.ask(call)
            async with aclosing(response):
                head = self._judge(call, response)
                body = await _read(call, head, response)
        return OutboundAnswer(
            status=head.status,
            headers=_joined(head.headers),
            body=body,
            elapsed=asyncio.get_running_loop().time() - call.began,
        )

    def _silences(self, request: OutboundRequest) -> dict[str, float]:
        silence = request.deadline or self._settings.read_timeout
        return {"connect": self._settings.connect_timeout, "read": silence, "write": silence}

    def _judge(self, call: Call, response: httpcore.Response) -> AnswerHead:
        head = AnswerHead(
            origin=call.target.origin,
            method=call.request.method,
            status=response.status,
            headers=[(name.decode().lower(), _text(value)) for name, value in response.headers],
        )
        takes = call.request.takes
        if head.not_now or takes is Takes.EVERY_STATUS:
            call.unanswered = False
        head.judge(takes=takes, max_headers=self._settings.max_headers, now=self._clock.now())
        return head


def _text(value: bytes) -> str:
    """A header's value: mostly ASCII, some write UTF-8, and HTTP itself once had Latin-1."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _joined(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in headers:
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


async def _read(call: Call, head: AnswerHead, response: httpcore.Response) -> bytes:
    if call.request.takes is Takes.USUAL:
        return await _read_whole(call, head, response)
    return b"" if head.packed else await _read_snippet(call, response)


async def _read_whole(call: Call, head: AnswerHead, response: httpcore.Response) -> bytes:
    """All of it. Raises `AnswerRefused` when it is, or says it is, more than we take."""
    declared = max(
        (int(value) for name, value in head.headers if name == "content-length"), default=0
    )
    if call.request.method != "HEAD" and declared > call.max_body:
        raise AnswerRefused(f"{call.target.origin} answered with more than we take")
    body = bytearray()
    async with asyncio.timeout_at(call.ends):
        async for chunk in response.aiter_stream():
            body += chunk
            if len(body) > call.max_body:
                raise AnswerRefused(f"{call.target.origin} answered with more than we take")
    return bytes(body)


async def _read_snippet(call: Call, response: httpcore.Response) -> bytes:
    """What of it comes in time, up to what we take: the head was the answer."""
    body = bytearray()
    cut_short = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.RemoteProtocolError)
    with suppress(*cut_short, TimeoutError):
        async with asyncio.timeout_at(call.ends):
            async for chunk in response.aiter_stream():
                body += chunk
                if len(body) >= call.max_body:
                    break
    return bytes(body[: call.max_body])


def trust_of(settings: OutboundSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=certifi.where())
    if settings.ca_file is not None:
        context.load_verify_locations(settings.ca_file)
    return context


@asynccontextmanager
async def open_wire(
    settings: OutboundSettings, clock: Clock, resolver: Resolver
) -> AsyncIterator[OutboundHttp]:
    """The way out, open until the block is left."""
    dialler = GuardedDialler(AddressGuard(settings.policy(), resolver))
    trust = await asyncio.to_thread(trust_of, settings)
    lines = Lines(dialler, trust, settings.connections)
    try:
        yield OutboundHttp(
            settings=settings,
            clock=clock,
            lines=lines,
            breakers=Breakers(failures=settings.breaker_failures, rest=settings.breaker_rest),
            patience=Patience(settings.tries, settings.patience),
        )
    finally:
        await lines.close()
