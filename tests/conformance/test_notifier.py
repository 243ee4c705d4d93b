"""Webhooks, Discord and the log sign the contract of notifiers."""

import json
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import ClassVar

import attrs
import pytest
from over_http_ground import ByWebhook, OverHttp

from homeroom.scheduling.model.targets import DiscordTarget, LogTarget, target_text
from homeroom.scheduling.ports.notifiers import Notifier, NotifierSettings, OpenNotifier
from homeroom_adapters.http import discord
from homeroom_adapters.logs.notifier import LogNotifier
from homeroom_testing.conformance.contract import Capabilities
from homeroom_testing.conformance.notifier import NotifierConformance
from homeroom_testing.conformance.notifier_ground import (
    ASKED_TO_WAIT,
    SECRET,
    Correspondent,
    HttpCorrespondent,
    HttpWays,
    NotifierCapabilities,
    Turn,
    over_http,
)
from homeroom_testing.liars import Lie, say

JSON = {"Content-Type": "application/json"}


@pytest.mark.adapter("webhook")
class TestWebhooks(ByWebhook):
    pass


def as_discord(status: int, **said: object) -> Lie:
    return say(status, JSON, json.dumps(said).encode())


IN_DISCORD_S_WORDS: Mapping[Turn, Lie] = {
    Turn.TAKES: as_discord(200, id="1400000000000000001", content="Good morning"),
    Turn.REFUSES: as_discord(400, code=50035, message="Invalid Form Body"),
    Turn.IS_GONE: as_discord(404, code=10015, message="Unknown Webhook"),
    Turn.DENIES: as_discord(401, code=50027, message="Invalid Webhook Token"),
    Turn.LIMITS: say(
        429,
        {**JSON, "X-RateLimit-Scope": "user"},
        json.dumps({"retry_after": ASKED_TO_WAIT, "global": False}).encode(),
    ),
}


class ByDiscord(OverHttp):
    open_notifier: ClassVar[OpenNotifier] = staticmethod(discord.open_notifier)
    capabilities: ClassVar[Capabilities] = NotifierCapabilities(names=False)

    def settings(self, correspondent: HttpCorrespondent) -> NotifierSettings:
        base_url = f"http://127.0.0.1:{correspondent.port}"
        return attrs.evolve(super().settings(correspondent), discord_base_url=base_url)

    @pytest.fixture
    async def correspondent(self) -> AsyncIterator[Correspondent]:
        path = f"webhooks/140000000000000000/{SECRET}"
        ways = HttpWays(
            path=f"/api/v10/{path}",
            target=lambda _: target_text(DiscordTarget(url=f"https://discord.com/api/{path}")),
            body=lambda one: json.dumps({"content": "Good morning", "username": one}),
            id_of=lambda heard: json.loads(heard.body)["username"],
            secrets=(SECRET,),
            answers=IN_DISCORD_S_WORDS,
        )
        async with over_http(ways) as somebody:
            yield somebody


@pytest.mark.adapter("discord")
class TestDiscord(ByDiscord):
    pass


class OurLog(logging.Handler):
    """Keeps what is written in the log."""

    target = target_text(LogTarget())
    secrets = ("Good", "Maria")

    def __init__(self) -> None:
        super().__init__()
        self.received: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.received.append(vars(record)["delivery_id"])

    def body(self, delivery_id: str) -> str:
        return json.dumps({"text": "Good morning, Maria", "type": "Maria", "Maria": delivery_id})

    def will(self, *turns: Turn) -> None:
        assert turns == (Turn.TAKES,)

    async def leave(self) -> None:
        raise NotImplementedError("a log stays where it is")


class InTheLog(NotifierConformance):
    capabilities: ClassVar[Capabilities] = NotifierCapabilities(
        answers=False, limits=False, closes=False, names=False, answers_over_http=False
    )

    @pytest.fixture
    def correspondent(self) -> Iterator[Correspondent]:
        kept, logger = OurLog(), logging.getLogger("homeroom.notifier")
        before = logger.level
        logger.setLevel(logging.INFO)
        logger.addHandler(kept)
        yield kept
        logger.removeHandler(kept)
        logger.setLevel(before)

    @pytest.fixture
    def notifier(self) -> Notifier:
        return LogNotifier()


@pytest.mark.adapter("log")
class TestLog(InTheLog):
    pass
