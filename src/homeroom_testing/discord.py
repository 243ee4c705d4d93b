"""Discord's webhooks on loopback: as strict as its documentation, and as moody as a test asks.

async with open_discord() as discord:
    webhook = discord.create_webhook()
    webhook.say(500, Limited(2.5), 204)
    ... send to webhook.target, with discord.url in place of https://discord.com ...
    assert [request.status for request in webhook.received] == [500, 429, 204]
    assert not discord.offences

It answers at `/api/v10` only, takes JSON only, and counts by the clock it is given.
"""

import asyncio
import itertools
import json
import re
import secrets
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from http import HTTPStatus

import attrs

from homeroom.kernel.clock import Clock, SystemClock
from homeroom_testing.discord_limits import Bucket, Offence, Rate, Told
from homeroom_testing.discord_message import as_shown, check_thread, read_query
from homeroom_testing.discord_rules import INVALID_FORM, Object, Refused, check, read
from homeroom_testing.liars import Heard, Lie, lying, say
from homeroom_testing.scripted import Limited, Received, Slow, Turn, Turns

_PATH = re.compile(r"/api(?:/v(?P<version>\d+))?/webhooks/(?P<id>\d+)/(?P<token>[\w-]+)")
_AGENT = re.compile(r"DiscordBot \(https?://[^\s,]+, [^\s)]+\).*")


@attrs.define(kw_only=True)
class Webhook:
    """A webhook of the stand-in, and all that came to it."""

    id: str
    token: str = attrs.field(factory=lambda: secrets.token_urlsafe(51))
    base: str
    forum: bool = False
    """Whether its channel is a forum, where every message needs a thread."""

    deleted: bool = False
    bucket: Bucket | None = None
    received: list[Received] = attrs.field(factory=list[Received])
    messages: list[dict[str, object]] = attrs.field(factory=list[dict[str, object]])
    """What was accepted, as `wait=true` shows it."""

    turns: Turns = attrs.field(factory=lambda: Turns(204), init=False)

    @property
    def path(self) -> str:
        return f"/api/v10/webhooks/{self.id}/{self.token}"

    @property
    def url(self) -> str:
        """Where it is on loopback."""
        return self.base + self.path

    @property
    def target(self) -> str:
        """Its URL as people copy it from Discord."""
        return f"https://discord.com/api/webhooks/{self.id}/{self.token}"

    def say(self, *turns: Turn | Slow, then: Turn | Slow | None = None) -> None:
        """Say these in turn to the next requests, and *then* for ever; None is as usual.

        Statuses below 300 mean *as usual*; 404 means that it is deleted, and stays so.
        """
        self.turns.say(*turns, then=then)

    def delete(self) -> None:
        """From now on it is unknown, for ever."""
        self.deleted = True


@attrs.define
class Discord:
    """The stand-in while it runs."""

    clock: Clock
    rate: Rate | None
    everywhere: Bucket | None
    told: Told
    url: str = ""
    received: list[Received] = attrs.field(factory=list[Received], init=False)
    """Every request, in the order of arrival."""

    _webhooks: dict[str, Webhook] = attrs.field(
        factory=dict[str, Webhook], init=False, alias="webhooks"
    )
    _numbers: "itertools.count[int]" = attrs.field(
        factory=lambda: itertools.count(1_400_000_000_000_000_001), init=False, alias="numbers"
    )

    @property
    def offences(self) -> list[Offence]:
        """Requests that whoever had listened to earlier answers would not have made."""
        return self.told.offences

    @property
    def invalid_requests(self) -> int:
        """Answers in the last ten minutes that count towards a ban."""
        return self.told.invalid(self.clock.now())

    def create_webhook(self, *, forum: bool = False) -> Webhook:
        """A webhook in a channel of its own."""
        bucket = Bucket(self.rate) if self.rate else None
        webhook = Webhook(id=self._number(), base=self.url, forum=forum, bucket=bucket)
        self._webhooks[webhook.id] = webhook
        return webhook

    async def answer(self, writer: asyncio.StreamWriter, heard: Heard) -> None:
        """Whatever is asked at the port is answered here."""
        received = self._note(heard)
        headers: dict[str, str] = {}
        try:
            webhook = self._find(received)
            headers |= self._take(webhook, received.at)
            seconds, turn = webhook.turns.take()
            if seconds:
                await asyncio.sleep(seconds)
            reply = self._in_turn(turn, webhook, received, headers)
        except Refused as no:
            received.status = no.status
            self.told.count(no, received.at)
            reply = say(no.status, {**headers, **no.headers}, no.content())
        await reply(writer, heard)

    def _note(self, heard: Heard) -> Received:
        received = Received.of(heard, self.clock.now())
        self.received.append(received)
        match = _PATH.fullmatch(received.path)
        webhook = self._webhooks.get(match["id"]) if match else None
        if match and webhook and webhook.token == match["token"]:
            webhook.received.append(received)
        return received

    def _find(self, received: Received) -> Webhook:
        """Raises `Refused` unless the request may reach a webhook that is there."""
        self.told.check_ban(received.at)
        match = _PATH.fullmatch(received.path)
        if match is None:
            raise Refused(404, 0, "404: Not Found")
        if match["version"] != "10":
            raise Refused(400, 50041, "Invalid API version specified")
        if not _AGENT.fullmatch(received.headers.get("user-agent", "")):
            raise Refused(403, 40333, "internal network error")
        self.told.check(match["id"], received.at)
        if self.everywhere and not self.everywhere.take(received.at):
            rest = self.everywhere.resets_in(received.at)
            raise self.told.wait(match["id"], Limited(rest, everywhere=True), received.at)
        webhook = self._webhooks.get(match["id"])
        if webhook is None or webhook.deleted:
            raise self._unknown(match["id"], received.at)
        if webhook.token != match["token"]:
            raise Refused(401, 50027, "Invalid Webhook Token")
        return webhook

    def _unknown(self, number: str, at: datetime) -> Refused:
        self.told.gone(number, at)
        return Refused(404, 10015, "Unknown Webhook")

    def _take(self, webhook: Webhook, at: datetime) -> dict[str, str]:
        """One from the webhook's bucket, and what is told of the rest. Raises `Refused`."""
        bucket = webhook.bucket
        if bucket is None:
            return {}
        taken = bucket.take(at)
        if not taken:
            no = self.told.wait(webhook.id, Limited(bucket.resets_in(at)), at)
            no.headers |= bucket.headers(at)
            raise no
        self.told.spent(webhook.id, bucket, at)
        return bucket.headers(at)

    def _in_turn(
        self, turn: Turn, webhook: Webhook, received: Received, headers: Mapping[str, str]
    ) -> Lie:
        if isinstance(turn, Limited):
            raise self.told.wait(webhook.id, turn, received.at)
        if not isinstance(turn, int):
            return turn
        if turn == 404:
            webhook.delete()
            raise self._unknown(webhook.id, received.at)
        if turn >= 300:
            raise Refused(turn, 0, f"{turn}: {HTTPStatus(turn).phrase}")
        body = self._as_usual(webhook, received)
        received.status = 204 if body is None else 200
        content = b"" if body is None else json.dumps(body).encode()
        return say(received.status, {**headers, "Content-Type": "application/json"}, content)

    def _as_usual(self, webhook: Webhook, received: Received) -> Object | None:
        """What is answered to a good request. Raises `Refused` for a bad one."""
        if received.method == "GET":
            return {"id": webhook.id, "type": 1, "name": "Tests", "token": webhook.token}
        if received.method != "POST":
            raise Refused(405, 0, "405: Method Not Allowed")
        kind = received.headers.get("content-type", "").partition(";")[0]
        if kind.strip().lower() != "application/json":
            words = "Expected \"Content-Type\" header to be one of {'application/json'}."
            raise Refused(400, INVALID_FORM, words)
        wait, components, thread = read_query(received.query)
        message = read(received.body)
        check(message, with_components=components)
        check_thread(message, thread=thread, forum=webhook.forum)
        kept = as_shown(message, webhook.id, self._number(), received.at)
        webhook.messages.append(kept)
        return kept if wait else None

    def _number(self) -> str:
        return str(next(self._numbers))


@asynccontextmanager
async def open_discord(
    *,
    rate: Rate | None = Rate(5, per=2.0),  # noqa: B008 - it is frozen
    everywhere: Rate | None = Rate(50, per=1.0),  # noqa: B008 - as above
    ban_after: int = 10_000,
    clock: Clock | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Discord]:
    """A Discord on a free port of loopback, until the block is left.

    It takes *rate* of every webhook and *everywhere* of all together; None is no limit.
    """
    discord = Discord(
        clock or SystemClock(), rate, Bucket(everywhere) if everywhere else None, Told(ban_after)
    )
    async with lying({}, otherwise=discord.answer, tls=tls) as port:
        discord.url = port.url("")
        yield discord
