"""Every revision can be climbed, left and climbed again; at the top stands what the tables say."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.schema import SqlSchema, alembic_config, revisions
from homeroom_adapters.sql.tables import metadata

pytestmark = pytest.mark.anyio


async def test_every_step_of_the_stairs_holds(empty: Database) -> None:
    for below, step in zip(("base", *revisions()), revisions(), strict=False):
        await _move(empty, lambda config, step=step: command.upgrade(config, step))
        await _move(empty, lambda config, below=below: command.downgrade(config, below))
        await _move(empty, lambda config, step=step: command.upgrade(config, step))
        assert (await SqlSchema(empty).status()).current == step


async def test_the_way_down_leaves_nothing_behind(empty: Database) -> None:
    await SqlSchema(empty).upgrade()
    await _move(empty, lambda config: command.downgrade(config, "base"))
    async with empty.read() as connection:
        left = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
    assert left == ["alembic_version"]


async def test_migrations_and_tables_agree(empty: Database) -> None:
    await SqlSchema(empty).upgrade()
    async with empty.read() as connection:
        assert await connection.run_sync(_differences) == []


async def test_migrations_and_tables_have_the_same_indexes(empty: Database) -> None:
    async with empty.transaction() as connection:
        await connection.run_sync(metadata.create_all)
        created = await connection.run_sync(_indexes)
    await SqlSchema(empty).upgrade()
    async with empty.read() as connection:
        assert await connection.run_sync(_indexes) == created


async def test_the_migrations_can_be_written_down_without_a_database(
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = Config()
    config.set_main_option("script_location", "homeroom_adapters.sql:migrations")
    command.upgrade(config, "head", sql=True)
    assert "CREATE TABLE jobs" in capsys.readouterr().out


def test_the_revisions_are_one_line_in_the_order_of_their_names() -> None:
    config = Config()
    config.set_main_option("script_location", "homeroom_adapters.sql:migrations")
    scripts = ScriptDirectory.from_config(config)
    climbed = [script.revision for script in scripts.walk_revisions()]
    assert climbed[::-1] == list(revisions())


async def _move(database: Database, how: Callable[[Config], None]) -> None:
    async with database.write() as connection:
        await connection.run_sync(lambda sync: how(alembic_config(sync)))


def _differences(connection: sa.Connection) -> list[object]:
    def is_no_index(*described: object) -> bool:
        return described[2] != "index"  # the next test compares those, to the letter

    options = {"compare_type": True, "include_object": is_no_index}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, metadata))


def _indexes(connection: sa.Connection) -> list[tuple[str, str]]:
    """Their definitions as the database tells them: Alembic does not compare conditions."""
    if connection.dialect.name == "sqlite":
        asked = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    else:
        asked = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    rows = connection.execute(sa.text(asked))
    return sorted((name, sql) for name, sql in rows if not name.startswith("alembic"))
