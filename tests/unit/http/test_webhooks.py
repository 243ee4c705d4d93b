"""Webhooks: signed as another's library expects it, sent once, and never to the wrong place."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta

import pytest

from homeroom.kernel.clock import SystemClock
from homeroom.kernel.outbound import Outbound
from homeroom.scheduling.model.deliveries import Answer, Message, Outcome
from homeroom.scheduling.model.signatures import new_secret
from homeroom.scheduling.model.targets import WebhookTarget, target_text
from homeroom.scheduling.ports.notifiers import NotifierSettings
from homeroom_adapters.http.webhooks import WebhookNotifier
from homeroom_testing.liars import Names, cut, lying, say
from homeroom_testing.receiver import open_receiver

Open = Callable[..., AbstractAsyncContextManager[Outbound]]
OLD, NEW, OTHER = new_secret(), new_secret(), new_secret()
BODY = '{"type":"task.fired","timestamp":"2026-03-02T12:00:00Z","data":{"grüße":"Ñ 🙂"}}'


def message(url: str, *secrets: str, at: datetime | None = None, **more: object) -> Message:
    target = WebhookTarget(url=url, secrets=secrets or (OLD,), **more)  # type: ignore[arg-type]  # names are checked by attrs
    at = at or SystemClock().now()
    return Message(target=target_text(target), body=BODY, delivery_id="msg_1", at=at)


async def send(out: Outbound, sent: Message, *, allow_http: bool = True) -> Answer:
    settings = NotifierSettings(allow_http=allow_http, webhook_timeout=1.0)
    return await WebhookNotifier(settings=settings, clock=SystemClock(), outbound=out).send(sent)


@pytest.mark.anyio
class TestASignature:
    async def test_another_s_library_takes_it(self, open_out: Open) -> None:
        async with open_receiver() as receiver, open_out() as out:
            endpoint = receiver.create_endpoint(OLD)
            answer = await send(out, message(endpoint.url))
        assert (answer.outcome, answer.status) == (Outcome.DELIVERED, 200)
        assert [endpoint.is_signed(one) for one in endpoint.received] == [True]

    async def test_it_is_not_taken_with_another_secret(self, open_out: Open) -> None:
        async with open_receiver() as receiver, open_out() as out:
            endpoint = receiver.create_endpoint(OTHER)
            answer = await send(out, message(endpoint.url))
        assert (answer.outcome, answer.reason) == (Outcome.DENIED, "webhook_denied")

    @pytest.mark.parametrize("known", [OLD, NEW], ids=["old", "new"])
    async def test_while_a_secret_is_rotated_either_will_do(
        self, open_out: Open, known: str
    ) -> None:
        async with open_receiver() as receiver, open_out() as out:
            endpoint = receiver.create_endpoint(known)
            answer = await send(out, message(endpoint.url, NEW, OLD))
        assert answer.outcome is Outcome.DELIVERED

    async def test_it_is_as_old_as_the_attempt(self, open_out: Open) -> None:
        late = SystemClock().now() - timedelta(minutes=6)
        async with open_receiver() as receiver, open_out() as out:
            endpoint = receiver.create_endpoint(OLD)
            answer = await send(out, message(endpoint.url, at=late))
        assert answer.outcome is Outcome.DENIED


@pytest.mark.anyio
class TestWhatIsSent:
    async def test_it_is_json_and_says_who_sends_it(self, open_out: Open) -> None:
        at = datetime(2026, 3, 2, 12, tzinfo=UTC)
        async with lying({"/hook": say()}) as liar, open_out() as out:
            await send(out, message(liar.url("/hook"), at=at))
        (heard,) = liar.heard
        assert (heard.method, heard.body) == ("POST", BODY.encode())
        assert heard.headers["content-type"] == "application/json"
        assert heard.headers["user-agent"].startswith("homeroom/")
        assert heard.headers["webhook-id"] == "msg_1"
        assert heard.headers["webhook-timestamp"] == "1772452800"

    async def test_the_target_s_own_method_and_headers_go_with_it(self, open_out: Open) -> None:
        own = {"method": "PUT", "headers": {"authorization": "Bearer t", "x-school": "7"}}
        async with lying({"/hook": say()}) as liar, open_out() as out:
            await send(out, message(liar.url("/hook"), **own))
        (heard,) = liar.heard
        assert (heard.method, heard.headers["x-school"]) == ("PUT", "7")
        assert heard.headers["authorization"] == "Bearer t"

    async def test_a_put_whose_answer_was_lost_is_not_sent_again(self, open_out: Open) -> None:
        async with lying({"/hook": cut(after=0)}) as liar, open_out() as out:
            answer = await send(out, message(liar.url("/hook"), method="PUT"))
        assert answer.outcome is Outcome.UNKNOWN
        assert len(liar.heard) == 1

    async def test_a_secret_that_is_none_is_refused_unsent(self, open_out: Open) -> None:
        async with lying({"/hook": say()}) as liar, open_out() as out:
            answer = await send(out, message(liar.url("/hook"), "whsec_hush"))
        assert (answer.outcome, answer.reason) == (Outcome.REFUSED, "unreadable_target")
        assert "hush" not in answer.message
        assert not liar.heard


@pytest.mark.anyio
class TestTheWrongPlace:
    async def test_nothing_is_sent_in_clear_unless_the_operator_says(self, open_out: Open) -> None:
        async with lying({"/hook": say()}) as liar, open_out() as out:
            answer = await send(out, message(liar.url("/hook")), allow_http=False)
        assert answer.outcome is Outcome.REFUSED
        assert liar.connections == 0

    @pytest.mark.parametrize(
        "host",
        ["127.0.0.1", "[::1]", "[::ffff:10.0.0.1]", "169.254.169.254", "0.0.0.0"],  # noqa: S104
    )
    async def test_a_private_address_is_blocked(self, open_out: Open, host: str) -> None:
        async with lying({"/hook": say()}) as liar, open_out(allow=(), ports=(liar.port,)) as out:
            answer = await send(out, message(f"http://{host}:{liar.port}/hook"))
        assert (answer.outcome, answer.reason) == (Outcome.REFUSED, "ssrf_blocked")
        assert liar.connections == 0

    async def test_a_name_that_has_become_private_is_blocked_when_it_is_dialled(
        self, open_out: Open, names: Names
    ) -> None:
        names.answers = {"hooks.example": [["10.0.0.5"]]}
        async with open_out(allow=()) as out:
            answer = await send(out, message("https://hooks.example/hook"))
        assert (answer.outcome, answer.reason) == (Outcome.REFUSED, "ssrf_blocked")

    @pytest.mark.parametrize("url", ["https://2130706433/", "https://discord.com@evil.test/"])
    async def test_an_address_in_disguise_is_none(self, open_out: Open, url: str) -> None:
        async with open_out() as out:
            answer = await send(out, message(url))
        assert answer.outcome is Outcome.REFUSED
