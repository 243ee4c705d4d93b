"""Reads of tasks and runs that break one promise each, and the clause that catches them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import attrs
import pytest

from homeroom.kernel.ids import ExecutionId, InstitutionId
from homeroom.kernel.page import Page, PageRequest
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.queries import (
    Dashboard,
    Delivery,
    ExecutionFilter,
    ExecutionView,
    LogEntry,
    LogFilter,
    Spread,
    TaskFilter,
)
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.agenda_history import MemoryHistory
from homeroom_adapters.memory.agenda_queries import MemoryRunQueries, MemoryTaskQueries
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.dashboard import DashboardConformance
from homeroom_testing.conformance.history import HistoryConformance
from homeroom_testing.conformance.run_queries import LogConformance, RunQueriesConformance
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.conformance.task_queries import TaskQueriesConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled

TICK = timedelta(microseconds=1)


class ListsForeignTasks(MemoryTaskQueries):
    async def tasks(
        self, wanted: TaskFilter, page: PageRequest, *, reach: InstitutionId | None
    ) -> Page[Task]:
        return await super().tasks(wanted, page, reach=None)


class CountsThePage(MemoryTaskQueries):
    async def tasks(
        self, wanted: TaskFilter, page: PageRequest, *, reach: InstitutionId | None
    ) -> Page[Task]:
        found = await super().tasks(wanted, page, reach=reach)
        return attrs.evolve(found, total=len(found.items))


class MindsTheCase(MemoryTaskQueries):
    async def tasks(
        self, wanted: TaskFilter, page: PageRequest, *, reach: InstitutionId | None
    ) -> Page[Task]:
        found = await super().tasks(wanted, page, reach=reach)
        same = [one for one in found.items if wanted.text in one.content.name]
        return attrs.evolve(found, items=same, total=len(same))


class ForgetsWatches(MemoryTaskQueries):
    async def next_due(self) -> datetime | None:
        return min(
            (task.next_run_at for task in self._store.tasks.rows.values() if task.next_run_at),
            default=None,
        )


class LooksFurtherBack(MemoryTaskQueries):
    async def dashboard(self, since: datetime, *, reach: InstitutionId | None) -> Dashboard:
        return await super().dashboard(since - TICK, reach=reach)


class RoundsTheSlowEndUp(MemoryTaskQueries):
    async def dashboard(self, since: datetime, *, reach: InstitutionId | None) -> Dashboard:
        found = await super().dashboard(since, reach=reach)
        slow = Spread(p50=found.latency.p50, p95=(found.latency.p95 or 0.0) * 20 / 19)
        return attrs.evolve(found, latency=slow)


class FiresWhenAPauseEnds(MemoryTaskQueries):
    """Takes everything that a scheduler will look at for something that fires."""

    async def dashboard(self, since: datetime, *, reach: InstitutionId | None) -> Dashboard:
        found = await super().dashboard(since, reach=reach)
        waiting = [task for task in self._seen(reach) if task.next_run_at and not task.upcoming]
        return attrs.evolve(found, upcoming=[*waiting, *found.upcoming])


class CountsForeignTasks(MemoryTaskQueries):
    async def dashboard(self, since: datetime, *, reach: InstitutionId | None) -> Dashboard:
        return await super().dashboard(since, reach=None)


class DropsDeletedTasks(MemoryRunQueries):
    async def deliveries(self, *wanted: ExecutionId) -> Mapping[ExecutionId, Delivery]:
        found = await super().deliveries(*wanted)
        return {key: one for key, one in found.items() if not one.task.deleted_at}


class LeavesTheLastOut(MemoryRunQueries):
    """Takes the end of a range for outside of it."""

    async def executions(
        self, wanted: ExecutionFilter, page: PageRequest, *, reach: InstitutionId | None
    ) -> Page[ExecutionView]:
        until = None if wanted.until is None else wanted.until - TICK
        return await super().executions(attrs.evolve(wanted, until=until), page, reach=reach)


class ShowsForeignExecutions(MemoryRunQueries):
    async def execution(
        self, execution_id: ExecutionId, *, reach: InstitutionId | None
    ) -> ExecutionView:
        return await super().execution(execution_id, reach=None)


class LeavesTheFirstOut(MemoryRunQueries):
    async def log(
        self, wanted: LogFilter, page: PageRequest, *, reach: InstitutionId | None
    ) -> Page[LogEntry]:
        since = None if wanted.since is None else wanted.since + TICK
        return await super().log(attrs.evolve(wanted, since=since), page, reach=reach)


class OldestLinesFirst(MemoryRunQueries):
    async def log(
        self, wanted: LogFilter, page: PageRequest, *, reach: InstitutionId | None
    ) -> Page[LogEntry]:
        found = await super().log(wanted, page, reach=reach)
        return attrs.evolve(found, items=found.items[::-1])


class ForgetsTooSoon(MemoryHistory):
    async def forget(self, *, ended_before: datetime, limit: int) -> int:
        return await super().forget(ended_before=ended_before + TICK, limit=limit)


class ForgetsAllAtOnce(MemoryHistory):
    async def forget(self, *, ended_before: datetime, limit: int) -> int:
        return await super().forget(ended_before=ended_before, limit=1_000)


class CountsRunsAlone(MemoryHistory):
    async def forget(self, *, ended_before: datetime, limit: int) -> int:
        before = len(self._store.executions.rows)
        await super().forget(ended_before=ended_before, limit=limit)
        return before - len(self._store.executions.rows)


class FindsWhatIsFresh(MemoryHistory):
    async def abandoned(self, *, unchanged_since: datetime, limit: int) -> Sequence[ExecutionId]:
        day = timedelta(days=1)
        return await super().abandoned(unchanged_since=unchanged_since + day, limit=limit)


class ForgetsWhatIsGone(MemoryHistory):
    async def forget_ends(self, *, at: datetime) -> int:
        for end in list(self._store.channels.rows):
            self._store.channels.remove(end)
        return await super().forget_ends(at=at)


CAUGHT_BY: dict[type[StorageConformance], dict[type, str]] = {
    TaskQueriesConformance: {
        ListsForeignTasks: "test_foreign_and_deleted_tasks_are_not_listed",
        CountsThePage: "test_tasks_are_listed_newest_first_page_by_page",
        MindsTheCase: "test_text_is_found_in_whatever_case_and_letter_by_letter",
        ForgetsWatches: "test_the_earliest_task_or_watch_is_due_next",
    },
    DashboardConformance: {
        LooksFurtherBack: "test_what_ended_is_counted_by_the_hour",
        RoundsTheSlowEndUp: "test_the_middle_and_the_slow_end_are_of_what_was_measured",
        FiresWhenAPauseEnds: "test_who_only_waits_for_a_pause_to_end_does_not_fire_next",
        CountsForeignTasks: "test_foreign_and_deleted_tasks_do_not_count",
    },
    RunQueriesConformance: {
        DropsDeletedTasks: "test_a_deleted_task_is_delivered_for_all_the_same",
        LeavesTheLastOut: (
            "test_executions_are_found_by_task_status_and_range_both_ends_inclusive"
        ),
        ShowsForeignExecutions: (
            "test_an_unknown_or_foreign_execution_or_a_deleted_task_s_is_not_found"
        ),
    },
    LogConformance: {
        LeavesTheFirstOut: "test_lines_are_found_by_task_status_and_range_both_ends_inclusive",
        OldestLinesFirst: "test_the_newest_lines_come_first_page_by_page",
    },
    HistoryConformance: {
        ForgetsTooSoon: "test_what_ended_before_is_forgotten_with_its_log",
        CountsRunsAlone: "test_deleted_tasks_are_forgotten_when_nothing_is_left_of_them",
        ForgetsAllAtOnce: "test_no_more_than_the_limit_are_forgotten_at_once",
        ForgetsWhatIsGone: (
            "test_ends_that_say_nothing_are_forgotten_unless_a_task_is_sent_to_them"
        ),
        FindsWhatIsFresh: "test_what_nothing_has_happened_to_is_found_the_oldest_first",
    },
}

CASES = [(suite, *case) for suite, caught in CAUGHT_BY.items() for case in caught.items()]


@pytest.mark.parametrize(("suite", "broken", "clause"), CASES)
def test_the_clause_named_for_it_catches(
    suite: type[StorageConformance], broken: type, clause: str
) -> None:
    saboteur = spoiled(suite, open_storage, JsonCodec(), broken)
    assert broken_clauses(saboteur, only=clause) == {clause}


@pytest.mark.parametrize("suite", CAUGHT_BY)
def test_an_honest_storage_breaks_none_of_these(suite: type[StorageConformance]) -> None:
    honest = spoiled(suite, open_storage, JsonCodec())
    assert broken_clauses(honest, only=" or ".join(CAUGHT_BY[suite].values())) == frozenset()
