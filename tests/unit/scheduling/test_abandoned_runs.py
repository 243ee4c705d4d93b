"""Runs that nothing happens to: left to their job, asked for again, and in the end closed."""

from collections.abc import AsyncIterator

import attrs
import pytest

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import JobId, new_id
from homeroom.kernel.jobs import JobState
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.queue import Lease, Run, Settlement, Verdict
from homeroom.operations.model import JobFilter
from homeroom.scheduling.model.executions import Execution, ExecutionStatus, Trigger
from homeroom.scheduling.model.policies import TaskStatus
from homeroom.scheduling.use_cases.firing import DELIVERIES, delivery_of
from homeroom.scheduling.use_cases.upkeep import LookAfter, LookAfterAbandoned
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.clock import SteppingClock
from homeroom_testing.tasks import HOUSE, NoCron, a_task

pytestmark = pytest.mark.anyio

HOUR, DAY = 3_600.0, 86_400.0


@attrs.frozen
class House:
    """A task with one run, whose delivery was asked for."""

    storage: Storage
    clock: SteppingClock
    run: Execution

    async def look_after(self) -> None:
        storage = self.storage
        close = LookAfter(storage.start, storage.history, storage.runs, self.clock, NoCron())
        told = Run(JobId(new_id()), 1, False, HOUSE, "", _report)
        await close(LookAfterAbandoned(), told)

    async def jobs(self) -> list[JobState]:
        wanted = JobFilter(reach=None, queue=DELIVERIES)
        page = await self.storage.job_queries.find(wanted, CursorRequest())
        return [job.state for job in page.items]

    async def let_its_job_die(self) -> None:
        lease = Lease(worker="gone", seconds=60)
        (claim,) = await self.storage.queue.claim(DELIVERIES, limit=1, lease=lease)
        await self.storage.queue.settle([Settlement(claim.id, claim.token, Verdict.DEAD)])

    async def standing(self) -> ExecutionStatus:
        return (await self.storage.runs.execution(self.run.id, reach=None)).execution.status


def _report(progress: float) -> None:
    """Nobody listens."""


@pytest.fixture
async def house() -> AsyncIterator[House]:
    clock = SteppingClock()
    async with open_storage(StorageSettings(), Ambient(clock, JsonCodec())) as storage:
        task = a_task(at=clock.now())
        run = Execution.asked_for(task, Trigger.MANUAL, at=clock.now(), key="manual:1")
        async with storage.start() as unit:
            await unit.tasks.save(task)
            await unit.executions.add(run)
            await unit.jobs.enqueue(delivery_of(run))
            await unit.commit()
        yield House(storage, clock, run)


async def test_a_run_whose_job_still_waits_is_left_to_it(house: House) -> None:
    house.clock.step(seconds=3 * HOUR)
    await house.look_after()
    assert await house.jobs() == [JobState.READY]
    assert await house.standing() is ExecutionStatus.PENDING


async def test_a_run_whose_job_died_is_asked_for_again(house: House) -> None:
    await house.let_its_job_die()
    house.clock.step(seconds=3 * HOUR)
    await house.look_after()
    assert sorted(state.value for state in await house.jobs()) == ["dead", "ready"]


async def test_within_the_hour_nobody_interferes(house: House) -> None:
    await house.let_its_job_die()
    house.clock.step(seconds=HOUR / 2)
    await house.look_after()
    assert await house.jobs() == [JobState.DEAD]


async def test_after_a_day_the_run_is_closed_and_its_task_waits_for_somebody(house: House) -> None:
    await house.let_its_job_die()
    house.clock.step(seconds=DAY + HOUR)
    await house.look_after()
    assert await house.standing() is ExecutionStatus.FAILED
    task = await house.storage.tasks.task(house.run.task_id, reach=None)
    assert task.status is TaskStatus.FAILED
