"""The reference's cases 37 to 40: nothing private is reached, and nothing secret is told."""

import io
import socket
from pathlib import Path
from typing import Any

import pytest
from sending_house import FAR, KEY, TASKS, V1, secrets_of

from homeroom_testing.liars import drip, lying, pour, say
from homeroom_testing.scripted import Slow

pytestmark = pytest.mark.anyio

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
QUICK = {"base": 0.05}
HOSTS = (
    *("127.0.0.1", "127.1", "0x7f.1", "2130706433", "0177.0.0.1", "127.0.0.1.", "[::1]", "[::]"),
    *("169.254.169.254", "10.0.0.5", "172.16.0.1", "192.168.1.1", "100.64.0.1", "[fd00::1]"),
    *("[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"),
    *("[2001:0:7f00:1::]", "[fe80::1]", "[fd00:ec2::254]", "discord.com@127.0.0.1"),
    *("me:secret@public.example", "public.example\\@127.0.0.1", "127.0.0.1%00"),
)
NOT_DISCORD = (
    *("https://discord.com@evil.test", "https://discord.com.evil.test", "http://discord.com"),
    *("https://evil.test/discord.com", "https://discord.com:8443", "https://discord.com%2eevil"),
    *("https://127.0.0.1", "https://[::ffff:10.0.0.1]", "https://2130706433"),
)


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What names mean from now on: each answer once, the last one for ever."""
    told: dict[str, list[str]] = {}
    ask = socket.getaddrinfo

    def resolve(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        if host not in told:
            return ask(host, port, *rest, **more)
        turns = told[host]
        return ask(turns.pop(0) if len(turns) > 1 else turns[0], port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return told


class TestCase37:
    @pytest.fixture
    def overrides(self) -> dict[str, str]:
        return {"HOMEROOM_OUTBOUND__ALLOW": "", "HOMEROOM_OUTBOUND__PORTS": "80,443"}

    async def test_no_address_that_is_private_in_any_spelling_is_taken(self, house: Any) -> None:
        for scheme in ("http", "https"):
            for host in HOSTS:
                body = {"name": "x", "schedule": FAR, "notifier": "webhook"}
                target = {"url": f"{scheme}://{host}/hooks"}
                told = await house.ask("POST", V1, 400, json={**body, "target": target})
                assert [one["field"] for one in told["errors"]] == ["target.url"], host

    async def test_nothing_but_discord_is_taken_for_discord(self, house: Any) -> None:
        webhook = house.discord.create_webhook()
        for origin in NOT_DISCORD:
            url = webhook.target.replace("https://discord.com", origin)
            body = {"name": "x", "schedule": FAR, "webhookUrl": url, "payload": {"content": "x"}}
            told = await house.ask("POST", TASKS, 400, json=body)
            assert {one["field"] for one in told["errors"]} == {"webhookUrl"}, origin

    async def test_a_name_that_means_a_private_address_is_not_dialled(
        self, house: Any, answers: dict[str, list[str]], lines: io.StringIO
    ) -> None:
        async with lying({}, otherwise=say()) as liar:
            task = await house.make(
                notifier="webhook",
                target={"url": "http://public.example/hooks/of-mine-that-nobody-knows"},
                payload={"type": "x"},
            )
            for private in ("127.0.0.1", "10.0.0.5", "169.254.169.254", "::ffff:10.0.0.1"):
                answers["public.example"] = [private]
                async with house.working():
                    ended = await house.sent(task)
                assert (ended["result"], len(ended["attempts"])) == ("ssrf_blocked", 1), private
            assert liar.connections == 0
        assert "of-mine-that-nobody-knows" not in lines.getvalue() + "".join(house.said)


class TestCase38:
    async def test_a_name_that_moves_to_a_private_address_is_judged_where_it_is_dialled(
        self, house: Any, answers: dict[str, list[str]]
    ) -> None:
        endpoint = house.receiver.create_endpoint(SECRET)
        endpoint.say(say(200, {"Connection": "close"}))  # or the next call would need no name
        # Loopback stands for the public internet here: it is what the operator lets us call.
        answers["rebinding.example"] = ["127.0.0.1", "10.0.0.5"]
        url = endpoint.url.replace("127.0.0.1", "rebinding.example")
        task = await house.make(
            notifier="webhook", target={"url": url, "secret": SECRET}, payload={"type": "x"}
        )
        async with house.working():
            assert (await house.sent(task))["status"] == "SUCCESS"
            ended = await house.sent(task)
        assert [line["reason"] for line in await house.log(task)] == ["", "ssrf_blocked"]
        assert (ended["status"], ended["result"]) == ("FAILED", "ssrf_blocked")
        assert (await house.task(task))["failure"] == "ssrf_blocked"
        assert len(endpoint.received) == 1

    async def test_no_redirect_leads_to_a_private_address(self, house: Any) -> None:
        async with lying({}, otherwise=say()) as trap:
            there = {"/hooks": say(307, {"Location": trap.url("/")})}
            async with lying(there) as liar, house.working():
                task = await house.make(
                    notifier="webhook",
                    target={"url": liar.url("/hooks")},
                    payload={"type": "x"},
                    maxRetry=0,
                )
                assert (await house.sent(task))["result"] == "redirected"
            assert trap.connections == 0


class TestCase39:
    @pytest.fixture
    def overrides(self) -> dict[str, str]:
        return {"HOMEROOM_SCHEDULING__WEBHOOK_TIMEOUT_SECONDS": "0.5"}

    async def test_an_answer_without_end_is_read_no_further_than_a_snippet(
        self, house: Any
    ) -> None:
        lies = {"/pour": pour(), "/drip": drip(every=0.1), "/huge": say(200, body=b"x" * 10**7)}
        async with lying(lies) as liar, house.working():
            for path in lies:
                task = await house.make(
                    notifier="webhook",
                    target={"url": liar.url(path)},
                    payload={"type": "x"},
                    maxRetry=0,
                )
                ended = await house.sent(task)
                (line,) = ended["attempts"]
                assert (line["responseCode"], ended["status"]) == (200, "SUCCESS"), path
                assert len(line["snippet"]) <= 2_000
                assert line["latencyMs"] < 2_000


class TestCase40:
    async def test_no_secret_is_in_anything_that_is_said_logged_counted_or_kept(
        self, house: Any, lines: io.StringIO, tmp_path: Path
    ) -> None:
        good, bad = house.discord.create_webhook(), house.discord.create_webhook()
        bad.say(500, Slow(0.01, 403))
        endpoint = house.receiver.create_endpoint(SECRET)
        told = say(400, body=f"{SECRET} {endpoint.url} Bearer of-a-secret".encode())
        async with lying({}, otherwise=told) as echo, house.working():
            target = {"secret": SECRET, "headers": {"authorization": "Bearer of-a-secret"}}
            target |= {"url": echo.url("/hooks/path-that-is-a-secret-too")}
            await house.ask("POST", V1, 400, json={"name": "x", "target": target})
            secure = {**target, "headers": {"x-token": "of-a-secret-in-a-header"}}
            tasks = [
                await house.make_discord(good),
                await house.make_discord(bad, backoff=QUICK),
                await house.make(notifier="webhook", target=secure, payload={"type": "x"}),
            ]
            for task in tasks:
                await house.sent(task)
        for task in tasks:
            await house.task(task)
        await house.ask("GET", "/api/v1/logs")
        metrics = (await house.client.get("/metrics")).text
        stored = b"".join(
            file.read_bytes() for file in tmp_path.iterdir() if file.name.startswith("house")
        )
        for secret in (*secrets_of(house), "of-a-secret-in-a-header", "path-that-is-a-secret-too"):
            assert secret.encode() not in stored, secret
            for text in (lines.getvalue(), metrics, *house.said):
                assert secret not in text, secret
        assert KEY not in metrics
