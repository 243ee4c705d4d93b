"""The way out asks again where that is safe, and lets no more calls out than it may."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from homeroom.kernel.errors import Unavailable
from homeroom.kernel.outbound import Outbound, OutboundRequest
from homeroom.kernel.outbound_errors import (
    NotSent,
    OutcomeUnknown,
    Overloaded,
)
from homeroom_testing.liars import (
    Lie,
    cut,
    lying,
    say,
    say_in_turn,
    wait,
)

Open = Callable[..., AbstractAsyncContextManager[Outbound]]
HOUR = 3600.0


def get(url: str, **more: object) -> OutboundRequest:
    return OutboundRequest(url=url, **more)  # type: ignore[arg-type]  # names are checked by attrs


def post(url: str, **more: object) -> OutboundRequest:
    return get(url, method="POST", **more)


@pytest.mark.anyio
class TestTryingAgain:
    @pytest.mark.parametrize("lie", [say(503), cut(after=0), cut(after=5_000)])
    async def test_a_blip_is_smoothed_where_asking_twice_is_safe(
        self, open_out: Open, lie: Lie
    ) -> None:
        blip = say_in_turn(lie, lie, say(body=b"at last"))
        async with lying({"/": blip}) as liar, open_out() as out:
            assert (await out.send(get(liar.url()))).body == b"at last"
        assert len(liar.heard) == 3

    @pytest.mark.parametrize(
        ("more", "times"),
        [
            ({}, 1),
            ({"idempotency_key": "k"}, 3),
            ({"idempotent": True}, 3),
            ({"method": "PUT"}, 3),
            ({"method": "PUT", "idempotent": False}, 1),
            ({"method": "GET", "idempotent": False}, 1),
        ],
    )
    async def test_only_what_may_be_repeated_is_repeated(
        self, open_out: Open, more: dict[str, object], times: int
    ) -> None:
        async with lying({"/": cut(after=0)}) as liar, open_out() as out:
            with pytest.raises(OutcomeUnknown):
                await out.send(get(liar.url(), **{"method": "POST", **more}))
        assert len(liar.heard) == times

    async def test_what_was_never_sent_may_always_be_repeated(self, open_out: Open) -> None:
        async with lying({}) as gone:
            pass
        async with open_out() as out:
            began = time.monotonic()
            with pytest.raises(NotSent, match="could not be reached"):
                await out.send(post(gone.url()))
            assert time.monotonic() - began < 3

    async def test_a_short_retry_after_is_waited_for(self, open_out: Open) -> None:
        busy = say_in_turn(say(429, {"Retry-After": "1"}), say(body=b"now"))
        async with lying({"/": busy}) as liar, open_out(patience=1.0) as out:
            answer = await out.send(get(liar.url()))
        assert answer.body == b"now"
        assert answer.elapsed >= 1.0

    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("120", 120.0),
            ("-5", 1.0),
            ("Mon, 02 Mar 2026 12:02:00 GMT", 120.0),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400.0),
            ("whenever", None),
        ],
    )
    @pytest.mark.parametrize("status", [429, 503])
    async def test_a_longer_one_is_left_to_the_caller(
        self, open_out: Open, text: str, seconds: float | None, status: int
    ) -> None:
        lies = {"/": say(status, {"Retry-After": text})}
        async with lying(lies) as liar, open_out(tries=1) as out:
            with pytest.raises(Overloaded) as refused:
                await out.send(get(liar.url()))
        assert (refused.value.status, refused.value.retry_after) == (status, seconds)

    async def test_all_tries_share_one_deadline(self, open_out: Open) -> None:
        slow = wait(0.4, say(503))
        async with lying({"/": slow}) as liar, open_out() as out:
            began = time.monotonic()
            with pytest.raises(Unavailable):
                await out.send(get(liar.url(), deadline=0.6))
            assert time.monotonic() - began < 1.0
        assert len(liar.heard) <= 2

    async def test_a_lost_answer_stays_unknown_though_the_next_try_found_nobody(
        self, open_out: Open
    ) -> None:
        # After the cut the host rests, so the second try is refused before it is sent.
        async with lying({"/": cut(after=0)}) as liar, open_out(breaker_failures=1) as out:
            with pytest.raises(OutcomeUnknown):
                await out.send(get(liar.url()))
        assert len(liar.heard) == 1


@pytest.mark.anyio
class TestManyCalls:
    async def test_no_more_connections_than_the_operator_wants(self, open_out: Open) -> None:
        async with lying({"/": wait(0.02, say())}) as liar, open_out(connections=12) as out:
            await asyncio.gather(*(out.send(get(liar.url())) for _ in range(60)))
        assert len(liar.heard) == 60
        assert liar.connections <= 12

    async def test_who_finds_no_room_in_time_has_sent_nothing(self, open_out: Open) -> None:
        async with lying({"/": wait(HOUR, say())}) as liar, open_out(connections=1) as out:
            first = asyncio.create_task(out.send(get(liar.url(), deadline=1.0, idempotent=False)))
            await asyncio.sleep(0.1)
            with pytest.raises(NotSent, match="too many calls"):
                await out.send(get(liar.url(), deadline=0.2))
            with pytest.raises(OutcomeUnknown):
                await first
        assert len(liar.heard) == 1

    async def test_who_gives_up_makes_room_for_others(self, open_out: Open) -> None:
        lies = {"/": say(body=b"."), "/never": wait(HOUR, say())}
        async with lying(lies) as liar, open_out(connections=1) as out:
            for _ in range(3):
                task = asyncio.create_task(out.send(get(liar.url("/never"))))
                await asyncio.sleep(0.05)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            assert (await out.send(get(liar.url()))).ok
