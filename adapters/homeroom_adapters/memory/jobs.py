"""Jobs inside a unit of work: asked for by use cases, steered by operators."""

from collections.abc import Hashable, Iterable
from datetime import datetime

import attrs

from homeroom.kernel.clock import Clock
from homeroom.kernel.codec import Codec
from homeroom.kernel.ids import InstitutionId, JobId, new_id
from homeroom.kernel.jobs import (
    MAX_PAYLOAD,
    UNFINISHED,
    Job,
    JobRequest,
    JobState,
    PayloadTooLarge,
)
from homeroom.kernel.tracing import current_trace
from homeroom.operations.errors import JobNotFound, StaleJob
from homeroom.operations.model import JobFilter
from homeroom_adapters.memory import job_steps
from homeroom_adapters.memory.job_table import hint_of, key_of
from homeroom_adapters.memory.transaction import Drafts, Transaction

_BEFORE = {
    JobState.CANCELLED: UNFINISHED,
    JobState.READY: frozenset({JobState.DEAD, JobState.CANCELLED}),
}
"""From which states an operator brings a job into this one."""


@attrs.frozen
class MemoryJobs:
    """Enqueues in the unit's own transaction."""

    _transaction: Transaction
    _codec: Codec
    _clock: Clock

    async def enqueue(self, *requests: JobRequest) -> tuple[JobId, ...]:
        now, trace_id = self._clock.now(), current_trace()
        wanted = [self._job(request, trace_id, now) for request in requests]
        drafts = await self._transaction.writing()
        return tuple(_put_unless_taken(drafts, job) for job in wanted)

    def _job(self, request: JobRequest, trace_id: str, now: datetime) -> Job:
        payload = self._codec.encode(request.work)
        if len(payload) > MAX_PAYLOAD:
            raise PayloadTooLarge
        own = request.id or JobId(new_id())
        return job_steps.requested(request, own, payload, trace_id, at=now)


def _put_unless_taken(drafts: Drafts, job: Job) -> JobId:
    """Put *job*, unless an unfinished one holds its key: then answer the holder."""
    key = key_of(job)
    holder = None if key is None else drafts.jobs.holder(key)
    if holder is not None:
        return holder
    drafts.jobs.put(job)
    drafts.news.add(hint_of(job))
    return job.id


def fitting(fits: JobFilter, jobs: Iterable[Job]) -> list[Job]:
    """Those of *jobs* an operator means."""
    return [
        job
        for job in jobs
        if (fits.reach is None or job.institution_id == fits.reach)
        and (fits.queue is None or job.policy.queue == fits.queue)
        and (fits.name is None or job.name == fits.name)
        and (fits.state is None or job.state is fits.state)
    ]


def reached(job: Job | None, reach: InstitutionId | None) -> Job:
    """*job*, if it is there and within *reach*. Raises `JobNotFound`."""
    if job is None or not fitting(JobFilter(reach=reach), [job]):
        raise JobNotFound
    return job


@attrs.frozen
class MemoryJobRecords:
    """Changes jobs in the unit's own transaction."""

    _transaction: Transaction

    async def get(self, job_id: JobId, *, reach: InstitutionId | None) -> Job:
        return reached(self._transaction.reading().jobs.get(job_id), reach)

    async def save(self, job: Job) -> None:
        drafts = await self._transaction.writing()
        _expect_free_key(drafts, job)
        kept = drafts.jobs.get(job.id)
        if (
            kept is None
            or kept.token != job.token - 1
            or kept.state not in _BEFORE.get(job.state, ())
        ):
            raise StaleJob
        drafts.jobs.put(job)
        drafts.news.add(job.policy.queue)

    async def replay(self, dead: JobFilter, *, at: datetime) -> int:
        drafts = await self._transaction.writing()
        every = fitting(JobFilter(reach=None, state=JobState.DEAD), drafts.jobs.every())
        back = [job.tried_again(at=at) for job in fitting(dead, _may_return(drafts, every))]
        for job in back:
            drafts.jobs.put(job)
            drafts.news.add(job.policy.queue)
        return len(back)

    async def bury(self, dead: JobFilter) -> int:
        jobs = (await self._transaction.writing()).jobs
        every = fitting(JobFilter(reach=None, state=JobState.DEAD), jobs.every())
        gone = fitting(dead, every)
        for job in gone:
            jobs.remove(job.id)
        return len(gone)


def _expect_free_key(drafts: Drafts, job: Job) -> None:
    key = key_of(job) if job.state is JobState.READY else None
    if key is not None and drafts.jobs.holder(key) is not None:
        raise StaleJob("Another job with this key is under way. Wait for it, or cancel it.")


def _may_return(drafts: Drafts, dead: list[Job]) -> list[Job]:
    """Those whose key no unfinished job holds, and no younger dead one claims."""
    wanted = [(job, key_of(attrs.evolve(job, state=JobState.READY))) for job in dead]
    youngest: dict[Hashable | None, JobId] = {}
    for job, key in wanted:
        youngest[key] = max(job.id, youngest.get(key, job.id))
    return [
        job
        for job, key in wanted
        if key is None or (youngest[key] == job.id and drafts.jobs.holder(key) is None)
    ]
