"""The promises of the dashboard: how tasks stand, what ended by the hour, and what comes next."""

from datetime import timedelta

import pytest

from homeroom.house import Storage
from homeroom.people.model.institutions import Institution
from homeroom.scheduling.model.executions import ExecutionStatus
from homeroom.scheduling.model.log_lines import LogStatus
from homeroom.scheduling.model.policies import Pause, TaskStatus
from homeroom.scheduling.queries import Counts, Dashboard, Hour, Spread
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.scheduling_ground import (
    DAY,
    HOUR,
    MINUTE,
    SchedulingGround,
    a_kept_task,
    a_line,
    a_run,
    a_task,
    add_runs,
    an_ended_run,
    delete,
    keep_tasks,
    look_at,
    with_lines,
)
from homeroom_testing.conformance.storage import settle_in

TICK = timedelta(microseconds=1)


class DashboardConformance(SchedulingGround):
    """What `TaskQueries.dashboard` promises."""

    async def test_of_nothing_there_are_no_numbers(
        self, storage: Storage, house: Institution
    ) -> None:
        assert await storage.tasks.dashboard(NOON, reach=house.id) == Dashboard(
            counts=Counts(total=0, active=0, inactive=0, failed=0),
            hours=[],
            lateness=Spread(),
            latency=Spread(),
            upcoming=[],
        )

    async def test_tasks_are_counted_by_status(self, storage: Storage, house: Institution) -> None:
        standing = [*[TaskStatus.ACTIVE] * 3, TaskStatus.INACTIVE, *[TaskStatus.FAILED] * 2]
        await keep_tasks(storage, *(a_task(house, status=status) for status in standing))
        counts = (await storage.tasks.dashboard(NOON, reach=house.id)).counts
        assert counts == Counts(total=6, active=3, inactive=1, failed=2)

    async def test_what_ended_is_counted_by_the_hour(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house)
        won, lost = ExecutionStatus.SUCCESS, ExecutionStatus.FAILED
        ends = [
            *((NOON - TICK, won), (NOON, won), (NOON + HOUR - TICK, lost)),
            *((NOON + 2 * HOUR, lost), (NOON + 2 * HOUR + MINUTE, won), (NOON + 3 * HOUR, won)),
        ]
        await add_runs(
            storage,
            *(an_ended_run(task, at, status) for at, status in ends),
            a_run(task, NOON + MINUTE),
            an_ended_run(task, NOON + 2 * MINUTE, ExecutionStatus.SKIPPED),
            an_ended_run(task, NOON + 3 * MINUTE, ExecutionStatus.CANCELLED),
        )
        found = await storage.tasks.dashboard(NOON, reach=house.id)
        assert list(found.hours) == [
            Hour(begins=NOON, succeeded=1, failed=1),
            Hour(begins=NOON + 2 * HOUR, succeeded=1, failed=1),
            Hour(begins=NOON + 3 * HOUR, succeeded=1, failed=0),
        ]
        assert found.success_rate == 3 / 5

    async def test_the_middle_and_the_slow_end_are_of_what_was_measured(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house)
        runs = [
            with_lines(
                an_ended_run(task, at, due_at=at - timedelta(milliseconds=number)),
                a_line(at, latency=number / 4),
                a_line(at, LogStatus.WAITING),
            )
            for number in range(1, 21)
            for at in [NOON + number * MINUTE]
        ]
        early = with_lines(
            an_ended_run(task, NOON - TICK, due_at=NOON - DAY), a_line(NOON - TICK, latency=99.0)
        )
        await add_runs(storage, *runs, early)
        found = await storage.tasks.dashboard(NOON, reach=house.id)
        assert found.latency == Spread(p50=10 / 4, p95=19 / 4)
        assert (found.lateness.p50, found.lateness.p95) == pytest.approx((0.010, 0.019))

    async def test_of_one_duration_both_are_that_one(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house)
        run = an_ended_run(task, NOON, started_at=NOON + MINUTE)
        await add_runs(storage, with_lines(run, a_line(latency=0.25)))
        found = await storage.tasks.dashboard(NOON, reach=house.id)
        assert found.latency == Spread(p50=0.25, p95=0.25)
        assert found.lateness == Spread(p50=60.0, p95=60.0)

    async def test_the_next_ten_are_shown_the_earliest_first(
        self, storage: Storage, house: Institution
    ) -> None:
        dues = [NOON + number * MINUTE for number in range(12)]
        every = [a_task(house, next_run_at=due, upcoming=due) for due in dues]
        await keep_tasks(storage, *reversed(every), a_task(house))
        assert list((await storage.tasks.dashboard(NOON, reach=house.id)).upcoming) == every[:10]

    async def test_who_only_waits_for_a_pause_to_end_does_not_fire_next(
        self, storage: Storage, house: Institution
    ) -> None:
        pause = Pause(until=NOON)
        await keep_tasks(storage, a_task(house, next_run_at=NOON, pause=pause))
        firing = a_task(house, next_run_at=NOON + HOUR, upcoming=NOON + HOUR)
        await keep_tasks(storage, firing)
        assert list((await storage.tasks.dashboard(NOON, reach=house.id)).upcoming) == [firing]

    async def test_foreign_and_deleted_tasks_do_not_count(
        self, storage: Storage, house: Institution
    ) -> None:
        theirs = await settle_in(storage, "Theirs")
        gone = await a_kept_task(storage, house, next_run_at=NOON, upcoming=NOON)
        foreign = await a_kept_task(storage, theirs, next_run_at=NOON, upcoming=NOON)
        for task in (gone, foreign):
            await add_runs(storage, with_lines(an_ended_run(task), a_line(latency=0.5)))
        await delete(storage, gone)
        found = await storage.tasks.dashboard(NOON, reach=house.id)
        assert (found.counts.total, list(found.hours), list(found.upcoming)) == (0, [], [])
        assert found.latency == found.lateness == Spread()
        everywhere = await storage.tasks.dashboard(NOON, reach=None)
        assert list(everywhere.hours) == [Hour(begins=NOON, succeeded=1, failed=0)]
        assert list(everywhere.upcoming) == [await look_at(storage, foreign)]
