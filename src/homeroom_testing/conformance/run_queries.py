"""The promises of the reads of what ran: deliveries for workers, executions and logs for people."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from homeroom.house import Storage
from homeroom.kernel.ids import ExecutionId, new_id
from homeroom.kernel.page import PageRequest
from homeroom.people.model.institutions import Institution
from homeroom.scheduling.errors import ExecutionNotFound
from homeroom.scheduling.model.channels import Channel
from homeroom.scheduling.model.executions import Execution, ExecutionStatus
from homeroom.scheduling.model.log_lines import LogLine, LogStatus
from homeroom.scheduling.model.policies import SealedTarget
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.queries import ExecutionFilter, LogFilter
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.scheduling_ground import (
    FIRST_PAGE,
    HOUR,
    MINUTE,
    SchedulingGround,
    a_kept_task,
    a_line,
    a_run,
    add_runs,
    an_ended_run,
    delete,
    the_log,
    with_lines,
)
from homeroom_testing.conformance.storage import settle_in

TICK = timedelta(microseconds=1)
ELSEWHERE = SealedTarget(sealed="sealed", mask="log", fingerprint="beef")


class RunQueriesConformance(SchedulingGround):
    """What `RunQueries` promises of deliveries and executions."""

    async def test_there_is_no_delivery_for_an_unknown_execution(self, storage: Storage) -> None:
        assert not await storage.runs.deliveries(ExecutionId(new_id()))

    async def test_a_delivery_has_everything_as_it_is_right_now(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house, name="First", tags=("a",))
        other = await a_kept_task(storage, house, name="Other", target=ELSEWHERE)
        run, another = a_run(task), a_run(other)
        await add_runs(storage, run, another)
        known = await _kept_channel(storage, task, blocked_until=NOON)
        found = (await storage.runs.deliveries(run.id)).get(run.id)
        assert found is not None
        assert (found.execution, found.task, found.channel) == (run, task, known)
        found = (await storage.runs.deliveries(another.id)).get(another.id)
        assert found is not None
        assert (found.execution, found.task, found.channel) == (another, other, None)

    async def test_there_is_a_delivery_for_as_many_of_the_wanted_as_there_are(
        self, storage: Storage, house: Institution
    ) -> None:
        task, other = [await a_kept_task(storage, house) for _ in range(2)]
        runs = [a_run(task), a_run(task, NOON + HOUR), a_run(other)]
        await add_runs(storage, *runs)
        wanted = [runs[0].id, ExecutionId(new_id()), runs[2].id]
        found = await storage.runs.deliveries(*wanted)
        assert {one: (held.execution, held.task) for one, held in found.items()} == {
            runs[0].id: (runs[0], task),
            runs[2].id: (runs[2], other),
        }
        assert not await storage.runs.deliveries()

    async def test_a_deleted_task_is_delivered_for_all_the_same(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house)
        run = a_run(task)
        await add_runs(storage, run)
        await delete(storage, task)
        found = (await storage.runs.deliveries(run.id)).get(run.id)
        assert found is not None
        assert found.task.deleted_at == NOON

    async def test_what_a_delivery_has_is_a_copy(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house)
        run = a_run(task)
        await add_runs(storage, run)
        await _kept_channel(storage, task)
        first = (await storage.runs.deliveries(run.id)).get(run.id)
        assert first is not None
        assert first.channel is not None
        first.execution.message = first.task.failure = first.channel.gone = "changed by a reader"
        again = (await storage.runs.deliveries(run.id)).get(run.id)
        assert again is not None
        assert again.channel is not None
        assert again.execution.message == again.task.failure == again.channel.gone == ""

    async def test_an_execution_is_shown_with_its_task_s_name_and_its_log(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house, name="Backup")
        # The order in which lines were written counts, whatever their times.
        lines = [a_line(NOON + MINUTE, LogStatus.RETRYING, retry_count=1), a_line(NOON)]
        run = with_lines(a_run(task), *lines)
        await add_runs(storage, run, with_lines(a_run(task, NOON + HOUR), a_line()))
        view = await storage.runs.execution(run.id, reach=house.id)
        assert (view.execution, view.task_name, list(view.lines)) == (run, "Backup", lines)

    async def test_an_unknown_or_foreign_execution_or_a_deleted_task_s_is_not_found(
        self, storage: Storage, house: Institution
    ) -> None:
        theirs = a_run(await a_kept_task(storage, await settle_in(storage, "Theirs")))
        gone = await a_kept_task(storage, house)
        orphan = a_run(gone)
        await add_runs(storage, theirs, orphan)
        await delete(storage, gone)
        for execution_id in (ExecutionId(new_id()), theirs.id, orphan.id):
            with pytest.raises(ExecutionNotFound):
                await storage.runs.execution(execution_id, reach=house.id)
        with pytest.raises(ExecutionNotFound):
            await storage.runs.execution(orphan.id, reach=None)
        assert (await storage.runs.execution(theirs.id, reach=None)).execution == theirs

    async def test_executions_are_listed_newest_first_page_by_page(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house, name="Backup")
        every = [
            with_lines(a_run(task, NOON + number * MINUTE), a_line(NOON + number * MINUTE))
            for number in range(5)
        ]
        await add_runs(storage, *every)
        newest = every[::-1]
        first = await storage.runs.executions(ExecutionFilter(), PageRequest(1, 2), reach=house.id)
        assert [view.execution for view in first.items] == newest[:2]
        assert [view.task_name for view in first.items] == ["Backup"] * 2
        assert [list(view.lines) for view in first.items] == [
            [a_line(run.scheduled_for)] for run in newest[:2]
        ]
        last = await storage.runs.executions(ExecutionFilter(), PageRequest(3, 2), reach=house.id)
        assert [view.execution for view in last.items] == newest[4:]
        assert first.total == last.total == 5

    async def test_executions_are_found_by_task_status_and_range_both_ends_inclusive(
        self, storage: Storage, house: Institution
    ) -> None:
        task, other = [await a_kept_task(storage, house) for _ in range(2)]
        before, first, last, after = [
            an_ended_run(task, at) for at in (NOON - TICK, NOON, NOON + HOUR, NOON + HOUR + TICK)
        ]
        waiting = a_run(other, NOON + MINUTE)
        await add_runs(storage, before, first, last, after, waiting)
        within = {"since": NOON, "until": NOON + HOUR}
        assert await _found(storage, **within) == [last, waiting, first]
        assert await _found(storage, **within, task_id=task.id) == [last, first]
        assert await _found(storage, status=ExecutionStatus.PENDING) == [waiting]
        assert await _found(storage, since=NOON + HOUR) == [after, last]
        assert await _found(storage, until=NOON) == [first, before]

    async def test_foreign_executions_and_those_of_deleted_tasks_are_not_listed(
        self, storage: Storage, house: Institution
    ) -> None:
        mine, gone = [await a_kept_task(storage, house) for _ in range(2)]
        theirs = await a_kept_task(storage, await settle_in(storage, "Theirs"))
        kept, orphan, foreign = [
            with_lines(a_run(task, NOON + number * MINUTE), a_line(NOON + number * MINUTE))
            for number, task in enumerate((mine, gone, theirs))
        ]
        await add_runs(storage, kept, orphan, foreign)
        await delete(storage, gone)
        page = await storage.runs.executions(ExecutionFilter(), FIRST_PAGE, reach=house.id)
        assert ([view.execution for view in page.items], page.total) == ([kept], 1)
        assert await _found(storage) == [foreign, kept]
        lines = await storage.runs.log(LogFilter(), FIRST_PAGE, reach=house.id)
        assert ([one.execution_id for one in lines.items], lines.total) == ([kept.id], 1)
        assert [one.execution_id for one in await the_log(storage)] == [foreign.id, kept.id]
        assert list(await the_log(storage, task_id=gone.id)) == []


class LogConformance(SchedulingGround):
    """What `RunQueries.log` promises."""

    async def test_a_line_says_whose_it_is(self, storage: Storage, house: Institution) -> None:
        task = await a_kept_task(storage, house, name="Backup")
        line = a_line(latency=0.1, response_code=204, snippet="fine", message="sent")
        run = with_lines(a_run(task), line)
        await add_runs(storage, run)
        (entry,) = await the_log(storage)
        assert (entry.task_id, entry.task_name, entry.execution_id) == (task.id, "Backup", run.id)
        assert entry.line == line

    async def test_the_newest_lines_come_first_page_by_page(
        self, storage: Storage, house: Institution
    ) -> None:
        lines = [a_line(NOON + number * MINUTE, message=str(number)) for number in range(5)]
        await _write(storage, await a_kept_task(storage, house), lines)
        newest = lines[::-1]
        first = await storage.runs.log(LogFilter(), PageRequest(1, 2), reach=house.id)
        assert ([one.line for one in first.items], first.total) == (newest[:2], 5)
        last = await storage.runs.log(LogFilter(), PageRequest(3, 2), reach=house.id)
        assert ([one.line for one in last.items], last.total) == (newest[4:], 5)
        numbers = [one.id for one in await the_log(storage)]
        assert len(set(numbers)) == 5

    async def test_of_lines_written_at_one_instant_the_last_is_newest(
        self, storage: Storage, house: Institution
    ) -> None:
        lines = [a_line(message=str(number)) for number in range(4)]
        await _write(storage, await a_kept_task(storage, house), lines)
        assert [one.line for one in await the_log(storage)] == lines[::-1]

    async def test_lines_are_found_by_task_status_and_range_both_ends_inclusive(
        self, storage: Storage, house: Institution
    ) -> None:
        task, other = [await a_kept_task(storage, house) for _ in range(2)]
        before, first, last, after = lines = [
            a_line(at) for at in (NOON - TICK, NOON, NOON + HOUR, NOON + HOUR + TICK)
        ]
        failed = a_line(NOON + MINUTE, LogStatus.FAILED)
        await _write(storage, task, lines)
        await _write(storage, other, [failed])
        within = {"since": NOON, "until": NOON + HOUR}
        assert await _said(storage, **within) == [last, failed, first]
        assert await _said(storage, **within, task_id=task.id) == [last, first]
        assert await _said(storage, status=LogStatus.FAILED) == [failed]
        assert await _said(storage, status=LogStatus.FAILED, task_id=task.id) == []
        assert await _said(storage, since=NOON + HOUR) == [after, last]
        assert await _said(storage, until=NOON) == [first, before]


async def _kept_channel(storage: Storage, task: Task, **known: Any) -> Channel:
    channel = Channel(fingerprint=task.content.target.fingerprint, **known)
    async with storage.start() as unit:
        await unit.channels.save(channel)
        await unit.commit()
    return channel


async def _write(storage: Storage, task: Task, lines: Sequence[LogLine]) -> None:
    await add_runs(storage, with_lines(a_run(task), *lines))


async def _found(storage: Storage, **wanted: Any) -> list[Execution]:
    page = await storage.runs.executions(ExecutionFilter(**wanted), FIRST_PAGE, reach=None)
    assert page.total == len(page.items)
    return [view.execution for view in page.items]


async def _said(storage: Storage, **wanted: Any) -> list[LogLine]:
    return [entry.line for entry in await the_log(storage, **wanted)]
