"""What the suite over a way out stands on: somebody to call, who answers as the suite says."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from ipaddress import IPv4Network
from typing import ClassVar, Protocol

import attrs
import pytest

from homeroom.kernel.outbound import Outbound, OutboundRequest, OutboundSettings
from homeroom_testing.conformance.contract import Capabilities, Conformance
from homeroom_testing.liars import Lie, cut, lying, say, say_in_turn, wait

LOOPBACK = IPv4Network("127.0.0.0/8")
NAME = "campus.example"


@attrs.frozen
class OutboundCapabilities(Capabilities):
    """What a way out promises beside its core contract."""

    wired: bool = True
    """Calls cross a network, on which the other side may do worse than answer badly."""


@attrs.frozen(kw_only=True)
class Said:
    """What the other side says to one request, *after* so many seconds, if it is not *lost*."""

    status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict)
    body: bytes = b""
    after: float = 0.0
    lost: bool = False
    """The request arrives, and the connection is cut in place of an answer."""


class Noted(Protocol):
    """A request as the other side got it; header names in lower case."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    @property
    def body(self) -> bytes: ...


class OtherSide(Protocol):
    """Somebody on loopback who answers 404 where nothing else was agreed."""

    port: int

    @property
    def heard(self) -> Sequence[Noted]: ...

    def agree(self, path: str, *said: Said) -> None:
        """From now on say these in turn at *path*; the last one for ever."""
        ...


class OpenHere(Protocol):
    """Opens a way out on which *names* mean what they are said to mean, and nothing else."""

    def __call__(
        self, settings: OutboundSettings, names: Mapping[str, Sequence[str]] = ...
    ) -> AbstractAsyncContextManager[Outbound]: ...


@attrs.define
class OnLoopback:
    """The other side behind a socket."""

    port: int
    heard: Sequence[Noted]
    lies: dict[str, Lie] = attrs.field(factory=dict[str, Lie])

    def agree(self, path: str, *said: Said) -> None:
        self.lies[path] = say_in_turn(*map(_as_lie, said))


def _as_lie(said: Said) -> Lie:
    lie = cut(after=0) if said.lost else say(said.status, said.headers, said.body)
    return wait(said.after, lie)


@asynccontextmanager
async def on_loopback() -> AsyncIterator[OnLoopback]:
    """The other side on a free port, until the block is left."""
    lies: dict[str, Lie] = {}
    async with lying(lies) as liar:
        yield OnLoopback(liar.port, liar.heard, lies)


class OutboundGround(Conformance):
    """Subclass, provide `open_here`, inherit the proof.

    A way out that does not cross a network provides `other`, too, and declares
    ``OutboundCapabilities(wired=False)``.
    """

    capabilities: ClassVar[Capabilities] = OutboundCapabilities()

    @pytest.fixture
    def open_here(self) -> OpenHere:
        raise NotImplementedError("return something that opens ways out")

    @pytest.fixture
    async def other(self) -> AsyncIterator[OtherSide]:
        async with on_loopback() as other:
            yield other

    @pytest.fixture
    async def out(self, open_here: OpenHere) -> AsyncIterator[Outbound]:
        """A way out to which loopback is excepted, and which never waits long."""
        async with open_here(excepting(), {NAME: ["127.0.0.1"]}) as out:
            yield out


def excepting(**more: object) -> OutboundSettings:
    """The usual settings, with loopback excepted."""
    chosen = {"allow": (LOOPBACK,), "patience": 0.0, "deadline": 5.0, **more}
    return OutboundSettings(**chosen)  # type: ignore[arg-type]  # names are checked by attrs


def url(other: OtherSide, path: str = "/", *, host: str = "127.0.0.1") -> str:
    return f"http://{host}:{other.port}{path}"


def ask(other: OtherSide, path: str = "/", /, **more: object) -> OutboundRequest:
    """A request to *other*; a GET unless *more* says otherwise."""
    return OutboundRequest(url=url(other, path), **more)  # type: ignore[arg-type]  # as above
