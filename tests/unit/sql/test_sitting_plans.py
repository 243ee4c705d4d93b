"""What delivers a sitting goes by an index, on both databases; and all indexes are there."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from homeroom.exams.model.sittings import Sitting
from homeroom.exams.ports.sittings import SittingFilter
from homeroom.house import StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.page import CursorRequest
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.sql.engine import Database, open_database
from homeroom_adapters.sql.exam_queries import SqlBankQueries
from homeroom_adapters.sql.exams_tables import question_editions, questions
from homeroom_adapters.sql.sitting_tables import sitting_answers, sittings
from homeroom_adapters.sql.sittings import SqlSittingQueries
from homeroom_adapters.sql.storage import open_schema, open_storage
from homeroom_testing.clock import NOON, SteppingClock
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.sittings_ground import a_bank, a_sitting, add
from homeroom_testing.conformance.storage import settle_in
from homeroom_testing.sandboxes import postgres_database
from homeroom_testing.services import Found, services_of_this_machine

pytestmark = pytest.mark.anyio

TABLES = (questions, question_editions, sittings, sitting_answers)
EVERYWHERE = {
    *("ix_questions_pool", "ix_questions_exam", "ix_questions_reference"),
    *("ix_sittings_under_way", "ix_sittings_ends", "ix_sittings_person", "ix_sittings_exam"),
}
"""What these tables cannot do without. Others may stand beside them."""


@attrs.frozen
class Hall:
    """A sitting that goes on, and the database that keeps it."""

    database: Database
    sitting: Sitting

    @property
    def queries(self) -> SqlSittingQueries:
        return SqlSittingQueries(self.database)

    async def one(self) -> None:
        found = await self.queries.sitting(self.sitting.id, reach=self.sitting.institution_id)
        assert found.form == self.sitting.form

    async def questions(self) -> None:
        wanted = [item.key for item in self.sitting.form.items]
        assert len(await SqlBankQueries(self.database).editions(wanted)) == len(wanted)

    async def own(self) -> None:
        theirs = SittingFilter(reach=None, person=self.sitting.person_id)
        assert (await self.queries.sittings(theirs, CursorRequest(None, 5))).items

    async def run_out(self) -> None:
        assert await self.queries.run_out(at=NOON.replace(year=2100), limit=5)


Ask = Callable[[Hall], Awaitable[None]]
GOES_BY: dict[Ask, list[tuple[str, str]]] = {
    Hall.one: [
        ("sqlite_autoindex_sittings_1", "Index Scan using"),  # any that ends with the id
        ("sqlite_autoindex_sitting_answers_1", "sitting_answers_pkey"),
    ],
    Hall.questions: [("sqlite_autoindex_question_editions_1", "question_editions_pkey")],
    Hall.own: [("ix_sittings_person", "ix_sittings_person")],
    Hall.run_out: [("ix_sittings_ends", "ix_sittings_ends")],
}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.service("postgres"))])
async def hall(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Hall]:
    if request.param == "sqlite":
        async with furnished(f"sqlite:///{tmp_path / 'hall.sqlite3'}") as opened:
            yield opened
        return
    found = services_of_this_machine().look_for("postgres")
    if not isinstance(found, Found):
        pytest.skip(str(found))
    with postgres_database(found.at, durable=False) as url:
        async with furnished(url) as opened:
            yield opened


@asynccontextmanager
async def furnished(url: str) -> AsyncIterator[Hall]:
    settings, ambient = StorageSettings(url=url), Ambient(SteppingClock(), JsonCodec())
    async with open_schema(settings) as schema:
        await schema.upgrade()
    async with open_storage(settings, ambient) as storage:
        house = await settle_in(storage)
        bank, person = await a_bank(storage, house), await a_kept_person(storage, house)
        sitting = a_sitting(bank, person)
        await add(storage, sitting)
        async with open_database(url, pool_size=2) as database:
            yield Hall(database, sitting)


@pytest.mark.parametrize("ask", GOES_BY, ids=lambda ask: ask.__name__)
async def test_what_is_asked_of_sittings_goes_by_an_index(hall: Hall, ask: Ask) -> None:
    with statements_to(hall.database) as asked:
        await ask(hall)
    assert len(asked) == len(GOES_BY[ask])
    for (statement, values), (on_sqlite, on_postgres) in zip(asked, GOES_BY[ask], strict=True):
        steps = await plan(hall.database, statement, values)
        assert (on_sqlite if hall.database.is_sqlite else on_postgres) in steps, steps
        assert "Seq Scan" not in steps, steps
        assert not re.search(r"SCAN (question|sitting)", steps), steps


async def test_every_index_that_is_declared_stands_in_the_database(hall: Hall) -> None:
    async with hall.database.read() as connection:
        there = await connection.run_sync(names_of_indexes)
    declared = {index.name for table in TABLES for index in table.indexes}
    assert EVERYWHERE <= declared <= there


def names_of_indexes(connection: sa.Connection) -> set[str | None]:
    inspector = sa.inspect(connection)
    return {index["name"] for table in TABLES for index in inspector.get_indexes(table.name)}


@contextmanager
def statements_to(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """What the database is asked in here."""
    asked: list[tuple[str, Any]] = []

    def note(*said: Any) -> None:
        asked.append((said[2], said[3]))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def plan(database: Database, statement: str, values: Any) -> str:
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    async with database.read() as connection:
        rows = await connection.exec_driver_sql(f"{explain} {statement}", values)
        return "\n".join(str(row[-1]) for row in rows)
