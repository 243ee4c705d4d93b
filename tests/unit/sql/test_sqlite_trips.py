"""Statements on SQLite: one trip each to the thread where the file is read and written."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
import sqlalchemy as sa

from homeroom.kernel.errors import Unavailable
from homeroom_adapters.sql.engine import Database, check, open_database
from homeroom_adapters.sql.errors import BadText, Locked
from homeroom_adapters.sql.fixed import Fixed
from homeroom_adapters.sql.schema import SqlSchema
from homeroom_adapters.sql.tables import inbox
from homeroom_testing.clock import NOON

pytestmark = pytest.mark.anyio


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[Callable[..., object]]:
    """What connections' threads were asked to do since this list was cleared."""
    asked: list[Callable[..., object]] = []
    go = aiosqlite.Connection._execute

    async def counted(self: aiosqlite.Connection, work: Any, *given: Any, **named: Any) -> Any:
        asked.append(work)
        return await go(self, work, *given, **named)

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    return asked


def _hearing(_dialect: str) -> Any:
    return sa.insert(inbox).values(
        consumer="it's: here",
        message_id=sa.bindparam("message"),
        heard_at=sa.bindparam("at", type_=inbox.c.heard_at.type),
    )


def _heard(_dialect: str) -> Any:
    return sa.select(inbox).where(inbox.c.consumer == "it's: here").order_by(inbox.c.message_id)


HEARING, HEARD = Fixed(_hearing), Fixed(_heard)


async def hear(database: Database, message: str) -> None:
    async with database.alone() as connection:
        await HEARING.run(connection, {"message": message, "at": NOON})


async def heard(database: Database) -> list[tuple[Any, ...]]:
    async with database.asked() as connection:
        return [tuple(row) for row in await HEARD.run(connection, {})]


async def test_a_statement_that_stands_alone_is_one_trip(
    database: Database, trips: list[Callable[..., object]]
) -> None:
    await hear(database, "m1")
    await heard(database)
    trips.clear()
    await hear(database, "m2")
    assert len(trips) == 1
    assert len(await heard(database)) == 2
    assert len(trips) == 2


async def test_a_transaction_is_a_trip_for_each_statement_and_two_around_them(
    database: Database, trips: list[Callable[..., object]]
) -> None:
    async with database.write() as connection:
        await HEARING.run(connection, {"message": "m1", "at": NOON})
    trips.clear()
    async with database.write() as connection:
        await HEARING.run(connection, {"message": "m2", "at": NOON})
        await connection.execute(sa.select(inbox))
    assert len(trips) == 4


async def test_what_was_not_begun_is_not_undone(
    database: Database, trips: list[Callable[..., object]]
) -> None:
    async with database.read() as connection:
        await connection.execute(sa.select(inbox))
    trips.clear()
    async with database.read() as connection:
        await connection.execute(sa.select(inbox))
    async with database.transaction():
        pass
    assert len(trips) == 1


async def test_what_was_begun_and_not_committed_is_undone(database: Database) -> None:
    async with database.transaction() as connection:
        await HEARING.run(connection, {"message": "m1", "at": NOON})
    assert await heard(database) == []
    await hear(database, "m1")


async def test_rows_come_out_as_sqlalchemy_brings_them(database: Database) -> None:
    await hear(database, "m1")
    async with database.read() as connection:
        rows = (await connection.execute(_heard("sqlite"))).all()
    assert await heard(database) == [tuple(row) for row in rows] == [("it's: here", "m1", NOON)]


async def test_constants_are_written_out_so_that_sqlite_plans_once(database: Database) -> None:
    waiting = Fixed(lambda _: sa.select(inbox.c.consumer).where(inbox.c.message_id == "x:y'z"))
    async with database.asked() as connection:
        assert await waiting.run(connection, {}) == []
    await hear(database, "x:y'z")
    async with database.asked() as connection:
        assert await waiting.run(connection, {}) == [("it's: here",)]


async def test_many_at_once_each_get_their_own_answer(database: Database) -> None:
    await asyncio.gather(*(hear(database, f"m{number:03}") for number in range(50)))
    echo = Fixed(lambda _: sa.select(sa.bindparam("it", type_=sa.Integer)))

    async def echoed(number: int) -> int:
        async with database.asked() as connection:
            ((answer,),) = await echo.run(connection, {"it": number})
        return int(answer)

    assert await asyncio.gather(*map(echoed, range(50))) == list(range(50))
    assert len(await heard(database)) == 50


async def test_a_caller_who_gives_up_leaves_the_connection_whole(database: Database) -> None:
    await hear(database, "m1")
    waiting = asyncio.create_task(hear(database, "m2"))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await hear(database, "m3")
    assert {"m1", "m3"} <= {message for _, message, _ in await heard(database)}


async def test_they_take_no_connection_from_the_pool(file: Path) -> None:
    async with open_database(f"sqlite:///{file}", pool_size=1) as database:
        await check(database)
        await SqlSchema(database).upgrade()
        await hear(database, "m1")
        await heard(database)
        async with database.read():
            await hear(database, "m2")
            assert len(await heard(database)) == 2


class TestRefusals:
    async def test_another_process_writes(self, database: Database, file: Path) -> None:
        with sqlite3.connect(file, isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Locked, match="locked by another process"):
                await hear(database, "m1")
            other.execute("ROLLBACK")
        other.close()
        await hear(database, "m1")
        assert len(await heard(database)) == 1

    async def test_half_a_character(self, database: Database) -> None:
        with pytest.raises(BadText):
            await hear(database, "\ud800")

    async def test_a_file_that_cannot_be_opened(self, tmp_path: Path) -> None:
        with pytest.raises(Unavailable, match="cannot be opened; is its directory there"):
            async with open_database(f"sqlite:///{tmp_path}/no/where", pool_size=1) as database:
                await heard(database)

    async def test_a_mistake_of_ours_is_not_taken_for_one_of_theirs(
        self, database: Database
    ) -> None:
        wrong = Fixed(lambda _: sa.select(sa.column("absent")).select_from(inbox))
        with pytest.raises(sqlite3.OperationalError, match="no such column"):
            async with database.asked() as connection:
                await wrong.run(connection, {})
