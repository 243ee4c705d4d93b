"""Leases renewed, and jobs brought by a carrier."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from heapq import nsmallest

import attrs

from homeroom.kernel.carrier import Ready
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import JobId
from homeroom.kernel.jobs import Job, JobState
from homeroom.kernel.queue import Claim, Fence, Lease
from homeroom_adapters.memory.job_table import key_of
from homeroom_adapters.memory.queue import held_by, take
from homeroom_adapters.memory.ranking import Rank
from homeroom_adapters.memory.store import Store


@attrs.frozen
class MemoryLeases:
    """Renews from any thread, without a turn: a unit that writes for long costs nobody a lease.

    A unit that changes a running job takes its token away when it commits, so that whatever
    was renewed or reported before then harms nothing.
    """

    _store: Store
    _clock: Clock

    async def renew(self, held: Sequence[Fence], lease: Lease) -> Sequence[Fence]:
        until = self._clock.now() + timedelta(seconds=lease.seconds)
        with self._store.lock:
            return [fence for fence in held if not self._change(*fence, until=until)]

    async def report(self, job: JobId, token: int, progress: float) -> None:
        with self._store.lock:
            self._change(job, token, progress=progress)

    def _change(
        self,
        job_id: JobId,
        token: int,
        *,
        until: datetime | None = None,
        progress: float | None = None,
    ) -> bool:
        """Whether the job is still held by this token."""
        job = held_by(self._store.jobs, job_id, token)
        if job is None:
            return False
        changed = attrs.evolve(
            job,
            lease_until=job.lease_until if until is None else until,
            progress=job.progress if progress is None else progress,
        )
        self._store.jobs.keep(changed)
        return True


@attrs.frozen
class MemoryCarriedStore:
    """Offers ready jobs to a carrier, and claims the ones it brings."""

    _store: Store
    _clock: Clock

    async def to_offer(self, queues: Sequence[str], *, limit: int, again: float) -> Sequence[Ready]:
        async with self._store.turn:
            now, jobs = self._clock.now(), self._store.jobs
            with self._store.lock:
                due = self._due(queues, now - timedelta(seconds=again))
                chosen = jobs.at(job_id for _, job_id in nsmallest(limit, due))
                jobs.offered.update((job.id, now) for job in chosen)
        return [_ready(job) for job in chosen]

    async def claim_these(self, wanted: Sequence[JobId], lease: Lease) -> Sequence[Claim]:
        async with self._store.turn:
            now, jobs = self._clock.now(), self._store.jobs
            with self._store.lock:
                known = jobs.at(dict.fromkeys(wanted))
                ready = [job for job in known if job.state is JobState.READY]
                return take(jobs, ready, lease, now)

    async def adopt(self, strangers: Sequence[Job]) -> Sequence[JobId]:
        async with self._store.turn:
            with self._store.lock:
                return [job.id for job in strangers if self._adopted(job)]

    def _due(self, queues: Sequence[str], long_ago: datetime) -> list[tuple[Rank, JobId]]:
        """Ready jobs that were not offered since *long_ago*, in no order."""
        jobs = self._store.jobs
        return [
            (rank, job_id)
            for queue in dict.fromkeys(queues)
            for rank, job_id in jobs.ready[queue].everyone()
            if jobs.offered.get(job_id, long_ago) <= long_ago
        ]

    def _adopted(self, stranger: Job) -> bool:
        jobs = self._store.jobs
        key = key_of(stranger)
        if stranger.id in jobs.rows or (key is not None and key in jobs.holders):
            return False
        jobs.keep(stranger)
        jobs.offered[stranger.id] = self._clock.now()
        return True


def _ready(job: Job) -> Ready:
    return Ready(
        id=job.id,
        token=job.token,
        name=job.name,
        payload=job.payload,
        queue=job.policy.queue,
        priority=job.policy.priority,
        trace_id=job.trace_id,
    )
