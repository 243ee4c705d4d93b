"""The promises of the place for tasks: held while they change, and found when they are due."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.house import Storage
from homeroom.kernel.ids import TaskId, new_id
from homeroom.people.model.institutions import Institution
from homeroom.scheduling.errors import StaleTask, TaskNotFound
from homeroom.scheduling.model.policies import Pause, TaskStatus
from homeroom.scheduling.model.tasks import Content, Task
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.scheduling_ground import (
    HOUR,
    MINUTE,
    SchedulingGround,
    a_change,
    a_content,
    a_kept_task,
    a_task,
    delete,
    keep_tasks,
    look_at,
)
from homeroom_testing.conformance.scheduling_strategies import ROUND_TRIP, contents, pauses, tasks
from homeroom_testing.conformance.storage import settle_in, told_by


class TasksConformance(SchedulingGround):
    """What `Tasks` promises of getting, finding and keeping."""

    async def test_an_unknown_task_is_not_found(self, storage: Storage) -> None:
        async with storage.start() as unit:
            with pytest.raises(TaskNotFound):
                await unit.tasks.get(TaskId(new_id()), reach=None)

    async def test_a_task_out_of_reach_is_not_found(
        self, storage: Storage, house: Institution
    ) -> None:
        theirs = await settle_in(storage, "Theirs")
        task = await a_kept_task(storage, theirs, tags=("night",))
        async with storage.start() as unit:
            with pytest.raises(TaskNotFound):
                await unit.tasks.get(task.id, reach=house.id)
            assert list(await unit.tasks.tagged("night", reach=house.id)) == []
            assert await unit.tasks.get(task.id, reach=theirs.id) == task
            assert await unit.tasks.get(task.id, reach=None) == task

    async def test_a_deleted_task_is_found_by_nothing(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house, tags=("night",), next_run_at=NOON)
        async with storage.start() as unit:
            kept = await unit.tasks.get(task.id, reach=None)
            kept.deleted_at = NOON
            await unit.tasks.save(kept)
            await unit.commit()
        async with storage.start() as unit:
            with pytest.raises(TaskNotFound):
                await unit.tasks.get(task.id, reach=None)
            assert list(await unit.tasks.due(at=NOON, limit=5)) == []
            assert list(await unit.tasks.tagged("night", reach=None)) == []
            assert await unit.tasks.imported(house.id, task.content.name) == {}

    async def test_many_tasks_are_kept_at_once_with_what_they_tell(
        self, storage: Storage, house: Institution
    ) -> None:
        many = [a_task(house, name=f"Task {number}") for number in range(40)]
        for task in many:
            a_change(task)
        await keep_tasks(storage, *many)
        assert len(await told_by(storage)) == 40
        assert [await look_at(storage, task) for task in many] == many

    async def test_new_and_changed_tasks_are_kept_together(
        self, storage: Storage, house: Institution
    ) -> None:
        moved, renamed = [await a_kept_task(storage, house) for _ in range(2)]
        new = a_task(house)
        async with storage.start() as unit:
            first = await unit.tasks.get(moved.id, reach=None)
            first.fired += 1
            second = await unit.tasks.get(renamed.id, reach=None)
            second.content = a_content(name="Renamed")
            await unit.tasks.save(first, new, second)
            await unit.commit()
        assert (await look_at(storage, moved)).fired == 1
        assert (await look_at(storage, renamed)).content.name == "Renamed"
        assert await look_at(storage, new) == new

    async def test_nothing_to_keep_is_kept(self, storage: Storage) -> None:
        async with storage.start() as unit:
            await unit.tasks.save()
            await unit.commit()
        assert await told_by(storage) == []

    async def test_leaving_without_commit_discards_the_task_and_what_it_tells(
        self, storage: Storage, house: Institution
    ) -> None:
        self.require("transactional")
        task = a_task(house)
        a_change(task)
        async with storage.start() as unit:
            await unit.tasks.save(task)
        async with storage.start() as unit:
            with pytest.raises(TaskNotFound):
                await unit.tasks.get(task.id, reach=None)
        assert await told_by(storage) == []

    async def test_a_new_task_cannot_be_saved_over_another(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house)
        task.version = 0
        async with storage.start() as unit:
            with pytest.raises(StaleTask):
                await unit.tasks.save(task)

    async def test_the_second_of_two_saves_of_one_version_is_stale(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house)
        mine = await look_at(storage, task)
        async with storage.start() as unit:
            theirs = await unit.tasks.get(task.id, reach=None)
            theirs.fired = 7
            await unit.tasks.save(theirs)
            await unit.commit()
        a_change(mine)
        async with storage.start() as unit:
            with pytest.raises(StaleTask):
                await unit.tasks.save(a_task(house), mine)
        assert (await look_at(storage, task)).fired == 7
        assert await told_by(storage) == []

    async def test_a_deleted_task_does_not_come_back_from_an_old_copy(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house)
        mine = await look_at(storage, task)
        await delete(storage, task)
        async with storage.start() as unit:
            with pytest.raises(StaleTask):
                await unit.tasks.save(mine)

    async def test_one_unit_may_save_a_task_again_and_again(
        self, storage: Storage, house: Institution
    ) -> None:
        task = a_task(house)
        async with storage.start() as unit:
            await unit.tasks.save(task)
            task.content = a_content(name="Renamed at once", tags=("late",))
            await unit.tasks.save(task)
            task.next_run_at = NOON + HOUR
            await unit.tasks.save(task)
            await unit.commit()
        assert await look_at(storage, task) == task

    async def test_what_is_read_is_a_copy(self, storage: Storage, house: Institution) -> None:
        task = await a_kept_task(storage, house)
        task.failure = "changed after it was saved"
        async with storage.start() as unit:
            (await unit.tasks.get(task.id, reach=None)).failure = "changed by a reader"
            assert (await unit.tasks.get(task.id, reach=None)).failure == ""
            await unit.commit()
        assert (await look_at(storage, task)).failure == ""

    async def test_what_was_read_has_no_events_to_tell(
        self, storage: Storage, house: Institution
    ) -> None:
        task = a_task(house)
        a_change(task)
        await keep_tasks(storage, task)
        assert (await look_at(storage, task)).release_events() == ()

    async def test_whoever_gets_a_task_holds_it_until_the_unit_ends(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house)

        async def fire() -> None:
            async with storage.start() as unit:
                held = await unit.tasks.get(task.id, reach=None)
                await asyncio.sleep(0)
                held.fired += 1
                await unit.tasks.save(held)
                await unit.commit()

        await asyncio.gather(*(fire() for _ in range(5)))
        assert (await look_at(storage, task)).fired == 5

    @ROUND_TRIP
    @given(task=tasks())
    async def test_a_task_comes_back_as_it_went(
        self, storage: Storage, house: Institution, task: Task
    ) -> None:
        task.institution_id = house.id
        await keep_tasks(storage, task)
        assert await look_at(storage, task) == task

    @ROUND_TRIP
    @given(content=contents, pause=pauses, status=st.sampled_from(TaskStatus), moved=st.booleans())
    async def test_a_change_comes_back_as_it_went(
        self,
        storage: Storage,
        house: Institution,
        content: Content,
        pause: Pause | None,
        status: TaskStatus,
        moved: bool,
    ) -> None:
        task = await a_kept_task(storage, house, tags=("old",))
        async with storage.start() as unit:
            held = await unit.tasks.get(task.id, reach=house.id)
            held.content = held.content if moved else content
            held.status, held.pause, held.failure, held.fired = status, pause, "why", 3
            held.upcoming, held.next_run_at, held.updated_at = NOON, NOON + MINUTE, NOON + HOUR
            await unit.tasks.save(held)
            await unit.commit()
        assert await look_at(storage, task) == held
