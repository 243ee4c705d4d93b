"""The queue behind workers: jobs claimed under leases, settled by token, swept by time."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import attrs

from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import JobId
from homeroom.kernel.jobs import Job, JobState, Limits, QueueLimits
from homeroom.kernel.queue import Claim, Lease, Settlement, Swept
from homeroom_adapters.memory import job_steps
from homeroom_adapters.memory.job_table import JobTable, claim_order, hint_of
from homeroom_adapters.memory.store import Bucket, Store


def take(jobs: JobTable, wanted: Iterable[Job], lease: Lease, now: datetime) -> list[Claim]:
    """Claim the ready jobs *wanted*, in claim order."""
    claims: list[Claim] = []
    for job in sorted(wanted, key=claim_order):
        held = job_steps.claimed(job, lease, at=now)
        jobs.keep(held)
        claims.append(job_steps.claim_of(held))
    return claims


def held_by(jobs: JobTable, job_id: JobId, token: int) -> Job | None:
    """The running job still held by this id and token."""
    job = jobs.rows.get(job_id)
    if job is None or job.state is not JobState.RUNNING or job.token != token:
        return None
    return job


@attrs.frozen
class MemoryJobQueue:
    """Claims, settles and sweeps; every call takes its turn among the units."""

    _store: Store
    _clock: Clock
    _limits: Limits

    async def claim(self, queue: str, *, limit: int, lease: Lease) -> Sequence[Claim]:
        async with self._store.turn:
            now, jobs = self._clock.now(), self._store.jobs
            with self._store.lock:
                room = min(limit, self._room(queue, now))
                wanted = jobs.at(jobs.ready[queue].take(room))
                claims = take(jobs, wanted, lease, now)
                self._spend(queue, len(claims))
        return claims

    async def settle(self, settlements: Sequence[Settlement]) -> Sequence[JobId]:
        async with self._store.turn:
            now = self._clock.now()
            with self._store.lock:
                settled = [self._settle(said, now) for said in settlements]
        self._ring(settled)
        pairs = zip(settlements, settled, strict=True)
        return [said.id for said, job in pairs if job is None]

    async def sweep(self) -> Swept:
        async with self._store.turn:
            now, jobs = self._clock.now(), self._store.jobs
            with self._store.lock:
                expired = jobs.at(jobs.leased.take_while(lambda instant: instant <= now))
                due = jobs.at(jobs.scheduled.take_while(lambda instant: instant <= now))
                back = self._keep(job_steps.taken_back(job, at=now) for job in expired)
                promoted = self._keep(job_steps.promoted(job) for job in due)
        self._ring([*back, *promoted])
        rescued = sum(job.state is JobState.READY for job in back)
        return Swept(promoted=len(promoted), rescued=rescued, buried=len(back) - rescued)

    async def next_due(self) -> datetime | None:
        with self._store.lock:
            firsts = (self._store.jobs.scheduled.first(), self._store.jobs.leased.first())
        return min((rank[1] for rank in firsts if rank is not None), default=None)

    async def purge(self, *, finished_before: datetime, limit: int) -> int:
        async with self._store.turn:
            jobs = self._store.jobs
            with self._store.lock:
                gone = jobs.over.take_while(lambda instant: instant < finished_before, limit)
                for job_id in gone:
                    jobs.remove(job_id)
        return len(gone)

    def _settle(self, said: Settlement, now: datetime) -> Job | None:
        """The job as it is now; None if the lease was lost."""
        held = held_by(self._store.jobs, said.id, said.token)
        if held is None:
            return None
        job = job_steps.settled(held, said, at=now)
        self._store.jobs.keep(job)
        return job

    def _keep(self, changed: Iterable[Job]) -> list[Job]:
        kept = list(changed)
        for job in kept:
            self._store.jobs.keep(job)
        return kept

    def _ring(self, changed: Iterable[Job | None]) -> None:
        """Tell of whatever may run now or later."""
        waiting = (JobState.READY, JobState.SCHEDULED)
        self._store.ring(hint_of(job) for job in changed if job and job.state in waiting)

    def _room(self, queue: str, now: datetime) -> int:
        """How many jobs *queue* may start now."""
        limits = self._limits.get(queue, QueueLimits())
        rooms = [0 if limits.paused else 10_000]
        if limits.concurrency is not None:
            rooms.append(limits.concurrency - self._store.jobs.running[queue])
        if limits.rate is not None:
            rooms.append(self._refill(queue, limits.rate, now))
        return min(rooms)

    def _refill(self, queue: str, rate: float, now: datetime) -> int:
        """Tokens that dripped in since last time; a burst is one second's worth, one at least."""
        burst = max(rate, 1.0)
        bucket = self._store.buckets.setdefault(queue, Bucket(burst, now))
        dripped = max(0.0, (now - bucket.refilled_at).total_seconds()) * rate
        bucket.tokens = min(burst, bucket.tokens + dripped)
        bucket.refilled_at = now
        return int(bucket.tokens + 1e-9)

    def _spend(self, queue: str, count: int) -> None:
        limits = self._limits.get(queue)
        if limits is not None and limits.rate is not None and count:
            self._store.buckets[queue].tokens -= count
