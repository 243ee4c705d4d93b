"""What an operator can ask about jobs."""

from collections.abc import Sequence

import attrs

from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import JobId
from homeroom.kernel.jobs import Job, JobState
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.operations.model import JobFilter, QueueReport
from homeroom.operations.ports import JobQueries, StartOperationsUnit


@attrs.frozen(kw_only=True)
class Wanted:
    """What to look for, as far as somebody said."""

    queue: str | None = None
    name: str | None = None
    state: JobState | None = None

    def within(self, actor: Actor) -> JobFilter:
        return JobFilter(reach=actor.reach, queue=self.queue, name=self.name, state=self.state)


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
