"""What is asked of the bank goes by an index, on both databases, however full it is."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from homeroom.exams.model.catalogue import Exam
from homeroom.exams.model.questions import Question, QuestionStatus
from homeroom.exams.ports.bank import QuestionFilter
from homeroom.house import StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Conflict
from homeroom.kernel.page import CursorRequest
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.sql.engine import Database, open_database
from homeroom_adapters.sql.exam_queries import SqlBankQueries
from homeroom_adapters.sql.exams_tables import question_editions
from homeroom_adapters.sql.schema import SqlSchema
from homeroom_adapters.sql.storage import open_schema
from homeroom_adapters.sql.unit import SqlUnit
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.exams_ground import (
    a_content,
    a_question,
    a_vendor,
    an_exam,
    objectives_of,
)
from homeroom_testing.conformance.storage import an_institution
from homeroom_testing.sandboxes import postgres_database
from homeroom_testing.services import Found, services_of_this_machine

pytestmark = pytest.mark.anyio

OFTEN = 200
"""Questions of each of two exams: enough for PostgreSQL to prefer an index."""


@attrs.frozen
class Bank:
    """A full bank, and some of what is in it."""

    database: Database
    exam: Exam
    question: Question

    async def pool(self, queries: SqlBankQueries) -> None:
        pools = await queries.pools(self.exam.id)
        assert [len(pools[one]) for one in objectives_of(self.exam)] == [OFTEN // 2] * 2

    async def editions(self, queries: SqlBankQueries) -> None:
        assert len(await queries.editions([(self.question.id, 1), (self.question.id, 2)])) == 1

    async def page(self, queries: SqlBankQueries) -> None:
        wanted = QuestionFilter(reach=None, exam=self.exam.id)
        assert (await queries.questions(wanted, CursorRequest(limit=10))).next

    async def objective(self, queries: SqlBankQueries) -> None:
        objective = objectives_of(self.exam)[0]
        wanted = QuestionFilter(
            reach=self.exam.institution_id,
            exam=self.exam.id,
            status=QuestionStatus.DRAFT,
            objective=objective,
        )
        assert not (await queries.questions(wanted, CursorRequest())).items


Ask = Callable[[Bank, SqlBankQueries], Awaitable[None]]
GOES_BY: dict[Ask, tuple[str, str]] = {
    Bank.pool: ("COVERING INDEX ix_questions_pool", "Index Only Scan using ix_questions_pool"),
    Bank.editions: ("sqlite_autoindex_question_editions_1", "question_editions_pkey"),
    Bank.page: ("INDEX ix_questions_exam", "Index Scan Backward using"),
    Bank.objective: ("INDEX ix_questions_", "ix_questions_"),
}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.service("postgres"))])
async def bank(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bank]:
    if request.param == "sqlite":
        async with open_database(f"sqlite:///{tmp_path / 'bank.sqlite3'}", pool_size=2) as opened:
            await SqlSchema(opened).upgrade()
            yield await filled(opened)
        return
    found = services_of_this_machine().look_for("postgres")
    if not isinstance(found, Found):
        pytest.skip(str(found))
    with postgres_database(found.at) as own:
        async with open_schema(StorageSettings(url=own)) as schema:
            await schema.upgrade()
        async with open_database(own, pool_size=3) as opened:
            full = await filled(opened)
            with psycopg.connect(own, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
            yield full


async def filled(database: Database) -> Bank:
    """Two exams with as many questions each, half of them of either objective."""
    house = an_institution()
    vendor = a_vendor(house)
    exams = [an_exam(vendor, code) for code in ("ONE", "TWO")]
    every = [
        a_question(exam, a_content(f"{n}?"), objective=objectives_of(exam)[n % 2], active=True)
        for n in range(OFTEN)
        for exam in exams
    ]
    unit = SqlUnit(database, Ambient(SteppingClock(), JsonCodec()), lambda _: None)
    async with unit:
        await unit.institutions.add(house)
        await unit.vendors.save(vendor)
        for exam in exams:
            await unit.exams.save(exam)
        for question in every:
            await unit.questions.save(question)
        await unit.commit()
    return Bank(database, exams[0], every[0])


async def test_each_question_goes_by_the_index_made_for_it(bank: Bank) -> None:
    for ask, (on_sqlite, on_postgres) in GOES_BY.items():
        with statements_to(bank.database) as asked:
            await ask(bank, SqlBankQueries(bank.database))
        [(statement, values)] = asked
        steps = await plan(bank.database, statement, values)
        assert (on_sqlite if bank.database.is_sqlite else on_postgres) in steps, (ask, steps)
        assert "Seq Scan" not in steps, (ask, steps)
        assert "SCAN question" not in steps, ask


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


async def test_the_database_itself_lets_no_edition_change_or_go(bank: Bank) -> None:
    edition = question_editions.c.question_id == bank.question.id
    rewritten = sa.update(question_editions).where(edition).values(content="{}")
    for forgery in (rewritten, sa.delete(question_editions).where(edition)):
        with pytest.raises((Conflict, DBAPIError)):
            async with bank.database.transaction() as connection:
                await connection.execute(forgery)
        assert await SqlBankQueries(bank.database).editions([(bank.question.id, 1)])
