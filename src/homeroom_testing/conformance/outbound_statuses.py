"""What a way out promises to a caller who judges statuses: the head is the answer."""

import asyncio
import gzip

import pytest

from homeroom.kernel.errors import Refusal
from homeroom.kernel.outbound import Outbound, OutboundRequest, Takes
from homeroom.kernel.outbound_errors import AnswerRefused, OutcomeUnknown
from homeroom_testing.conformance.outbound_ground import (
    OpenHere,
    OtherSide,
    OutboundGround,
    Said,
    ask,
    excepting,
    url,
)
from homeroom_testing.liars import (
    Lie,
    babble,
    boast,
    brag,
    cut,
    drip,
    drip_headers,
    lying,
    pour,
)

EVERY_STATUS: dict[str, object] = {"takes": Takes.EVERY_STATUS}


class OutboundStatuses(OutboundGround):
    """Part of the suite over a way out: requests that take every status."""

    @pytest.mark.parametrize("status", [200, 302, 304, 404, 408, 410, 425, 429, 500, 502, 503])
    async def test_every_status_is_an_answer_to_who_takes_it(
        self, out: Outbound, other: OtherSide, status: int
    ) -> None:
        body = b"" if status == 304 else b"why"
        other.agree("/", Said(status=status, headers={"Retry-After": "7"}, body=body))
        answer = await out.send(ask(other, method="POST", **EVERY_STATUS))
        assert (answer.status, answer.body, answer.ok) == (status, body, status < 300)
        assert answer.headers["retry-after"] == "7"

    @pytest.mark.parametrize("status", [302, 429, 503])
    async def test_who_takes_every_status_is_told_the_first(
        self, out: Outbound, other: OtherSide, status: int
    ) -> None:
        there = {"Location": url(other, "/there")}
        other.agree("/", Said(status=status, headers=there), Said(body=b"second"))
        answer = await out.send(ask(other, **EVERY_STATUS))
        assert answer.status == status
        assert [heard.path for heard in other.heard] == ["/"]

    async def test_a_long_body_is_cut_for_who_takes_every_status(
        self, open_here: OpenHere, other: OtherSide
    ) -> None:
        other.agree("/", Said(status=500, body=b"." * 150 + b"!" * 150))
        async with open_here(excepting(max_body=100)) as out:
            usual = await out.send(ask(other, **EVERY_STATUS))
            own = await out.send(ask(other, max_body=200, **EVERY_STATUS))
            none = await out.send(ask(other, max_body=0, **EVERY_STATUS))
        assert usual.body == b"." * 100
        assert own.body == b"." * 150 + b"!" * 50
        assert (none.status, none.body) == (500, b"")

    async def test_a_packed_body_is_left_out_for_who_takes_every_status(
        self, out: Outbound, other: OtherSide
    ) -> None:
        packed = gzip.compress(bytes(1_000_000))
        other.agree("/", Said(headers={"Content-Encoding": "gzip"}, body=packed))
        answer = await out.send(ask(other, **EVERY_STATUS))
        assert (answer.status, answer.body) == (200, b"")

    async def test_too_long_a_head_is_refused_to_everybody(
        self, open_here: OpenHere, other: OtherSide
    ) -> None:
        other.agree("/", Said(headers={"X-Long": "." * 3_000}))
        async with open_here(excepting(max_headers=2_000)) as out:
            with pytest.raises(AnswerRefused):
                await out.send(ask(other, **EVERY_STATUS))

    async def test_no_status_is_held_against_a_host_whose_caller_judges(
        self, open_here: OpenHere, other: OtherSide
    ) -> None:
        other.agree("/", Said(status=500))
        async with open_here(excepting(breaker_failures=1, breaker_rest=60.0, tries=1)) as out:
            told = [await out.send(ask(other, **EVERY_STATUS)) for _ in range(3)]
        assert [answer.status for answer in told] == [500] * 3

    async def test_no_answer_is_none_for_who_takes_every_status_either(
        self, out: Outbound, other: OtherSide
    ) -> None:
        other.agree("/", Said(lost=True))
        with pytest.raises(OutcomeUnknown):
            await out.send(ask(other, method="POST", **EVERY_STATUS))
        assert len(other.heard) == 1

    @pytest.mark.parametrize(
        "lie",
        [
            pytest.param(drip(every=0.05), id="drips its body"),
            pytest.param(cut(after=5_000), id="resets in the body"),
            pytest.param(pour(), id="pours without end"),
            pytest.param(boast(10**12), id="declares a terabyte"),
        ],
    )
    async def test_a_head_that_came_is_the_answer_whatever_becomes_of_the_body(
        self, open_here: OpenHere, lie: Lie
    ) -> None:
        self.require("wired")
        async with lying({"/": lie}) as liar, open_here(excepting(deadline=0.5, tries=1)) as out:
            async with asyncio.timeout(3):
                answer = await out.send(
                    OutboundRequest(url=liar.url(), takes=Takes.EVERY_STATUS, max_body=2_000)
                )
        assert answer.status == 200
        assert len(answer.body) <= 2_000
        assert set(answer.body) <= {ord(".")}

    @pytest.mark.parametrize(
        ("lie", "refusal"),
        [
            pytest.param(drip_headers(every=0.05), OutcomeUnknown, id="drips its headers"),
            pytest.param(cut(after=9), OutcomeUnknown, id="resets in the head"),
            pytest.param(babble(), OutcomeUnknown, id="speaks another protocol"),
            pytest.param(brag(200_000), AnswerRefused, id="brags in its head"),
        ],
    )
    async def test_half_a_head_is_no_answer(
        self, open_here: OpenHere, lie: Lie, refusal: type[Refusal]
    ) -> None:
        self.require("wired")
        async with lying({"/": lie}) as liar, open_here(excepting(deadline=0.5, tries=1)) as out:
            with pytest.raises(refusal) as refused:
                async with asyncio.timeout(3):
                    await out.send(OutboundRequest(url=liar.url(), takes=Takes.EVERY_STATUS))
        assert type(refused.value) is refusal
