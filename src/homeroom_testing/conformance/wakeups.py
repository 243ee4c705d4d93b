"""The promises of hints: they come soon after a commit, and name the queues they mean."""

import asyncio
import time
from datetime import timedelta

from homeroom.house import Storage
from homeroom.kernel.jobs import JobRequest, WorkPolicy
from homeroom.kernel.queue import FACTS, LATER, Settlement, Verdict, release
from homeroom.operations.model import JobFilter
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.jobs import LEASE, QUEUE, Recital, ask, take
from homeroom_testing.conformance.outbox import an_event, put
from homeroom_testing.conformance.queue_ground import due_in, one_claim
from homeroom_testing.conformance.storage import StorageConformance

SOON = 5.0
"""Seconds within which a hint must have come; it takes milliseconds."""

QUIET = 0.2


class WakeupsConformance(StorageConformance):
    """What `Wakeups.wait` promises to whoever sleeps."""

    async def test_without_news_it_answers_nothing_after_the_time_given(
        self, storage: Storage
    ) -> None:
        await silence(storage)
        begun = time.monotonic()
        assert await storage.wakeups.wait(QUIET) == frozenset()
        assert QUIET * 0.9 <= time.monotonic() - begun < SOON

    async def test_a_committed_job_wakes_its_queue_s_waiter(self, storage: Storage) -> None:
        await silence(storage)
        waiting = asyncio.create_task(storage.wakeups.wait(SOON))
        await asyncio.sleep(0.01)
        await ask(storage, JobRequest(work=Recital()))
        assert await waiting == {QUEUE}

    async def test_news_from_before_the_call_is_told_at_once(self, storage: Storage) -> None:
        await silence(storage)
        await ask(storage, JobRequest(work=Recital()))
        assert await hints(storage) == {QUEUE}

    async def test_news_is_told_once(self, storage: Storage) -> None:
        await silence(storage)
        await ask(storage, JobRequest(work=Recital()))
        await hints(storage)
        assert await storage.wakeups.wait(QUIET) == frozenset()

    async def test_every_queue_is_named(self, storage: Storage) -> None:
        await silence(storage)
        names = ("choir", "band", "orchestra")
        await ask(
            storage,
            *(JobRequest(work=Recital(), policy=WorkPolicy(queue=name)) for name in names),
        )
        heard: set[str] = set()
        while not heard >= set(names):
            heard |= await hints(storage)

    async def test_many_jobs_are_one_piece_of_news(self, storage: Storage) -> None:
        await silence(storage)
        await ask(storage, *[JobRequest(work=Recital())] * 1500)
        assert await hints(storage) == {QUEUE}

    async def test_a_unit_that_does_not_commit_wakes_nobody(self, storage: Storage) -> None:
        await silence(storage)
        async with storage.start() as unit:
            await unit.jobs.enqueue(JobRequest(work=Recital()))
        assert await storage.wakeups.wait(QUIET) == frozenset()

    async def test_nobody_is_woken_before_the_commit(self, storage: Storage) -> None:
        await silence(storage)
        async with storage.start() as unit:
            await unit.jobs.enqueue(JobRequest(work=Recital()))
            assert await storage.wakeups.wait(QUIET) == frozenset()
            await unit.commit()
        assert await hints(storage) == {QUEUE}

    async def test_a_scheduled_job_wakes_whoever_sleeps_until_the_next_is_due(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        await silence(storage)
        await ask(storage, due_in(clock, 60))
        assert await hints(storage) == {LATER}

    async def test_a_retry_wakes_whoever_sleeps_until_the_next_is_due(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        claim = await one_claim(storage)
        await silence(storage)
        later = clock.now() + timedelta(seconds=60)
        await storage.queue.settle([Settlement(claim.id, claim.token, Verdict.RETRY, later)])
        assert await hints(storage) & {LATER, ""}

    async def test_a_committed_fact_wakes_whoever_tells_them(self, storage: Storage) -> None:
        await silence(storage)
        await put(storage, an_event())
        assert await hints(storage) == {FACTS}

    async def test_a_released_job_wakes_its_queue(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        claim = await one_claim(storage)
        await silence(storage)
        await storage.queue.settle([release(claim, run_at=clock.now())])
        assert await hints(storage) & {QUEUE, ""}

    async def test_a_sweep_wakes_the_queues_it_found_something_for(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        await one_claim(storage)
        await silence(storage)
        clock.step(seconds=LEASE.seconds)
        await storage.queue.sweep()
        assert await hints(storage) & {QUEUE, ""}

    async def test_replayed_dead_letters_wake_their_queues(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        claim = await one_claim(storage)
        await storage.queue.settle([Settlement(claim.id, claim.token, Verdict.DEAD)])
        await silence(storage)
        async with storage.start() as unit:
            await unit.job_records.replay(JobFilter(reach=None), at=clock.now())
            await unit.commit()
        assert await hints(storage) & {QUEUE, ""}
        assert len(await take(storage)) == 1

    async def test_a_waiter_may_give_up_and_another_still_hears(self, storage: Storage) -> None:
        await silence(storage)
        waiting = asyncio.create_task(storage.wakeups.wait(SOON))
        await asyncio.sleep(0.05)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await ask(storage, JobRequest(work=Recital()))
        assert await hints(storage) == {QUEUE}


async def hints(storage: Storage) -> frozenset[str]:
    return await storage.wakeups.wait(SOON)


async def silence(storage: Storage) -> None:
    """Wait until what happened before has been told, and "anything" after opening."""
    while await storage.wakeups.wait(0.1):
        pass
