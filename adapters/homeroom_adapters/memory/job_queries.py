"""Reads for operators: jobs as they are now, and how queues do."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from heapq import nlargest

import attrs

from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import InstitutionId, JobId
from homeroom.kernel.jobs import Job, JobState, Limits
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.operations.model import JobFilter, QueueReport
from homeroom_adapters.memory.jobs import fitting, reached
from homeroom_adapters.memory.store import Store


@attrs.frozen
class MemoryJobQueries:
    """Looks at what is committed, and keeps nobody waiting."""

    _store: Store
    _clock: Clock
    _limits: Limits

    async def find(self, fits: JobFilter, page: CursorRequest) -> CursorPage[Job]:
        after = page.after
        older = (job for job in self._every() if after is None or job.id < after)
        newest = nlargest(page.limit + 1, fitting(fits, older), key=lambda job: job.id.int)
        return CursorPage.cut(newest, page.limit, lambda job: job.id)

    async def get(self, job_id: JobId, *, reach: InstitutionId | None) -> Job:
        with self._store.lock:
            job = self._store.jobs.rows.get(job_id)
        return reached(job, reach)

    async def queues(self) -> Sequence[QueueReport]:
        found: dict[str, list[Job]] = {name: [] for name in self._limits}
        for job in self._every():
            found.setdefault(job.policy.queue, []).append(job)
        return [self._report(name, found[name]) for name in sorted(found)]

    def _every(self) -> list[Job]:
        with self._store.lock:
            return list(self._store.jobs.rows.values())

    def _report(self, name: str, jobs: list[Job]) -> QueueReport:
        ready, running = _standing(JobState.READY, jobs), _standing(JobState.RUNNING, jobs)
        limits = self._limits.get(name)
        return QueueReport(
            name=name,
            scheduled=len(_standing(JobState.SCHEDULED, jobs)),
            ready=len(ready),
            running=len(running),
            dead=len(_standing(JobState.DEAD, jobs)),
            oldest_ready_at=min((job.run_at for job in ready), default=None),
            finished_last_minute=_finished_after(self._clock.now() - timedelta(minutes=1), jobs),
            workers=len({job.worker for job in running}),
            paused=limits is not None and limits.paused,
        )


def _standing(state: JobState, jobs: Iterable[Job]) -> list[Job]:
    return [job for job in jobs if job.state is state]


def _finished_after(instant: datetime, jobs: Iterable[Job]) -> int:
    succeeded = _standing(JobState.SUCCEEDED, jobs)
    return sum(job.finished_at is not None and job.finished_at > instant for job in succeeded)
