"""The Discord of tests: it takes what Discord takes, and says what Discord says."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import httpx
import pytest

from homeroom_testing.clock import SteppingClock
from homeroom_testing.discord import Discord, Webhook, open_discord
from homeroom_testing.discord_limits import Heedless, Rate
from homeroom_testing.liars import cut, drip, half_close, say
from homeroom_testing.scripted import Limited, Slow

AGENT = {"User-Agent": "DiscordBot (https://homeroom.example, 1.0)"}

Body = Mapping[str, object]


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(headers=AGENT, timeout=5) as client:
        yield client


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
async def discord(clock: SteppingClock) -> AsyncIterator[Discord]:
    """One that limits nothing, and whose time stands still."""
    async with open_discord(rate=None, everywhere=None, clock=clock) as discord:
        yield discord


@pytest.fixture
def webhook(discord: Discord) -> Webhook:
    return discord.create_webhook()


async def post(
    client: httpx.AsyncClient, webhook: Webhook, body: Body | None = None, query: str = ""
) -> httpx.Response:
    return await client.post(webhook.url + query, json=body or {"content": "Hello"})


@pytest.mark.anyio
class TestWhatItTakes:
    async def test_is_kept_and_answered_with_nothing(
        self, client: httpx.AsyncClient, webhook: Webhook
    ) -> None:
        answer = await post(client, webhook)
        assert (answer.status_code, answer.content) == (204, b"")
        assert len(webhook.messages) == 1

    async def test_is_nothing_that_breaks_a_rule(
        self, client: httpx.AsyncClient, webhook: Webhook
    ) -> None:
        body = {"content": "a" * 2001, "username": "clyde", "embeds": [{"title": "t" * 257}]}
        answer = await post(client, webhook, body)
        assert (answer.status_code, answer.json()["code"]) == (400, 50035)
        assert answer.json()["errors"].keys() == {"content", "username", "embeds"}
        assert webhook.messages == []

    async def test_waiting_shows_the_message(
        self, client: httpx.AsyncClient, webhook: Webhook
    ) -> None:
        body: Body = {"content": " Hello ", "embeds": [{"title": "t"}]}
        answer = await post(client, webhook, body, "?wait=true")
        assert answer.status_code == 200
        assert answer.json()["content"] == "Hello"
        assert answer.json()["embeds"] == [{"title": "t", "type": "rich"}]
        assert answer.json() == webhook.messages[0]
        assert answer.json()["id"].isdigit()

    @pytest.mark.parametrize(
        ("allowed", "everybody", "who"),
        [
            (None, False, ["123456789012345678"]),
            ({"parse": []}, False, []),
            ({"parse": ["everyone"]}, True, []),
            ({"users": ["123456789012345678"]}, False, ["123456789012345678"]),
        ],
    )
    async def test_it_calls_those_who_may_be_called(
        self,
        client: httpx.AsyncClient,
        webhook: Webhook,
        allowed: Body | None,
        everybody: bool,
        who: list[str],
    ) -> None:
        await post(
            client,
            webhook,
            {"content": "@everyone <@123456789012345678>", "allowed_mentions": allowed},
        )
        assert webhook.messages[0]["mention_everyone"] is everybody
        assert webhook.messages[0]["mentions"] == [{"id": user} for user in who]

    async def test_a_forum_wants_exactly_one_thread(
        self, client: httpx.AsyncClient, discord: Discord, webhook: Webhook
    ) -> None:
        forum, named = discord.create_webhook(forum=True), {"content": "x", "thread_name": "t"}
        thread = "?thread_id=123456789012345678"
        assert (await post(client, forum)).json()["code"] == 220001
        assert (await post(client, forum, named, thread)).json()["code"] == 220002
        assert (await post(client, webhook, named)).json()["code"] == 220003
        assert (await post(client, forum, named)).status_code == 204
        assert (await post(client, forum, None, thread)).status_code == 204


@pytest.mark.anyio
class TestHowItIsAsked:
    async def test_the_version_is_pinned(self, client: httpx.AsyncClient, webhook: Webhook) -> None:
        for version in ("", "/v9", "/v6"):
            url = webhook.url.replace("/v10", version)
            answer = await client.post(url, json={"content": "x"})
            assert (answer.status_code, answer.json()["code"]) == (400, 50041)

    async def test_the_agent_says_who_it_is(
        self, client: httpx.AsyncClient, webhook: Webhook
    ) -> None:
        answer = await client.post(
            webhook.url, json={"content": "x"}, headers={"User-Agent": "python"}
        )
        assert (answer.status_code, answer.json()["code"]) == (403, 40333)

    async def test_the_body_is_json(self, client: httpx.AsyncClient, webhook: Webhook) -> None:
        form = await client.post(webhook.url, data={"content": "x"})
        assert (form.status_code, form.json()["code"]) == (400, 50035)
        kind = {"Content-Type": "application/json; charset=utf-8"}
        for body, code in (
            (b"{", 50109),
            (b"\xff", 50109),
            (b'{"flags": NaN}', 50109),
            (b"[" * 100_000, 50109),
            (b"[]", 50035),
        ):
            answer = await client.post(webhook.url, content=body, headers=kind)
            assert (answer.status_code, answer.json()["code"]) == (400, code)

    async def test_the_query_is_checked(self, client: httpx.AsyncClient, webhook: Webhook) -> None:
        answer = await post(client, webhook, None, "?wait=perhaps&thread_id=x")
        assert answer.json()["errors"].keys() == {"wait", "thread_id"}

    async def test_the_method_is_post(self, client: httpx.AsyncClient, webhook: Webhook) -> None:
        assert (await client.put(webhook.url, json={})).status_code == 405
        assert (await client.get(webhook.url)).json()["id"] == webhook.id

    async def test_other_paths_are_not_there(
        self, client: httpx.AsyncClient, discord: Discord
    ) -> None:
        assert (await client.get(f"{discord.url}/api/v10/users/@me")).json()["code"] == 0

    async def test_a_wrong_token_is_known_as_such(
        self, client: httpx.AsyncClient, discord: Discord, webhook: Webhook
    ) -> None:
        answer = await client.post(webhook.url + "x", json={"content": "x"})
        assert (answer.status_code, answer.json()["code"]) == (401, 50027)
        assert webhook.received == []
        assert len(discord.received) == 1

    async def test_it_keeps_what_it_got_and_when(
        self, client: httpx.AsyncClient, clock: SteppingClock, webhook: Webhook
    ) -> None:
        await post(client, webhook, None, "?wait=true")
        clock.step(seconds=3)
        await post(client, webhook, {"content": "a" * 2001})
        first, second = webhook.received
        assert (second.at - first.at).total_seconds() == 3
        assert (first.status, second.status) == (200, 400)
        assert (first.method, first.query) == ("POST", {"wait": "true"})
        assert first.message == {"content": "Hello"}
        assert first.headers["user-agent"] == AGENT["User-Agent"]

    async def test_its_target_is_what_people_copy(self, webhook: Webhook) -> None:
        assert webhook.target == f"https://discord.com/api/webhooks/{webhook.id}/{webhook.token}"
        assert webhook.path == f"/api/v10/webhooks/{webhook.id}/{webhook.token}"


@pytest.mark.anyio
class TestWhatATestAsksFor:
    async def test_statuses_come_in_turn_and_then_as_usual(
        self, client: httpx.AsyncClient, webhook: Webhook
    ) -> None:
        webhook.say(500, 502, 204)
        assert [(await post(client, webhook)).status_code for _ in range(4)] == [500, 502, 204, 204]
        assert [request.status for request in webhook.received] == [500, 502, 204, 204]
        assert len(webhook.messages) == 2

    async def test_one_thing_may_be_said_for_ever(
        self, client: httpx.AsyncClient, webhook: Webhook
    ) -> None:
        webhook.say(then=500)
        assert [(await post(client, webhook)).status_code for _ in range(3)] == [500] * 3

    async def test_a_good_turn_still_refuses_a_bad_message(
        self, client: httpx.AsyncClient, webhook: Webhook
    ) -> None:
        webhook.say(204)
        assert (await post(client, webhook, {"content": ""})).status_code == 400

    async def test_a_slow_answer_is_as_good(
        self, client: httpx.AsyncClient, webhook: Webhook
    ) -> None:
        webhook.say(Slow(0.2), Slow(0.1, 500))
        assert [(await post(client, webhook)).status_code for _ in range(2)] == [204, 500]
        webhook.say(Slow(30))
        with pytest.raises(httpx.ReadTimeout):
            await client.post(webhook.url, json={"content": "x"}, timeout=0.1)
        assert webhook.received[-1].status is None

    async def test_a_half_closed_connection_answers_nothing(
        self, client: httpx.AsyncClient, webhook: Webhook
    ) -> None:
        webhook.say(half_close(), cut(after=0))
        for _ in range(2):
            with pytest.raises(httpx.TransportError):
                await post(client, webhook)
        assert (await post(client, webhook)).status_code == 204

    async def test_a_drip_never_ends(self, client: httpx.AsyncClient, webhook: Webhook) -> None:
        webhook.say(drip(every=0.05))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await post(client, webhook)

    async def test_an_answer_may_be_huge(self, client: httpx.AsyncClient, webhook: Webhook) -> None:
        webhook.say(say(200, body=bytes(10_000_000)))
        assert len((await post(client, webhook)).content) == 10_000_000

    async def test_what_is_deleted_stays_unknown(
        self, client: httpx.AsyncClient, discord: Discord, webhook: Webhook
    ) -> None:
        webhook.say(404)
        answer = await post(client, webhook)
        assert (answer.status_code, answer.json()) == (
            404,
            {"message": "Unknown Webhook", "code": 10015},
        )
        assert discord.offences == []
        assert (await post(client, webhook)).status_code == 404
        assert [(o.what, o.webhook) for o in discord.offences] == [(Heedless.GONE, webhook.id)]

    async def test_one_that_never_was_is_unknown_as_well(
        self, client: httpx.AsyncClient, discord: Discord
    ) -> None:
        url = f"{discord.url}/api/v10/webhooks/123456789012345678/token"
        assert (await client.post(url, json={"content": "x"})).json()["code"] == 10015


@pytest.mark.anyio
class TestLimits:
    @pytest.fixture
    async def discord(self, clock: SteppingClock) -> AsyncIterator[Discord]:
        async with open_discord(
            rate=Rate(2, per=2.0), everywhere=None, ban_after=4, clock=clock
        ) as discord:
            yield discord

    async def test_every_answer_tells_what_remains(
        self, client: httpx.AsyncClient, clock: SteppingClock, webhook: Webhook
    ) -> None:
        first = await post(client, webhook)
        clock.step(seconds=0.5)
        second = await post(client, webhook)
        names = ("limit", "remaining", "reset-after", "reset")
        told = [[float(a.headers[f"x-ratelimit-{n}"]) for n in names] for a in (first, second)]
        reset = clock.now().timestamp() + 1.5
        assert told == [[2, 1, 2.0, reset], [2, 0, 1.5, reset]]
        assert first.headers["x-ratelimit-bucket"] == second.headers["x-ratelimit-bucket"]

    async def test_too_many_are_told_when_to_come_again(
        self, client: httpx.AsyncClient, clock: SteppingClock, discord: Discord, webhook: Webhook
    ) -> None:
        await post(client, webhook)
        await post(client, webhook)
        assert discord.offences == []
        clock.step(seconds=0.4996)
        answer = await post(client, webhook)
        assert answer.status_code == 429
        assert answer.json() == {
            "message": "You are being rate limited.",
            "retry_after": 1.501,
            "global": False,
        }
        assert answer.headers["retry-after"] == "2"
        assert answer.headers["x-ratelimit-scope"] == "user"
        assert answer.headers["x-ratelimit-remaining"] == "0"
        assert [o.what for o in discord.offences] == [Heedless.SPENT]
        clock.step(seconds=1.501)
        assert (await post(client, webhook)).status_code == 204
        assert len(discord.offences) == 1

    async def test_each_webhook_has_its_own_count(
        self, client: httpx.AsyncClient, discord: Discord, webhook: Webhook
    ) -> None:
        other = discord.create_webhook()
        answers = [await post(client, one) for one in (webhook, webhook, other, other)]
        assert [answer.status_code for answer in answers] == [204] * 4
        assert len({answer.headers["x-ratelimit-bucket"] for answer in answers}) == 1

    async def test_who_comes_too_early_is_known(
        self, client: httpx.AsyncClient, clock: SteppingClock, discord: Discord, webhook: Webhook
    ) -> None:
        webhook.say(Limited(2.5))
        assert (await post(client, webhook)).json()["retry_after"] == 2.5
        clock.step(seconds=2.4)
        assert (await post(client, webhook)).json()["retry_after"] == 0.1
        [offence] = discord.offences
        assert (offence.what, offence.webhook) == (Heedless.EARLY, webhook.id)
        assert offence.since == 2.4
        clock.step(seconds=0.1)
        assert (await post(client, webhook)).status_code == 204

    async def test_a_global_limit_is_for_all(
        self, client: httpx.AsyncClient, clock: SteppingClock, discord: Discord, webhook: Webhook
    ) -> None:
        other = discord.create_webhook()
        webhook.say(Limited(1, everywhere=True))
        told = await post(client, webhook)
        assert (told.json()["global"], told.headers["x-ratelimit-global"]) == (True, "true")
        assert (await post(client, other)).json()["global"] is True
        assert [o.webhook for o in discord.offences] == [""]
        clock.step(seconds=1)
        assert (await post(client, other)).status_code == 204

    async def test_all_together_have_a_rate(self, client: httpx.AsyncClient) -> None:
        clock = SteppingClock()
        async with open_discord(everywhere=Rate(3, per=1.0), clock=clock) as discord:
            webhooks = [discord.create_webhook() for _ in range(4)]
            answers = [await post(client, webhook) for webhook in webhooks]
            assert [answer.status_code for answer in answers] == [204, 204, 204, 429]
            assert answers[3].headers["x-ratelimit-scope"] == "global"

    async def test_invalid_requests_lead_to_a_ban(
        self, client: httpx.AsyncClient, clock: SteppingClock, discord: Discord
    ) -> None:
        webhook = discord.create_webhook()
        webhook.bucket = None
        webhook.say(401, 403, Limited(0), Limited(0, shared=True), 403, 403, 404)
        for _ in range(6):
            assert (await post(client, webhook)).status_code in {401, 403, 429}
        assert discord.invalid_requests == 5
        banned = await post(client, webhook)
        assert (banned.status_code, banned.text) == (429, "error code: 1015")
        assert banned.headers["retry-after"] == "600"
        clock.step(seconds=601)
        assert (await post(client, webhook)).status_code == 404

    async def test_its_usual_limits_are_five_in_two_seconds(
        self, client: httpx.AsyncClient
    ) -> None:
        async with open_discord() as discord:
            webhook = discord.create_webhook()
            answers = [await post(client, webhook) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [204] * 5 + [429]
        assert 0 < answers[5].json()["retry_after"] <= 2
