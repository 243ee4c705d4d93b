"""Whoever looks at a small institution reads its rows, however many a big neighbour has."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from homeroom.kernel.codec import Ambient
from homeroom.kernel.page import PageRequest
from homeroom.people.model.institutions import Institution
from homeroom.scheduling.model.executions import ExecutionStatus
from homeroom.scheduling.model.log_lines import LogStatus
from homeroom.scheduling.model.policies import TaskStatus
from homeroom.scheduling.queries import ExecutionFilter, LogFilter, TaskFilter
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.sql.engine import Database, open_database
from homeroom_adapters.sql.run_queries import SqlRunQueries
from homeroom_adapters.sql.schema import SqlSchema
from homeroom_adapters.sql.task_queries import SqlTaskQueries
from homeroom_adapters.sql.unit import SqlUnit
from homeroom_testing.clock import NOON, SteppingClock
from homeroom_testing.conformance.scheduling_ground import (
    DAY,
    a_line,
    a_task,
    an_ended_run,
    with_lines,
)
from homeroom_testing.conformance.storage import an_institution
from homeroom_testing.sandboxes import postgres_database
from homeroom_testing.services import Found, services_of_this_machine

pytestmark = pytest.mark.anyio

WAYS = {
    "sqlite": re.compile(r"(?:SCAN|SEARCH) (?!anon)\w+(?: USING(?: COVERING)? INDEX (\w+))?"),
    "postgresql": re.compile(
        r"Seq Scan|Index(?: Only)? Scan(?: Backward)? using (\w+)|Bitmap Index Scan on (\w+)"
    ),
}
BY_ID = re.compile(r"autoindex|_pkey|ix_tasks_gone")
"""Looked up by its id, among all or among those that were deleted: one row."""

READ = re.compile(r"Scan.*actual.* rows=(\d+) loops=(\d+)|Rows Removed by Filter: (\d+)")
BIG, SMALL = 3_000, 30
PAGE = PageRequest(limit=10)
SINCE, UNTIL = NOON - DAY, NOON + 30 * DAY


Asked = tuple[str, dict[str, Any] | tuple[Any, ...]]


@attrs.frozen
class Looking:
    """Two institutions, and how the database finds what is asked of the small one."""

    database: Database
    house: Institution
    asked: list[Asked]

    async def plans(self, ask: Callable[[], Awaitable[object]]) -> list[str]:
        """What the database tells of each statement that *ask* comes to."""
        self.asked.clear()
        await ask()
        explain = (
            "EXPLAIN QUERY PLAN" if self.database.is_sqlite else "EXPLAIN (ANALYZE, COSTS OFF)"
        )
        plans = []
        async with self.database.read() as connection:
            for statement, values in list(self.asked):
                steps = await connection.exec_driver_sql(f"{explain} {statement}", values)
                plans.append("\n".join(str(step[-1]) for step in steps))
        return plans

    async def indexes(self, ask: Callable[[], Awaitable[object]]) -> set[str]:
        """Every index that is gone by, and every table that is gone through."""
        ways = WAYS[self.database.engine.dialect.name]
        every = [way for plan in await self.plans(ask) for way in ways.finditer(plan)]
        return {way[way.lastindex or 0] for way in every if not BY_ID.search(way[0])}

    async def read(self, ask: Callable[[], Awaitable[object]]) -> int:
        """How many rows PostgreSQL looked at."""
        told = [one for plan in await self.plans(ask) for one in READ.finditer(plan)]
        return sum(int(one[1]) * int(one[2]) if one[1] else int(one[3]) for one in told)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.service("postgres"))])
async def looking(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Looking]:
    async with AsyncExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path / 'homeroom.sqlite3'}"
        else:
            found = services_of_this_machine().look_for("postgres")
            if not isinstance(found, Found):
                pytest.skip(str(found))
            url = stack.enter_context(postgres_database(found.at))
        database = await stack.enter_async_context(open_database(url, pool_size=3))
        await SqlSchema(database).upgrade()
        await fill(database, an_institution("Big"), BIG)
        house = an_institution("Small")
        await fill(database, house, SMALL)
        async with database.write() as connection:
            await connection.execute(sa.text("ANALYZE"))
        yield Looking(database, house, overheard(database))


def overheard(database: Database) -> list[Asked]:
    asked: list[Asked] = []

    def hear(_: object, __: object, statement: str, values: object, *___: object) -> None:
        if (
            isinstance(values, dict | tuple)
            and statement.startswith("SELECT")
            and re.search(r"tasks|execution", statement)
        ):
            asked.append((statement, values))

    event.listen(database.engine.sync_engine, "before_cursor_execute", hear)
    return asked


async def fill(database: Database, house: Institution, size: int) -> None:
    """Give *house* so many tasks, each with a run that has ended and its line."""
    async with SqlUnit(database, Ambient(SteppingClock(), JsonCodec()), lambda _: None) as unit:
        await unit.institutions.add(house)
        later = [NOON + number * timedelta(minutes=1) for number in range(size)]
        every = [
            a_task(house, tags=("shared",), created_at=at, next_run_at=at, upcoming=at)
            for at in later
        ]
        every[0].deleted_at = NOON
        await unit.tasks.save(*every)
        ran = zip(every, later, strict=True)
        runs = [with_lines(an_ended_run(one, at), a_line(at, latency=0.1)) for one, at in ran]
        await unit.executions.add(*runs)
        await unit.commit()


async def test_the_log_is_read_by_its_institution(looking: Looking) -> None:
    runs, reach = SqlRunQueries(looking.database), looking.house.id
    narrow = LogFilter(since=SINCE, until=UNTIL, status=LogStatus.SUCCESS)
    for ask in (partial(runs.log, one, PAGE, reach=reach) for one in (LogFilter(), narrow)):
        gone_by = await looking.indexes(ask)
        assert gone_by == {"ix_execution_log_institution"}


async def test_executions_are_listed_by_their_institution(looking: Looking) -> None:
    runs, reach = SqlRunQueries(looking.database), looking.house.id
    wanted = ExecutionFilter(since=SINCE, until=UNTIL, status=ExecutionStatus.SUCCESS)
    for one in (ExecutionFilter(), wanted):
        gone_by = await looking.indexes(partial(runs.executions, one, PAGE, reach=reach))
        assert gone_by == {"ix_executions_institution", "ix_execution_log_execution"}


NARROW = {
    "all": {},
    "of a status": {"status": ExecutionStatus.SUCCESS},
    "of some days": {"since": SINCE, "until": UNTIL},
    "of a status, of some days": {
        "status": ExecutionStatus.SUCCESS,
        "since": SINCE,
        "until": UNTIL,
    },
}


@pytest.mark.parametrize("narrow", NARROW.values(), ids=NARROW)
@pytest.mark.parametrize("everywhere", [True, False], ids=["everywhere", "of one institution"])
async def test_the_newest_executions_are_taken_off_an_index_and_none_are_sorted(
    looking: Looking, narrow: dict[str, Any], everywhere: bool
) -> None:
    runs, reach = SqlRunQueries(looking.database), None if everywhere else looking.house.id
    wanted = ExecutionFilter(**narrow)
    _, listed, _ = await looking.plans(partial(runs.executions, wanted, PAGE, reach=reach))
    by = "ix_executions_scheduled" if everywhere else "ix_executions_institution"
    ways = WAYS[looking.database.engine.dialect.name].finditer(listed)
    assert {way[way.lastindex or 0] for way in ways if not BY_ID.search(way[0])} == {by}
    assert not re.search("Sort|TEMP B-TREE", listed)
    if not looking.database.is_sqlite:
        read = re.search(rf"using {by} .* rows=(\d+)", listed)
        assert read is not None
        assert int(read[1]) <= PAGE.limit + 1  # one belongs to a task that was deleted


async def test_of_one_task_nothing_else_is_read(looking: Looking) -> None:
    queries, reach = SqlTaskQueries(looking.database), looking.house.id
    (task, *_) = (await queries.tasks(TaskFilter(), PAGE, reach=reach)).items
    runs = SqlRunQueries(looking.database)
    log = await looking.indexes(lambda: runs.log(LogFilter(task_id=task.id), PAGE, reach=reach))
    assert log == {"ix_execution_log_task"}
    wanted = ExecutionFilter(task_id=task.id, since=SINCE, until=UNTIL)
    ran = await looking.indexes(lambda: runs.executions(wanted, PAGE, reach=reach))
    assert ran == {"ix_executions_task", "ix_execution_log_execution"}


async def test_the_dashboard_counts_what_ended_in_an_index_of_its_own(looking: Looking) -> None:
    queries, reach = SqlTaskQueries(looking.database), looking.house.id
    assert await looking.indexes(lambda: queries.dashboard(NOON, reach=reach)) == {
        *("ix_tasks_institution", "ix_tasks_upcoming"),
        *("ix_executions_ended", "ix_execution_log_institution"),
    }
    counting = " ".join(await looking.plans(lambda: queries.dashboard(NOON, reach=reach)))
    assert re.search("(COVERING INDEX|Index Only Scan using) ix_executions_ended", counting)
    if not looking.database.is_sqlite:  # SQLite looks whether a task was deleted, index or not
        assert "Index Only Scan using ix_tasks_institution" in counting


async def test_tasks_are_listed_by_their_institution(looking: Looking) -> None:
    queries, reach = SqlTaskQueries(looking.database), looking.house.id
    by_status = TaskFilter(status=TaskStatus.ACTIVE, text="report")
    listed = await looking.indexes(lambda: queries.tasks(by_status, PAGE, reach=reach))
    assert listed == {"ix_tasks_institution"}
    tagged = TaskFilter(tag="shared")
    gone_by = await looking.indexes(lambda: queries.tasks(tagged, PAGE, reach=reach))
    assert gone_by <= {"ix_task_tags_tag", "ix_tasks_institution"}


@pytest.mark.parametrize("looking", ["postgres"], indirect=True)
@pytest.mark.service("postgres")
async def test_no_row_of_the_neighbour_is_looked_at(looking: Looking) -> None:
    queries, runs = SqlTaskQueries(looking.database), SqlRunQueries(looking.database)
    reach, lately = looking.house.id, ExecutionFilter(since=SINCE, until=UNTIL)
    asks: dict[str, Callable[[], Awaitable[object]]] = {
        "log": lambda: runs.log(LogFilter(), PAGE, reach=reach),
        "runs": lambda: runs.executions(lately, PAGE, reach=reach),
        "tasks": lambda: queries.tasks(TaskFilter(text="report"), PAGE, reach=reach),
        "tagged": lambda: queries.tasks(TaskFilter(tag="shared"), PAGE, reach=reach),
        "dashboard": lambda: queries.dashboard(NOON, reach=reach),
    }
    read = {name: await looking.read(ask) for name, ask in asks.items()}
    assert all(count <= 10 * SMALL for count in read.values()), read
