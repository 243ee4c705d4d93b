"""A board is read by an index in its own order, on both databases; and all indexes are there."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from homeroom.exams.model.boards import Measure
from homeroom.exams.model.experience import Cause
from homeroom.exams.ports.achievements import AwardFilter
from homeroom.house import StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.people.model.persons import Person
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.sql.achievement_queries import SqlAchievementQueries
from homeroom_adapters.sql.achievement_tables import exam_achievers, exam_awards, exam_sums
from homeroom_adapters.sql.engine import Database, open_database
from homeroom_adapters.sql.storage import open_schema, open_storage
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.achievements_ground import a_board, an_answer, book, show
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.storage import settle_in
from homeroom_testing.sandboxes import postgres_database
from homeroom_testing.services import Found, services_of_this_machine

pytestmark = pytest.mark.anyio

TABLES = (exam_achievers, exam_awards, exam_sums)
COLUMNS = {Measure.QUESTIONS: "answered"}


@attrs.frozen
class Hall:
    """A board with somebody on it, and the database that keeps it."""

    database: Database
    person: Person

    @property
    def queries(self) -> SqlAchievementQueries:
        return SqlAchievementQueries(self.database)


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
        person = await a_kept_person(storage, await settle_in(storage))
        await show(storage, person, "Quiet Heron 4711")
        await book(storage, person, an_answer(person))
        async with open_database(url, pool_size=2) as database:
            yield Hall(database, person)


@pytest.mark.parametrize("measure", Measure)
async def test_a_board_is_read_in_its_order_and_no_further_than_it_is_shown(
    hall: Hall, measure: Measure
) -> None:
    board = a_board(hall.person, measure)
    with statements_to(hall.database) as asked:
        await hall.queries.board(board, limit=20)
        await hall.queries.own(board, hall.person.id)
    index = f"ix_exam_sums_{COLUMNS.get(measure, measure.value)}"
    (best, _, better) = [await plan(hall.database, *one) for one in asked]
    for steps in (best, better):
        assert index in steps, steps
        assert "Seq Scan" not in steps, steps
        assert "SCAN exam" not in steps, steps
    assert "TEMP B-TREE" not in better, better
    assert "Sort" not in better, better


async def test_what_was_earned_last_and_in_a_sitting_goes_by_an_index(hall: Hall) -> None:
    mine = AwardFilter(person_id=hall.person.id)
    with statements_to(hall.database) as asked:
        await hall.queries.awards(attrs.evolve(mine, cause=Cause.BADGE), limit=20)
        await hall.queries.exams(hall.person.id)
    newest, exams = [await plan(hall.database, *one) for one in asked]
    assert "ix_exam_awards_newest" in newest, newest
    assert ("exam_sums_1" if hall.database.is_sqlite else "exam_sums_pkey") in exams, exams


async def test_every_index_that_is_declared_stands_in_the_database(hall: Hall) -> None:
    async with hall.database.read() as connection:
        there = await connection.run_sync(names_of_indexes)
    declared = {index.name for table in TABLES for index in table.indexes}
    assert len(declared) == 7
    assert declared <= there


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
    """How the database would go about it, were its tables larger."""
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    async with database.read() as connection:
        if not database.is_sqlite:
            for way in ("seqscan", "bitmapscan", "sort", "hashjoin", "mergejoin"):
                await connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        rows = (await connection.exec_driver_sql(f"{explain} {statement}", values)).all()
    return "\n".join(str(row[-1]) for row in rows)
