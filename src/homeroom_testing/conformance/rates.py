"""What every rate limiter promises."""

import asyncio

import pytest

from homeroom.kernel.rates import Rate, RateLimiter
from homeroom_testing.conformance.contract import Conformance


class RateLimiterConformance(Conformance):
    """Subclass, provide `limiter`, inherit the proof."""

    @pytest.fixture
    def limiter(self) -> RateLimiter:
        raise NotImplementedError("return a limiter that has counted nothing")

    async def test_the_whole_burst_is_allowed_at_once(self, limiter: RateLimiter) -> None:
        rate = Rate(3, 60)
        assert [(await limiter.take("a", rate)).allowed for _ in range(3)] == [True] * 3

    async def test_one_more_than_the_rate_is_refused(self, limiter: RateLimiter) -> None:
        rate = Rate(2, 60)
        for _ in range(2):
            await limiter.take("a", rate)
        assert not (await limiter.take("a", rate)).allowed

    async def test_a_refusal_says_when_to_come_again(self, limiter: RateLimiter) -> None:
        rate = Rate(2, 60)
        for _ in range(2):
            await limiter.take("a", rate)
        assert 0 < (await limiter.take("a", rate)).retry_after <= 30

    async def test_what_is_left_is_counted_down(self, limiter: RateLimiter) -> None:
        rate = Rate(3, 60)
        assert [(await limiter.take("a", rate)).remaining for _ in range(3)] == [2, 1, 0]

    async def test_keys_are_counted_apart(self, limiter: RateLimiter) -> None:
        rate = Rate(1, 60)
        await limiter.take("a", rate)
        assert (await limiter.take("b", rate)).allowed

    async def test_time_gives_back(self, limiter: RateLimiter) -> None:
        rate = Rate(2, 0.2)
        for _ in range(2):
            await limiter.take("a", rate)
        refused = await limiter.take("a", rate)
        await asyncio.sleep(refused.retry_after + 0.02)
        assert (await limiter.take("a", rate)).allowed

    async def test_a_refused_time_does_not_count(self, limiter: RateLimiter) -> None:
        rate = Rate(1, 0.2)
        await limiter.take("a", rate)
        refused = [await limiter.take("a", rate) for _ in range(20)]
        assert max(one.retry_after for one in refused) <= 0.2

    async def test_whoever_only_looks_is_not_counted(self, limiter: RateLimiter) -> None:
        rate = Rate(1, 60)
        looks = [(await limiter.take("a", rate, times=0)).allowed for _ in range(3)]
        assert looks == [True] * 3
        await limiter.take("a", rate)
        refused = await limiter.take("a", rate, times=0)
        assert not refused.allowed and refused.retry_after > 0

    async def test_callers_at_the_same_moment_share_the_rate(self, limiter: RateLimiter) -> None:
        rate = Rate(5, 60)
        taken = await asyncio.gather(*(limiter.take("a", rate) for _ in range(50)))
        assert sum(one.allowed for one in taken) == 5

    async def test_a_limiter_that_works_answers_a_ping(self, limiter: RateLimiter) -> None:
        await limiter.ping()
