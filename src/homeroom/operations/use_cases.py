"""What an operator can ask about jobs."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar

import attrs

from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Subject, entry_of
from homeroom.kernel.bus import OutboxReader
from homeroom.kernel.clock import Clock
from homeroom.kernel.codec import Codec
from homeroom.kernel.errors import Invalid, Problem
from homeroom.kernel.ids import InstitutionId, JobId
from homeroom.kernel.jobs import (
    Job,
    JobRequest,
    JobState,
    Work,
    is_askable,
    policy_of,
    work_names,
)
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.queue import JobQueue, Run
from homeroom.kernel.rights import Right
from homeroom.operations import rights
from homeroom.operations.errors import WorkNotKnown
from homeroom.operations.model import Checkup, JobFilter, QueueReport, TidyUp
from homeroom.operations.ports import JobQueries, StartOperationsUnit

_KEEP_TOLD = timedelta(days=1)
_PORTION = 1_000


def _sayable(_: object, field: "attrs.Attribute[str | None]", text: str | None) -> None:
    if text is not None and not text.isprintable():
        raise Invalid(problems=[Problem(field.name, "must be printable characters")])


@attrs.frozen(kw_only=True)
class Wanted:
    """What to look for, as far as somebody said."""

    queue: str | None = attrs.field(default=None, validator=_sayable)
    name: str | None = attrs.field(default=None, validator=_sayable)
    state: JobState | None = None

    def within(self, actor: Actor) -> JobFilter:
        return JobFilter(reach=actor.reach, queue=self.queue, name=self.name, state=self.state)


@attrs.frozen(kw_only=True)
class Asked:
    """A job asked for by name, as somebody outside wrote it."""

    name: str
    payload: str
    run_at: datetime | None = None
    priority: int | None = None
    dedupe_key: str | None = None


@attrs.frozen
class AskForJob:
    """An administrator asks for work by its name; it is understood before it is kept."""

    right: ClassVar[Right] = rights.ASK_FOR_JOB
    start: StartOperationsUnit
    codec: Codec
    clock: Clock

    async def __call__(self, actor: Actor, asked: Asked) -> JobId:
        actor.require(self.right)
        cls = work_names.class_of(asked.name)
        if cls is None or not is_askable(cls):
            raise WorkNotKnown(f"no work to ask for is named {asked.name!r}; {_askable_names()}")
        request = self._request(actor, cls, asked)
        async with self.start() as unit:
            (job_id,) = await unit.jobs.enqueue(request)
            about = _about_job(job_id, actor.institution_id)
            await unit.audit.note(entry_of(actor, self.right, about, at=self.clock.now()))
            await unit.commit()
        return job_id

    def _request(self, actor: Actor, cls: type[Work], asked: Asked) -> JobRequest:
        policy = policy_of(cls)
        if asked.priority is not None:
            policy = attrs.evolve(policy, priority=asked.priority)
        return JobRequest(
            work=self.codec.decode(cls, asked.payload),
            institution_id=actor.institution_id,
            run_at=asked.run_at,
            dedupe_key=asked.dedupe_key,
            policy=policy,
        )


def _askable_names() -> str:
    classes = {name: work_names.class_of(name) for name in work_names}
    known = sorted(name for name, cls in classes.items() if cls is not None and is_askable(cls))
    return f"known are: {', '.join(known)}"


@attrs.frozen
class FindJobs:
    """An administrator looks through jobs, newest first."""

    right: ClassVar[Right] = rights.SEE_JOBS
    queries: JobQueries

    async def __call__(self, actor: Actor, wanted: Wanted, page: CursorRequest) -> CursorPage[Job]:
        actor.require(self.right)
        return await self.queries.find(wanted.within(actor), page)


@attrs.frozen
class GetJob:
    """An administrator looks at one job."""

    right: ClassVar[Right] = rights.SEE_JOBS
    queries: JobQueries

    async def __call__(self, actor: Actor, job_id: JobId) -> Job:
        actor.require(self.right)
        return await self.queries.get(job_id, reach=actor.reach)


@attrs.frozen
class RetryJob:
    """An administrator has a dead or cancelled job tried once more."""

    right: ClassVar[Right] = rights.RETRY_JOB
    start: StartOperationsUnit
    clock: Clock

    async def __call__(self, actor: Actor, job_id: JobId) -> Job:
        actor.require(self.right)
        async with self.start() as unit:
            found, at = await unit.job_records.get(job_id, reach=actor.reach), self.clock.now()
            again = found.tried_again(at=at)
            await unit.job_records.save(again)
            about = _about_job(again.id, again.institution_id or actor.institution_id)
            await unit.audit.note(entry_of(actor, self.right, about, at=at))
            await unit.commit()
        return again


@attrs.frozen
class CancelJob:
    """An administrator calls a job off; a running attempt is stopped."""

    right: ClassVar[Right] = rights.CANCEL_JOB
    start: StartOperationsUnit
    clock: Clock

    async def __call__(self, actor: Actor, job_id: JobId) -> Job:
        actor.require(self.right)
        async with self.start() as unit:
            found, at = await unit.job_records.get(job_id, reach=actor.reach), self.clock.now()
            stopped = found.cancelled(at=at)
            await unit.job_records.save(stopped)
            about = _about_job(stopped.id, stopped.institution_id or actor.institution_id)
            await unit.audit.note(entry_of(actor, self.right, about, at=at))
            await unit.commit()
        return stopped


@attrs.frozen
class ReplayDeadLetters:
    """An administrator has every dead job that fits tried once more; how many."""

    right: ClassVar[Right] = rights.REPLAY_DEAD_LETTERS
    start: StartOperationsUnit
    clock: Clock

    async def __call__(self, actor: Actor, wanted: Wanted) -> int:
        actor.require(self.right)
        async with self.start() as unit:
            at = self.clock.now()
            count = await unit.job_records.replay(wanted.within(actor), at=at)
            await unit.audit.note(entry_of(actor, self.right, _dead_letters(actor), at=at))
            await unit.commit()
        return count


@attrs.frozen
class PurgeDeadLetters:
    """An administrator has every dead job that fits forgotten; how many."""

    right: ClassVar[Right] = rights.PURGE_DEAD_LETTERS
    start: StartOperationsUnit
    clock: Clock

    async def __call__(self, actor: Actor, wanted: Wanted) -> int:
        actor.require(self.right)
        async with self.start() as unit:
            count = await unit.job_records.bury(wanted.within(actor))
            about = _dead_letters(actor)
            await unit.audit.note(entry_of(actor, self.right, about, at=self.clock.now()))
            await unit.commit()
        return count


def _about_job(job_id: JobId, institution_id: InstitutionId) -> Subject:
    return Subject(kind="job", id=job_id, institution_id=institution_id)


def _dead_letters(actor: Actor) -> Subject:
    """All that the actor sees: which they were, they themselves tell no more."""
    return Subject(kind="dead_letters", institution_id=actor.institution_id)


@attrs.frozen
class ListQueues:
    """The operator of the whole house sees how its queues do."""

    right: ClassVar[Right] = rights.SEE_QUEUES
    queries: JobQueries

    async def __call__(self, actor: Actor) -> Sequence[QueueReport]:
        actor.require(self.right)
        return await self.queries.queues()


async def check_up(checkup: Checkup, run: Run) -> None:
    """The handler of `Checkup`: being here is all it shows."""
    run.report(1.0)


@attrs.frozen
class Tidy:
    """A worker forgets what is over: the handler of `TidyUp`. Dead letters stay."""

    queue: JobQueue
    outbox: OutboxReader
    clock: Clock
    keep: timedelta
    """How long a finished job can still be looked up."""

    async def __call__(self, _: TidyUp, run: Run) -> None:
        now = self.clock.now()
        await _all(partial(self.queue.purge, finished_before=now - self.keep))
        run.report(0.5)
        await _all(partial(self.outbox.forget, told_before=now - _KEEP_TOLD))


async def _all(forget: Callable[..., Awaitable[int]]) -> None:
    """By the portion: whoever writes meanwhile waits for one of them, not for the whole."""
    while await forget(limit=_PORTION) == _PORTION:
        continue
