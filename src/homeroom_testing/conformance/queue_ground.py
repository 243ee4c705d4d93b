"""What suites over a queue of jobs have in common: jobs in each state, and looks at them."""

from datetime import timedelta

from homeroom.house import Storage
from homeroom.kernel.jobs import Job, JobRequest
from homeroom.kernel.queue import Claim, Settlement, Verdict
from homeroom_testing.clock import NOON, SteppingClock
from homeroom_testing.conformance.jobs import LEASE, Recital, ask, take

AGES = timedelta(days=365)


def due_in(clock: SteppingClock, seconds: float) -> JobRequest:
    return JobRequest(work=Recital(), run_at=clock.now() + timedelta(seconds=seconds))


def every_verdict(claim: Claim) -> list[Settlement]:
    return [Settlement(claim.id, claim.token, verdict, NOON) for verdict in Verdict]


async def one_claim(storage: Storage) -> Claim:
    """A new job, claimed for the first time."""
    await ask(storage, JobRequest(work=Recital()))
    (claim,) = await take(storage)
    return claim


async def claimed_again(storage: Storage, clock: SteppingClock) -> Claim:
    """The one running job, after its worker was not heard of for a whole lease."""
    clock.step(seconds=LEASE.seconds)
    await storage.queue.sweep()
    (claim,) = await take(storage)
    return claim


async def look(storage: Storage, claim: Claim) -> Job:
    """The claimed job as an operator sees it."""
    return await storage.job_queries.get(claim.id, reach=None)


async def cancel(storage: Storage, claim: Claim) -> None:
    """An operator calls the job off."""
    async with storage.start() as unit:
        job = await unit.job_records.get(claim.id, reach=None)
        await unit.job_records.save(job.cancelled(at=NOON))
        await unit.commit()


async def everything_due(storage: Storage, clock: SteppingClock) -> list[Claim]:
    """What could be claimed in a year."""
    clock.instant += AGES
    await storage.queue.sweep()
    return await take(storage)
