"""Breakers: a host that fails again and again is left alone for a while."""

import asyncio
import gc
import weakref
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from homeroom.kernel.outbound import Outbound, OutboundRequest
from homeroom.kernel.outbound_errors import (
    AnswerRefused,
    LeftAlone,
    NotSent,
    OutcomeUnknown,
    Overloaded,
)
from homeroom_adapters.http.breaker import Breakers
from homeroom_testing.liars import lying, say, say_in_turn

Open = Callable[..., AbstractAsyncContextManager[Outbound]]
HOST, OTHER = "https://failing.example", "https://fine.example"


async def fail(breakers: Breakers, error: BaseException, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(type(error)):
            async with breakers.watching(HOST):
                raise error


@pytest.mark.anyio
class TestABreaker:
    @pytest.mark.parametrize(
        "error", [NotSent(), OutcomeUnknown(), Overloaded("busy", status=503)], ids=repr
    )
    async def test_it_opens_after_so_many_failures_and_says_for_how_long(
        self, error: Exception
    ) -> None:
        breakers = Breakers(failures=3, rest=60)
        await fail(breakers, error, times=3)
        with pytest.raises(LeftAlone, match="failed often") as resting:
            async with breakers.watching(HOST):
                pytest.fail("a host at rest was called")
        assert 50 < (resting.value.retry_after or 0) <= 60

    @pytest.mark.parametrize(
        "error",
        [AnswerRefused(), Overloaded("slow down", status=429), asyncio.CancelledError()],
        ids=repr,
    )
    async def test_what_is_not_the_hosts_failure_does_not_count(self, error: BaseException) -> None:
        breakers = Breakers(failures=1, rest=60)
        await fail(breakers, error, times=3)
        async with breakers.watching(HOST):
            pass

    async def test_a_success_in_between_starts_the_count_anew(self) -> None:
        breakers = Breakers(failures=2, rest=60)
        for _ in range(3):
            await fail(breakers, NotSent())
            async with breakers.watching(HOST):
                pass

    async def test_one_host_does_not_pay_for_another(self) -> None:
        breakers = Breakers(failures=1, rest=60)
        await fail(breakers, NotSent())
        async with breakers.watching(OTHER):
            pass

    async def test_after_its_rest_one_call_alone_may_try(self) -> None:
        breakers = Breakers(failures=1, rest=0.05)
        await fail(breakers, NotSent())
        await asyncio.sleep(0.1)
        async with breakers.watching(HOST):
            with pytest.raises(NotSent):
                async with breakers.watching(HOST):
                    pytest.fail("two tried at once")
        async with breakers.watching(HOST), breakers.watching(HOST):
            pass

    async def test_a_failed_try_opens_it_again(self) -> None:
        breakers = Breakers(failures=2, rest=0.2)
        await fail(breakers, NotSent(), times=2)
        await asyncio.sleep(0.25)
        await fail(breakers, OutcomeUnknown())
        with pytest.raises(LeftAlone, match="failed often"):
            async with breakers.watching(HOST):
                pytest.fail("a host at rest was called")

    async def test_refusals_while_it_rests_keep_nothing_of_the_callers(self) -> None:
        breakers = Breakers(failures=1, rest=60)
        await fail(breakers, NotSent())

        class Burden:
            pass

        async def call() -> "weakref.ref[Burden]":
            burden = Burden()
            with pytest.raises(NotSent):
                async with breakers.watching(HOST):
                    pass
            return weakref.ref(burden)

        kept = await call()
        gc.collect()
        assert kept() is None

    async def test_hosts_without_end_are_not_remembered_without_end(self) -> None:
        breakers = Breakers(failures=1, rest=60)
        for number in range(3_000):
            async with breakers.watching(f"https://{number}.example"):
                pass
        assert len(breakers._known) <= 1_024

    async def test_a_failing_server_is_soon_left_alone_and_then_found_again(
        self, open_out: Open
    ) -> None:
        ill = say_in_turn(say(500), say(500), say(body=b"well"))
        async with (
            lying({"/": ill}) as liar,
            open_out(tries=1, breaker_failures=2, breaker_rest=0.2) as out,
        ):
            for expected in (Overloaded, Overloaded, LeftAlone, LeftAlone):
                with pytest.raises(expected):
                    await out.send(OutboundRequest(url=liar.url()))
            assert len(liar.heard) == 2
            await asyncio.sleep(0.25)
            assert (await out.send(OutboundRequest(url=liar.url()))).body == b"well"
