"""The promises of asking for work: kept if and only if the unit commits, once per key."""

import asyncio
from datetime import timedelta

import attrs
import pytest

from homeroom.house import Storage
from homeroom.kernel.ids import InstitutionId, JobId, new_id
from homeroom.kernel.jobs import (
    MAX_PAYLOAD,
    Backoff,
    JobRequest,
    JobState,
    PayloadTooLarge,
    Work,
    WorkPolicy,
    work,
)
from homeroom.kernel.queue import Claim, Lease, Settlement, Verdict, succeed
from homeroom.kernel.tracing import tracing
from homeroom.operations.model import Checkup
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.storage import StorageConformance

LEASE = Lease(worker="suite", seconds=30)
QUEUE = "suite"
POLICY = WorkPolicy(
    queue=QUEUE, priority=7, max_attempts=3, backoff=Backoff(0.5, 9.0, 0.25), timeout=12.5
)
MANY = 1500
"""Enough that an adapter with a faster way for many takes it."""


@work("suite.recital.v1", POLICY)
@attrs.frozen(kw_only=True)
class Recital(Work):
    """Says its text, which may be long and odd."""

    text: str = ""


class JobsConformance(StorageConformance):
    """What `Jobs.enqueue` promises inside a unit of work."""

    async def test_a_job_is_kept_with_everything_that_was_asked(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        house = InstitutionId(new_id())
        with tracing("4bf92f3577b34da6a3ce929d0e0e4736"):
            (job_id,) = await ask(
                storage,
                JobRequest(work=Recital(text="Ave"), institution_id=house, dedupe_key="k"),
            )
        kept = await storage.job_queries.get(job_id, reach=None)
        assert (kept.name, kept.policy, kept.dedupe_key) == ("suite.recital.v1", POLICY, "k")
        assert (kept.institution_id, kept.state) == (house, JobState.READY)
        assert kept.run_at == kept.created_at == clock.now()
        assert kept.trace_id == "4bf92f3577b34da6a3ce929d0e0e4736"
        assert (kept.attempts, kept.progress, kept.finished_at) == (0, 0.0, None)
        assert "Ave" in kept.payload

    async def test_a_claim_carries_what_was_asked(self, storage: Storage) -> None:
        house = InstitutionId(new_id())
        (job_id,) = await ask(storage, JobRequest(work=Recital(), institution_id=house))
        kept = await storage.job_queries.get(job_id, reach=None)
        (claim,) = await take(storage)
        assert claim == Claim(
            id=job_id,
            token=kept.token + 1,
            name=kept.name,
            payload=kept.payload,
            queue=QUEUE,
            attempt=1,
            policy=POLICY,
            run_at=kept.run_at,
            institution_id=house,
            trace_id=kept.trace_id,
        )

    async def test_a_job_is_kept_under_the_id_that_was_promised(self, storage: Storage) -> None:
        promised = JobId(new_id())
        own, kept = await ask(
            storage, JobRequest(work=Recital()), JobRequest(work=Recital(text="Ave"), id=promised)
        )
        assert kept == promised != own
        assert "Ave" in (await storage.job_queries.get(promised, reach=None)).payload

    async def test_asking_for_nothing_answers_nothing(self, storage: Storage) -> None:
        assert await ask(storage) == ()

    async def test_ids_come_in_the_order_of_the_requests(self, storage: Storage) -> None:
        requests = [
            JobRequest(work=Recital(text=f"<{number}>"), dedupe_key=str(number) * (number % 2))
            if number % 2
            else JobRequest(work=Recital(text=f"<{number}>"))
            for number in range(10)
        ]
        for number, job_id in enumerate(await ask(storage, *requests)):
            kept = await storage.job_queries.get(job_id, reach=None)
            assert f"<{number}>" in kept.payload

    async def test_a_request_s_own_policy_wins(self, storage: Storage) -> None:
        urgent = WorkPolicy(queue="elsewhere", priority=-100)
        await ask(storage, JobRequest(work=Recital(), policy=urgent))
        (claim,) = await take(storage, "elsewhere")
        assert claim.policy == urgent

    async def test_what_is_due_later_waits(self, storage: Storage, clock: SteppingClock) -> None:
        later = clock.now() + timedelta(seconds=60)
        (job_id,) = await ask(storage, JobRequest(work=Recital(), run_at=later))
        kept = await storage.job_queries.get(job_id, reach=None)
        assert (kept.state, kept.run_at) == (JobState.SCHEDULED, later)
        assert await take(storage) == []

    async def test_what_was_due_already_is_ready(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        earlier = clock.now() - timedelta(seconds=60)
        await ask(storage, JobRequest(work=Recital(), run_at=earlier))
        (claim,) = await take(storage)
        assert claim.run_at == earlier

    async def test_many_are_kept_like_one(self, storage: Storage) -> None:
        odd = Recital(text="a\\b\tc\nd\r\"e' ñ 🎓 \\N \\. \x7f {},")
        house = InstitutionId(new_id())
        (alone,) = await ask(storage, JobRequest(work=odd, institution_id=house))
        several = await ask(storage, *[JobRequest(work=odd, institution_id=house)] * MANY)
        one = await storage.job_queries.get(alone, reach=None)
        for job_id in (several[0], several[-1]):
            kept = await storage.job_queries.get(job_id, reach=None)
            assert attrs.evolve(kept, id=alone) == one
        claims = await take(storage, limit=MANY + 1)
        assert [claim.id for claim in claims] == sorted([alone, *several])

    async def test_many_are_discarded_without_commit(self, storage: Storage) -> None:
        self.require("transactional")
        async with storage.start() as unit:
            await unit.jobs.enqueue(*[JobRequest(work=Recital())] * MANY)
        assert await take(storage) == []

    async def test_many_with_keys_are_kept_once_each(self, storage: Storage) -> None:
        requests = [keyed(str(number % (MANY // 2))) for number in range(MANY)]
        (first,) = await ask(storage, keyed("0"))
        ids = await ask(storage, *requests)
        assert ids[0] == first
        assert ids[: MANY // 2] == ids[MANY // 2 :]
        assert len(set(ids)) == MANY // 2 == len(await take(storage, limit=MANY))

    async def test_a_taken_key_answers_its_holder(self, storage: Storage) -> None:
        (holder,) = await ask(storage, keyed("k"))
        assert await ask(storage, keyed("k")) == (holder,)
        assert len(await take(storage)) == 1

    async def test_a_key_used_twice_in_one_call_is_one_job(self, storage: Storage) -> None:
        first, other, again = await ask(storage, keyed("k"), JobRequest(work=Recital()), keyed("k"))
        assert first == again != other
        assert len(await take(storage)) == 2

    async def test_the_first_of_two_requests_with_one_key_is_the_job(
        self, storage: Storage
    ) -> None:
        other = attrs.evolve(POLICY, priority=7)
        first, second, third = await ask(
            storage,
            JobRequest(work=Recital(), dedupe_key="x"),
            JobRequest(work=Recital(text="first"), dedupe_key="y", policy=other),
            JobRequest(work=Recital(text="second"), dedupe_key="y"),
        )
        kept = await storage.job_queries.get(second, reach=None)
        assert (second, kept.policy) == (third, other)
        assert first != second and "first" in kept.payload

    async def test_a_key_used_twice_in_one_unit_is_one_job(self, storage: Storage) -> None:
        async with storage.start() as unit:
            first = await unit.jobs.enqueue(keyed("k"))
            assert await unit.jobs.enqueue(keyed("k")) == first
            await unit.commit()

    async def test_a_key_belongs_to_one_name(self, storage: Storage) -> None:
        checkup = JobRequest(work=Checkup(), dedupe_key="k")
        assert len(set(await ask(storage, keyed("k"), checkup))) == 2

    async def test_a_running_job_still_holds_its_key(self, storage: Storage) -> None:
        (holder,) = await ask(storage, keyed("k"))
        await take(storage)
        assert await ask(storage, keyed("k")) == (holder,)

    async def test_a_job_that_waits_for_another_try_still_holds_its_key(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        (holder,) = await ask(storage, keyed("k"))
        (claim,) = await take(storage)
        later = clock.now() + timedelta(seconds=5)
        await storage.queue.settle([Settlement(claim.id, claim.token, Verdict.RETRY, later)])
        assert await ask(storage, keyed("k")) == (holder,)

    @pytest.mark.parametrize("verdict", [Verdict.SUCCEEDED, Verdict.DEAD])
    async def test_a_finished_job_frees_its_key(self, storage: Storage, verdict: Verdict) -> None:
        (holder,) = await ask(storage, keyed("k"))
        (claim,) = await take(storage)
        await storage.queue.settle([Settlement(claim.id, claim.token, verdict)])
        assert await ask(storage, keyed("k")) != (holder,)

    async def test_a_key_is_free_again_when_its_unit_did_not_commit(self, storage: Storage) -> None:
        self.require("transactional")
        async with storage.start() as unit:
            await unit.jobs.enqueue(keyed("k"))
        (job_id,) = await ask(storage, keyed("k"))
        assert [claim.id for claim in await take(storage)] == [job_id]

    async def test_units_at_the_same_time_agree_on_a_key_s_holder(self, storage: Storage) -> None:
        answers = await asyncio.gather(*(ask(storage, keyed("k")) for _ in range(8)))
        assert len(set(answers)) == 1
        assert len(await take(storage)) == 1

    async def test_asking_while_the_holder_finishes_never_loses_the_work(
        self, storage: Storage
    ) -> None:
        """Either the holder answers for both, or there is a job of one's own."""
        for _ in range(5):
            await ask(storage, keyed("k"))
            (claim,) = await take(storage)
            (asked,), _lost = await asyncio.gather(
                ask(storage, keyed("k")), storage.queue.settle([succeed(claim)])
            )
            left = await take(storage)
            assert [one.id for one in left] == ([] if asked == claim.id else [asked])
            await storage.queue.settle([succeed(one) for one in left])

    async def test_a_payload_beyond_the_bound_is_refused(self, storage: Storage) -> None:
        with pytest.raises(PayloadTooLarge):
            await ask(storage, JobRequest(work=Recital(text="x" * (MAX_PAYLOAD + 1))))
        assert await take(storage) == []

    async def test_a_payload_as_large_as_may_be_is_kept_whole(self, storage: Storage) -> None:
        text = "x" * (MAX_PAYLOAD - 100)
        await ask(storage, JobRequest(work=Recital(text=text)))
        (claim,) = await take(storage)
        assert text in claim.payload


def keyed(key: str) -> JobRequest:
    return JobRequest(work=Recital(), dedupe_key=key)


async def ask(storage: Storage, *requests: JobRequest) -> tuple[JobId, ...]:
    """Enqueue *requests* in a unit of their own."""
    async with storage.start() as unit:
        ids = await unit.jobs.enqueue(*requests)
        await unit.commit()
    return ids


async def take(storage: Storage, queue: str = QUEUE, *, limit: int = 100) -> list[Claim]:
    """Claim from *queue* as a worker would."""
    return list(await storage.queue.claim(queue, limit=limit, lease=LEASE))
