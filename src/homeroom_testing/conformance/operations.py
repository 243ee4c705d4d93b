"""The promises to operators: find any job, change it unless somebody was first."""

import attrs
import pytest

from homeroom.house import Storage
from homeroom.kernel.ids import InstitutionId, JobId, new_id
from homeroom.kernel.jobs import Job, JobRequest, JobState, WorkPolicy
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.queue import Claim, Settlement, Verdict, release, succeed
from homeroom.operations.errors import JobNotFound, StaleJob
from homeroom.operations.model import Checkup, JobFilter, QueueReport
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.jobs import QUEUE, Recital, ask, keyed, take
from homeroom_testing.conformance.queue_ground import cancel, due_in, look, one_claim
from homeroom_testing.conformance.storage import StorageConformance

OURS, THEIRS = InstitutionId(new_id()), InstitutionId(new_id())
ANY = JobFilter(reach=None)


class JobRecordsConformance(StorageConformance):
    """What `JobQueries` and `JobRecords` promise."""

    async def test_the_newest_are_found_first(self, storage: Storage) -> None:
        ids = await ask(storage, *[JobRequest(work=Recital())] * 5)
        assert await found(storage, ANY) == list(reversed(ids))

    async def test_pages_go_on_where_the_last_one_ended(self, storage: Storage) -> None:
        ids = await ask(storage, *[JobRequest(work=Recital())] * 5)
        seen: list[JobId] = []
        page = CursorRequest(limit=2)
        while True:
            answer = await storage.job_queries.find(ANY, page)
            seen += [job.id for job in answer.items]
            if answer.next is None:
                break
            page = CursorRequest(after=answer.next, limit=2)
        assert seen == list(reversed(ids))

    async def test_jobs_are_found_by_queue_name_state_and_reach(self, storage: Storage) -> None:
        recital, checkup, theirs = await ask(
            storage,
            JobRequest(work=Recital(), institution_id=OURS),
            JobRequest(work=Checkup(), institution_id=OURS),
            JobRequest(work=Recital(), institution_id=THEIRS),
        )
        (running, _) = await take(storage)
        assert await found(storage, JobFilter(reach=OURS)) == [checkup, recital]
        assert await found(storage, JobFilter(reach=None, queue=QUEUE)) == [theirs, recital]
        assert await found(storage, JobFilter(reach=None, name="operations.checkup.v1")) == [
            checkup
        ]
        assert await found(storage, JobFilter(reach=OURS, state=JobState.RUNNING)) == [running.id]
        assert await found(storage, JobFilter(reach=None, queue="nowhere")) == []

    async def test_a_job_out_of_reach_is_not_there(self, storage: Storage) -> None:
        (theirs,) = await ask(storage, JobRequest(work=Recital(), institution_id=THEIRS))
        (chore,) = await ask(storage, JobRequest(work=Recital()))
        for job_id in (theirs, chore, JobId(new_id())):
            with pytest.raises(JobNotFound):
                await storage.job_queries.get(job_id, reach=OURS)
            async with storage.start() as unit:
                with pytest.raises(JobNotFound):
                    await unit.job_records.get(job_id, reach=OURS)
        assert (await storage.job_queries.get(theirs, reach=THEIRS)).id == theirs

    async def test_records_and_queries_agree(self, storage: Storage) -> None:
        claim = await one_claim(storage)
        async with storage.start() as unit:
            assert await unit.job_records.get(claim.id, reach=None) == await look(storage, claim)

    async def test_a_job_called_off_is_never_claimed_and_its_claim_is_lost(
        self, storage: Storage
    ) -> None:
        claim = await one_claim(storage)
        (waiting,) = await ask(storage, JobRequest(work=Recital()))
        await cancel(storage, claim)
        await cancel(storage, attrs.evolve(claim, id=waiting))
        assert (await look(storage, claim)).state is JobState.CANCELLED
        assert list(await storage.queue.settle([succeed(claim)])) == [claim.id]
        assert await take(storage) == []

    async def test_a_job_tried_once_more_starts_from_the_beginning(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        claim = await one_claim(storage)
        await bury(storage, claim)
        await retry(storage, claim.id, clock)
        (again,) = await take(storage)
        assert (again.id, again.attempt, again.run_at) == (claim.id, 1, clock.now())
        assert again.token > claim.token
        assert (await look(storage, again)).finished_at is None

    async def test_what_a_worker_changed_in_the_same_moment_is_stale(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        (job_id,) = await ask(storage, JobRequest(work=Recital()))
        seen = await storage.job_queries.get(job_id, reach=None)
        (claim,) = await take(storage)
        with pytest.raises(StaleJob):
            await save(storage, seen.cancelled(at=clock.now()))
        assert (await look(storage, claim)).state is JobState.RUNNING

    async def test_what_a_worker_settled_in_the_same_moment_is_stale(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        claim = await one_claim(storage)
        seen = await look(storage, claim)
        await storage.queue.settle([succeed(claim)])
        with pytest.raises(StaleJob):
            await save(storage, seen.cancelled(at=clock.now()))
        assert (await look(storage, claim)).state is JobState.SUCCEEDED

    async def test_of_two_operators_the_second_is_stale(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        claim = await one_claim(storage)
        await bury(storage, claim)
        seen = await look(storage, claim)
        await save(storage, seen.tried_again(at=clock.now()))
        with pytest.raises(StaleJob):
            await save(storage, seen.tried_again(at=clock.now()))
        assert len(await take(storage)) == 1

    async def test_a_dead_job_whose_key_is_taken_stays_dead(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        await ask(storage, keyed("k"))
        (claim,) = await take(storage)
        await bury(storage, claim)
        await ask(storage, keyed("k"))
        with pytest.raises(StaleJob):
            await retry(storage, claim.id, clock)
        assert await replay(storage, ANY, clock) == 0
        assert (await look(storage, claim)).state is JobState.DEAD

    async def test_of_dead_jobs_with_one_key_one_is_replayed(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        for _ in range(3):
            await ask(storage, keyed("k"))
            await bury(storage, *await take(storage))
        assert await replay(storage, ANY, clock) == 1
        assert len(await take(storage)) == 1

    async def test_replaying_tries_the_dead_that_fit_once_more(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        await ask(
            storage,
            *[JobRequest(work=Recital(), institution_id=OURS)] * 2,
            JobRequest(work=Recital(), institution_id=THEIRS),
            JobRequest(work=Recital(), institution_id=OURS, policy=WorkPolicy(queue="other")),
        )
        mine, running, theirs = await take(storage)
        (elsewhere,) = await take(storage, "other")
        await bury(storage, mine, theirs, elsewhere)
        clock.step(seconds=1)
        assert await replay(storage, JobFilter(reach=OURS, queue=QUEUE), clock) == 1
        (again,) = await take(storage)
        assert (again.id, again.attempt, again.run_at) == (mine.id, 1, clock.now())
        assert (await look(storage, running)).token == running.token
        assert (await look(storage, theirs)).state is JobState.DEAD

    async def test_burying_forgets_the_dead_that_fit_and_nobody_else(
        self, storage: Storage
    ) -> None:
        await ask(storage, *[JobRequest(work=Recital(), institution_id=OURS)] * 3)
        await ask(storage, JobRequest(work=Recital(), institution_id=THEIRS))
        dead, won, running, theirs = await take(storage)
        await bury(storage, dead, theirs)
        await storage.queue.settle([succeed(won)])
        async with storage.start() as unit:
            assert await unit.job_records.bury(JobFilter(reach=OURS)) == 1
            await unit.commit()
        assert await found(storage, ANY) == [theirs.id, running.id, won.id]

    async def test_without_commit_nothing_is_changed(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        self.require("transactional")
        claim = await one_claim(storage)
        await bury(storage, claim)
        async with storage.start() as unit:
            assert await unit.job_records.replay(ANY, at=clock.now()) == 1
        async with storage.start() as unit:
            assert await unit.job_records.bury(ANY) == 1
        assert (await look(storage, claim)).state is JobState.DEAD

    async def test_queues_are_reported_by_name_with_how_they_do(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        assert list(await storage.job_queries.queues()) == []
        await ask(storage, *[JobRequest(work=Recital())] * 5, due_in(clock, 600))
        since = clock.now()
        won, dead, back, _running = await take(storage, limit=4)
        await bury(storage, dead)
        await storage.queue.settle([succeed(won), release(back, run_at=since)])
        await ask(storage, JobRequest(work=Checkup()))
        report, ours = await storage.job_queries.queues()
        assert report.name == "default"
        assert ours == QueueReport(
            name=QUEUE,
            scheduled=1,
            ready=2,
            running=1,
            dead=1,
            oldest_ready_at=since,
            finished_last_minute=1,
            workers=1,
        )

    async def test_what_finished_long_ago_is_not_of_the_last_minute(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        claim = await one_claim(storage)
        await storage.queue.settle([succeed(claim)])
        clock.step(seconds=61)
        (report,) = await storage.job_queries.queues()
        assert report.finished_last_minute == 0


async def found(storage: Storage, fits: JobFilter) -> list[JobId]:
    page = await storage.job_queries.find(fits, CursorRequest())
    return [job.id for job in page.items]


async def bury(storage: Storage, *claims: Claim) -> None:
    """These claims end in the dead letters."""
    dead = [Settlement(one.id, one.token, Verdict.DEAD, None, "invalid: no") for one in claims]
    assert not await storage.queue.settle(dead)


async def save(storage: Storage, job: Job) -> None:
    async with storage.start() as unit:
        await unit.job_records.save(job)
        await unit.commit()


async def retry(storage: Storage, job_id: JobId, clock: SteppingClock) -> None:
    seen = await storage.job_queries.get(job_id, reach=None)
    await save(storage, seen.tried_again(at=clock.now()))


async def replay(storage: Storage, dead: JobFilter, clock: SteppingClock) -> int:
    async with storage.start() as unit:
        count = await unit.job_records.replay(dead, at=clock.now())
        await unit.commit()
    return count
