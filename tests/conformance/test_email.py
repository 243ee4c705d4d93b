"""Letters keep every promise of a notifier, before a real mail server."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack

import attrs
import pytest

from homeroom.kernel.codec import Ambient
from homeroom.kernel.outbound import OutboundSettings
from homeroom.scheduling.model.payloads import payload_text
from homeroom.scheduling.model.targets import EmailTarget, target_text
from homeroom.scheduling.ports.notifiers import (
    EmailSettings,
    MailSecurity,
    Notifier,
    NotifierSettings,
)
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.email.notifier import open_notifier
from homeroom_adapters.memory.outbound import open_outbound
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.notifier import NotifierConformance
from homeroom_testing.conformance.notifier_ground import HOUR, SECRET, NotifierCapabilities, Turn
from homeroom_testing.post_office import HangUp, Mood, PostOffice, Silence, open_post_office

READER = f"{SECRET}@school.example"
REPLIES: dict[Turn, Mood] = {
    Turn.TAKES: "",
    Turn.REFUSES: "554 5.6.0 no",
    Turn.DENIES: "530 5.7.0 log in first",
    Turn.FAILS: "451 4.3.0 not now",
    Turn.IS_SILENT: Silence(HOUR),
    Turn.HANGS_UP: HangUp(),
    Turn.BABBLES: "SSH-2.0-OpenSSH_9.2",
}


@attrs.frozen
class Reader:
    """Somebody who reads letters, and the post office they come through."""

    office: PostOffice
    stack: AsyncExitStack

    @property
    def target(self) -> str:
        return target_text(EmailTarget(to=(READER,), subject="Hello"))

    @property
    def secrets(self) -> Sequence[str]:
        return [SECRET, READER]

    @property
    def received(self) -> Sequence[str]:
        ids = [letter.message["Message-ID"] for letter in self.office.offered]
        return [one.strip("<>").partition("@")[0] for one in ids]

    def body(self, _: str) -> str:
        return payload_text({"text": "Good morning", "html": "<b>Good</b> morning"})

    def will(self, *turns: Turn) -> None:
        if turns == (Turn.IS_GONE,):
            self.office.will("RCPT", f"550 5.1.1 <{READER}> is unknown here")
        else:
            self.office.will("DATA", *(REPLIES[turn] for turn in turns))

    async def leave(self) -> None:
        await self.stack.aclose()


class TestLetters(NotifierConformance):
    capabilities = NotifierCapabilities(limits=False, answers_over_http=False)

    @pytest.fixture
    async def correspondent(self) -> AsyncIterator[Reader]:
        async with AsyncExitStack() as stack:
            yield Reader(await stack.enter_async_context(open_post_office()), stack)

    @pytest.fixture
    async def notifier(self, correspondent: Reader) -> AsyncIterator[Notifier]:
        email = EmailSettings(
            host="127.0.0.1",
            port=correspondent.office.port,
            security=MailSecurity.NONE,
            sender="bell@homeroom.example",
            timeout=self.patience,
        )
        ambient = Ambient(SteppingClock(), JsonCodec())
        async with (
            open_outbound(OutboundSettings(), ambient) as nowhere,
            open_notifier(NotifierSettings(email=email), ambient, nowhere) as notifier,
        ):
            yield notifier
