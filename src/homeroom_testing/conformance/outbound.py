"""What every way out promises: whole answers or honest refusals, in time, and nobody misled."""

import asyncio
import gzip
import time

import pytest

from homeroom.kernel.errors import Refusal, Unavailable
from homeroom.kernel.outbound import Outbound, OutboundRequest
from homeroom.kernel.outbound_errors import (
    AnswerRefused,
    LeftAlone,
    NotSent,
    OutcomeUnknown,
    Overloaded,
)
from homeroom.kernel.tracing import parse_traceparent, tracing
from homeroom_testing.conformance.outbound_ground import (
    NAME,
    OpenHere,
    OtherSide,
    Said,
    ask,
    excepting,
    url,
)
from homeroom_testing.conformance.outbound_guarded import OutboundGuarded
from homeroom_testing.conformance.outbound_statuses import OutboundStatuses
from homeroom_testing.liars import Lie, babble, boast, cut, drip, drip_headers, lying, pour, say

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
HOUR = 3600.0
LOST = Said(lost=True)


class OutboundConformance(OutboundStatuses, OutboundGuarded):
    """Subclass, provide `open_here`, inherit the proof."""

    async def test_an_answer_comes_whole(self, out: Outbound, other: OtherSide) -> None:
        other.agree("/a", Said(status=201, headers={"X-Two": "1"}, body=b"\x00body"))
        answer = await out.send(ask(other, "/a?b=c"))
        assert (answer.status, answer.body, answer.ok) == (201, b"\x00body", True)
        assert answer.headers["x-two"] == "1"
        assert 0 < answer.elapsed < 5

    @pytest.mark.parametrize("status", [204, 304, 400, 401, 404, 409, 410, 422])
    async def test_a_status_that_is_an_answer_is_handed_over(
        self, out: Outbound, other: OtherSide, status: int
    ) -> None:
        other.agree("/", Said(status=status))
        answer = await out.send(ask(other))
        assert (answer.status, answer.ok) == (status, status < 300)

    async def test_what_is_sent_arrives_as_it_was_said(
        self, out: Outbound, other: OtherSide
    ) -> None:
        more = {"headers": {"X-One": "1"}, "body": b"\x00\xff", "idempotency_key": "k-1"}
        await out.send(ask(other, "/a%2Fb/../c?d=%20e", method="POST", **more))
        (heard,) = other.heard
        assert (heard.method, heard.path, heard.body) == ("POST", "/a%2Fb/../c?d=%20e", b"\x00\xff")
        assert heard.headers["x-one"] == "1"
        assert heard.headers["idempotency-key"] == "k-1"

    async def test_a_name_is_called_at_its_address(self, out: Outbound, other: OtherSide) -> None:
        other.agree("/", Said(body=b"here"))
        answer = await out.send(OutboundRequest(url=url(other, host=NAME)))
        assert answer.body == b"here"

    async def test_a_call_carries_the_trace_it_belongs_to(
        self, out: Outbound, other: OtherSide
    ) -> None:
        with tracing(TRACE):
            await out.send(ask(other))
        parent = parse_traceparent(other.heard[0].headers["traceparent"])
        assert parent is not None
        assert (parent.trace_id, other.heard[0].headers["x-trace-id"]) == (TRACE, TRACE)

    async def test_a_call_outside_of_any_trace_begins_one(
        self, out: Outbound, other: OtherSide
    ) -> None:
        for _ in range(2):
            await out.send(ask(other))
        first, second = (heard.headers["x-trace-id"] for heard in other.heard)
        assert len(first) == len(second) == 32
        assert first != second

    async def test_calls_at_the_same_time_each_get_their_own_answer(
        self, out: Outbound, other: OtherSide
    ) -> None:
        for n in range(20):
            other.agree(f"/{n}", Said(body=str(n).encode(), after=0.02))
        told = await asyncio.gather(*(out.send(ask(other, f"/{n}")) for n in range(20)))
        assert [answer.body for answer in told] == [str(n).encode() for n in range(20)]

    @pytest.mark.parametrize("status", [408, 429, 500, 503])
    async def test_who_cannot_now_says_when_to_come_again(
        self, out: Outbound, other: OtherSide, status: int
    ) -> None:
        other.agree("/", Said(status=status, headers={"Retry-After": "120"}))
        with pytest.raises(Overloaded) as refused:
            await out.send(ask(other))
        assert isinstance(refused.value, Unavailable)
        assert (refused.value.status, refused.value.retry_after) == (status, 120.0)
        assert len(other.heard) == 1

    async def test_an_answer_beyond_the_limit_is_refused(
        self, open_here: OpenHere, other: OtherSide
    ) -> None:
        other.agree("/100", Said(body=b"." * 100))
        other.agree("/101", Said(body=b"." * 101))
        async with open_here(excepting(max_body=100)) as out:
            assert len((await out.send(ask(other, "/100"))).body) == 100
            with pytest.raises(AnswerRefused):
                await out.send(ask(other, "/101"))

    async def test_a_request_may_have_a_limit_of_its_own(
        self, open_here: OpenHere, other: OtherSide
    ) -> None:
        other.agree("/", Said(body=b"." * 200))
        async with open_here(excepting(max_body=100)) as out:
            assert len((await out.send(ask(other, max_body=200))).body) == 200
            with pytest.raises(AnswerRefused):
                await out.send(ask(other, max_body=0))

    async def test_headers_beyond_the_limit_are_refused(
        self, open_here: OpenHere, other: OtherSide
    ) -> None:
        other.agree("/", Said(headers={"X-Long": "." * 3_000}))
        async with open_here(excepting(max_headers=2_000)) as out:
            with pytest.raises(AnswerRefused):
                await out.send(ask(other))

    async def test_a_packed_answer_is_refused(self, out: Outbound, other: OtherSide) -> None:
        packed = gzip.compress(bytes(1_000_000))
        other.agree("/", Said(headers={"Content-Encoding": "gzip"}, body=packed))
        with pytest.raises(AnswerRefused):
            await out.send(ask(other))

    async def test_who_says_nothing_is_given_up_in_time(
        self, open_here: OpenHere, other: OtherSide
    ) -> None:
        other.agree("/", Said(after=HOUR))
        async with open_here(excepting(deadline=0.3)) as out:
            await self._is_given_up(out, ask(other))

    async def test_a_request_may_have_a_deadline_of_its_own(
        self, out: Outbound, other: OtherSide
    ) -> None:
        other.agree("/", Said(after=HOUR))
        await self._is_given_up(out, ask(other, deadline=0.3))

    async def _is_given_up(self, out: Outbound, request: OutboundRequest) -> None:
        await out.ping()
        began = time.monotonic()
        with pytest.raises(OutcomeUnknown):
            async with asyncio.timeout(3):
                await out.send(request)
        assert time.monotonic() - began >= 0.25

    async def test_all_tries_share_one_deadline(self, out: Outbound, other: OtherSide) -> None:
        other.agree("/", Said(status=503, after=0.4))
        with pytest.raises(Unavailable):
            async with asyncio.timeout(3):
                await out.send(ask(other, deadline=0.6))
        assert len(other.heard) <= 2

    @pytest.mark.parametrize("blip", [LOST, Said(status=503)])
    async def test_a_blip_is_smoothed_where_asking_twice_is_safe(
        self, out: Outbound, other: OtherSide, blip: Said
    ) -> None:
        other.agree("/", blip, Said(body=b"at last"))
        assert (await out.send(ask(other))).body == b"at last"
        assert len(other.heard) == 2

    @pytest.mark.parametrize("tries", [1, 3])
    async def test_a_blip_is_tried_no_more_often_than_the_settings_say(
        self, open_here: OpenHere, other: OtherSide, tries: int
    ) -> None:
        other.agree("/", LOST)
        async with open_here(excepting(tries=tries)) as out:
            with pytest.raises(OutcomeUnknown):
                await out.send(ask(other))
        assert len(other.heard) == tries

    @pytest.mark.parametrize(
        "more", [{"method": "POST"}, {"method": "PATCH"}, {"method": "PUT", "idempotent": False}]
    )
    @pytest.mark.parametrize("blip", [LOST, Said(status=503)])
    async def test_what_may_not_be_repeated_is_sent_once(
        self, out: Outbound, other: OtherSide, blip: Said, more: dict[str, object]
    ) -> None:
        other.agree("/", blip)
        with pytest.raises((OutcomeUnknown, Overloaded)):
            await out.send(ask(other, **more))
        assert len(other.heard) == 1

    @pytest.mark.parametrize("more", [{"idempotency_key": "k"}, {"idempotent": True}])
    async def test_what_says_that_it_may_be_repeated_is(
        self, out: Outbound, other: OtherSide, more: dict[str, object]
    ) -> None:
        other.agree("/", LOST, Said(status=201))
        assert (await out.send(ask(other, method="POST", **more))).status == 201

    async def test_a_retry_after_within_our_patience_is_waited_for(
        self, open_here: OpenHere, other: OtherSide
    ) -> None:
        other.agree("/", Said(status=429, headers={"Retry-After": "1"}), Said(body=b"now"))
        async with open_here(excepting(patience=1.0)) as out:
            answer = await out.send(ask(other))
        assert answer.body == b"now"
        assert answer.elapsed >= 1.0

    async def test_who_is_not_there_was_sent_nothing(self, out: Outbound, other: OtherSide) -> None:
        with pytest.raises(NotSent):
            await out.send(OutboundRequest(url="http://nobody.example/", method="POST"))
        with pytest.raises(NotSent):
            await out.send(OutboundRequest(url="http://127.0.0.1:1/", method="POST"))

    async def test_nothing_of_an_answer_is_sent_with_the_next_call(
        self, out: Outbound, other: OtherSide
    ) -> None:
        other.agree("/", Said(headers={"Set-Cookie": "a=1"}))
        for _ in range(2):
            await out.send(ask(other))
        assert "cookie" not in other.heard[1].headers

    async def test_who_gives_up_leaves_the_way_open(
        self, open_here: OpenHere, other: OtherSide
    ) -> None:
        other.agree("/never", Said(after=HOUR))
        other.agree("/", Said(body=b"open"))
        async with open_here(excepting(connections=1)) as out:
            for _ in range(2):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.1):
                        await out.send(ask(other, "/never"))
            assert (await out.send(ask(other))).body == b"open"

    async def test_a_way_out_that_is_open_answers_a_ping(self, out: Outbound) -> None:
        await out.ping()

    async def test_a_way_out_that_is_closed_sends_nothing(
        self, open_here: OpenHere, other: OtherSide
    ) -> None:
        async with open_here(excepting()) as out:
            await out.send(ask(other))
        with pytest.raises(Unavailable):
            await out.ping()
        with pytest.raises(NotSent):
            await out.send(ask(other))
        assert len(other.heard) == 1

    async def test_a_call_under_way_when_the_way_out_closes_is_refused(
        self, open_here: OpenHere, other: OtherSide
    ) -> None:
        other.agree("/", Said(after=HOUR))
        async with open_here(excepting()) as out:
            call = asyncio.create_task(out.send(ask(other)))
            async with asyncio.timeout(3):
                while not other.heard:  # noqa: ASYNC110 - the other side has no event to wait for
                    await asyncio.sleep(0.005)
        with pytest.raises(OutcomeUnknown):
            async with asyncio.timeout(3):
                await call

    @pytest.mark.parametrize(
        ("lie", "refusal"),
        [
            pytest.param(drip(every=0.05), OutcomeUnknown, id="drips its body"),
            pytest.param(drip_headers(every=0.05), OutcomeUnknown, id="drips its headers"),
            pytest.param(cut(after=5_000), OutcomeUnknown, id="resets in the body"),
            pytest.param(babble(), OutcomeUnknown, id="speaks another protocol"),
            pytest.param(pour(), AnswerRefused, id="pours without end"),
            pytest.param(boast(10**12), AnswerRefused, id="declares a terabyte"),
        ],
    )
    async def test_a_liar_is_refused_in_good_time(
        self, open_here: OpenHere, lie: Lie, refusal: type[Refusal]
    ) -> None:
        self.require("wired")
        async with lying({"/": lie}) as liar, open_here(excepting(deadline=0.5, tries=1)) as out:
            with pytest.raises(refusal) as refused:
                async with asyncio.timeout(3):
                    await out.send(OutboundRequest(url=liar.url()))
        assert type(refused.value) is refusal

    async def test_who_failed_often_is_left_alone(self, open_here: OpenHere) -> None:
        self.require("wired")
        resting = excepting(breaker_failures=2, breaker_rest=60.0, tries=1)
        async with lying({"/": say(500)}) as liar, open_here(resting) as out:
            for expected in (Overloaded, Overloaded, LeftAlone):
                with pytest.raises(expected):
                    await out.send(OutboundRequest(url=liar.url()))
        assert len(liar.heard) == 2
