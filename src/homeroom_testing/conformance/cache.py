"""The promises of a cache: never older than the last news, and one question to the truth."""

import asyncio

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeroom.kernel.cache import Cache, CacheKey, tag
from homeroom.kernel.errors import NotFound
from homeroom.kernel.ids import new_id
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.cache_ageing import CacheAgeing
from homeroom_testing.conformance.cache_ground import COURSE, EAGER, KEY, POLICY, OpenHere, Truth


class CacheConformance(CacheAgeing):
    """Every clause of the port. Subclass, provide `open_here`, inherit the proof."""

    async def test_an_answer_is_loaded_once_and_then_remembered(
        self, cache: Cache, truth: Truth
    ) -> None:
        assert [await cache.get(KEY, POLICY, truth.load) for _ in range(3)] == [b"old"] * 3
        assert truth.loads == 1

    async def test_what_one_process_loaded_another_remembers(
        self, cache: Cache, other: Cache, truth: Truth
    ) -> None:
        await cache.get(KEY, POLICY, truth.load)
        assert await other.get(KEY, POLICY, truth.load) == b"old"
        assert truth.loads == 1

    async def test_different_keys_never_share_an_answer(self, cache: Cache) -> None:
        lookalikes = (1, "1", True, "true", None, "None", "", "a/b", "a_b", "a:b", "=1", new_id())
        keys = [CacheKey.of("x", part) for part in lookalikes] + [
            CacheKey.of("x", "a", "b"),
            CacheKey.of("x", None, "a"),
            CacheKey.of("x", "a", None),
            CacheKey.of("x"),
        ]
        for number, key in enumerate(keys):
            await cache.get(key, POLICY, Truth(b"%d" % number).load)
        answers = [await cache.get(key, POLICY, Truth().load) for key in keys]
        assert answers == [b"%d" % number for number in range(len(keys))]

    @settings(
        max_examples=20,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(value=st.binary(max_size=200) | st.binary(max_size=20).map(lambda part: part * 5000))
    async def test_what_is_remembered_is_what_was_loaded(self, cache: Cache, value: bytes) -> None:
        key = CacheKey.of("any", str(new_id()))
        await cache.get(key, POLICY, Truth(value).load)
        assert await cache.get(key, POLICY, Truth(b"loaded again").load) == value

    # Invalidation

    @pytest.mark.parametrize("changed", KEY.tags)
    async def test_after_invalidating_any_of_its_tags_an_answer_is_loaded_anew(
        self, cache: Cache, truth: Truth, changed: str
    ) -> None:
        await cache.get(KEY, POLICY, truth.load)
        truth.value = b"new"
        await cache.invalidate(next(known for known in KEY.tags if known == changed))
        assert await cache.get(KEY, POLICY, truth.load) == b"new"

    async def test_what_does_not_carry_the_tag_stays(self, cache: Cache, truth: Truth) -> None:
        await cache.get(KEY, POLICY, truth.load)
        await cache.invalidate(tag("course", 8), tag("course", "7"))
        await cache.get(KEY, POLICY, truth.load)
        assert truth.loads == 1

    async def test_a_key_without_tags_carries_its_own(self, cache: Cache, truth: Truth) -> None:
        await cache.get(CacheKey.of("course", 7), POLICY, truth.load)
        await cache.invalidate(COURSE)
        await cache.get(CacheKey.of("course", 7), POLICY, truth.load)
        assert truth.loads == 2

    async def test_other_processes_hear_of_an_invalidation(
        self, cache: Cache, other: Cache, truth: Truth
    ) -> None:
        await other.get(KEY, POLICY, truth.load)
        await cache.invalidate(COURSE)
        truth.value = b"new"
        assert await other.get(KEY, POLICY, truth.load) == b"new"

    async def test_what_was_invalidated_while_it_loaded_is_never_an_answer_again(
        self, cache: Cache, other: Cache, truth: Truth
    ) -> None:
        truth.slow()
        under_way = asyncio.create_task(cache.get(KEY, POLICY, truth.load))
        await truth.asked.wait()
        truth.value = b"new"
        await other.invalidate(COURSE)
        truth.gate.set()
        assert await under_way == b"old"
        assert await cache.get(KEY, POLICY, truth.load) == b"new"

    async def test_who_asks_after_an_invalidation_is_not_given_an_older_load(
        self, cache: Cache, truth: Truth
    ) -> None:
        truth.slow()
        early = asyncio.create_task(cache.get(KEY, EAGER, truth.load))
        await truth.asked.wait()
        truth.value = b"new"
        await cache.invalidate(COURSE)
        late = asyncio.create_task(cache.get(KEY, EAGER, truth.load))
        await asyncio.sleep(0.02)
        truth.gate.set()
        assert await early == b"old"
        assert await late == b"new"

    # One load for all

    async def test_a_hundred_callers_share_one_load(self, cache: Cache, truth: Truth) -> None:
        truth.slow()
        callers = [asyncio.create_task(cache.get(KEY, EAGER, truth.load)) for _ in range(100)]
        await truth.asked.wait()
        await asyncio.sleep(0.02)
        truth.gate.set()
        assert await asyncio.gather(*callers) == [b"old"] * 100
        assert truth.loads == 1

    async def test_a_cancelled_caller_leaves_the_load_to_the_others(
        self, cache: Cache, truth: Truth
    ) -> None:
        truth.slow()
        first = asyncio.create_task(cache.get(KEY, POLICY, truth.load))
        await truth.asked.wait()
        second = asyncio.create_task(cache.get(KEY, POLICY, truth.load))
        await asyncio.sleep(0.02)
        first.cancel()
        await asyncio.wait([first])
        truth.gate.set()
        assert await second == b"old"
        assert first.cancelled()
        assert truth.loads == 1

    async def test_a_failure_reaches_all_who_wait_and_nobody_after_them(
        self, cache: Cache, truth: Truth
    ) -> None:
        truth.slow()
        truth.failure = NotFound("no such course")
        callers = [asyncio.create_task(cache.get(KEY, POLICY, truth.load)) for _ in range(10)]
        await truth.asked.wait()
        await asyncio.sleep(0.02)
        truth.gate.set()
        told = await asyncio.gather(*callers, return_exceptions=True)
        assert [type(answer) for answer in told] == [NotFound] * 10
        assert truth.loads == 1
        truth.failure = None
        assert await cache.get(KEY, POLICY, truth.load) == b"old"

    async def test_two_processes_share_one_load(
        self, cache: Cache, other: Cache, truth: Truth
    ) -> None:
        patient = attrs.evolve(POLICY, fill_wait=3)
        truth.slow()
        callers = [
            asyncio.create_task(each.get(KEY, patient, truth.load)) for each in (cache, other)
        ]
        await truth.asked.wait()
        await asyncio.sleep(0.05)
        truth.gate.set()
        assert await asyncio.gather(*callers) == [b"old", b"old"]
        assert truth.loads == 1

    async def test_who_waited_long_enough_for_another_process_loads_for_itself(
        self, cache: Cache, other: Cache, truth: Truth
    ) -> None:
        truth.slow()
        stuck = asyncio.create_task(cache.get(KEY, POLICY, truth.load))
        await truth.asked.wait()
        assert await asyncio.wait_for(other.get(KEY, POLICY, Truth(b"own").load), 1) == b"own"
        truth.gate.set()
        await stuck

    async def test_a_lock_that_expired_is_not_released_for_its_next_owner(
        self, cache: Cache, other: Cache, open_here: OpenHere, clock: SteppingClock
    ) -> None:
        brief, patient = attrs.evolve(EAGER, fill_lock=0.05), attrs.evolve(POLICY, fill_wait=3)
        slow, slower, idle = Truth(failure=NotFound()), Truth(), Truth()
        for each in (slow, slower):
            each.slow()
        overtaken = asyncio.create_task(cache.get(KEY, brief, slow.load))
        await slow.asked.wait()
        await asyncio.sleep(0.08)
        owner = asyncio.create_task(other.get(KEY, POLICY, slower.load))
        await slower.asked.wait()
        slow.gate.set()
        await asyncio.wait([overtaken])
        async with open_here(clock) as third:
            waiting = asyncio.create_task(third.get(KEY, patient, idle.load))
            await asyncio.sleep(0.05)
            slower.gate.set()
            assert await owner == await waiting == b"old"
        assert isinstance(overtaken.exception(), NotFound)
        assert idle.loads == 0
