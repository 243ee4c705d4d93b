"""The promises of the place for executions: an instant fires once, and its log is kept."""

import asyncio

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.house import Storage
from homeroom.kernel.ids import ExecutionId, new_id
from homeroom.people.model.institutions import Institution
from homeroom.scheduling.errors import ExecutionNotFound, StaleExecution
from homeroom.scheduling.model.executions import Execution, ExecutionStatus
from homeroom.scheduling.model.log_lines import LogLine, LogStatus
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.scheduling_ground import (
    HOUR,
    MINUTE,
    SchedulingGround,
    a_kept_task,
    a_line,
    a_run,
    add_runs,
    run_of,
    the_log,
    with_lines,
)
from homeroom_testing.conformance.scheduling_strategies import ROUND_TRIP, lines, runs


class ExecutionsConformance(SchedulingGround):
    """What `Executions` promises."""

    async def test_an_unknown_execution_is_not_found(self, storage: Storage) -> None:
        async with storage.start() as unit:
            with pytest.raises(ExecutionNotFound):
                await unit.executions.get(ExecutionId(new_id()))

    async def test_new_executions_are_kept_and_told_apart(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house)
        many = [a_run(task, NOON + number * MINUTE) for number in range(30)]
        assert await add_runs(storage, *many) == {run.id for run in many}
        assert [await look_at(storage, run) for run in many] == many

    async def test_nothing_to_add_adds_nothing(self, storage: Storage) -> None:
        assert await add_runs(storage) == frozenset()

    async def test_an_instant_that_has_fired_does_not_fire_again(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house)
        first = a_run(task)
        await add_runs(storage, first)
        again = with_lines(a_run(task, message="again"), a_line())
        later = a_run(task, NOON + HOUR)
        assert await add_runs(storage, again, later) == {later.id}
        assert await look_at(storage, first) == first
        assert list(await the_log(storage)) == []
        async with storage.start() as unit:
            with pytest.raises(ExecutionNotFound):
                await unit.executions.get(again.id)

    async def test_an_instant_is_added_once_in_one_call_too(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house)
        twins = [with_lines(a_run(task), a_line()) for _ in range(2)]
        added = await add_runs(storage, *twins)
        assert len(added) == 1
        assert [entry.execution_id for entry in await the_log(storage)] == list(added)

    async def test_every_task_has_instants_of_its_own(
        self, storage: Storage, house: Institution
    ) -> None:
        first, second = [a_run(await a_kept_task(storage, house)) for _ in range(2)]
        assert await add_runs(storage, first, second) == {first.id, second.id}

    async def test_of_two_units_that_add_an_instant_at_once_one_does(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house)
        rivals = [a_run(task) for _ in range(4)]
        answers = await asyncio.gather(*(add_runs(storage, run) for run in rivals))
        added = [one for answer in answers for one in answer]
        assert len(added) == 1
        assert (await look_at_id(storage, added[0])).key == rivals[0].key

    async def test_an_instant_whose_unit_did_not_commit_may_fire(
        self, storage: Storage, house: Institution
    ) -> None:
        self.require("transactional")
        task = await a_kept_task(storage, house)
        async with storage.start() as unit:
            await unit.executions.add(with_lines(a_run(task), a_line()))
        assert list(await the_log(storage)) == []
        again = a_run(task)
        assert await add_runs(storage, again) == {again.id}

    async def test_a_change_is_kept_with_the_lines_it_wrote_once(
        self, storage: Storage, house: Institution
    ) -> None:
        run = a_run(await a_kept_task(storage, house))
        await add_runs(storage, with_lines(run, a_line(status=LogStatus.WAITING)))
        async with storage.start() as unit:
            held = await unit.executions.get(run.id)
            held.status = ExecutionStatus.RETRYING
            written = [a_line(NOON + MINUTE, LogStatus.RETRYING), a_line(NOON + 2 * MINUTE)]
            with_lines(held, *written)
            await unit.executions.save(held)
            held.attempts = 2
            await unit.executions.save(held)
            await unit.commit()
        assert await look_at(storage, run) == held
        assert [entry.line for entry in await the_log(storage)] == [
            *reversed(written),
            a_line(status=LogStatus.WAITING),
        ]

    async def test_many_are_changed_at_once_with_their_lines_or_none(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house)
        every = [a_run(task, NOON + number * MINUTE) for number in range(30)]
        await add_runs(storage, *every)
        copies = [await look_at(storage, run) for run in every]
        async with storage.start() as unit:
            held = [await unit.executions.get(run.id) for run in every[:20]]
            for number, run in enumerate(held):
                with_lines(run, a_line(NOON + number * MINUTE)).attempts = number
            await unit.executions.save()
            await unit.executions.save(*held)
            await unit.commit()
        assert [await look_at(storage, run) for run in every] == [*held, *every[20:]]
        written = [entry.execution_id for entry in await the_log(storage)]
        assert written == [run.id for run in reversed(held)]
        async with storage.start() as unit:
            with pytest.raises(StaleExecution):
                await unit.executions.save(*reversed(copies))
        assert [await look_at(storage, run) for run in every] == [*held, *every[20:]]

    async def test_the_second_of_two_saves_of_one_version_is_stale(
        self, storage: Storage, house: Institution
    ) -> None:
        run = a_run(await a_kept_task(storage, house))
        await add_runs(storage, run)
        mine = await look_at(storage, run)
        async with storage.start() as unit:
            theirs = await unit.executions.get(run.id)
            theirs.attempts = 7
            await unit.executions.save(theirs)
            await unit.commit()
        with_lines(mine, a_line())
        async with storage.start() as unit:
            with pytest.raises(StaleExecution):
                await unit.executions.save(mine)
        assert (await look_at(storage, run)).attempts == 7
        assert list(await the_log(storage)) == []

    async def test_an_execution_that_was_never_added_cannot_be_changed(
        self, storage: Storage, house: Institution
    ) -> None:
        run = a_run(await a_kept_task(storage, house))
        async with storage.start() as unit:
            with pytest.raises(StaleExecution):
                await unit.executions.save(run)

    async def test_whoever_gets_an_execution_holds_it_until_the_unit_ends(
        self, storage: Storage, house: Institution
    ) -> None:
        run = a_run(await a_kept_task(storage, house))
        await add_runs(storage, run)

        async def attempt() -> None:
            async with storage.start() as unit:
                held = await unit.executions.get(run.id)
                await asyncio.sleep(0)
                held.attempts += 1
                await unit.executions.save(held)
                await unit.commit()

        await asyncio.gather(*(attempt() for _ in range(5)))
        assert (await look_at(storage, run)).attempts == 5

    async def test_what_is_read_is_a_copy(self, storage: Storage, house: Institution) -> None:
        run = a_run(await a_kept_task(storage, house))
        await add_runs(storage, run)
        run.message = "changed after it was added"
        async with storage.start() as unit:
            (await unit.executions.get(run.id)).message = "changed by a reader"
            assert (await unit.executions.get(run.id)).message == ""
            await unit.commit()
        assert (await look_at(storage, run)).message == ""

    async def test_what_was_read_has_no_lines_to_write(
        self, storage: Storage, house: Institution
    ) -> None:
        run = with_lines(a_run(await a_kept_task(storage, house)), a_line())
        await add_runs(storage, run)
        assert (await look_at(storage, run)).release_lines() == ()

    @ROUND_TRIP
    @given(run=runs(), written=st.lists(lines, max_size=3))
    async def test_an_execution_comes_back_as_it_went(
        self, storage: Storage, house: Institution, run: Execution, written: list[LogLine]
    ) -> None:
        run_of(await a_kept_task(storage, house), run)
        await add_runs(storage, with_lines(run, *written))
        assert await look_at(storage, run) == run
        view = await storage.runs.execution(run.id, reach=house.id)
        assert (view.execution, list(view.lines)) == (run, written)

    @ROUND_TRIP
    @given(run=runs(), other=runs())
    async def test_a_change_comes_back_as_it_went(
        self, storage: Storage, house: Institution, run: Execution, other: Execution
    ) -> None:
        run_of(await a_kept_task(storage, house), run)
        await add_runs(storage, run)
        async with storage.start() as unit:
            held = await unit.executions.get(run.id)
            for name in COURSE:
                setattr(held, name, getattr(other, name))
            await unit.executions.save(held)
            await unit.commit()
        assert await look_at(storage, run) == held
        assert attrs.evolve(held, **{name: getattr(run, name) for name in COURSE}) == run


COURSE = (
    *("status", "started_at", "finished_at", "retry_count", "attempts"),
    *("result", "message", "message_id", "changed_at"),
)
"""What changes as an execution goes; the rest it is born with."""


async def look_at(storage: Storage, run: Execution) -> Execution:
    """*run* as another unit finds it."""
    return await look_at_id(storage, run.id)


async def look_at_id(storage: Storage, execution_id: ExecutionId) -> Execution:
    async with storage.start() as unit:
        return await unit.executions.get(execution_id)
