"""The promises of the queue: claimed by one, fenced by a token, given back in time."""

import asyncio
from datetime import timedelta

from homeroom.house import Storage
from homeroom.kernel.ids import JobId, new_id
from homeroom.kernel.jobs import JobRequest, JobState, WorkPolicy
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.queue import Settlement, Swept, Verdict, release, succeed
from homeroom.operations.model import JobFilter
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.jobs import LEASE, QUEUE, Recital, ask, keyed, take
from homeroom_testing.conformance.queue_ground import (
    AGES,
    cancel,
    claimed_again,
    due_in,
    every_verdict,
    everything_due,
    look,
    one_claim,
)
from homeroom_testing.conformance.storage import StorageConformance

EVERYTHING = JobFilter(reach=None)


class JobQueueConformance(StorageConformance):
    """What `JobQueue` promises to workers."""

    async def test_an_empty_queue_has_nothing_to_claim(self, storage: Storage) -> None:
        assert await take(storage) == []

    async def test_higher_priority_comes_first_then_what_was_due_earlier_then_older_ids(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        asked = [
            JobRequest(
                work=Recital(),
                policy=WorkPolicy(queue=QUEUE, priority=priority),
                run_at=clock.now() - timedelta(seconds=due),
            )
            for priority, due in [(0, 1), (5, 0), (-5, 9), (5, 2), (0, 1), (0, 3)]
        ]
        ids = await ask(storage, *asked)
        wanted = [ids[3], ids[1], ids[5], ids[0], ids[4], ids[2]]
        assert [claim.id for claim in await take(storage)] == wanted

    async def test_only_the_first_are_claimed_when_there_are_more(self, storage: Storage) -> None:
        ids = await ask(storage, *[JobRequest(work=Recital())] * 5)
        assert [claim.id for claim in await take(storage, limit=2)] == list(ids[:2])
        assert [claim.id for claim in await take(storage, limit=9)] == list(ids[2:])

    async def test_another_queue_s_jobs_are_left_alone(self, storage: Storage) -> None:
        await ask(storage, JobRequest(work=Recital(), policy=WorkPolicy(queue="other")))
        assert await take(storage) == []

    async def test_a_claim_counts_the_attempt_and_holds_the_job_under_a_lease(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        claim = await one_claim(storage)
        held = await look(storage, claim)
        assert (claim.attempt, held.attempts) == (1, 1)
        assert (held.state, held.token, held.worker) == (JobState.RUNNING, claim.token, "suite")
        assert held.lease_until == clock.now() + timedelta(seconds=LEASE.seconds)

    async def test_workers_at_the_same_time_never_claim_the_same_job(
        self, storage: Storage
    ) -> None:
        ids = await ask(storage, *[JobRequest(work=Recital())] * 40)
        hauls = await asyncio.gather(*(take(storage, limit=7) for _ in range(8)))
        claimed = [claim.id for haul in hauls for claim in haul]
        claimed += [claim.id for claim in await take(storage)]
        assert sorted(claimed) == sorted(ids)

    async def test_a_succeeded_job_is_over(self, storage: Storage, clock: SteppingClock) -> None:
        claim = await one_claim(storage)
        clock.step(seconds=1)
        assert list(await storage.queue.settle([succeed(claim)])) == []
        over = await look(storage, claim)
        assert (over.state, over.finished_at) == (JobState.SUCCEEDED, clock.now())
        assert (over.worker, over.lease_until, over.progress) == (None, None, 1.0)
        assert await everything_due(storage, clock) == []

    async def test_an_old_token_is_powerless(self, storage: Storage, clock: SteppingClock) -> None:
        old = await one_claim(storage)
        new = await claimed_again(storage, clock)
        assert list(await storage.queue.settle(every_verdict(old))) == [old.id] * len(Verdict)
        held = await look(storage, new)
        assert (held.state, held.token, held.attempts) == (JobState.RUNNING, new.token, 2)

    async def test_a_lost_lease_is_lost_before_anybody_claims_again(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        claim = await one_claim(storage)
        clock.step(seconds=LEASE.seconds)
        await storage.queue.sweep()
        assert list(await storage.queue.settle([succeed(claim)])) == [claim.id]
        assert (await look(storage, claim)).state is JobState.READY

    async def test_a_claim_is_settled_once(self, storage: Storage) -> None:
        claim = await one_claim(storage)
        await storage.queue.settle([succeed(claim)])
        dead = Settlement(claim.id, claim.token, Verdict.DEAD)
        assert list(await storage.queue.settle([dead, succeed(claim)])) == [claim.id] * 2
        assert (await look(storage, claim)).state is JobState.SUCCEEDED

    async def test_an_unknown_job_is_lost(self, storage: Storage) -> None:
        nobody = JobId(new_id())
        settled = await storage.queue.settle([Settlement(nobody, 1, Verdict.SUCCEEDED)])
        assert list(settled) == [nobody]

    async def test_settling_nothing_loses_nothing(self, storage: Storage) -> None:
        assert list(await storage.queue.settle([])) == []

    async def test_many_verdicts_are_settled_at_once_and_the_lost_do_not_hinder(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        await ask(storage, *[JobRequest(work=Recital())] * 5)
        won, lost, dead, again, back = await take(storage)
        await storage.queue.settle([succeed(lost)])
        later = clock.now() + timedelta(seconds=60)
        settled = await storage.queue.settle(
            [
                succeed(won),
                succeed(lost),
                Settlement(dead.id, dead.token, Verdict.DEAD, None, "no such course"),
                Settlement(again.id, again.token, Verdict.RETRY, later, "away"),
                release(back, run_at=clock.now()),
            ]
        )
        assert list(settled) == [lost.id]
        states = [(await look(storage, one)).state for one in (won, dead, again, back)]
        assert states == [
            JobState.SUCCEEDED,
            JobState.DEAD,
            JobState.SCHEDULED,
            JobState.READY,
        ]

    async def test_hundreds_are_settled_at_once(self, storage: Storage) -> None:
        await ask(storage, *[JobRequest(work=Recital())] * 700)
        claims = await take(storage, limit=700)
        stranger = Settlement(JobId(new_id()), 1, Verdict.SUCCEEDED)
        settled = await storage.queue.settle([*map(succeed, claims), stranger])
        assert list(settled) == [stranger.id]

    async def test_a_retry_waits_for_its_time_and_keeps_the_reason(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        claim = await one_claim(storage)
        later = clock.now() + timedelta(seconds=5)
        await storage.queue.settle(
            [Settlement(claim.id, claim.token, Verdict.RETRY, later, "unavailable: away")]
        )
        waiting = await look(storage, claim)
        assert (waiting.state, waiting.run_at) == (JobState.SCHEDULED, later)
        assert (waiting.last_error, waiting.attempts) == ("unavailable: away", 1)
        assert (waiting.worker, waiting.lease_until) == (None, None)
        clock.step(seconds=5)
        await storage.queue.sweep()
        (again,) = await take(storage)
        assert (again.id, again.attempt) == (claim.id, 2)
        assert again.token > claim.token

    async def test_a_retry_that_is_due_is_ready_at_once(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        claim = await one_claim(storage)
        due = Settlement(claim.id, claim.token, Verdict.RETRY, clock.now())
        await storage.queue.settle([due])
        assert [one.attempt for one in await take(storage)] == [2]

    async def test_a_released_claim_does_not_count(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        claim = await one_claim(storage)
        await storage.queue.settle([release(claim, run_at=clock.now())])
        (again,) = await take(storage)
        assert (again.attempt, again.token > claim.token) == (1, True)

    async def test_a_dead_job_keeps_its_reason_and_is_never_claimed(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        claim = await one_claim(storage)
        await storage.queue.settle(
            [Settlement(claim.id, claim.token, Verdict.DEAD, None, "invalid: what?")]
        )
        dead = await look(storage, claim)
        assert (dead.state, dead.last_error) == (JobState.DEAD, "invalid: what?")
        assert dead.finished_at == clock.now()
        assert await everything_due(storage, clock) == []

    async def test_a_sweep_promotes_what_is_due_and_nothing_else(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        soon, late = await ask(storage, *(due_in(clock, seconds) for seconds in (5, 6)))
        assert await storage.queue.sweep() == Swept()
        clock.step(seconds=5)
        assert await storage.queue.sweep() == Swept(promoted=1)
        assert [claim.id for claim in await take(storage)] == [soon]
        assert (await storage.job_queries.get(late, reach=None)).state is JobState.SCHEDULED

    async def test_a_lease_holds_until_it_ends(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        await one_claim(storage)
        clock.step(seconds=LEASE.seconds - 0.001)
        assert await storage.queue.sweep() == Swept()

    async def test_a_job_whose_lease_ran_out_is_taken_back_and_the_attempt_counts(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        first = await one_claim(storage)
        clock.step(seconds=LEASE.seconds)
        assert await storage.queue.sweep() == Swept(rescued=1)
        assert await storage.queue.sweep() == Swept()
        back = await look(storage, first)
        assert (back.state, back.worker, back.lease_until) == (JobState.READY, None, None)
        (again,) = await take(storage)
        assert (again.id, again.attempt) == (first.id, 2)

    async def test_a_job_that_kills_its_workers_reaches_the_dead_letters(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        claim = await one_claim(storage)
        for _ in range(claim.policy.max_attempts - 1):
            claim = await claimed_again(storage, clock)
        clock.step(seconds=LEASE.seconds)
        assert await storage.queue.sweep() == Swept(buried=1)
        dead = await look(storage, claim)
        assert (dead.state, dead.attempts) == (JobState.DEAD, claim.policy.max_attempts)
        assert "lease ran out" in (dead.last_error or "")
        assert (dead.worker, dead.lease_until, dead.finished_at) == (None, None, clock.now())

    async def test_sweepers_at_the_same_time_find_each_thing_once(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        await ask(storage, *(due_in(clock, 1) for _ in range(30)))
        clock.step(seconds=1)
        found = await asyncio.gather(*(storage.queue.sweep() for _ in range(5)))
        assert sum(swept.promoted for swept in found) == 30

    async def test_the_next_due_is_the_earliest_of_waiting_jobs_and_leases(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        assert await storage.queue.next_due() is None
        await ask(storage, JobRequest(work=Recital()))
        assert await storage.queue.next_due() is None
        await ask(storage, due_in(clock, LEASE.seconds + 10))
        assert await storage.queue.next_due() == clock.now() + timedelta(seconds=40)
        (claim,) = await take(storage)
        assert await storage.queue.next_due() == clock.now() + timedelta(seconds=30)
        await storage.queue.settle([succeed(claim)])
        assert await storage.queue.next_due() == clock.now() + timedelta(seconds=40)

    async def test_purging_forgets_what_is_long_over_and_keeps_the_dead(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        await ask(storage, *[JobRequest(work=Recital())] * 5)
        won, dead, running, late, called_off = await take(storage)
        await storage.queue.settle([succeed(won), Settlement(dead.id, dead.token, Verdict.DEAD)])
        await cancel(storage, called_off)
        clock.step(seconds=60)
        await storage.queue.settle([succeed(late)])
        assert await storage.queue.purge(finished_before=clock.now(), limit=9) == 2
        left = await storage.job_queries.find(EVERYTHING, CursorRequest())
        assert {job.id for job in left.items} == {dead.id, running.id, late.id}
        assert await storage.queue.purge(finished_before=clock.now(), limit=9) == 0

    async def test_purging_goes_on_by_the_portion(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        await ask(storage, *[JobRequest(work=Recital())] * 5)
        await storage.queue.settle([succeed(claim) for claim in await take(storage)])
        before = clock.now() + AGES
        gone = [await storage.queue.purge(finished_before=before, limit=2) for _ in range(4)]
        assert gone == [2, 2, 1, 0]

    async def test_a_purged_job_s_key_was_free_already(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        await ask(storage, keyed("k"))
        (claim,) = await take(storage)
        await storage.queue.settle([succeed(claim)])
        (younger,) = await ask(storage, keyed("k"))
        await storage.queue.purge(finished_before=clock.now() + AGES, limit=9)
        assert [one.id for one in await take(storage)] == [younger]
