"""What schedulers and workers ask on SQLite goes by an index, however many tasks lie idle."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from homeroom.kernel.codec import Ambient
from homeroom.people.model.institutions import Institution
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.history import SqlHistory
from homeroom_adapters.sql.scheduling_tables import channels
from homeroom_adapters.sql.sqlite_driver import driver_of
from homeroom_adapters.sql.unit import SqlUnit
from homeroom_testing.clock import NOON, SteppingClock
from homeroom_testing.conformance.scheduling_ground import a_content, a_run, a_task, a_watch
from homeroom_testing.conformance.storage import an_institution

pytestmark = pytest.mark.anyio

OURS = re.compile(r"\b(tasks|task_tags|executions|waiting|watches|known|namesake|channels)\b")
BY_ID = ("SEARCH", "tasks", "sqlite_autoindex_tasks_1")
BY_KEY = re.compile(r"autoindex|CONSTANT|free|SCAN channels")
"""One row by its key, or a page of ends, which are gone through one after the other."""

STEP = re.compile(r"(SCAN|SEARCH) (\w+)(?: USING(?: COVERING)? INDEX (\w+))?")


class Asking:
    """A unit, and how SQLite finds the rows for what it is asked."""

    def __init__(self, unit: SqlUnit, house: Institution) -> None:
        self.unit = unit
        self.house = house
        self.statements: list[str] = []

    async def ways(self) -> set[tuple[str, ...]]:
        """Each way that was gone since the last call, through which table and by which index."""
        asked = [one for one in self.statements if OURS.search(one)]
        ways = set[tuple[str, ...]]()
        for statement in asked:
            steps = await self.unit._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")
            said = [str(step.detail) for step in steps]
            ways |= {found.groups("") for one in said if (found := STEP.match(one))}
        self.statements.clear()
        return {way for way in ways if OURS.search(way[1])}


@pytest.fixture
async def asking(database: Database) -> AsyncIterator[Asking]:
    async with SqlUnit(database, Ambient(SteppingClock(), JsonCodec()), lambda _: None) as unit:
        house = an_institution()
        await unit.institutions.add(house)
        asking = Asking(unit, house)
        driver = await driver_of(unit._connection)
        await driver.set_trace_callback(asking.statements.append)
        yield asking


async def test_what_is_due_is_found_by_when_it_is_due(asking: Asking) -> None:
    await asking.unit.tasks.due(at=NOON, limit=10)
    await asking.unit.watches.silent(at=NOON, limit=10)
    assert await asking.ways() == {
        ("SEARCH", "tasks", "ix_tasks_due"),
        ("SEARCH", "watches", "ix_watches_deadline"),
    }


async def test_what_has_not_ended_is_found_without_a_look_at_what_has(asking: Asking) -> None:
    await asking.unit.executions.unfinished(a_task(asking.house).id, a_task(asking.house).id)
    assert await asking.ways() == {("SEARCH", "executions", "ix_executions_unfinished")}
    await asking.unit.executions.unfinished(a_task(asking.house).id, waiting=1)
    assert await asking.ways() == {
        ("SEARCH", "executions", "ix_executions_unfinished"),
        ("SEARCH", "waiting", "ix_executions_unfinished"),
    }
    await asking.unit.executions.awaited(a_task(asking.house).id)
    assert await asking.ways() == {("SEARCH", "executions", "ix_executions_unfinished"), BY_ID}


async def test_tasks_are_found_by_their_tags_and_names(asking: Asking) -> None:
    await asking.unit.tasks.tagged("a", reach=None)
    await asking.unit.tasks.tagged("a", reach=asking.house.id)
    assert await asking.ways() == {("SEARCH", "task_tags", "ix_task_tags_tag"), BY_ID}
    await asking.unit.tasks.imported(asking.house.id, "a")
    assert await asking.ways() == {
        ("SEARCH", "known", "uq_tasks_imported"),
        ("SEARCH", "namesake", "ix_tasks_name"),
        BY_ID,
    }


@pytest.fixture
async def of_the_past(database: Database) -> Callable[..., Awaitable[set[str]]]:
    """Says by which indexes, or through which tables, the database goes for what is asked."""
    told: list[tuple[str, Any]] = []

    def note(_: object, __: object, statement: str, values: Any, *___: object) -> None:
        told.append((statement, values))

    async def ways(ask: Callable[[], Awaitable[object]]) -> set[str]:
        told.clear()
        await ask()
        steps = list[str]()
        async with database.read() as connection:
            for statement, values in [one for one in told if OURS.search(one[0])]:
                explained = f"EXPLAIN QUERY PLAN {statement}"
                rows = await connection.exec_driver_sql(explained, values)
                steps += [str(row.detail) for row in rows]
        found = [STEP.match(one) for one in steps]
        return {one[3] or one[0] for one in found if one and not BY_KEY.search(one[0])}

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    return ways


async def test_the_past_is_looked_through_by_indexes_however_much_of_it_there_is(
    database: Database, of_the_past: Callable[..., Awaitable[set[str]]]
) -> None:
    history = SqlHistory(database)
    wanted = partial(history.abandoned, unchanged_since=NOON, limit=10)
    assert await of_the_past(wanted) == {"ix_executions_unfinished"}
    async with database.write() as connection:
        await connection.execute(sa.insert(channels).values(fingerprint="silent"))
    assert await of_the_past(partial(history.forget_ends, at=NOON)) == {"ix_tasks_target"}
    old = partial(history.forget, ended_before=NOON, limit=10)
    used = {"ix_executions_ended", "ix_executions_task", "ix_tasks_deleted"}
    assert used <= await of_the_past(old)


async def test_nothing_is_kept_by_going_through_a_table(asking: Asking) -> None:
    unit, task = asking.unit, a_task(asking.house, next_run_at=NOON, tags=("a",))
    run, watch = a_run(task), a_watch(task)
    await unit.tasks.save(task)
    await unit.tasks.save(await unit.tasks.get(task.id, reach=None))
    task = await unit.tasks.get(task.id, reach=asking.house.id)
    task.content = a_content(tags=("b",))
    await unit.tasks.save(task)
    await unit.executions.add(run)
    await unit.executions.save(await unit.executions.get(run.id))
    await unit.watches.save(watch)
    await unit.watches.save(await unit.watches.known_by(watch.digest))
    await unit.watches.remove(task.id)
    ways = await asking.ways()
    assert BY_ID in ways
    assert {way[0] for way in ways} == {"SEARCH"}
