"""Connections past SQLAlchemy: few, lent in turn, and never kept once they are lost."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
import sqlalchemy as sa

from homeroom.kernel.errors import Unavailable
from homeroom_adapters.sql import postgres_driver
from homeroom_adapters.sql.engine import parse_url
from homeroom_adapters.sql.postgres_driver import DriverPool, whereabouts
from homeroom_testing.children import free_port
from homeroom_testing.sandboxes import postgres_database
from homeroom_testing.services import Found, services_of_this_machine

pytestmark = pytest.mark.anyio

ASKED_PID = b"SELECT pg_backend_pid()"
PLACE = "the database of this test"


def pool_for(url: str, size: int) -> DriverPool:
    return DriverPool(
        sa.make_url("postgresql+psycopg://").get_dialect()(), parse_url(url), PLACE, size
    )


async def test_a_server_that_is_away_is_told_without_the_password() -> None:
    pool = pool_for(f"postgresql://homeroom:hush@127.0.0.1:{free_port()}/homeroom", 1)
    for _ in range(2):  # whoever could not connect gives the turn back
        with pytest.raises(Unavailable, match=f"^{PLACE} cannot be reached") as refused:
            await pool.ask(ASKED_PID, {})
        assert "hush" not in refused.value.message


@pytest.mark.service("postgres")
class TestServer:
    """With a real one beside us."""

    @pytest.fixture
    def url(self) -> str:
        found = services_of_this_machine().look_for("postgres")
        if not isinstance(found, Found):
            pytest.skip(str(found))
        return found.at

    @pytest.fixture
    async def pool(self, url: str) -> AsyncIterator[DriverPool]:
        """Two connections to an empty database."""
        with postgres_database(url) as own:
            pool = pool_for(own, 2)
            yield pool
            await pool.close()

    async def test_one_after_another_share_a_connection(self, pool: DriverPool) -> None:
        assert len({await _pid(pool) for _ in range(5)}) == 1

    async def test_no_more_connect_than_may(self, pool: DriverPool) -> None:
        asked = [pool.ask(b"SELECT pg_backend_pid() FROM pg_sleep(0.01)", {}) for _ in range(6)]
        assert len({pid for ((pid,),) in await asyncio.gather(*asked)}) == 2

    async def test_who_waits_too_long_for_a_turn_is_told_to_come_back(
        self, pool: DriverPool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(postgres_driver, "POOL_SECONDS", 0.05)
        busy = [asyncio.create_task(pool.ask(b"SELECT pg_sleep(0.3)", {})) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="busy") as refused:
            await pool.ask(ASKED_PID, {})
        assert refused.value.retry_after == 1.0
        await asyncio.gather(*busy)

    async def test_a_statement_commits_by_itself(self, pool: DriverPool) -> None:
        await pool.ask(b"CREATE TABLE t AS SELECT 1 AS id", {})
        with pytest.raises(psycopg.errors.DivisionByZero):
            await pool.ask(b"INSERT INTO t SELECT 1 / 0", {})
        await pool.ask(b"INSERT INTO t VALUES (%(id)s::int)", {"id": 2})
        assert await _asked_of_another(pool, b"SELECT id FROM t ORDER BY id") == [(1,), (2,)]

    async def test_what_is_lost_is_told_and_its_idle_neighbours_go_with_it(
        self, pool: DriverPool
    ) -> None:
        asked = [pool.ask(b"SELECT pg_backend_pid() FROM pg_sleep(0.01)", {}) for _ in range(2)]
        old = {pid for ((pid,),) in await asyncio.gather(*asked)}
        with pytest.raises(Unavailable, match=r"shutting down|was lost|cannot be reached"):
            await pool.ask(b"SELECT pg_terminate_backend(pg_backend_pid())", {})
        asked = [pool.ask(b"SELECT pg_backend_pid() FROM pg_sleep(0.01)", {}) for _ in range(2)]
        assert old.isdisjoint({pid for ((pid,),) in await asyncio.gather(*asked)})

    async def test_a_caller_who_gives_up_leaves_a_connection_that_works(
        self, pool: DriverPool
    ) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await pool.ask(b"SELECT pg_sleep(30)", {})
        assert await pool.ask(b"SELECT 1", {}) == [(1,)]

    async def test_closing_leaves_nothing_connected_not_even_what_was_lent(
        self, pool: DriverPool
    ) -> None:
        lent = asyncio.create_task(pool.ask(b"SELECT pg_backend_pid() FROM pg_sleep(0.1)", {}))
        await asyncio.sleep(0.05)
        idle = await _pid(pool)
        await pool.close()
        ((other,),) = await lent
        left = await _asked_of_another(pool, b"SELECT pid FROM pg_stat_activity")
        assert not {idle, other} & {pid for (pid,) in left}

    async def test_plans_that_are_kept_go_by_an_index_however_few_rows_there_were(
        self, pool: DriverPool
    ) -> None:
        await pool.ask(b"CREATE TABLE t (id int PRIMARY KEY)", {})
        plan = await pool.ask(b"EXPLAIN SELECT * FROM t WHERE id = %(id)s::int", {"id": 1})
        assert any("Index" in line for (line,) in plan)


async def _pid(pool: DriverPool) -> int:
    ((pid,),) = await pool.ask(ASKED_PID, {})
    assert isinstance(pid, int)
    return pid


async def _asked_of_another(pool: DriverPool, question: bytes) -> list[tuple[object, ...]]:
    """What somebody else sees in the database of *pool*, once servers have noticed who left."""
    await asyncio.sleep(0.1)
    plain = pool._url.set(drivername="postgresql").render_as_string(hide_password=False)
    async with await psycopg.AsyncConnection.connect(plain) as connection:
        return await (await connection.execute(question)).fetchall()


def test_what_an_address_says_reaches_the_driver_as_it_was_meant() -> None:
    url = sa.make_url("postgresql+psycopg://me:p%40ss@db:5433/house?options=-c%20work_mem%3D8MB")
    told = whereabouts(url)
    assert (told["user"], told["password"], told["host"]) == ("me", "p@ss", "db")
    assert (told["port"], told["dbname"], told["options"]) == (5433, "house", "-c work_mem=8MB")
