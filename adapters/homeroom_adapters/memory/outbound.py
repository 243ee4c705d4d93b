"""Calls to other systems that live in this process: a neighbourhood that a test settles.

    moodle = homeroom.plant.outbound.neighbours.settle("https://moodle.example", answers(Reply()))
    ...
    assert moodle.heard[0].path == "/webservice/rest/server.php"

What the port promises holds here, too: the same URLs, addresses, ports and answers are refused,
what may not be repeated is sent once, and all of it ends in time.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from ipaddress import IPv4Address

import attrs

from homeroom.kernel.clock import Clock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.outbound import OutboundAnswer, OutboundRequest, OutboundSettings, Takes
from homeroom.kernel.outbound_addresses import canonical, read_address
from homeroom.kernel.outbound_answers import AnswerHead
from homeroom.kernel.outbound_errors import AnswerRefused, NotSent, OutcomeUnknown, Overloaded
from homeroom.kernel.outbound_targets import Target, read_target

_FIRST_MADE_UP = IPv4Address("11.0.0.0")


@attrs.frozen(kw_only=True)
class Arrived:
    """A request as the other side got it; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@attrs.frozen(kw_only=True)
class Reply:
    """What the other side says."""

    status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict)
    body: bytes = b""


Answering = Callable[[Arrived], Awaitable[Reply]]
"""Answers one request; may take its time. A `ConnectionError` loses the answer on its way."""


def answers(*replies: Reply) -> Answering:
    """One reply after the other; the last one for ever."""
    left = list(replies)

    async def answering(_: Arrived) -> Reply:
        return left.pop(0) if len(left) > 1 else left[0]

    return answering


@attrs.define
class Neighbour:
    """Somebody at one address and port, and what they heard."""

    answering: Answering
    heard: list[Arrived] = attrs.field(factory=list[Arrived])


@attrs.define
class Neighbourhood:
    """Who can be called, and what their names mean."""

    _settled: dict[tuple[str, int], Neighbour] = attrs.field(factory=dict, alias="settled")
    _names: dict[str, Sequence[str]] = attrs.field(factory=dict, alias="names")

    def settle(self, url: str, answering: Answering) -> Neighbour:
        """Somebody at the host and port of *url*; an unknown name is given a public address."""
        target = read_target(url)
        literal = read_address(target.host)
        if literal is None:
            made_up = str(_FIRST_MADE_UP + len(self._names) + 1)
            address = self._names.setdefault(target.host, [made_up])[0]
        else:
            address = str(canonical(literal))
        neighbour = Neighbour(answering)
        self._settled[address, target.port] = neighbour
        return neighbour

    def name(self, host: str, *addresses: str) -> None:
        """From now on *host* means *addresses*."""
        self._names[host] = addresses

    def resolve(self, host: str) -> Sequence[str]:
        """What *host* means. Raises `NotSent` when it means nothing."""
        if read_address(host) is not None:
            return (host,)
        if not (addresses := self._names.get(host)):
            raise NotSent(f"{host} has no address that we could find")
        return addresses

    def find(self, address: str, port: int) -> Neighbour | None:
        return self._settled.get((address, port))


@attrs.define(kw_only=True)
class _Call:
    request: OutboundRequest
    target: Target
    began: float
    ends: float
    unanswered: bool = False
    """Whether a try was heard to which no answer came: it may have happened."""


@attrs.define
class MemoryOutbound:
    """Asks the *neighbours*, and holds them to what any other system is held to."""

    _settings: OutboundSettings = attrs.field(alias="settings")
    _clock: Clock = attrs.field(alias="clock")
    neighbours: Neighbourhood = attrs.field(factory=Neighbourhood)
    _closed: bool = attrs.field(default=False, init=False, alias="closed")
    _under_way: set[asyncio.Timeout] = attrs.field(factory=set, init=False, alias="under_way")

    async def send(self, request: OutboundRequest) -> OutboundAnswer:
        await self.ping()
        now = asyncio.get_running_loop().time()
        seconds = request.deadline or self._settings.deadline
        call = _Call(request=request, target=request.target(), began=now, ends=now + seconds)
        time = asyncio.timeout_at(call.ends)
        self._under_way.add(time)
        try:
            async with time:
                return await self._persist(call)
        except (TimeoutError, NotSent) as error:
            if call.unanswered:
                raise OutcomeUnknown(f"{call.target.origin} did not answer in time") from error
            if isinstance(error, NotSent):
                raise
            raise NotSent(f"{call.target.origin} could not be reached in time") from error
        finally:
            self._under_way.discard(time)

    async def ping(self) -> None:
        if self._closed:
            raise NotSent("the way out is closed; nothing is sent any more")

    def close(self) -> None:
        """Let nobody out any more; the time of the calls under way is over."""
        self._closed = True
        for time in self._under_way:
            if not time.expired():
                time.reschedule(asyncio.get_running_loop().time())

    async def _persist(self, call: _Call) -> OutboundAnswer:
        """Try again where that is safe, as often and as long as the settings say."""
        for left in reversed(range(self._settings.tries)):
            try:
                return await self._try(call)
            except (NotSent, OutcomeUnknown, Overloaded) as error:
                if not left or not self._worth_repeating(call, error):
                    raise
                await asyncio.sleep(error.retry_after or 0.0)
        raise AssertionError("there is one try at least")

    def _worth_repeating(self, call: _Call, error: NotSent | OutcomeUnknown | Overloaded) -> bool:
        wait, now = error.retry_after or 0.0, asyncio.get_running_loop().time()
        if wait > self._settings.patience or now + wait >= call.ends:
            return False
        return isinstance(error, NotSent) or call.request.repeatable

    async def _try(self, call: _Call) -> OutboundAnswer:
        reply = await self._ask(self._dial(call.target), call)
        headers = {name.lower(): value for name, value in reply.headers.items()}
        self._judge(call, reply)
        return OutboundAnswer(
            status=reply.status,
            headers=headers,
            body=b"" if _head_of(call, reply).packed else self._bounded(call, reply.body),
            elapsed=asyncio.get_running_loop().time() - call.began,
        )

    def _dial(self, target: Target) -> Neighbour:
        """Whoever is at the first address of *target* that somebody is at."""
        answers = self.neighbours.resolve(target.host)
        for address in self._settings.policy().judge(target.host, target.port, answers):
            if neighbour := self.neighbours.find(str(address), target.port):
                return neighbour
        raise NotSent(f"{target.origin} could not be reached")

    async def _ask(self, neighbour: Neighbour, call: _Call) -> Reply:
        request = call.request
        arrived = Arrived(
            method=request.method,
            path=call.target.path,
            headers=request.all_headers(),
            body=request.body,
        )
        neighbour.heard.append(arrived)
        call.unanswered = True
        try:
            reply = await neighbour.answering(arrived)
        except ConnectionError as error:
            raise OutcomeUnknown(f"{call.target.origin} broke off") from error
        call.unanswered = False
        return reply

    def _judge(self, call: _Call, reply: Reply) -> None:
        _head_of(call, reply).judge(
            takes=call.request.takes,
            max_headers=self._settings.max_headers,
            now=self._clock.now(),
        )

    def _bounded(self, call: _Call, body: bytes) -> bytes:
        usual, own = self._settings.max_body, call.request.max_body
        most = usual if own is None else own
        if call.request.takes is Takes.EVERY_STATUS:
            return body[:most]
        if len(body) > most:
            raise AnswerRefused(f"{call.target.origin} answered with more than we take")
        return body


def _head_of(call: _Call, reply: Reply) -> AnswerHead:
    return AnswerHead(
        origin=call.target.origin,
        method=call.request.method,
        status=reply.status,
        headers=list(reply.headers.items()),
    )


@asynccontextmanager
async def open_outbound(
    settings: OutboundSettings, ambient: Ambient
) -> AsyncIterator[MemoryOutbound]:
    """The way out behind entry point `homeroom.outbound`, name `memory`: nobody is settled yet."""
    outbound = MemoryOutbound(settings, ambient.clock)
    try:
        yield outbound
    finally:
        outbound.close()
