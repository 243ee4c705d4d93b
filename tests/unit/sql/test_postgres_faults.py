"""What can go wrong with a server: away, another password, cut off in the middle."""

import asyncio
import time
from collections.abc import AsyncIterator

import psycopg
import pytest
import sqlalchemy as sa

from homeroom.kernel.errors import Stale, Unavailable
from homeroom_adapters.sql.clock import open_database_clock
from homeroom_adapters.sql.engine import Database, check, open_database
from homeroom_testing.children import free_port
from homeroom_testing.sandboxes import postgres_database
from homeroom_testing.services import Found, services_of_this_machine

pytestmark = pytest.mark.anyio


async def test_a_server_that_is_away_is_told_without_the_password() -> None:
    port = free_port()
    url = f"postgresql://homeroom:hush@127.0.0.1:{port}/homeroom"
    started = time.monotonic()
    with pytest.raises(Unavailable) as refused:
        async with open_database(url, pool_size=1) as database:
            await check(database)
    assert f"homeroom at 127.0.0.1:{port} cannot be reached" in refused.value.message
    assert "hush" not in refused.value.message
    assert time.monotonic() - started < 10


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
    async def database(self, url: str) -> AsyncIterator[Database]:
        with postgres_database(url) as own:
            async with open_database(own, pool_size=3) as opened:
                yield opened

    async def test_a_database_that_does_not_exist_is_told(self, url: str) -> None:
        elsewhere = sa.make_url(url).set(database="homeroom_nowhere")
        with pytest.raises(Unavailable, match="the database homeroom_nowhere at"):
            async with open_database(
                elsewhere.render_as_string(hide_password=False), pool_size=1
            ) as database:
                await check(database)

    async def test_a_connection_cut_off_is_told_and_the_next_one_works(
        self, database: Database
    ) -> None:
        with pytest.raises(Unavailable, match=r"shutting down|was lost|cannot be reached"):
            await _be_cut_off(database)
        async with database.write() as connection:
            assert (await connection.execute(sa.text("SELECT 1"))).scalar_one() == 1

    async def test_the_loser_of_a_deadlock_is_stale(self, database: Database) -> None:
        async with database.write() as connection:
            await connection.execute(sa.text("CREATE TABLE t AS SELECT 1 AS id UNION SELECT 2"))

        lock = sa.text("SELECT id FROM t WHERE id = :id FOR UPDATE")

        async def take_both(
            first: int, second: int, ready: asyncio.Event, go: asyncio.Event
        ) -> None:
            async with database.write() as connection:
                await connection.execute(lock, {"id": first})
                ready.set()
                await go.wait()
                await connection.execute(lock, {"id": second})

        one, two = asyncio.Event(), asyncio.Event()
        answers = await asyncio.gather(
            take_both(1, 2, one, two), take_both(2, 1, two, one), return_exceptions=True
        )
        assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "Stale"]
        assert any(isinstance(answer, Stale) for answer in answers)

    async def test_the_database_clock_tells_the_databases_time(self, url: str) -> None:
        with postgres_database(url) as own:
            with psycopg.connect(own, autocommit=True) as connection:
                connection.execute("CREATE SCHEMA tomorrow")
                connection.execute(
                    "CREATE FUNCTION tomorrow.clock_timestamp() RETURNS timestamptz LANGUAGE sql "
                    "AS $$SELECT pg_catalog.clock_timestamp() + interval '1 day'$$"
                )
            told = f"{own}?options=-csearch_path%3Dtomorrow,pg_catalog"
            async with (
                open_database(own, pool_size=1) as today,
                open_database(told, pool_size=1) as tomorrow,
                open_database_clock(today) as ours,
                open_database_clock(tomorrow) as theirs,
            ):
                assert abs((theirs.now() - ours.now()).total_seconds() - 86_400) < 1

    async def test_the_database_clock_stands_still_rather_than_go_back(
        self, database: Database
    ) -> None:
        async with open_database_clock(database) as clock:
            before = clock.now()
            async with database.write() as connection:
                await connection.execute(
                    sa.text(
                        "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql "
                        "AS $$SELECT pg_catalog.clock_timestamp() - interval '1 day'$$"
                    )
                )
                await connection.execute(
                    sa.text(
                        f"ALTER DATABASE {database.engine.url.database} "
                        "SET search_path = public, pg_catalog"
                    )
                )
            await database.engine.dispose()
            await clock.measure()
            assert clock.now() >= before


async def _be_cut_off(database: Database) -> None:
    async with database.write() as connection:
        ours = (await connection.execute(sa.text("SELECT pg_backend_pid()"))).scalar_one()
        async with database.read() as other:
            await other.execute(sa.select(sa.func.pg_terminate_backend(ours)))
        await connection.execute(sa.text("SELECT 1"))
