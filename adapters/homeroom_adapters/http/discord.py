"""Messages to Discord, through the webhooks of its channels.

Discord offers no key by which it would know a message again, so what it did not answer may be
there twice if it is sent again. `wait=true` keeps that rare: only with it does Discord say what
it thinks of a message, and what the message is called.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs

from homeroom.kernel.clock import Clock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.outbound import Outbound, OutboundAnswer, OutboundRequest, Takes
from homeroom.scheduling.errors import UnreadableTarget
from homeroom.scheduling.model.deliveries import Answer, Message
from homeroom.scheduling.model.judging import judge_discord
from homeroom.scheduling.model.targets import (
    DiscordTarget,
    discord_send_url,
    read_target_text,
    secret_parts,
)
from homeroom.scheduling.ports.notifiers import Notifier, NotifierSettings
from homeroom_adapters.http.asking import Attempt, attempt, on_the_wire, release

_ABOUT = "https://homeroom.example"
"""Discord wants an address in the agent, and turns away agents of another shape."""

_MOST = 64 * 1024
"""Bytes of answer: the message comes back whole, and its id with it."""


@attrs.frozen(kw_only=True)
class DiscordNotifier:
    """Sends to channels of Discord's."""

    settings: NotifierSettings
    clock: Clock
    outbound: Outbound
    agent: str = attrs.field(factory=lambda: f"DiscordBot ({_ABOUT}, {release()})")

    async def send(self, message: Message) -> Answer:
        """As the port promises."""
        return await attempt(self.outbound, lambda: self._prepare(message))

    async def ping(self) -> None:
        await self.outbound.ping()

    def _prepare(self, message: Message) -> Attempt:
        target = _read(message.target)
        request = OutboundRequest(
            method="POST",
            url=discord_send_url(target, self.settings.discord_base_url),
            headers={"content-type": "application/json", "user-agent": self.agent},
            body=on_the_wire(message.body),
            deadline=self.settings.discord_timeout,
            max_body=_MOST,
            takes=Takes.EVERY_STATUS,
        )

        def judge(answer: OutboundAnswer) -> Answer:
            hide, now = secret_parts(target), self.clock.now()
            return judge_discord(answer.status, answer.headers, answer.body, now, hide)

        return Attempt(request, judge)


def _read(text: str) -> DiscordTarget:
    """The target in today's spelling, whichever version of ours kept it.

    Raises `UnreadableTarget`.
    """
    target = read_target_text(text)
    if not isinstance(target, DiscordTarget):
        raise UnreadableTarget
    try:
        return DiscordTarget(url=target.parts.text)
    except ValueError:
        raise UnreadableTarget from None  # the cause would quote it


@asynccontextmanager
async def open_notifier(
    settings: NotifierSettings, ambient: Ambient, outbound: Outbound
) -> AsyncIterator[Notifier]:
    """The notifier behind entry point `homeroom.notifier`, name `discord`."""
    yield DiscordNotifier(settings=settings, clock=ambient.clock, outbound=outbound)
