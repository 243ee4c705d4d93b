"""What opening and upgrading say of a schema that is not the one we need."""

import asyncio

import psycopg
import pytest
import sqlalchemy as sa

from homeroom.house import SchemaBehind, SchemaStatus, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.schema import SqlSchema, revisions
from homeroom_adapters.sql.storage import open_schema, open_storage
from homeroom_testing.clock import SteppingClock

pytestmark = pytest.mark.anyio

NEWEST = revisions()[-1]


async def test_an_empty_sqlite_file_is_upgraded_when_it_is_opened(sqlite_url: str) -> None:
    await _open(sqlite_url)


async def test_a_schema_that_is_there_is_left_alone(empty: Database, empty_url: str) -> None:
    first = await SqlSchema(empty).upgrade()
    assert await SqlSchema(empty).upgrade() == first == SchemaStatus(NEWEST, NEWEST)
    await _open(empty_url)


async def test_the_status_of_an_empty_database_says_what_is_wanted(empty: Database) -> None:
    status = await SqlSchema(empty).status()
    assert status == SchemaStatus(None, NEWEST)
    assert not status.ready


async def test_a_revision_we_do_not_know_is_refused(empty: Database, empty_url: str) -> None:
    await SqlSchema(empty).upgrade()
    await _run(empty, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaBehind, match=f"9999, which this version does not know.*{NEWEST}"):
        await _open(empty_url)
    with pytest.raises(SchemaBehind, match="run the newer homeroom"):
        await SqlSchema(empty).upgrade()


async def test_a_schema_with_a_table_missing_is_refused(empty: Database, empty_url: str) -> None:
    await SqlSchema(empty).upgrade()
    await _run(empty, "DROP TABLE outbox")
    with pytest.raises(SchemaBehind, match=f"{NEWEST}.*lacks outbox.*half-way.*restore a backup"):
        await _open(empty_url)


async def test_tables_without_a_revision_are_refused(empty: Database, empty_url: str) -> None:
    await SqlSchema(empty).upgrade()
    await _run(empty, "DROP TABLE alembic_version")
    with pytest.raises(SchemaBehind, match="at no revision, but has ages, api_keys, "):
        await _open(empty_url)
    with pytest.raises(SchemaBehind, match="at no revision"):
        await SqlSchema(empty).upgrade()


async def test_a_migration_that_fails_leaves_nothing_behind(empty: Database) -> None:
    await _run(empty, "CREATE TABLE ix_jobs_leased (id INTEGER)")
    with pytest.raises(sa.exc.DBAPIError):
        await SqlSchema(empty).upgrade()
    async with empty.read() as connection:
        left = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
    assert left == ["ix_jobs_leased"]


async def test_many_may_upgrade_at_once(empty_url: str) -> None:
    async def upgrade() -> SchemaStatus:
        async with open_schema(StorageSettings(url=empty_url)) as schema:
            return await schema.upgrade()

    answers = await asyncio.gather(*(upgrade() for _ in range(4)))
    assert answers == [SchemaStatus(NEWEST, NEWEST)] * 4


class TestPostgres:
    """What only an operator's upgrade changes."""

    pytestmark = pytest.mark.service("postgres")

    async def test_an_empty_database_waits_for_the_operator(self, postgres_url: str) -> None:
        wanted = f"is at revision none, this version needs {NEWEST}; run `homeroom db upgrade`"
        with pytest.raises(SchemaBehind, match=wanted):
            await _open(postgres_url)

    async def test_an_upgrade_waits_for_another_one(self, postgres_url: str) -> None:
        lock = 0x686F6D65726F6F6D
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute("SELECT pg_advisory_lock(%s)", (lock,))
            async with open_schema(StorageSettings(url=postgres_url)) as schema:
                upgrading = asyncio.create_task(schema.upgrade())
                done, _ = await asyncio.wait([upgrading], timeout=0.5)
                assert not done
                other.execute("SELECT pg_advisory_unlock(%s)", (lock,))
                assert (await upgrading).ready


async def _open(url: str) -> None:
    ambient = Ambient(SteppingClock(), JsonCodec())
    async with open_storage(StorageSettings(url=url), ambient) as storage:
        assert (await storage.schema.status()).ready


async def _run(database: Database, statement: str) -> None:
    async with database.write() as connection:
        await connection.execute(sa.text(statement))
