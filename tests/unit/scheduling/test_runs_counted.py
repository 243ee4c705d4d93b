"""What `maxRuns` counts: instants that were fired, and each of them once."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import TaskId
from homeroom.kernel.page import PageRequest
from homeroom.people.model.institutions import Institution
from homeroom.scheduling.model.due import Owed
from homeroom.scheduling.model.executions import Execution, ExecutionStatus
from homeroom.scheduling.model.policies import CatchUp, Missed, Overlap, Policies, TaskStatus
from homeroom.scheduling.model.when import Every, Timing
from homeroom.scheduling.queries import ExecutionFilter
from homeroom.scheduling.use_cases.firing import FireDue
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.clock import NOON, SteppingClock
from homeroom_testing.tasks import MINUTE, NoCron, a_task, content

pytestmark = pytest.mark.anyio


@pytest.fixture
async def storage() -> AsyncIterator[Storage]:
    async with open_storage(StorageSettings(), Ambient(SteppingClock(), JsonCodec())) as opened:
        yield opened


async def a_task_fired_before(storage: Storage, *fired: datetime, runs: int) -> TaskId:
    """It fires every minute, so many *runs*; a scheduler whose clock was ahead did it for *fired*,
    and then somebody put its schedule back."""
    house = Institution.found("A school", at=NOON)
    timing = Timing(Every(60, anchor=NOON), max_runs=runs)
    policies = Policies(overlap=Overlap.ALLOW_ALL, catch_up=CatchUp(missed=Missed.ALL))
    task = a_task(content(timing, policies), institution_id=house.id)
    known = [Execution.owed(task, Owed(scheduled_for=one), due_at=one, at=NOON) for one in fired]
    for run in known:
        run.cancel("for this test", at=NOON)
    task.fired = len(fired)
    async with storage.start() as unit:
        await unit.institutions.add(house)
        await unit.tasks.save(task)
        await unit.executions.add(*known)
        await unit.commit()
    return task.id


async def fired(storage: Storage, task_id: TaskId) -> list[datetime]:
    """The instants that were fired by the schedulers of this test."""
    page = await storage.runs.executions(
        ExecutionFilter(task_id=task_id), PageRequest(1, 50), reach=None
    )
    runs = [view.execution for view in page.items]
    return sorted(run.scheduled_for for run in runs if run.status is not ExecutionStatus.CANCELLED)


async def test_an_instant_that_had_been_fired_before_uses_up_no_run(storage: Storage) -> None:
    task_id = await a_task_fired_before(storage, NOON + MINUTE, runs=3)
    clock = SteppingClock()
    fire = FireDue(storage.start, clock, NoCron())
    for _ in range(4):
        clock.instant += MINUTE
        await fire()
    assert await fired(storage, task_id) == [NOON + 2 * MINUTE, NOON + 3 * MINUTE]
    task = await storage.tasks.task(task_id, reach=None)
    assert (task.fired, task.upcoming) == (3, None)


async def test_what_was_due_behind_the_last_run_is_fired_if_that_one_did_not_count(
    storage: Storage,
) -> None:
    """All of it came due at once, and only two runs were left when it did."""
    task_id = await a_task_fired_before(storage, NOON + MINUTE, runs=3)
    clock = SteppingClock()
    clock.instant += 5 * MINUTE
    fire = FireDue(storage.start, clock, NoCron())
    while await fire():
        pass
    assert await fired(storage, task_id) == [NOON + 2 * MINUTE, NOON + 3 * MINUTE]
    task = await storage.tasks.task(task_id, reach=None)
    assert (task.fired, task.status) == (3, TaskStatus.ACTIVE)
