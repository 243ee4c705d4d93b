"""The promises to schedulers: what is due is found, by one of them, and they are woken for it."""

import asyncio
from datetime import timedelta

from homeroom.house import Storage
from homeroom.kernel.ids import TaskId
from homeroom.kernel.queue import FACTS, SCHEDULE
from homeroom.people.model.institutions import Institution
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.scheduling_ground import (
    HOUR,
    MINUTE,
    SchedulingGround,
    a_change,
    a_content,
    a_kept_task,
    a_task,
    keep_tasks,
)
from homeroom_testing.conformance.storage import settle_in
from homeroom_testing.conformance.wakeups import QUIET, hints, silence


class DueTasksConformance(SchedulingGround):
    """What `Tasks` promises to schedulers."""

    async def test_the_earliest_are_due_first_and_no_more_than_the_limit(
        self, storage: Storage, house: Institution
    ) -> None:
        every = [a_task(house, next_run_at=NOON - number * MINUTE) for number in range(5)]
        await keep_tasks(storage, *every)
        async with storage.start() as unit:
            assert list(await unit.tasks.due(at=NOON, limit=3)) == every[:1:-1]

    async def test_what_is_due_at_this_very_instant_is_due_and_nothing_later(
        self, storage: Storage, house: Institution
    ) -> None:
        now = await a_kept_task(storage, house, next_run_at=NOON)
        tick = timedelta(microseconds=1)
        await keep_tasks(storage, a_task(house, next_run_at=NOON + tick), a_task(house))
        async with storage.start() as unit:
            assert list(await unit.tasks.due(at=NOON, limit=5)) == [now]

    async def test_tasks_of_every_institution_are_due(
        self, storage: Storage, house: Institution
    ) -> None:
        theirs = await settle_in(storage, "Theirs")
        await keep_tasks(storage, *(a_task(one, next_run_at=NOON) for one in (house, theirs)))
        async with storage.start() as unit:
            assert len(await unit.tasks.due(at=NOON, limit=5)) == 2

    async def test_a_task_that_moved_on_is_due_no_more(
        self, storage: Storage, house: Institution
    ) -> None:
        await keep_tasks(storage, a_task(house, next_run_at=NOON))
        assert len(await _fire(storage, limit=5)) == 1
        assert await _fire(storage, limit=5) == []

    async def test_no_task_is_taken_by_two_schedulers(
        self, storage: Storage, house: Institution
    ) -> None:
        every = [a_task(house, next_run_at=NOON) for _ in range(30)]
        await keep_tasks(storage, *every)

        async def work() -> list[TaskId]:
            taken: list[TaskId] = []
            while found := await _fire(storage, limit=4):
                taken += found
            return taken

        taken = [one for part in await asyncio.gather(work(), work(), work()) for one in part]
        assert sorted(taken) == sorted(task.id for task in every)

    async def test_tasks_that_another_unit_holds_are_left_to_it(
        self, storage: Storage, house: Institution
    ) -> None:
        self.require("side_by_side")
        every = [a_task(house, next_run_at=NOON + number * MINUTE) for number in range(4)]
        await keep_tasks(storage, *every)
        late = NOON + HOUR
        async with storage.start() as first, storage.start() as second:
            assert list(await first.tasks.due(at=late, limit=2)) == every[:2]
            async with asyncio.timeout(2):
                assert list(await second.tasks.due(at=late, limit=4)) == every[2:]

    async def test_a_task_that_falls_due_sooner_wakes_schedulers_after_the_commit(
        self, storage: Storage, house: Institution
    ) -> None:
        await silence(storage)
        async with storage.start() as unit:
            await unit.tasks.save(a_task(house, next_run_at=NOON + HOUR))
            assert await storage.wakeups.wait(QUIET) == frozenset()
            await unit.commit()
        assert await hints(storage) & {SCHEDULE, ""}

    async def test_a_task_brought_forward_wakes_schedulers(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house, next_run_at=NOON + HOUR)
        await silence(storage)
        async with storage.start() as unit:
            held = await unit.tasks.get(task.id, reach=None)
            held.next_run_at = NOON
            await unit.tasks.save(held)
            await unit.commit()
        assert await hints(storage) & {SCHEDULE, ""}

    async def test_other_changes_wake_no_scheduler(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house, next_run_at=NOON + HOUR)
        await silence(storage)
        async with storage.start() as unit:
            held = await unit.tasks.get(task.id, reach=None)
            held.content = a_content(name="Renamed")
            a_change(held)
            await unit.tasks.save(held)
            await unit.commit()
        assert await hints(storage) == {FACTS}
        async with storage.start() as unit:
            await unit.tasks.save(a_task(house, next_run_at=NOON))
        assert await storage.wakeups.wait(QUIET) == frozenset()


async def _fire(storage: Storage, *, limit: int) -> list[TaskId]:
    """Take what is due, and let it be due an hour later."""
    async with storage.start() as unit:
        due = await unit.tasks.due(at=NOON, limit=limit)
        for task in due:
            task.next_run_at = NOON + HOUR
        await unit.tasks.save(*due)
        await unit.commit()
    return [task.id for task in due]
