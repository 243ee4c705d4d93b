"""The promises of a storage to carriers: it offers, it lets one claim, it adopts once."""

import asyncio
from datetime import timedelta

import attrs

from homeroom.house import Storage
from homeroom.kernel.carrier import Ready
from homeroom.kernel.ids import JobId, new_id
from homeroom.kernel.jobs import Job, JobRequest, JobState, WorkPolicy
from homeroom.kernel.queue import release, succeed
from homeroom_testing.clock import NOON, SteppingClock
from homeroom_testing.conformance.jobs import LEASE, POLICY, QUEUE, Recital, ask, take
from homeroom_testing.conformance.queue_ground import due_in, look
from homeroom_testing.conformance.storage import StorageConformance

AGAIN = 30.0


class CarriedStoreConformance(StorageConformance):
    """What `CarriedStore` promises beside `JobQueue`."""

    async def test_a_ready_job_is_offered_with_what_a_carrier_needs(self, storage: Storage) -> None:
        (job_id,) = await ask(storage, JobRequest(work=Recital()))
        kept = await storage.job_queries.get(job_id, reach=None)
        (ready,) = await offered(storage)
        assert ready == Ready(
            id=job_id,
            token=kept.token,
            name=kept.name,
            payload=kept.payload,
            queue=QUEUE,
            priority=POLICY.priority,
            trace_id=kept.trace_id,
        )

    async def test_an_offered_job_is_not_offered_again_for_a_while(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        await ask(storage, JobRequest(work=Recital()))
        assert len(await offered(storage)) == 1
        clock.step(seconds=AGAIN - 1)
        assert await offered(storage) == []
        clock.step(seconds=1)
        assert len(await offered(storage)) == 1

    async def test_only_ready_jobs_of_the_queues_asked_for_are_offered(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        await ask(storage, JobRequest(work=Recital()))
        await take(storage)
        (job_id, *_) = await ask(
            storage,
            JobRequest(work=Recital()),
            due_in(clock, 60),
            JobRequest(work=Recital(), policy=WorkPolicy(queue="other")),
        )
        assert [ready.id for ready in await offered(storage)] == [job_id]

    async def test_higher_priority_is_offered_first_up_to_the_limit(self, storage: Storage) -> None:
        low, high = await ask(
            storage,
            JobRequest(work=Recital()),
            JobRequest(work=Recital(), policy=attrs.evolve(POLICY, priority=50)),
        )
        assert [ready.id for ready in await offered(storage, limit=1)] == [high]
        assert [ready.id for ready in await offered(storage, limit=1)] == [low]

    async def test_offerers_at_the_same_time_offer_each_job_once(self, storage: Storage) -> None:
        ids = await ask(storage, *[JobRequest(work=Recital())] * 30)
        offers = await asyncio.gather(*(offered(storage, limit=8) for _ in range(6)))
        told = [ready.id for offer in offers for ready in offer]
        told += [ready.id for ready in await offered(storage)]
        assert sorted(told) == sorted(ids)

    async def test_a_job_that_came_back_is_offered_at_once(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        (job_id,) = await ask(storage, JobRequest(work=Recital()))
        await offered(storage)
        (claim,) = await storage.carried.claim_these([job_id], LEASE)
        await storage.queue.settle([release(claim, run_at=clock.now())])
        assert [ready.id for ready in await offered(storage)] == [job_id]

    async def test_a_job_whose_lease_ran_out_is_offered_at_once(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        (job_id,) = await ask(storage, JobRequest(work=Recital()))
        clock.step(seconds=LEASE.seconds)
        await offered(storage)
        await storage.carried.claim_these([job_id], attrs.evolve(LEASE, seconds=1.0))
        clock.step(seconds=1)
        await storage.queue.sweep()
        assert [ready.id for ready in await offered(storage)] == [job_id]

    async def test_jobs_are_claimed_by_id_under_a_lease(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        first, _other = await ask(storage, *[JobRequest(work=Recital())] * 2)
        (claim,) = await storage.carried.claim_these([first], LEASE)
        held = await look(storage, claim)
        assert (claim.id, claim.attempt, held.token) == (first, 1, claim.token)
        assert held.lease_until == clock.now() + timedelta(seconds=LEASE.seconds)
        assert not await storage.queue.settle([succeed(claim)])

    async def test_what_is_not_ready_is_not_claimed_by_id(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        (running,) = await ask(storage, JobRequest(work=Recital()))
        await take(storage)
        (later,) = await ask(storage, due_in(clock, 60))
        wanted = [running, later, JobId(new_id())]
        assert list(await storage.carried.claim_these(wanted, LEASE)) == []
        assert list(await storage.carried.claim_these([], LEASE)) == []

    async def test_a_job_brought_to_several_workers_is_claimed_by_one(
        self, storage: Storage
    ) -> None:
        ids = await ask(storage, *[JobRequest(work=Recital())] * 20)
        hauls = await asyncio.gather(
            *(storage.carried.claim_these(ids[:: 1 - 2 * (n % 2)], LEASE) for n in range(4))
        )
        claimed = [claim.id for haul in hauls for claim in haul]
        claimed += [claim.id for claim in await storage.carried.claim_these(ids, LEASE)]
        assert sorted(claimed) == sorted(ids)

    async def test_a_stranger_s_job_is_adopted_once_and_then_ours(self, storage: Storage) -> None:
        stranger = a_stranger()
        assert list(await storage.carried.adopt([stranger])) == [stranger.id]
        assert list(await storage.carried.adopt([stranger, stranger])) == []
        assert await storage.job_queries.get(stranger.id, reach=None) == stranger
        (claim,) = await storage.carried.claim_these([stranger.id], LEASE)
        assert claim.payload == stranger.payload

    async def test_a_stranger_is_offered_only_if_it_does_not_come_back(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        stranger = a_stranger()
        await storage.carried.adopt([stranger])
        assert await offered(storage) == []
        clock.step(seconds=AGAIN)
        assert [ready.id for ready in await offered(storage)] == [stranger.id]

    async def test_a_stranger_that_is_over_is_not_adopted_again(self, storage: Storage) -> None:
        stranger = a_stranger()
        await storage.carried.adopt([stranger])
        (claim,) = await storage.carried.claim_these([stranger.id], LEASE)
        await storage.queue.settle([succeed(claim)])
        assert list(await storage.carried.adopt([stranger])) == []
        assert (await look(storage, claim)).state is JobState.SUCCEEDED


def a_stranger() -> Job:
    """A job that somebody else's program put into a carrier; its payload is anybody's guess."""
    return Job(
        id=JobId(new_id()),
        name="strangers.thing.v1",
        payload='{"a": "\\\\ tab\\t"}\t\n\\N ñ 🎓',
        policy=POLICY,
        run_at=NOON,
        created_at=NOON,
    )


async def offered(storage: Storage, *, limit: int = 100) -> list[Ready]:
    return list(await storage.carried.to_offer([QUEUE], limit=limit, again=AGAIN))
