"""Discord: the strict stand-in takes what we send, and what it answers is understood."""

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from homeroom.kernel.clock import SystemClock
from homeroom.kernel.outbound import Outbound
from homeroom.scheduling.model.deliveries import Answer, Message, Outcome
from homeroom.scheduling.model.targets import DiscordTarget, target_text
from homeroom.scheduling.ports.notifiers import NotifierSettings
from homeroom_adapters.http.discord import DiscordNotifier
from homeroom_testing.discord import Discord, Webhook, open_discord
from homeroom_testing.liars import cut, say
from homeroom_testing.scripted import Limited, Slow

Open = Callable[..., AbstractAsyncContextManager[Outbound]]
HELLO = '{"content":"Hello","allowed_mentions":{"parse":[]}}'


async def send(
    discord: Discord, webhook: Webhook, out: Outbound, *, body: str = HELLO, url: str = ""
) -> Answer:
    settings = NotifierSettings(discord_base_url=discord.url, discord_timeout=0.5)
    notifier = DiscordNotifier(settings=settings, clock=SystemClock(), outbound=out)
    target = target_text(DiscordTarget(url=url or webhook.target))
    return await notifier.send(
        Message(target=target, body=body, delivery_id="msg_1", at=SystemClock().now())
    )


@pytest.mark.anyio
class TestAMessage:
    async def test_the_stand_in_takes_it_and_its_id_is_kept(self, open_out: Open) -> None:
        async with open_discord() as discord, open_out() as out:
            webhook = discord.create_webhook()
            answer = await send(discord, webhook, out)
        assert (answer.outcome, answer.status) == (Outcome.DELIVERED, 200)
        assert answer.message_id == webhook.messages[0]["id"]
        assert not discord.offences

    async def test_an_answer_without_a_message_is_a_delivery_too(self, open_out: Open) -> None:
        async with open_discord() as discord, open_out() as out:
            webhook = discord.create_webhook()
            webhook.say(say(204))
            answer = await send(discord, webhook, out)
        assert (answer.outcome, answer.message_id) == (Outcome.DELIVERED, "")

    @pytest.mark.parametrize("version", ["", "/v6", "/v9", "/v10"])
    async def test_it_goes_to_the_version_we_know_and_waits(
        self, open_out: Open, version: str
    ) -> None:
        async with open_discord() as discord, open_out() as out:
            webhook = discord.create_webhook()
            old = webhook.target.replace("/api/", f"/api{version}/")
            await send(discord, webhook, out, url=old)
        (received,) = webhook.received
        assert received.path.startswith("/api/v10/webhooks/")
        assert received.query == {"wait": "true"}
        assert received.headers["content-type"] == "application/json"

    async def test_a_thread_in_the_address_is_kept(self, open_out: Open) -> None:
        async with open_discord() as discord, open_out() as out:
            webhook = discord.create_webhook(forum=True)
            url = f"{webhook.target}?thread_id=1400000000000000123"
            answer = await send(discord, webhook, out, url=url)
        assert answer.outcome is Outcome.DELIVERED
        assert webhook.received[0].query["thread_id"] == "1400000000000000123"

    async def test_an_answer_as_large_as_they_come_keeps_its_id(self, open_out: Open) -> None:
        async with open_discord() as discord, open_out() as out:
            webhook = discord.create_webhook()
            words = json.dumps({"content": "\N{PILE OF POO}" * 1_000})
            answer = await send(discord, webhook, out, body=words)
        assert answer.message_id == webhook.messages[0]["id"]


@pytest.mark.anyio
class TestWhatDiscordSays:
    async def test_a_limit_is_waited_for_by_this_webhook_alone(self, open_out: Open) -> None:
        async with open_discord() as discord, open_out() as out:
            webhook = discord.create_webhook()
            webhook.say(Limited(2.5))
            answer = await send(discord, webhook, out)
        assert (answer.outcome, answer.retry_after) == (Outcome.LIMITED, 2.5)
        assert not answer.everywhere

    async def test_a_limit_for_everything_is_told_as_one(self, open_out: Open) -> None:
        async with open_discord() as discord, open_out() as out:
            webhook = discord.create_webhook()
            webhook.say(Limited(2.5, everywhere=True))
            answer = await send(discord, webhook, out)
        assert (answer.outcome, answer.everywhere) == (Outcome.LIMITED, True)

    async def test_what_is_left_of_the_allowance_is_told(self, open_out: Open) -> None:
        async with open_discord() as discord, open_out() as out:
            webhook = discord.create_webhook()
            told = [(await send(discord, webhook, out)).allowance for _ in range(2)]
        assert [one and (one.limit, one.remaining) for one in told] == [(5, 4), (5, 3)]
        assert all(one and 0 < one.reset_after <= 2.0 for one in told)

    async def test_a_webhook_that_is_gone_stays_gone(self, open_out: Open) -> None:
        async with open_discord() as discord, open_out() as out:
            webhook = discord.create_webhook()
            webhook.say(404)
            answer = await send(discord, webhook, out)
        assert (answer.outcome, answer.reason) == (Outcome.GONE, "webhook_gone")

    async def test_what_is_wrong_with_a_message_is_told(self, open_out: Open) -> None:
        async with open_discord() as discord, open_out() as out:
            webhook = discord.create_webhook()
            body = json.dumps({"content": "." * 2_001})
            answer = await send(discord, webhook, out, body=body)
        assert (answer.outcome, answer.status) == (Outcome.REFUSED, 400)
        assert "content" in answer.message

    async def test_a_platform_in_trouble_is_worth_another_try(self, open_out: Open) -> None:
        async with open_discord(rate=None) as discord, open_out() as out:
            webhook = discord.create_webhook()
            webhook.say(502, then=500)
            told = [(await send(discord, webhook, out)).outcome for _ in range(8)]
        assert told == [Outcome.FAILED] * 8
        assert len(webhook.received) == 8

    @pytest.mark.parametrize("turn", [Slow(3.0, 204), cut(after=0)], ids=["silent", "hangs up"])
    async def test_without_an_answer_nobody_knows(self, open_out: Open, turn: object) -> None:
        async with open_discord() as discord, open_out() as out:
            webhook = discord.create_webhook()
            webhook.say(turn)  # type: ignore[arg-type]  # a turn, either way
            answer = await send(discord, webhook, out)
        assert (answer.outcome, answer.status) == (Outcome.UNKNOWN, None)
        assert "duplicate" in answer.message
        assert len(webhook.received) == 1


@pytest.mark.anyio
async def test_an_address_that_is_not_discord_s_is_not_called(open_out: Open) -> None:
    url = "https://discord.com.evil.test/api/webhooks/1400000000000000001/" + "a" * 68
    async with open_discord() as discord, open_out() as out:
        answer = await send(discord, discord.create_webhook(), out, url=url)
    assert (answer.outcome, answer.reason) == (Outcome.REFUSED, "unreadable_target")
    assert not discord.received
