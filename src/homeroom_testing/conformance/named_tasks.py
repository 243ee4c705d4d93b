"""The promises of tags, and of the names of files and of the house's own work."""

import asyncio

import pytest

from homeroom.house import Storage
from homeroom.people.model.institutions import Institution
from homeroom.scheduling.errors import TaskExists
from homeroom.scheduling.model.tasks import Task
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.scheduling_ground import (
    SchedulingGround,
    a_content,
    a_kept_task,
    a_task,
    keep_tasks,
)
from homeroom_testing.conformance.storage import settle_in


class NamedTasksConformance(SchedulingGround):
    """What `Tasks` promises of tags, and of the names of files and of the house's own work."""

    async def test_tagged_tasks_come_in_the_order_of_their_ids(
        self, storage: Storage, house: Institution
    ) -> None:
        every = [a_task(house, tags=("a", "b")) for _ in range(4)]
        await keep_tasks(storage, *reversed(every), a_task(house, tags=("ab",)))
        async with storage.start() as unit:
            assert list(await unit.tasks.tagged("b", reach=house.id)) == every
            assert list(await unit.tasks.tagged("B", reach=house.id)) == []

    async def test_a_tag_that_was_taken_away_finds_nothing(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house, tags=("old", "kept"))
        async with storage.start() as unit:
            held = await unit.tasks.get(task.id, reach=None)
            held.content = a_content(tags=("kept", "new"))
            await unit.tasks.save(held)
            await unit.commit()
        async with storage.start() as unit:
            assert list(await unit.tasks.tagged("old", reach=None)) == []
            assert list(await unit.tasks.tagged("kept", reach=None)) == [held]
            assert list(await unit.tasks.tagged("new", reach=None)) == [held]

    @pytest.mark.parametrize("taken", [{"imported_as": "x"}, {"system": "x"}])
    async def test_a_name_in_use_is_taken_within_its_institution(
        self, storage: Storage, house: Institution, taken: dict[str, str]
    ) -> None:
        await keep_tasks(storage, a_task(house, **taken))
        async with storage.start() as unit:
            with pytest.raises(TaskExists):
                await unit.tasks.save(a_task(house, **taken))
        await keep_tasks(storage, a_task(await settle_in(storage, "Theirs"), **taken))

    async def test_a_name_cannot_be_taken_by_a_change_either(
        self, storage: Storage, house: Institution
    ) -> None:
        await keep_tasks(storage, a_task(house, imported_as="x"))
        other = await a_kept_task(storage, house)
        async with storage.start() as unit:
            held = await unit.tasks.get(other.id, reach=None)
            held.imported_as = "x"
            with pytest.raises(TaskExists):
                await unit.tasks.save(held)

    async def test_one_of_two_who_take_a_name_at_once_is_refused(
        self, storage: Storage, house: Institution
    ) -> None:
        answers = await asyncio.gather(
            *(keep_tasks(storage, a_task(house, imported_as="x")) for _ in range(2)),
            return_exceptions=True,
        )
        assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "TaskExists"]

    async def test_a_deleted_task_leaves_its_name_to_another(
        self, storage: Storage, house: Institution
    ) -> None:
        gone = a_task(house, system="x", imported_as="x", deleted_at=NOON)
        await keep_tasks(storage, gone, a_task(house, system="x"), a_task(house, imported_as="x"))

    async def test_the_name_that_a_file_knows_comes_before_what_a_task_is_called(
        self, storage: Storage, house: Institution
    ) -> None:
        known = await a_kept_task(storage, house, imported_as="x", name="renamed")
        await a_kept_task(storage, house, name="x")
        async with storage.start() as unit:
            assert await unit.tasks.imported(house.id, "x") == {"x": known}
            assert await unit.tasks.imported(house.id, "renamed") == {}

    async def test_the_only_task_of_a_name_is_meant_if_no_file_knows_it(
        self, storage: Storage, house: Institution
    ) -> None:
        theirs = await settle_in(storage, "Theirs")
        await keep_tasks(storage, a_task(theirs, name="x"))
        async with storage.start() as unit:
            assert await unit.tasks.imported(house.id, "x") == {}
        task = await a_kept_task(storage, house, name="x")
        async with storage.start() as unit:
            assert await unit.tasks.imported(house.id, "x") == {"x": task}

    async def test_none_of_several_tasks_of_a_name_is_meant(
        self, storage: Storage, house: Institution
    ) -> None:
        await keep_tasks(storage, *(a_task(house, name="x") for _ in range(3)))
        async with storage.start() as unit:
            assert await unit.tasks.imported(house.id, "x") == {}

    async def test_many_names_are_looked_up_at_once(
        self, storage: Storage, house: Institution
    ) -> None:
        known = await a_kept_task(storage, house, imported_as="known", name="renamed")
        only = await a_kept_task(storage, house, name="only")
        await keep_tasks(storage, *(a_task(house, name="several") for _ in range(2)))
        async with storage.start() as unit:
            asked = ("only", "absent", "known", "several", "renamed", "only")
            found = await unit.tasks.imported(house.id, *asked)
            assert found == {"known": known, "only": only}
            assert await unit.tasks.imported(house.id) == {}

    async def test_files_that_name_tasks_the_other_way_round_do_not_wait_for_each_other_for_ever(
        self, storage: Storage, house: Institution
    ) -> None:
        names = [f"Task {number:02}" for number in range(12)]
        mixed = [*names[1::2], *names[::2]]
        await keep_tasks(storage, *(a_task(house, name=name, tags=("all",)) for name in mixed))

        async def bring(*file: str) -> None:
            async with storage.start() as unit:
                found = await unit.tasks.imported(house.id, *file)
                for name, task in found.items():
                    task.imported_as = name
                await unit.tasks.save(*found.values())
                await unit.commit()

        async def touch() -> None:
            async with storage.start() as unit:
                every = await unit.tasks.tagged("all", reach=house.id)
                for task in every:
                    task.fired += 1
                await unit.tasks.save(*every)
                await unit.commit()

        for _ in range(6):
            await asyncio.gather(bring(*names), touch(), bring(*reversed(names)), touch())
        async with storage.start() as unit:
            every = await unit.tasks.tagged("all", reach=house.id)
        assert [(task.imported_as, task.fired) for task in every] == [
            (task.content.name, 12) for task in every
        ]

    async def test_two_files_that_bring_new_tasks_the_other_way_round_are_told_apart(
        self, storage: Storage, house: Institution
    ) -> None:
        async def bring(*file: Task) -> None:
            await keep_tasks(storage, *file)

        for trial in range(4):
            names = [f"Task {trial}.{number:03}" for number in range(200)]
            files = [
                [a_task(house, imported_as=name) for name in one] for one in (names, names[::-1])
            ]
            answers = await asyncio.gather(
                *(bring(*file) for file in files), return_exceptions=True
            )
            assert sorted(type(one).__name__ for one in answers) == ["NoneType", "TaskExists"]
