"""What happens to a job, step by step: each takes one as it is and answers it as it will be."""

from datetime import datetime, timedelta

import attrs

from homeroom.kernel.ids import JobId
from homeroom.kernel.jobs import Job, JobRequest, JobState, work_names
from homeroom.kernel.queue import Claim, Lease, Settlement, Verdict

_LOST = "lease ran out at the last attempt: the worker died or hung"


def requested(
    request: JobRequest, job_id: JobId, payload: str, trace_id: str, *, at: datetime
) -> Job:
    """The job *request* asks for; one that is due later waits as scheduled."""
    run_at = at if request.run_at is None else request.run_at
    return Job(
        id=job_id,
        name=work_names.name_of(type(request.work)),
        payload=payload,
        institution_id=request.institution_id,
        policy=request.effective_policy,
        dedupe_key=request.dedupe_key,
        state=JobState.SCHEDULED if run_at > at else JobState.READY,
        run_at=run_at,
        trace_id=trace_id,
        created_at=at,
    )


def claimed(job: Job, lease: Lease, *, at: datetime) -> Job:
    """In a worker's hands; the attempt counts from now."""
    return attrs.evolve(
        job,
        state=JobState.RUNNING,
        attempts=job.attempts + 1,
        token=job.token + 1,
        worker=lease.worker,
        lease_until=at + timedelta(seconds=lease.seconds),
    )


def claim_of(job: Job) -> Claim:
    """What a worker is given of a job it claimed."""
    return Claim(
        id=job.id,
        token=job.token,
        name=job.name,
        payload=job.payload,
        queue=job.policy.queue,
        attempt=job.attempts,
        policy=job.policy,
        run_at=job.run_at,
        institution_id=job.institution_id,
        trace_id=job.trace_id,
    )


def settled(job: Job, said: Settlement, *, at: datetime) -> Job:
    """As *said* by whoever held it."""
    match said.verdict:
        case Verdict.SUCCEEDED:
            over = _over(job, JobState.SUCCEEDED, at)
            return attrs.evolve(over, progress=1.0, last_error=None)
        case Verdict.DEAD:
            return _over(_blamed(job, said.reason), JobState.DEAD, at)
        case Verdict.RETRY:
            return _waiting(_blamed(job, said.reason), said.run_at or at, at)
        case Verdict.RELEASED:
            untried = attrs.evolve(_blamed(job, said.reason), attempts=job.attempts - 1)
            return _waiting(untried, said.run_at or at, at)


def taken_back(job: Job, *, at: datetime) -> Job:
    """After its lease ran out: ready again, or dead if this was the last attempt."""
    if job.attempts >= job.policy.max_attempts:
        return _over(_blamed(job, _LOST), JobState.DEAD, at)
    return attrs.evolve(job, state=JobState.READY, worker=None, lease_until=None)


def promoted(job: Job) -> Job:
    return attrs.evolve(job, state=JobState.READY)


def _blamed(job: Job, reason: str | None) -> Job:
    return job if reason is None else attrs.evolve(job, last_error=reason)


def _over(job: Job, state: JobState, at: datetime) -> Job:
    return attrs.evolve(job, state=state, worker=None, lease_until=None, finished_at=at)


def _waiting(job: Job, run_at: datetime, now: datetime) -> Job:
    state = JobState.SCHEDULED if run_at > now else JobState.READY
    return attrs.evolve(job, state=state, run_at=run_at, worker=None, lease_until=None)
