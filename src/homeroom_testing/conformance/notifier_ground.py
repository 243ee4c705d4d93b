"""What the suite over notifiers stands on: somebody at the other end who does as the suite says."""

import asyncio
import enum
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import ClassVar, Protocol

import attrs
import pytest

from homeroom.scheduling.model.deliveries import Message
from homeroom.scheduling.model.targets import EmailTarget, LogTarget, target_text
from homeroom.scheduling.ports.notifiers import Notifier
from homeroom_testing.conformance.contract import Capabilities, Conformance
from homeroom_testing.liars import (
    Heard,
    Lie,
    babble,
    cut,
    drip,
    drip_headers,
    lying,
    pour,
    say,
    say_in_turn,
    wait,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = 3600.0
SECRET = "hush-hush-hush-hush-hush-hush-hush-hush-hush"
"""Part of every target's secret: long enough for whatever kind of secret it is."""

ASKED_TO_WAIT = 7.0


class Turn(enum.Enum):
    """What the other end does with a message."""

    TAKES = "takes it"
    REFUSES = "will never take this one"
    IS_GONE = "is closed for good"
    DENIES = "does not let us in"
    LIMITS = "asks us to come again in seven seconds"
    FAILS = "cannot do it now"
    IS_SILENT = "got it, and says nothing"
    HANGS_UP = "got it, and hangs up"
    BABBLES = "got it, and says what nobody understands"
    DRIPS = "got it, and says a byte now and then"
    REDIRECTS = "sends us elsewhere"
    ECHOES = "refuses it, quoting all it got"
    TRAILS_OFF = "takes it, and never finishes the sentence"
    POURS = "takes it, and talks without end"


@attrs.frozen
class NotifierCapabilities(Capabilities):
    """What a notifier promises beside its core contract."""

    answers: bool = True
    """Somebody else gets what is sent, and answers."""

    limits: bool = True
    """The other end can ask us to come again later."""

    closes: bool = True
    """The other end can say that it is closed for good."""

    names: bool = True
    """What is sent carries the message's id, by which the other end knows it again."""

    answers_over_http: bool = True
    """What it answers is an answer of HTTP's, with all that can be wrong with one."""


class Correspondent(Protocol):
    """Somebody at the other end of a notifier."""

    @property
    def target(self) -> str:
        """The text of the target by which they are reached."""
        ...

    @property
    def secrets(self) -> Sequence[str]:
        """What of the target must never be shown."""
        ...

    @property
    def received(self) -> Sequence[str]:
        """By which ids messages came, in the order of their coming."""
        ...

    def body(self, delivery_id: str) -> str:
        """A message that they would take. It wishes a "Good" something."""
        ...

    def will(self, *turns: Turn) -> None:
        """From now on do these in turn; the last one for ever."""
        ...

    async def leave(self) -> None:
        """From now on nobody is there."""
        ...


class NotifierGround(Conformance):
    """What bindings provide: somebody at the other end, and a notifier that soon gives up."""

    capabilities: ClassVar[Capabilities] = NotifierCapabilities()
    patience: ClassVar[float] = 0.5
    """Seconds after which the notifier, opened by a binding, gives up."""

    @pytest.fixture
    def correspondent(self) -> Correspondent:
        raise NotImplementedError("return somebody at the other end")

    @pytest.fixture
    def notifier(self) -> Notifier:
        raise NotImplementedError("return an open notifier")


def message_to(correspondent: Correspondent, delivery_id: str = "msg_1", **more: str) -> Message:
    """A message that *correspondent* would take; *more* says what is different about it."""
    usual = {"target": correspondent.target, "body": correspondent.body(delivery_id)}
    return Message(delivery_id=delivery_id, at=NOON, **(usual | more))


NOBODY_S = target_text(LogTarget())
WRONG_TARGETS = ["", "{}", "null", '{"kind":"pigeon"}', '{"kind":', "\ud800"]


def another_kind_of_target(target: str) -> str:
    """A target that is well and good, and not for the notifier that *target* is for."""
    letters = EmailTarget(to=("somebody@school.example",), subject="Hello")
    return NOBODY_S if target != NOBODY_S else target_text(letters)


@attrs.frozen(kw_only=True)
class HttpWays:
    """How somebody is reached by HTTP, and what of it names a message."""

    path: str
    target: Callable[[int], str]
    """The text of the target, for the port they listen on."""

    body: Callable[[str], str]
    """A message they would take, for its id."""

    id_of: Callable[[Heard], str]
    secrets: Sequence[str]
    answers: Mapping[Turn, Lie] = attrs.field(factory=dict[Turn, Lie])
    """What they say in other words than most."""


@attrs.frozen
class HttpCorrespondent:
    """Somebody who is reached by HTTP."""

    port: int
    ways: HttpWays
    heard: Sequence[Heard]
    lies: dict[str, Lie]
    stack: AsyncExitStack

    @property
    def target(self) -> str:
        return self.ways.target(self.port)

    @property
    def secrets(self) -> Sequence[str]:
        return self.ways.secrets

    @property
    def received(self) -> Sequence[str]:
        return [self.ways.id_of(heard) for heard in self.heard]

    def body(self, delivery_id: str) -> str:
        return self.ways.body(delivery_id)

    def will(self, *turns: Turn) -> None:
        answers = {**WIRED, **self.ways.answers}
        self.lies[self.ways.path] = say_in_turn(*(answers[turn] for turn in turns))

    async def leave(self) -> None:
        await self.stack.aclose()


@asynccontextmanager
async def over_http(ways: HttpWays) -> AsyncIterator[HttpCorrespondent]:
    """Somebody behind a socket, who takes everything until told otherwise."""
    lies: dict[str, Lie] = {}
    async with AsyncExitStack() as stack:
        liar = await stack.enter_async_context(lying(lies))
        somebody = HttpCorrespondent(liar.port, ways, liar.heard, lies, stack)
        somebody.will(Turn.TAKES)
        yield somebody


async def _echo(writer: asyncio.StreamWriter, heard: Heard) -> None:
    told = [heard.path, *heard.headers.values(), heard.body.decode()]
    await say(400, {"X-Echo": heard.path}, "\n".join(told).encode())(writer, heard)


WIRED: Mapping[Turn, Lie] = {
    Turn.TAKES: say(200, {"Content-Type": "text/plain"}, b"ok"),
    Turn.REFUSES: say(400, {}, b"no"),
    Turn.IS_GONE: say(410),
    Turn.DENIES: say(401),
    Turn.LIMITS: say(429, {"Retry-After": f"{ASKED_TO_WAIT:g}"}),
    Turn.FAILS: say(500, {}, b"oops"),
    Turn.IS_SILENT: wait(HOUR, say(200)),
    Turn.HANGS_UP: cut(after=0),
    Turn.BABBLES: babble(),
    Turn.DRIPS: drip_headers(every=0.05),
    Turn.REDIRECTS: say(302, {"Location": "/there"}),
    Turn.ECHOES: _echo,
    Turn.TRAILS_OFF: drip(every=0.05),
    Turn.POURS: pour(),
}
