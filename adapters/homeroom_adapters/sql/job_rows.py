"""Jobs as rows, and rows as jobs and claims."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from homeroom.kernel.ids import InstitutionId, JobId
from homeroom.kernel.jobs import Backoff, Job, JobRequest, JobState, WorkPolicy, work_names
from homeroom.kernel.queue import Claim
from homeroom_adapters.sql.tables import jobs

CLAIMED = (
    jobs.c.id,
    jobs.c.token,
    jobs.c.name,
    jobs.c.payload,
    jobs.c.queue,
    jobs.c.attempts,
    jobs.c.run_at,
    jobs.c.institution_id,
    jobs.c.trace_id,
    jobs.c.priority,
    jobs.c.max_attempts,
    jobs.c.backoff_base,
    jobs.c.backoff_cap,
    jobs.c.backoff_jitter,
    jobs.c.timeout,
)

_COLUMNS = tuple(jobs.c.keys())
_policies: dict[tuple[Any, ...], WorkPolicy] = {}


def policy_from(*parts: Any) -> WorkPolicy:
    """The policy of these columns. There are few, so each is built once."""
    policy = _policies.get(parts)
    if policy is None:
        queue, priority, max_attempts, base, cap, jitter, timeout = parts
        policy = WorkPolicy(
            queue=queue,
            priority=priority,
            max_attempts=max_attempts,
            backoff=Backoff(base, cap, jitter),
            timeout=timeout,
        )
        if len(_policies) < 1000:
            _policies[parts] = policy
    return policy


def claim_from(row: Sequence[Any]) -> Claim:
    """The claim in a row of `CLAIMED`."""
    job_id, token, name, payload, queue, attempts, run_at, institution, trace, *rest = row
    return Claim(
        id=JobId(job_id),
        token=token,
        name=name,
        payload=payload,
        queue=queue,
        attempt=attempts,
        policy=policy_from(queue, *rest),
        run_at=run_at.astimezone(UTC),
        institution_id=None if institution is None else InstitutionId(institution),
        trace_id=trace,
    )


def job_from(row: Sequence[Any]) -> Job:
    """The job in a whole row of `jobs`."""
    held = dict(zip(_COLUMNS, row, strict=True))
    return Job(
        id=JobId(held["id"]),
        name=held["name"],
        payload=held["payload"],
        institution_id=held["institution_id"],
        policy=policy_from(
            *(held[name] for name in ("queue", "priority", "max_attempts")),
            *(held[name] for name in ("backoff_base", "backoff_cap", "backoff_jitter", "timeout")),
        ),
        dedupe_key=held["dedupe_key"],
        state=JobState(held["state"]),
        run_at=held["run_at"].astimezone(UTC),
        attempts=held["attempts"],
        token=held["token"],
        worker=held["worker"],
        lease_until=_utc(held["lease_until"]),
        progress=held["progress"],
        last_error=held["last_error"],
        trace_id=held["trace_id"],
        created_at=held["created_at"].astimezone(UTC),
        finished_at=_utc(held["finished_at"]),
    )


def _utc(instant: datetime | None) -> datetime | None:
    return None if instant is None else instant.astimezone(UTC)


NOBODY = JobId(UUID(int=0))


def job_requested(request: JobRequest, trace_id: str, *, at: datetime) -> Job:
    """What jobs like *request* have in common; those due later wait as scheduled."""
    run_at = at if request.run_at is None else request.run_at
    return Job(
        id=NOBODY,
        name=work_names.name_of(type(request.work)),
        payload="",
        institution_id=request.institution_id,
        policy=request.effective_policy,
        state=JobState.SCHEDULED if run_at > at else JobState.READY,
        run_at=run_at,
        trace_id=trace_id,
        created_at=at,
    )


def row_of(job: Job) -> dict[str, Any]:
    """Every column of *job*."""
    policy = job.policy
    return {
        "id": job.id,
        "name": job.name,
        "payload": job.payload,
        "institution_id": job.institution_id,
        "queue": policy.queue,
        "priority": policy.priority,
        "max_attempts": policy.max_attempts,
        "backoff_base": policy.backoff.base,
        "backoff_cap": policy.backoff.cap,
        "backoff_jitter": policy.backoff.jitter,
        "timeout": policy.timeout,
        "dedupe_key": job.dedupe_key,
        "state": job.state.value,
        "run_at": job.run_at,
        "attempts": job.attempts,
        "token": job.token,
        "worker": job.worker,
        "lease_until": job.lease_until,
        "progress": job.progress,
        "last_error": job.last_error,
        "trace_id": job.trace_id,
        "created_at": job.created_at,
        "finished_at": job.finished_at,
    }
