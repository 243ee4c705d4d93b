"""What another program made of a job goes on record, and changes nothing that is settled."""

from collections.abc import AsyncIterator

import attrs
import pytest

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.elsewhere import DoneElsewhere, RecordDoneElsewhere
from homeroom.kernel.errors import NotFound
from homeroom.kernel.ids import JobId, new_id
from homeroom.kernel.jobs import Backoff, Job, JobRequest, JobState, WorkPolicy
from homeroom.kernel.queue import Lease, Run, release, succeed
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.jobs import Recital

pytestmark = pytest.mark.anyio

POLICY = WorkPolicy(max_attempts=2, backoff=Backoff(base=10.0, jitter=0.0))
LEASE = Lease(worker="ours", seconds=60)


def unheard(progress: float) -> None:
    """Nobody reports from here."""


@attrs.frozen
class Desk:
    """A storage, and the handler that takes note of what was done elsewhere."""

    storage: Storage
    clock: SteppingClock

    async def ask(self) -> JobId:
        async with self.storage.start() as unit:
            (job_id,) = await unit.jobs.enqueue(JobRequest(work=Recital(), policy=POLICY))
            await unit.commit()
        return job_id

    async def hear(self, job_id: JobId, *, token: int = 0, succeeded: bool = True) -> Job:
        """The job once it is known how an attempt at it ended."""
        await self.tell(DoneElsewhere(job_id=job_id, token=token, succeeded=succeeded))
        return await self.look(job_id)

    async def tell(self, done: DoneElsewhere) -> None:
        ambient = Ambient(self.clock, JsonCodec(), lambda: 0.5)
        record = RecordDoneElsewhere(self.storage.carried, self.storage.queue, ambient)
        run = Run(
            job_id=JobId(new_id()),
            attempt=1,
            last_attempt=False,
            institution_id=None,
            trace_id="",
            report=unheard,
        )
        await record(done, run)

    async def look(self, job_id: JobId) -> Job:
        return await self.storage.job_queries.get(job_id, reach=None)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    clock = SteppingClock()
    async with open_storage(StorageSettings(), Ambient(clock, JsonCodec())) as storage:
        yield Desk(storage, clock)


async def test_a_job_that_went_well_has_succeeded_in_one_attempt(desk: Desk) -> None:
    job = await desk.hear(await desk.ask())
    assert (job.state, job.attempts) == (JobState.SUCCEEDED, 1)


async def test_what_is_told_twice_is_recorded_once(desk: Desk) -> None:
    job_id = await desk.ask()
    assert await desk.hear(job_id) == await desk.hear(job_id)


async def test_a_failure_is_tried_again_after_its_backoff_and_dead_at_last(desk: Desk) -> None:
    job = await desk.hear(await desk.ask(), succeeded=False)
    assert (job.state, job.attempts) == (JobState.SCHEDULED, 1)
    desk.clock.step(seconds=10)
    await desk.storage.queue.sweep()
    ready = await desk.look(job.id)
    assert ready.state is JobState.READY
    dead = await desk.hear(job.id, token=ready.token, succeeded=False)
    assert (dead.state, dead.attempts) == (JobState.DEAD, 2)
    assert dead.last_error == (
        "failed_elsewhere: Another program tried this and failed; its own log says why."
    )


async def test_an_older_attempt_s_failure_says_nothing_about_this_one(desk: Desk) -> None:
    job_id = await desk.ask()
    (claim,) = await desk.storage.carried.claim_these([job_id], LEASE)
    await desk.storage.queue.settle([release(claim, run_at=desk.clock.now())])
    job = await desk.hear(job_id, token=0, succeeded=False)
    assert (job.state, job.attempts, job.last_error) == (JobState.READY, 0, None)


async def test_what_a_worker_of_ours_holds_is_left_to_it(desk: Desk) -> None:
    job_id = await desk.ask()
    (claim,) = await desk.storage.carried.claim_these([job_id], LEASE)
    assert (await desk.hear(job_id)).state is JobState.RUNNING
    assert not await desk.storage.queue.settle([succeed(claim)])


async def test_a_job_that_nobody_knows_is_nobody_s(desk: Desk) -> None:
    stranger = JobId(new_id())
    await desk.tell(DoneElsewhere(job_id=stranger, token=0, succeeded=True))
    with pytest.raises(NotFound):
        await desk.look(stranger)
