"""The promises of the reads of tasks: pages, filters, and what is due next."""

from datetime import timedelta
from typing import Any

import pytest

from homeroom.house import Storage
from homeroom.kernel.ids import TaskId, new_id
from homeroom.kernel.page import PageRequest
from homeroom.people.model.institutions import Institution
from homeroom.scheduling.errors import TaskNotFound
from homeroom.scheduling.model.policies import TaskStatus
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.queries import TaskFilter
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.scheduling_ground import (
    FIRST_PAGE,
    HOUR,
    MINUTE,
    SchedulingGround,
    a_kept_task,
    a_task,
    a_watch,
    delete,
    keep_tasks,
    keep_watch,
)
from homeroom_testing.conformance.storage import settle_in

TICK = timedelta(microseconds=1)


class TaskQueriesConformance(SchedulingGround):
    """What `TaskQueries` promises of finding tasks."""

    async def test_a_task_is_found_by_its_id_and_is_a_copy(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house)
        found = await storage.tasks.task(task.id, reach=house.id)
        assert found == task
        found.failure = "changed by a reader"
        assert await storage.tasks.task(task.id, reach=None) == task

    async def test_an_unknown_foreign_or_deleted_task_is_not_found(
        self, storage: Storage, house: Institution
    ) -> None:
        theirs = await a_kept_task(storage, await settle_in(storage, "Theirs"))
        gone = await a_kept_task(storage, house)
        await delete(storage, gone)
        for task_id in (TaskId(new_id()), theirs.id, gone.id):
            with pytest.raises(TaskNotFound):
                await storage.tasks.task(task_id, reach=house.id)
        with pytest.raises(TaskNotFound):
            await storage.tasks.task(gone.id, reach=None)

    async def test_what_is_not_committed_is_not_seen_nor_waited_for(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house)
        async with storage.start() as unit:
            held = await unit.tasks.get(task.id, reach=None)
            held.fired = 5
            await unit.tasks.save(held, a_task(house, next_run_at=NOON))
            assert await storage.tasks.task(task.id, reach=None) == task
            assert (await _found(storage)) == [task]
            assert await storage.tasks.next_due() is None

    async def test_tasks_are_listed_newest_first_page_by_page(
        self, storage: Storage, house: Institution
    ) -> None:
        every = [a_task(house, created_at=NOON + number * MINUTE) for number in range(5)]
        await keep_tasks(storage, *reversed(every))
        newest = every[::-1]
        first = await storage.tasks.tasks(TaskFilter(), PageRequest(1, 2), reach=house.id)
        assert (list(first.items), first.total, first.total_pages) == (newest[:2], 5, 3)
        last = await storage.tasks.tasks(TaskFilter(), PageRequest(3, 2), reach=house.id)
        assert (list(last.items), last.total) == (newest[4:], 5)
        beyond = await storage.tasks.tasks(TaskFilter(), PageRequest(4, 2), reach=house.id)
        assert (list(beyond.items), beyond.total) == ([], 5)

    async def test_of_tasks_made_at_one_instant_the_greater_id_is_newer(
        self, storage: Storage, house: Institution
    ) -> None:
        every = [a_task(house) for _ in range(4)]
        await keep_tasks(storage, *every)
        assert await _found(storage) == every[::-1]

    async def test_foreign_and_deleted_tasks_are_not_listed(
        self, storage: Storage, house: Institution
    ) -> None:
        mine, gone = [await a_kept_task(storage, house) for _ in range(2)]
        theirs = await a_kept_task(storage, await settle_in(storage, "Theirs"))
        await delete(storage, gone)
        page = await storage.tasks.tasks(TaskFilter(), FIRST_PAGE, reach=house.id)
        assert (list(page.items), page.total) == ([mine], 1)
        assert set(map(_id, await _found(storage))) == {mine.id, theirs.id}

    async def test_tasks_are_found_by_status_tag_and_text_and_by_all_of_them(
        self, storage: Storage, house: Institution
    ) -> None:
        backup = await a_kept_task(storage, house, name="Backup", tags=("night", "disk"))
        failed = await a_kept_task(
            storage, house, description="a BACKUP too", tags=("night",), status=TaskStatus.FAILED
        )
        other = await a_kept_task(storage, house, tags=("nights",))
        assert await _found(storage, tag="night") == [failed, backup]
        assert await _found(storage, tag="nigh") == []
        assert await _found(storage, status=TaskStatus.FAILED) == [failed]
        assert await _found(storage, status=TaskStatus.ACTIVE) == [other, backup]
        assert await _found(storage, text="backup") == [failed, backup]
        assert await _found(storage, text="backup", tag="disk") == [backup]
        assert await _found(storage, text="backup", status=TaskStatus.INACTIVE) == []

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("peña", "Visita a PEÑA"),
            ("STRASSE", "die Straße fegen"),
            ("100%", "disk at 100% full"),
            ("a_b", "tidy A_B up"),
            ("back\\slash", "the Back\\Slash"),
            ("'", "the teacher's list"),
            ("ΣΧΟΛΉ", "η σχολή της Νάγα"),
        ],
    )
    async def test_text_is_found_in_whatever_case_and_letter_by_letter(
        self, storage: Storage, house: Institution, text: str, name: str
    ) -> None:
        task = await a_kept_task(storage, house, name=name)
        await keep_tasks(storage, a_task(house, name="disk at 1000 or a-b, backslash"))
        assert await _found(storage, text=text) == [task]

    async def test_a_name_and_a_description_are_not_read_as_one(
        self, storage: Storage, house: Institution
    ) -> None:
        await a_kept_task(storage, house, name="night", description="shift")
        for text in ("nightshift", "night shift", "night\nshift"):
            assert await _found(storage, text=text) == []

    async def test_a_changed_task_is_found_by_what_it_is_now(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house, name="before", tags=("old",))
        async with storage.start() as unit:
            held = await unit.tasks.get(task.id, reach=None)
            held.content = a_task(house, name="after", tags=("new",)).content
            await unit.tasks.save(held)
            await unit.commit()
        assert await _found(storage, text="AFTER", tag="new") == [held]
        assert await _found(storage, text="before") == await _found(storage, tag="old") == []

    async def test_the_watch_over_a_task_is_found_within_reach(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house)
        assert await storage.tasks.watch(task.id, reach=house.id) is None
        watch = await keep_watch(storage, a_watch(task))
        theirs = await settle_in(storage, "Theirs")
        assert await storage.tasks.watch(task.id, reach=house.id) == watch
        assert await storage.tasks.watch(task.id, reach=None) == watch
        assert await storage.tasks.watch(task.id, reach=theirs.id) is None

    async def test_nothing_is_due_where_nothing_ever_is(
        self, storage: Storage, house: Institution
    ) -> None:
        await keep_watch(storage, a_watch(await a_kept_task(storage, house)))
        assert await storage.tasks.next_due() is None

    async def test_the_earliest_task_or_watch_is_due_next(
        self, storage: Storage, house: Institution
    ) -> None:
        later = await a_kept_task(storage, house, next_run_at=NOON + HOUR)
        sooner = await a_kept_task(storage, house, next_run_at=NOON)
        await keep_watch(storage, a_watch(later, deadline=NOON + MINUTE))
        assert await storage.tasks.next_due() == NOON
        await delete(storage, sooner)
        assert await storage.tasks.next_due() == NOON + MINUTE
        async with storage.start() as unit:
            await unit.watches.remove(later.id)
            await unit.commit()
        assert await storage.tasks.next_due() == NOON + HOUR


def _id(task: Task) -> TaskId:
    return task.id


async def _found(storage: Storage, **wanted: Any) -> list[Task]:
    page = await storage.tasks.tasks(TaskFilter(**wanted), FIRST_PAGE, reach=None)
    assert page.total == len(page.items)
    return list(page.items)
