"""What jobs must do, told on plain values: the model that `machines` holds storages against."""

from collections.abc import Iterable
from datetime import datetime

import attrs

from homeroom.kernel.ids import JobId
from homeroom.kernel.jobs import UNFINISHED, Job, JobRequest, JobState, WorkPolicy
from homeroom.kernel.queue import Settlement, Swept, Verdict


@attrs.define
class Held:
    """One job, as it must be."""

    id: JobId
    policy: WorkPolicy
    key: str | None
    run_at: datetime
    state: JobState = JobState.READY
    attempts: int = 0
    token: int = 0
    lease_until: datetime | None = None
    finished_at: datetime | None = None

    def ends(self, state: JobState, at: datetime) -> None:
        self.state, self.lease_until = state, None
        self.finished_at = at if state not in UNFINISHED else None

    def waits(self, run_at: datetime, now: datetime) -> None:
        self.run_at = run_at
        self.ends(JobState.SCHEDULED if run_at > now else JobState.READY, now)

    def as_seen(self) -> tuple[object, ...]:
        state = (self.state, self.attempts, self.token, self.lease_until, self.finished_at)
        return (self.policy, self.key, self.run_at, *state)


def seen(job: Job) -> tuple[object, ...]:
    """What of *job* the model knows."""
    state = (job.state, job.attempts, job.token, job.lease_until, job.finished_at)
    return (job.policy, job.dedupe_key, job.run_at, *state)


def in_claim_order(jobs: Iterable[Held]) -> list[Held]:
    return sorted(jobs, key=lambda one: (-one.policy.priority, one.run_at, one.id))


class Model:
    """What jobs must do, on plain values."""

    def __init__(self) -> None:
        self.jobs: dict[JobId, Held] = {}

    def holder(self, key: str | None) -> Held | None:
        open_ones = self.standing(*UNFINISHED) if key is not None else []
        return next((one for one in open_ones if one.key == key), None)

    def ask(self, request: JobRequest, job_id: JobId, now: datetime) -> JobId:
        """The id that must be answered: the key's holder's, or that of a new job."""
        holder = self.holder(request.dedupe_key)
        if holder is not None:
            return holder.id
        policy, run_at = request.effective_policy, request.run_at or now
        new = Held(job_id, policy, request.dedupe_key, run_at)
        new.waits(run_at, now)
        self.jobs[job_id] = new
        return job_id

    def standing(self, *states: JobState) -> list[Held]:
        return [one for one in self.jobs.values() if one.state in states]

    def claimable(self, queue: str) -> list[Held]:
        ready = self.standing(JobState.READY)
        return in_claim_order(one for one in ready if one.policy.queue == queue)

    def claim(self, one: Held, until: datetime) -> None:
        one.state, one.lease_until = JobState.RUNNING, until
        one.attempts, one.token = one.attempts + 1, one.token + 1

    def held_by(self, job_id: JobId, token: int) -> Held | None:
        one = self.jobs.get(job_id)
        if one is None or one.state is not JobState.RUNNING or one.token != token:
            return None
        return one

    def settle(self, said: Settlement, now: datetime) -> bool:
        """Whether the claim was still ours."""
        one = self.held_by(said.id, said.token)
        if one is None:
            return False
        if said.verdict is Verdict.SUCCEEDED:
            one.ends(JobState.SUCCEEDED, now)
        elif said.verdict is Verdict.DEAD:
            one.ends(JobState.DEAD, now)
        else:
            one.attempts -= said.verdict is Verdict.RELEASED
            one.waits(said.run_at or now, now)
        return True

    def sweep(self, now: datetime) -> Swept:
        promoted = rescued = buried = 0
        for one in self.jobs.values():
            if one.state is JobState.SCHEDULED and one.run_at <= now:
                one.state = JobState.READY
                promoted += 1
            elif one.lease_until is not None and one.lease_until <= now:
                last = one.attempts >= one.policy.max_attempts
                one.ends(JobState.DEAD if last else JobState.READY, now)
                buried, rescued = buried + last, rescued + (not last)
        return Swept(promoted=promoted, rescued=rescued, buried=buried)

    def replay(self, one: Held, now: datetime) -> None:
        one.attempts, one.token = 0, one.token + 1
        one.waits(now, now)

    def retriable(self) -> list[Held]:
        over = self.standing(JobState.DEAD, JobState.CANCELLED)
        return [one for one in over if self.holder(one.key) is None]

    def replayed(self) -> list[Held]:
        """The dead that may return: of several with one key only the youngest, if it is free."""
        dead = self.standing(JobState.DEAD)
        return [
            one
            for one in dead
            if self.holder(one.key) is None
            and not any(one.key and other.key == one.key and other.id > one.id for other in dead)
        ]

    def over(self, now: datetime) -> list[Held]:
        """What may be purged: it ended well, or was called off, before *now*."""
        ended = self.standing(JobState.SUCCEEDED, JobState.CANCELLED)
        return [one for one in ended if one.finished_at is not None and one.finished_at < now]

    def forget(self, gone: Iterable[Held]) -> None:
        for one in gone:
            del self.jobs[one.id]

    def next_due(self) -> datetime | None:
        waiting = (one.run_at for one in self.standing(JobState.SCHEDULED))
        leases = (one.lease_until for one in self.jobs.values() if one.lease_until is not None)
        return min([*waiting, *leases], default=None)
