"""A migration that stopped half-way: it leaves nothing behind, or is seen for what it is."""

import asyncio
import contextlib
import sys

import pytest
import sqlalchemy as sa

from homeroom.house import SchemaBehind, SchemaStatus, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.schema import SqlSchema, revisions
from homeroom_adapters.sql.storage import open_storage
from homeroom_adapters.sql.tables import metadata
from homeroom_testing.clock import SteppingClock

pytestmark = pytest.mark.anyio

NEWEST = revisions()[-1]

_DYING = """
import asyncio, os, signal, sys
import sqlalchemy as sa
from homeroom_adapters.sql.engine import open_database
from homeroom_adapters.sql.schema import SqlSchema

def die_at(last):
    made = 0
    def count(connection, cursor, statement, *rest):
        nonlocal made
        made += statement.lstrip().upper().startswith("CREATE")
        if made == last:
            os.kill(os.getpid(), signal.SIGKILL)
    return count

async def main(url, last):
    async with open_database(url, pool_size=1) as database:
        sa.event.listen(database.engine.sync_engine, "after_cursor_execute", die_at(int(last)))
        await SqlSchema(database).upgrade()

asyncio.run(main(*sys.argv[1:]))
"""


class TestAKilledMigration:
    @pytest.mark.parametrize("last", [1, 4, 9])
    async def test_it_leaves_nothing_behind_and_the_next_one_succeeds(
        self, empty: Database, empty_url: str, last: int
    ) -> None:
        killed = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _DYING, empty_url, str(last)
        )
        assert await killed.wait() == -9
        assert await tables_of(empty) == set()
        assert await SqlSchema(empty).upgrade() == SchemaStatus(NEWEST, NEWEST)
        assert metadata.tables.keys() <= await tables_of(empty)


WRECKS = {
    "a table is missing": ("DROP TABLE outbox", "lacks outbox: a migration stopped half-way"),
    "two tables are missing": (
        "DROP TABLE outbox; DROP TABLE inbox",
        "lacks inbox, outbox: a migration stopped half-way",
    ),
    "the revision was forgotten": (
        "DELETE FROM alembic_version",
        "is at no revision, but has ages, api_keys",
    ),
    "two revisions claim it": (
        "INSERT INTO alembic_version VALUES ('9999')",
        "which this version does not know",
    ),
}


@pytest.mark.parametrize(("break_it", "sentence"), WRECKS.values(), ids=WRECKS)
class TestAWreck:
    """What some other hand left: nothing runs on it, and nothing mends it by guessing."""

    async def test_it_is_not_opened(
        self, empty: Database, empty_url: str, break_it: str, sentence: str
    ) -> None:
        await wreck(empty, break_it)
        with pytest.raises(SchemaBehind, match=sentence):
            await open_house(empty_url)

    async def test_it_is_not_upgraded_over(
        self, empty: Database, break_it: str, sentence: str
    ) -> None:
        await wreck(empty, break_it)
        before = await tables_of(empty)
        with pytest.raises(SchemaBehind, match=sentence):
            await SqlSchema(empty).upgrade()
        assert await tables_of(empty) == before

    async def test_it_is_not_said_to_be_ready(
        self, empty: Database, break_it: str, sentence: str
    ) -> None:
        await wreck(empty, break_it)
        with contextlib.suppress(SchemaBehind):
            assert not (await SqlSchema(empty).status()).ready, sentence

    async def test_the_way_out_is_told(
        self, empty: Database, empty_url: str, break_it: str, sentence: str
    ) -> None:
        await wreck(empty, break_it)
        with pytest.raises(SchemaBehind, match=r"restore a backup|run the newer homeroom"):
            await open_house(empty_url)


async def wreck(database: Database, how: str) -> None:
    await SqlSchema(database).upgrade()
    async with database.write() as connection:
        for statement in how.split(";"):
            await connection.execute(sa.text(statement))


async def tables_of(database: Database) -> set[str]:
    async with database.read() as connection:
        return set(await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names()))


async def open_house(url: str) -> None:
    ambient = Ambient(SteppingClock(), JsonCodec())
    async with open_storage(StorageSettings(url=url), ambient):
        pass
