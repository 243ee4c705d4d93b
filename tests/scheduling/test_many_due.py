"""More tasks due at one moment than a scheduler takes, or reads, at once."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import attrs
import pytest

from homeroom.kernel.ids import InstitutionId, TaskId
from homeroom.kernel.page import PageRequest
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.model.when import Every, Timing
from homeroom.scheduling.queries import ExecutionFilter

pytestmark = pytest.mark.anyio

NOON, BEFORE = "2026-05-04T12:00:00Z", "2026-05-04T11:00:00Z"
BATCH, OLDER, LATER = 200, 250, 1_000


async def put(house: Any, model: Task, amount: int, first: datetime) -> set[TaskId]:
    """So many tasks like *model* that fire at *first*, and every day from then on."""
    content = attrs.evolve(model.content, timing=Timing(Every(86_400, anchor=first)))
    made = [
        Task.create(
            model.institution_id,
            content,
            at=house.clock.now(),
            calendar=house.homeroom.plant.calendar,
        )
        for _ in range(amount)
    ]
    async with house.homeroom.start() as unit:
        await unit.tasks.save(*made)
        await unit.commit()
    return {task.id for task in made}


@pytest.fixture
async def model(house: Any) -> Task:
    house.clock.set(BEFORE)
    task_id = TaskId(UUID((await house.make(name="model"))["id"]))
    async with house.homeroom.start() as unit:
        found: Task = await unit.tasks.get(task_id, reach=None)
    return found


async def fired(house: Any, institution_id: InstitutionId) -> Counter[TaskId]:
    """How often each task ran."""
    counted: Counter[TaskId] = Counter()
    queries, number = house.homeroom.plant.storage.runs, 1
    while True:
        page = await queries.executions(
            ExecutionFilter(), PageRequest(number=number, limit=100), reach=institution_id
        )
        counted.update(seen.execution.task_id for seen in page.items)
        if not page.items:
            return counted
        number += 1


async def fire_all(house: Any) -> int:
    """Passes of one scheduler until nothing is left for it; how many tasks it fired."""
    total = 0
    while count := await house.homeroom.scheduling.fire_due():
        assert count <= BATCH
        total += count
    return total


async def test_two_schedulers_fire_each_of_twelve_hundred_tasks_once(
    house: Any, model: Task
) -> None:
    noon = datetime.fromisoformat(NOON)
    due = await put(house, model, OLDER + LATER, noon)
    house.clock.set(NOON)
    house.clock.move(seconds=1)
    by_each = await asyncio.gather(fire_all(house), fire_all(house))
    while await fire_all(house):  # what both held at the end, neither could take
        pass
    assert sum(by_each) <= len(due)
    assert await fired(house, model.institution_id) == Counter(dict.fromkeys(due, 1))


async def test_what_was_due_first_goes_out_first_however_much_came_after(
    house: Any, model: Task
) -> None:
    noon = datetime.fromisoformat(NOON)
    later = await put(house, model, LATER, noon)
    older = await put(house, model, OLDER, noon - timedelta(seconds=2))
    house.clock.set(NOON)
    house.clock.move(seconds=1)
    assert await house.homeroom.scheduling.fire_due() == BATCH
    assert set(await fired(house, model.institution_id)) < older
    assert await house.homeroom.scheduling.fire_due() == BATCH
    assert older < set(await fired(house, model.institution_id))
    await fire_all(house)
    assert await fired(house, model.institution_id) == Counter(dict.fromkeys(older | later, 1))
