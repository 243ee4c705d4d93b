"""The promises of limited queues: concurrency, rate and pause hold over all workers."""

import asyncio

import pytest

from homeroom.house import Storage
from homeroom.kernel.jobs import JobRequest, Limits, QueueLimits, WorkPolicy
from homeroom.kernel.queue import release, succeed
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.jobs import LEASE, Recital, ask, take
from homeroom_testing.conformance.storage import StorageConformance

LIMITS: Limits = {
    "narrow": QueueLimits(concurrency=2),
    "steady": QueueLimits(rate=5.0),
    "slow": QueueLimits(rate=0.5),
    "both": QueueLimits(concurrency=3, rate=2.0),
    "closed": QueueLimits(paused=True),
}


class QueueLimitsConformance(StorageConformance):
    """What `QueueLimits` promise, whoever claims."""

    @pytest.fixture
    def limits(self) -> Limits:
        return LIMITS

    async def test_no_more_run_at_once_than_may(self, storage: Storage) -> None:
        await fill(storage, "narrow")
        first, second = await take(storage, "narrow")
        assert await take(storage, "narrow") == []
        await storage.queue.settle([succeed(first)])
        assert len(await take(storage, "narrow")) == 1
        await storage.queue.settle([succeed(second)])

    async def test_workers_at_the_same_time_share_the_places(self, storage: Storage) -> None:
        await fill(storage, "narrow")
        hauls = await asyncio.gather(*(take(storage, "narrow", limit=1) for _ in range(6)))
        assert sum(map(len, hauls)) == 2

    async def test_a_dead_worker_s_place_is_free_once_its_lease_ended(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        await fill(storage, "narrow")
        await take(storage, "narrow")
        clock.step(seconds=LEASE.seconds)
        await storage.queue.sweep()
        assert len(await take(storage, "narrow")) == 2

    async def test_a_burst_is_one_second_s_worth(self, storage: Storage) -> None:
        await fill(storage, "steady")
        assert len(await take(storage, "steady")) == 5
        assert await take(storage, "steady") == []

    async def test_the_rate_drips_in_with_time(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        await fill(storage, "steady")
        await take(storage, "steady")
        clock.step(seconds=0.4)
        assert len(await take(storage, "steady")) == 2
        clock.step(seconds=0.1)
        assert await take(storage, "steady") == []
        clock.step(seconds=0.1)
        assert len(await take(storage, "steady")) == 1

    async def test_a_long_rest_saves_up_no_more_than_a_burst(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        await fill(storage, "steady")
        assert len(await take(storage, "steady")) == 5
        clock.step(seconds=3600)
        assert len(await take(storage, "steady")) == 5

    async def test_a_rate_below_one_still_lets_one_through(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        await fill(storage, "slow")
        assert len(await take(storage, "slow")) == 1
        clock.step(seconds=1)
        assert await take(storage, "slow") == []
        clock.step(seconds=1)
        assert len(await take(storage, "slow")) == 1

    async def test_looking_into_an_empty_queue_spends_nothing(self, storage: Storage) -> None:
        assert await take(storage, "steady") == []
        await fill(storage, "steady")
        assert len(await take(storage, "steady")) == 5

    async def test_workers_at_the_same_time_share_the_rate(self, storage: Storage) -> None:
        await fill(storage, "steady")
        hauls = await asyncio.gather(*(take(storage, "steady", limit=2) for _ in range(6)))
        assert sum(map(len, hauls)) == 5

    async def test_of_two_limits_the_narrower_holds(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        await fill(storage, "both")
        assert len(await take(storage, "both")) == 2
        clock.step(seconds=1)
        assert len(await take(storage, "both")) == 1
        clock.step(seconds=1)
        assert await take(storage, "both") == []

    async def test_what_was_released_may_be_claimed_again(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        await fill(storage, "narrow")
        claims = await take(storage, "narrow")
        await storage.queue.settle([release(one, run_at=clock.now()) for one in claims])
        assert [one.id for one in await take(storage, "narrow")] == [one.id for one in claims]

    async def test_a_paused_queue_gives_nothing(self, storage: Storage) -> None:
        await fill(storage, "closed")
        assert await take(storage, "closed") == []

    async def test_the_others_are_not_limited(self, storage: Storage) -> None:
        await fill(storage, "open")
        await fill(storage, "narrow")
        await take(storage, "narrow")
        assert len(await take(storage, "open")) == 12

    async def test_reports_name_limited_queues_and_say_which_are_paused(
        self, storage: Storage
    ) -> None:
        told = {report.name: report.paused for report in await storage.job_queries.queues()}
        assert told == {name: one.paused for name, one in LIMITS.items()}


async def fill(storage: Storage, queue: str, count: int = 12) -> None:
    """Put *count* ready jobs into *queue*."""
    await ask(storage, *[JobRequest(work=Recital(), policy=WorkPolicy(queue=queue))] * count)
