"""The promises of a cache about age and about change: what grows old, and what is replaced."""

import asyncio

import attrs
import pytest

from homeroom.kernel.cache import Cache, CacheEvent, CacheKey, CachePolicy
from homeroom.kernel.errors import NotFound, Unavailable
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.cache_ground import (
    COURSE,
    EAGER,
    KEY,
    POLICY,
    CacheGround,
    OpenHere,
    Truth,
    eventually,
)


class CacheAgeing(CacheGround):
    """The clauses about time, replacement and what can be watched."""

    @pytest.mark.parametrize(("luck", "ttl"), [(0.0, 85.0), (0.5, 100.0), (0.999999, 115.0)])
    async def test_an_answer_lives_as_long_as_its_ttl_and_luck_say(
        self, open_here: OpenHere, clock: SteppingClock, truth: Truth, luck: float, ttl: float
    ) -> None:
        policy = CachePolicy(ttl=100, soft=1)
        async with open_here(clock, luck=lambda: luck) as cache:
            await cache.get(KEY, policy, truth.load)
            clock.step(seconds=ttl - 0.5)
            await cache.get(KEY, policy, truth.load)
            assert truth.loads == 1
            clock.step(seconds=0.5)
            await cache.get(KEY, policy, truth.load)
            assert truth.loads == 2

    async def test_before_its_soft_ttl_an_answer_is_not_renewed(
        self, cache: Cache, clock: SteppingClock, truth: Truth
    ) -> None:
        await cache.get(KEY, POLICY, truth.load)
        clock.step(seconds=69)
        await cache.get(KEY, POLICY, truth.load)
        await asyncio.sleep(0.02)
        assert truth.loads == 1

    async def test_after_its_soft_ttl_an_answer_comes_at_once_and_is_renewed_once(
        self, cache: Cache, clock: SteppingClock, truth: Truth
    ) -> None:
        await cache.get(KEY, POLICY, truth.load)
        clock.step(seconds=71)
        truth.value = b"new"
        truth.slow()
        asks = [cache.get(KEY, POLICY, truth.load) for _ in range(5)]
        assert await asyncio.wait_for(asyncio.gather(*asks), 1) == [b"old"] * 5
        await asyncio.wait_for(truth.asked.wait(), 1)
        truth.gate.set()
        await eventually(cache, CacheEvent.REFRESHED)
        assert await cache.get(KEY, POLICY, truth.load) == b"new"
        assert truth.loads == 2

    async def test_an_answer_that_could_not_be_renewed_goes_on_serving(
        self, cache: Cache, clock: SteppingClock, truth: Truth
    ) -> None:
        await cache.get(KEY, POLICY, truth.load)
        clock.step(seconds=71)
        truth.failure = Unavailable("the database is away")
        assert await cache.get(KEY, POLICY, truth.load) == b"old"
        await eventually(cache, CacheEvent.REFRESH_FAILED)
        assert await cache.get(KEY, POLICY, truth.load) == b"old"

    async def test_a_renewal_under_way_is_finished_before_the_end(
        self, open_here: OpenHere, cache: Cache, clock: SteppingClock, truth: Truth
    ) -> None:
        async with open_here(clock) as closing:
            await closing.get(KEY, POLICY, truth.load)
            clock.step(seconds=71)
            truth.value = b"new"
            truth.slow()
            await closing.get(KEY, POLICY, truth.load)
            await asyncio.wait_for(truth.asked.wait(), 1)
            asyncio.get_running_loop().call_later(0.05, truth.gate.set)
        assert await cache.get(KEY, POLICY, truth.load) == b"new"
        assert truth.loads == 2

    # When the truth is away

    async def test_an_answer_past_its_ttl_serves_while_the_truth_is_away(
        self, cache: Cache, clock: SteppingClock, truth: Truth
    ) -> None:
        await cache.get(KEY, POLICY, truth.load)
        clock.step(seconds=159)
        for truth.failure in (Unavailable("away"), ConnectionResetError()):
            assert await cache.get(KEY, POLICY, truth.load) == b"old"

    async def test_once_its_grace_is_over_the_failure_is_told(
        self, cache: Cache, clock: SteppingClock, truth: Truth
    ) -> None:
        await cache.get(KEY, POLICY, truth.load)
        clock.step(seconds=161)
        truth.failure = Unavailable("away")
        with pytest.raises(Unavailable):
            await cache.get(KEY, POLICY, truth.load)

    async def test_a_refusal_is_told_and_not_hidden_behind_an_old_answer(
        self, cache: Cache, clock: SteppingClock, truth: Truth
    ) -> None:
        await cache.get(KEY, POLICY, truth.load)
        clock.step(seconds=110)
        truth.failure = NotFound("deleted")
        with pytest.raises(NotFound):
            await cache.get(KEY, POLICY, truth.load)

    async def test_what_was_invalidated_does_not_serve_when_the_truth_is_away(
        self, cache: Cache, truth: Truth
    ) -> None:
        await cache.get(KEY, POLICY, truth.load)
        await cache.invalidate(COURSE)
        truth.failure = Unavailable("away")
        with pytest.raises(Unavailable):
            await cache.get(KEY, POLICY, truth.load)

    async def test_a_replaced_answer_is_there_without_a_load(
        self, cache: Cache, other: Cache, truth: Truth
    ) -> None:
        await cache.get(KEY, POLICY, truth.load)
        assert await cache.replace(KEY, POLICY, Truth(b"saved").load) == b"saved"
        assert await other.get(KEY, POLICY, truth.load) == b"saved"
        assert truth.loads == 1

    async def test_replacing_an_answer_invalidates_whatever_shares_its_tags(
        self, cache: Cache, truth: Truth
    ) -> None:
        sibling = CacheKey.of("course-title", 7, tags=[COURSE])
        await cache.get(sibling, POLICY, truth.load)
        await cache.replace(KEY, POLICY, Truth(b"saved").load)
        await cache.get(sibling, POLICY, truth.load)
        assert truth.loads == 2

    async def test_an_older_load_does_not_come_back_over_a_replacement(
        self, cache: Cache, other: Cache, truth: Truth
    ) -> None:
        truth.slow()
        older = asyncio.create_task(other.get(KEY, POLICY, truth.load))
        await truth.asked.wait()
        await cache.replace(KEY, POLICY, Truth(b"saved").load)
        truth.gate.set()
        await older
        assert await cache.get(KEY, POLICY, Truth(b"saved").load) == b"saved"

    async def test_a_save_that_failed_leaves_nothing_to_believe(
        self, cache: Cache, truth: Truth
    ) -> None:
        await cache.get(KEY, POLICY, truth.load)
        with pytest.raises(Unavailable):
            await cache.replace(KEY, POLICY, Truth(failure=Unavailable("reply lost")).load)
        await cache.get(KEY, POLICY, truth.load)
        assert truth.loads == 2

    async def test_of_two_saves_that_overlap_neither_is_kept(
        self, cache: Cache, other: Cache
    ) -> None:
        slow, final = Truth(b"one"), Truth(b"what the truth says now")
        slow.slow()
        first = asyncio.create_task(cache.replace(KEY, POLICY, slow.load))
        await slow.asked.wait()
        await other.replace(KEY, POLICY, Truth(b"two").load)
        slow.gate.set()
        assert await first == b"one"
        assert await cache.get(KEY, POLICY, final.load) == b"what the truth says now"

    # Environments, and what can be watched

    async def test_environments_see_nothing_of_each_other(
        self, open_here: OpenHere, cache: Cache, clock: SteppingClock, truth: Truth
    ) -> None:
        await cache.get(KEY, POLICY, truth.load)
        async with open_here(clock, environment="elsewhere") as foreign:
            assert await foreign.get(KEY, POLICY, Truth(b"foreign").load) == b"foreign"
            await foreign.invalidate(COURSE)
        await cache.get(KEY, POLICY, truth.load)
        assert truth.loads == 1

    async def test_the_tally_tells_hits_from_misses_for_each_kind(
        self, cache: Cache, truth: Truth
    ) -> None:
        for key in (KEY, KEY, KEY, CacheKey.of("course-title", 7)):
            await cache.get(key, POLICY, truth.load)
        assert cache.tally() == {
            ("course-detail", CacheEvent.MISS): 1,
            ("course-detail", CacheEvent.HIT): 2,
            ("course-title", CacheEvent.MISS): 1,
        }

    async def test_the_tally_counts_who_waited_and_who_was_served_what_was_stale(
        self, cache: Cache, clock: SteppingClock, truth: Truth
    ) -> None:
        truth.slow()
        callers = [asyncio.create_task(cache.get(KEY, EAGER, truth.load)) for _ in range(3)]
        await truth.asked.wait()
        await asyncio.sleep(0.02)
        truth.gate.set()
        await asyncio.gather(*callers)
        clock.step(seconds=130)
        truth.failure = Unavailable("away")
        await cache.get(KEY, EAGER, truth.load)
        assert cache.tally()["course-detail", CacheEvent.COALESCED] == 2
        assert cache.tally()["course-detail", CacheEvent.STALE_SERVED] == 1

    async def test_a_cache_that_works_answers_a_ping(self, cache: Cache) -> None:
        await cache.ping()

    @pytest.mark.parametrize("compress_above", [None, 0, 4096])
    async def test_packing_changes_no_answer(
        self, cache: Cache, other: Cache, compress_above: int | None
    ) -> None:
        policy: CachePolicy = attrs.evolve(POLICY, compress_above=compress_above)
        value = b'{"questions": [1, 2, 3]}' * 20_000
        await cache.get(KEY, policy, Truth(value).load)
        for each in (other, other, cache):
            assert await each.get(KEY, policy, Truth().load) == value
