"""The receiver of signed webhooks: it takes what is signed, and says what a test asks for."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from homeroom_testing.clock import SteppingClock
from homeroom_testing.liars import drip
from homeroom_testing.receiver import Receiver, open_receiver
from homeroom_testing.scripted import Limited, Slow

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + "QUJD" * 8
# The two messages of the specification's reference, with their signatures.
KNOWN = [
    (
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        '{"test": 2432232314}',
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
    (
        "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
        1674087231,
        '{"type":"task.failed","timestamp":"2026-01-01T00:00:00Z","data":{"id":"t1"}}',
        "v1,ns8rneUK+ye9GaTjPa/SOnyMLh7lQfv6w521uEaTboU=",
    ),
]


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=5) as client:
        yield client


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
async def receiver(clock: SteppingClock) -> AsyncIterator[Receiver]:
    async with open_receiver(clock=clock) as receiver:
        yield receiver


def headers(*signatures: str, number: str, stamp: int) -> dict[str, str]:
    return {
        "webhook-id": number,
        "webhook-timestamp": str(stamp),
        "webhook-signature": " ".join(signatures),
    }


def signed(clock: SteppingClock, secret: str = SECRET, body: str = "{}") -> dict[str, str]:
    signature = Webhook(secret).sign("msg_1", clock.now(), body)
    return headers(signature, number="msg_1", stamp=int(clock.now().timestamp()))


@pytest.mark.anyio
class TestSignatures:
    @pytest.mark.parametrize(("number", "stamp", "body", "signature"), KNOWN)
    async def test_of_the_specification_are_taken(
        self,
        client: httpx.AsyncClient,
        clock: SteppingClock,
        receiver: Receiver,
        number: str,
        stamp: int,
        body: str,
        signature: str,
    ) -> None:
        clock.instant = datetime.fromtimestamp(stamp, UTC)
        endpoint = receiver.create_endpoint(SECRET)
        sent = headers(signature, number=number, stamp=stamp)
        answer = await client.post(endpoint.url, content=body, headers=sent)
        assert answer.status_code == 200
        assert endpoint.accepted == [number]
        assert endpoint.received[0].message == json.loads(body)

    async def test_of_somebody_else_are_not(
        self, client: httpx.AsyncClient, clock: SteppingClock, receiver: Receiver
    ) -> None:
        endpoint = receiver.create_endpoint(SECRET)
        for sent, body in (
            (signed(clock, OTHER), b"{}"),
            (signed(clock), b"{} "),
            ({**signed(clock), "webhook-id": "msg_2"}, b"{}"),
            ({**signed(clock), "webhook-timestamp": "soon"}, b"{}"),
            ({}, b"{}"),
        ):
            answer = await client.post(endpoint.url, content=body, headers=sent)
            assert answer.status_code == 401
        assert endpoint.accepted == []
        assert len(endpoint.received) == 5

    async def test_grow_old(
        self, client: httpx.AsyncClient, clock: SteppingClock, receiver: Receiver
    ) -> None:
        endpoint = receiver.create_endpoint(SECRET)
        sent = signed(clock)
        clock.step(seconds=300)
        assert (await client.post(endpoint.url, content="{}", headers=sent)).status_code == 200
        clock.step(seconds=1)
        assert (await client.post(endpoint.url, content="{}", headers=sent)).status_code == 401

    async def test_one_of_two_is_enough_on_either_side(
        self, client: httpx.AsyncClient, clock: SteppingClock, receiver: Receiver
    ) -> None:
        rotating = receiver.create_endpoint(OTHER, SECRET)
        assert (
            await client.post(rotating.url, content="{}", headers=signed(clock))
        ).status_code == 200
        endpoint = receiver.create_endpoint(SECRET)
        theirs = signed(clock, OTHER)["webhook-signature"]
        sent = signed(clock)
        sent["webhook-signature"] = f"{theirs} {sent['webhook-signature']}"
        assert (await client.post(endpoint.url, content="{}", headers=sent)).status_code == 200

    async def test_by_the_clock_of_the_machine_agree_with_the_library(
        self, client: httpx.AsyncClient
    ) -> None:
        async with open_receiver() as receiver:
            endpoint = receiver.create_endpoint(SECRET)
            now = datetime.now(UTC)
            for age, status in ((0, 200), (-360, 401), (360, 401)):
                clock = SteppingClock(now + timedelta(seconds=age))
                sent = signed(clock)
                answer = await client.post(endpoint.url, content="{}", headers=sent)
                assert answer.status_code == status
                assert _library_takes(sent) is (status == 200)


def _library_takes(sent: dict[str, str]) -> bool:
    try:
        Webhook(SECRET).verify("{}", sent)
    except WebhookVerificationError:
        return False
    return True


@pytest.mark.anyio
class TestWhatATestAsksFor:
    async def test_comes_in_turn_and_then_as_usual(
        self, client: httpx.AsyncClient, clock: SteppingClock, receiver: Receiver
    ) -> None:
        endpoint = receiver.create_endpoint(SECRET)
        endpoint.say(500, Slow(0.1, 503), 204, Limited(3))
        answers = [
            await client.post(endpoint.url, content="{}", headers=signed(clock)) for _ in range(5)
        ]
        assert [answer.status_code for answer in answers] == [500, 503, 204, 429, 200]
        assert [one.status for one in endpoint.received] == [500, 503, 204, 429, 200]
        assert answers[3].headers["retry-after"] == "3"
        assert endpoint.accepted == ["msg_1", "msg_1"]

    async def test_a_redirect_leads_somewhere(
        self, client: httpx.AsyncClient, clock: SteppingClock, receiver: Receiver
    ) -> None:
        home, moved = receiver.create_endpoint(SECRET), receiver.create_endpoint(SECRET)
        moved.say(307)
        await client.post(moved.url, content="{}", headers=signed(clock), follow_redirects=True)
        assert (len(moved.received), home.accepted) == (1, ["msg_1"])

    async def test_a_liar_may_answer(
        self, client: httpx.AsyncClient, clock: SteppingClock, receiver: Receiver
    ) -> None:
        endpoint = receiver.create_endpoint(SECRET)
        endpoint.say(then=drip())
        with pytest.raises(httpx.ReadTimeout):
            await client.post(endpoint.url, content="{}", headers=signed(clock), timeout=0.2)
        assert (endpoint.received[0].status, endpoint.accepted) == (None, [])

    async def test_reading_is_no_delivery(
        self, client: httpx.AsyncClient, receiver: Receiver
    ) -> None:
        endpoint = receiver.create_endpoint(SECRET)
        assert (await client.get(endpoint.url)).status_code == 405
        assert (await client.get(receiver.url + "/elsewhere")).status_code == 404
