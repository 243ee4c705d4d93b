"""Lines of the log that were there before 0003 learn whose they are, and lose nothing."""

from uuid import UUID

import pytest
import sqlalchemy as sa
from alembic import command

from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.scheduling_rows import (
    COURSE,
    FIXED,
    execution_cells,
    line_cells,
    task_cells,
)
from homeroom_adapters.sql.scheduling_tables import execution_log, executions, tasks
from homeroom_adapters.sql.schema import alembic_config
from homeroom_adapters.sql.tables import institutions
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.scheduling_ground import MINUTE, a_line, a_run, a_task
from homeroom_testing.conformance.storage import an_institution

pytestmark = pytest.mark.anyio

EVERY = sa.text("SELECT id, message FROM execution_log ORDER BY id")
FORGET = sa.text("DELETE FROM executions")


async def test_every_line_learns_its_institution(empty: Database) -> None:
    await climb(empty, "0002")
    whose = [await fill(empty, name) for name in ("Ours", "Theirs")]
    async with empty.read() as connection:
        before = (await connection.execute(EVERY)).all()
    await climb(empty, "0003")
    line = execution_log.c
    known = sa.select(line.institution_id).distinct().where(line.message == "a line of Theirs")
    async with empty.read() as connection:
        assert (await connection.execute(EVERY)).all() == before
        assert (await connection.execute(known)).scalars().all() == [whose[1]]
    await descend(empty, "0002")
    async with empty.read() as connection:
        assert (await connection.execute(EVERY)).all() == before
    await climb(empty, "0003")


async def test_lines_still_go_with_their_executions(empty: Database) -> None:
    await climb(empty, "0002")
    await fill(empty, "Ours")
    await climb(empty, "0003")
    async with empty.write() as connection:
        await connection.execute(FORGET)
        assert (await connection.execute(EVERY)).all() == []


async def fill(database: Database, name: str) -> UUID:
    """An institution with a task that ran three times, and wrote a line each time."""
    house = an_institution(name)
    task = a_task(house)
    runs = [a_run(task, NOON + number * MINUTE) for number in range(3)]
    lines = [line_cells(run, a_line(message=f"a line of {name}")) for run in runs]
    for line in lines:
        del line["institution_id"]
    async with database.write() as connection:
        row = {"id": house.id, "name": name, "created_at": NOON, "version": 1}
        await connection.execute(sa.insert(institutions), [row])
        await connection.execute(sa.insert(tasks), [task_cells(task)])
        cells = [dict(zip((*FIXED, *COURSE), execution_cells(run), strict=True)) for run in runs]
        await connection.execute(sa.insert(executions), cells)
        await connection.execute(sa.insert(execution_log), lines)
    return house.id


async def climb(database: Database, revision: str) -> None:
    async with database.write() as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), revision))


async def descend(database: Database, revision: str) -> None:
    async with database.write() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_config(sync), revision))
