"""Every job, and where it stands: what is next is known without looking through the others."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from datetime import datetime

import attrs

from homeroom.kernel.ids import JobId
from homeroom.kernel.jobs import UNFINISHED, Job, JobState
from homeroom.kernel.queue import LATER
from homeroom_adapters.memory.ranking import Rank, Ranking
from homeroom_adapters.memory.tables import Table


def key_of(job: Job) -> Hashable | None:
    """The dedupe key an unfinished job holds among those of its name."""
    if job.dedupe_key is None or job.state not in UNFINISHED:
        return None
    return (job.name, job.dedupe_key)


def claim_order(job: Job) -> Rank:
    """Higher priority first, then what was due earlier, then older ids."""
    return (-job.policy.priority, job.run_at, job.id.int)


@attrs.define(eq=False)
class JobTable(Table[JobId, Job]):
    """Committed jobs, ranked in the line they stand in."""

    ready: defaultdict[str, Ranking] = attrs.field(factory=lambda: defaultdict(Ranking), init=False)
    scheduled: Ranking = attrs.field(factory=Ranking, init=False)
    leased: Ranking = attrs.field(factory=Ranking, init=False)
    over: Ranking = attrs.field(factory=Ranking, init=False)
    """Succeeded and cancelled, by when they finished."""

    running: Counter[str] = attrs.field(factory=Counter, init=False)
    """How many run, by queue."""

    offered: dict[JobId, datetime] = attrs.field(factory=dict, init=False)
    """When a carrier was last told of a ready job."""

    def keep(self, row: Job) -> None:
        super().keep(row)
        if row.state is JobState.RUNNING:
            self.running[row.policy.queue] += 1
        self._rank(row)

    def remove(self, key: JobId) -> None:
        row = self.rows.get(key)
        super().remove(key)
        if row is not None:
            self._unrank(row)

    def at(self, ids: Iterable[JobId]) -> list[Job]:
        """The jobs called *ids*; unknown ones are left out."""
        return [self.rows[one] for one in ids if one in self.rows]

    def _rank(self, job: Job) -> None:
        match job.state:
            case JobState.READY:
                self.ready[job.policy.queue].put(job.id, claim_order(job))
            case JobState.SCHEDULED:
                self.scheduled.put(job.id, (0, job.run_at, job.id.int))
            case JobState.RUNNING if job.lease_until is not None:
                self.leased.put(job.id, (0, job.lease_until, job.id.int))
            case JobState.SUCCEEDED | JobState.CANCELLED if job.finished_at is not None:
                self.over.put(job.id, (0, job.finished_at, job.id.int))
            case _:
                return

    def _unrank(self, job: Job) -> None:
        match job.state:
            case JobState.READY:
                self.ready[job.policy.queue].drop(job.id)
                self.offered.pop(job.id, None)
            case JobState.SCHEDULED:
                self.scheduled.drop(job.id)
            case JobState.RUNNING:
                self.running[job.policy.queue] -= 1
                self.leased.drop(job.id)
            case _:
                self.over.drop(job.id)


def job_table() -> JobTable:
    """No jobs yet."""
    return JobTable(key=lambda job: job.id, unique=key_of, copied=lambda job: job)


def hint_of(job: Job) -> str:
    """Whom a job that waits concerns: its queue's workers, or whoever waits for the time."""
    return LATER if job.state is JobState.SCHEDULED else job.policy.queue
