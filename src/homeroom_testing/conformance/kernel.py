"""The promises of a clock."""

import asyncio
from datetime import timedelta

import pytest

from homeroom.kernel.clock import Clock
from homeroom_testing.conformance.contract import Conformance


class ClockConformance(Conformance):
    """Subclass, provide `clock`, inherit the proof."""

    @pytest.fixture
    def clock(self) -> Clock:
        raise NotImplementedError("return a clock")

    async def test_every_instant_is_aware_and_in_utc(self, clock: Clock) -> None:
        assert clock.now().utcoffset() == timedelta(0)

    async def test_no_instant_is_earlier_than_the_one_before(self, clock: Clock) -> None:
        told = [clock.now() for _ in range(1000)]
        assert told == sorted(told)

    async def test_threads_never_see_time_go_back(self, clock: Clock) -> None:
        def ask() -> bool:
            told = [clock.now() for _ in range(1000)]
            return told == sorted(told)

        answers = await asyncio.gather(*(asyncio.to_thread(ask) for _ in range(4)))
        assert answers == [True] * 4
