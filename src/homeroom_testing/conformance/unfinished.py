"""The promises of runs that have not ended: which are found, in which order, and how many."""

import asyncio

from homeroom.house import Storage
from homeroom.kernel.ids import TaskId, new_id
from homeroom.people.model.institutions import Institution
from homeroom.scheduling.model.executions import Execution, ExecutionStatus
from homeroom.scheduling.model.policies import Pause, TaskStatus
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.scheduling_ground import (
    HOUR,
    MINUTE,
    SchedulingGround,
    a_kept_task,
    a_run,
    add_runs,
    an_ended_run,
)


class UnfinishedConformance(SchedulingGround):
    """What `Executions` promises of those that have not ended."""

    async def test_what_has_not_ended_is_found_by_task_the_oldest_first(
        self, storage: Storage, house: Institution
    ) -> None:
        busy, idle, other = [await a_kept_task(storage, house) for _ in range(3)]
        waiting = [
            a_run(busy, NOON - number * MINUTE, status=status)
            for number, status in enumerate(
                (ExecutionStatus.RETRYING, ExecutionStatus.PENDING, ExecutionStatus.BUFFERED)
            )
        ]
        over = [
            an_ended_run(task, NOON + (number + 1) * HOUR, status)
            for task in (busy, idle)
            for number, status in enumerate(
                (
                    ExecutionStatus.SUCCESS,
                    ExecutionStatus.FAILED,
                    ExecutionStatus.SKIPPED,
                    ExecutionStatus.CANCELLED,
                )
            )
        ]
        await add_runs(storage, *reversed(waiting), *over, a_run(other))
        async with storage.start() as unit:
            found = await unit.executions.unfinished(busy.id, idle.id, TaskId(new_id()))
            assert {one: list(held) for one, held in found.items()} == {busy.id: waiting}
            assert dict(await unit.executions.unfinished()) == {}

    async def test_what_is_found_unfinished_is_held(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house)
        await add_runs(storage, a_run(task))

        async def attempt() -> None:
            async with storage.start() as unit:
                (held,) = (await unit.executions.unfinished(task.id))[task.id]
                await asyncio.sleep(0)
                held.attempts += 1
                await unit.executions.save(held)
                await unit.commit()

        await asyncio.gather(*(attempt() for _ in range(5)))
        async with storage.start() as unit:
            (run,) = (await unit.executions.unfinished(task.id))[task.id]
        assert run.attempts == 5

    async def test_tasks_are_awaited_whose_runs_wait_their_turn(
        self, storage: Storage, house: Institution
    ) -> None:
        awaited, busy, idle = [
            await a_kept_task(storage, house, upcoming=NOON + HOUR) for _ in range(3)
        ]
        await add_runs(
            storage,
            a_run(awaited),
            a_run(awaited, NOON + MINUTE, status=ExecutionStatus.BUFFERED),
            a_run(awaited, NOON + HOUR, status=ExecutionStatus.BUFFERED),
            a_run(busy, status=ExecutionStatus.RETRYING),
            an_ended_run(idle),
        )
        async with storage.start() as unit:
            asked = (awaited.id, busy.id, idle.id, TaskId(new_id()))
            assert await unit.executions.awaited(*asked) == {awaited.id}
            assert await unit.executions.awaited(busy.id) == frozenset()
            assert await unit.executions.awaited() == frozenset()
            new = a_run(busy, NOON + MINUTE, status=ExecutionStatus.BUFFERED)
            await unit.executions.add(new)
            assert await unit.executions.awaited(busy.id) == {busy.id}

    async def test_tasks_are_awaited_that_have_fired_for_the_last_time(
        self, storage: Storage, house: Institution
    ) -> None:
        spent = await a_kept_task(storage, house)
        others = [
            await a_kept_task(storage, house, upcoming=NOON),
            await a_kept_task(storage, house, status=TaskStatus.INACTIVE),
            await a_kept_task(storage, house, pause=Pause(note="rests")),
            await a_kept_task(storage, house, deleted_at=NOON),
        ]
        async with storage.start() as unit:
            asked = (spent.id, *(task.id for task in others))
            assert await unit.executions.awaited(*asked) == {spent.id}

    async def test_of_those_that_wait_no_more_are_brought_than_are_asked_for(
        self, storage: Storage, house: Institution
    ) -> None:
        busy, waiting, idle = [await a_kept_task(storage, house) for _ in range(3)]
        buffered = {
            task.id: [
                a_run(task, NOON + number * MINUTE, status=ExecutionStatus.BUFFERED)
                for number in range(4)
            ]
            for task in (busy, waiting)
        }
        first, last = a_run(busy, NOON - HOUR), a_run(busy, NOON + HOUR)
        rows = [first, *(run for runs in buffered.values() for run in runs)]
        await add_runs(storage, *rows, an_ended_run(idle))
        await add_runs(storage, last)
        async with storage.start() as unit:
            asked = (busy.id, waiting.id, idle.id)
            found = await unit.executions.unfinished(*asked, waiting=2)
            assert {task_id: list(runs) for task_id, runs in found.items()} == {
                busy.id: sorted([first, *buffered[busy.id][:2], last], key=_age),
                waiting.id: buffered[waiting.id][:2],
            }
            only = await unit.executions.unfinished(waiting.id, waiting=1)
            assert list(only[waiting.id]) == buffered[waiting.id][:1]
            none = await unit.executions.unfinished(*asked, waiting=0)
            assert {task_id: list(runs) for task_id, runs in none.items()} == {
                busy.id: sorted([first, last], key=_age)
            }
            assert dict(await unit.executions.unfinished(waiting=1)) == {}

    async def test_the_first_that_waits_is_held(self, storage: Storage, house: Institution) -> None:
        task = await a_kept_task(storage, house)
        row = [a_run(task, NOON + n * MINUTE, status=ExecutionStatus.BUFFERED) for n in range(4)]
        await add_runs(storage, *row)

        async def start_the_first() -> None:
            async with storage.start() as unit:
                await unit.tasks.get(task.id, reach=None)
                found = (await unit.executions.unfinished(task.id, waiting=1))[task.id]
                started = next(run for run in found if run.status is ExecutionStatus.BUFFERED)
                started.unbuffer(at=NOON)
                await unit.executions.save(started)
                await unit.commit()

        await asyncio.gather(*(start_the_first() for _ in range(3)))
        async with storage.start() as unit:
            left = (await unit.executions.unfinished(task.id))[task.id]
        pending, buffered = ExecutionStatus.PENDING, ExecutionStatus.BUFFERED
        assert [run.status for run in left] == [pending, pending, pending, buffered]


def _age(run: Execution) -> int:
    return run.id.int
