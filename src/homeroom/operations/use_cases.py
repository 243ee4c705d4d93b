"""What an operator can ask about jobs."""

from collections.abc import Sequence
from datetime import datetime

import attrs

from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.clock import Clock
from homeroom.kernel.codec import Codec
from homeroom.kernel.errors import Invalid, Problem
from homeroom.kernel.ids import JobId
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
from homeroom.kernel.queue import Run
from homeroom.operations.errors import WorkNotKnown
from homeroom.operations.model import Checkup, JobFilter, QueueReport
from homeroom.operations.ports import JobQueries, StartOperationsUnit


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

    start: StartOperationsUnit
    codec: Codec

    async def __call__(self, actor: Actor, asked: Asked) -> JobId:
        actor.require(Role.ADMIN)
        cls = work_names.class_of(asked.name)
        if cls is None or not is_askable(cls):
            raise WorkNotKnown(f"no work to ask for is named {asked.name!r}; {_askable_names()}")
        request = self._request(actor, cls, asked)
        async with self.start() as unit:
            (job_id,) = await unit.jobs.enqueue(request)
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

    queries: JobQueries

    async def __call__(self, actor: Actor, wanted: Wanted, page: CursorRequest) -> CursorPage[Job]:
        actor.require(Role.ADMIN)
        return await self.queries.find(wanted.within(actor), page)


@attrs.frozen
class GetJob:
    """An administrator looks at one job."""

    queries: JobQueries

    async def __call__(self, actor: Actor, job_id: JobId) -> Job:
        actor.require(Role.ADMIN)
        return await self.queries.get(job_id, reach=actor.reach)


@attrs.frozen
class RetryJob:
    """An administrator has a dead or cancelled job tried once more."""

    start: StartOperationsUnit
    clock: Clock

    async def __call__(self, actor: Actor, job_id: JobId) -> Job:
        actor.require(Role.ADMIN)
        async with self.start() as unit:
            found = await unit.job_records.get(job_id, reach=actor.reach)
            again = found.tried_again(at=self.clock.now())
            await unit.job_records.save(again)
            await unit.commit()
        return again


@attrs.frozen
class CancelJob:
    """An administrator calls a job off; a running attempt is stopped."""

    start: StartOperationsUnit
    clock: Clock

    async def __call__(self, actor: Actor, job_id: JobId) -> Job:
        actor.require(Role.ADMIN)
        async with self.start() as unit:
            found = await unit.job_records.get(job_id, reach=actor.reach)
            stopped = found.cancelled(at=self.clock.now())
            await unit.job_records.save(stopped)
            await unit.commit()
        return stopped


@attrs.frozen
class ReplayDeadLetters:
    """An administrator has every dead job that fits tried once more; how many."""

    start: StartOperationsUnit
    clock: Clock

    async def __call__(self, actor: Actor, wanted: Wanted) -> int:
        actor.require(Role.ADMIN)
        async with self.start() as unit:
            count = await unit.job_records.replay(wanted.within(actor), at=self.clock.now())
            await unit.commit()
        return count


@attrs.frozen
class PurgeDeadLetters:
    """An administrator has every dead job that fits forgotten; how many."""

    start: StartOperationsUnit

    async def __call__(self, actor: Actor, wanted: Wanted) -> int:
        actor.require(Role.ADMIN)
        async with self.start() as unit:
            count = await unit.job_records.bury(wanted.within(actor))
            await unit.commit()
        return count


@attrs.frozen
class ListQueues:
    """The operator of the whole house sees how its queues do."""

    queries: JobQueries

    async def __call__(self, actor: Actor) -> Sequence[QueueReport]:
        actor.require(Role.SUPER_ADMIN)
        return await self.queries.queues()


async def check_up(checkup: Checkup, run: Run) -> None:
    """The handler of `Checkup`: being here is all it shows."""
    run.report(1.0)
