"""The schema: which revision a database is at, and how it gets to the newest one."""

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import attrs
import sqlalchemy as sa

import homeroom_adapters.sql.adaptive_tables
import homeroom_adapters.sql.consent_tables
import homeroom_adapters.sql.exams_tables
import homeroom_adapters.sql.identity_tables
import homeroom_adapters.sql.people_tables
import homeroom_adapters.sql.progress_tables
import homeroom_adapters.sql.question_generation_tables
import homeroom_adapters.sql.question_regrade_tables
import homeroom_adapters.sql.record_tables
import homeroom_adapters.sql.roster_tables
import homeroom_adapters.sql.scheduling_tables
import homeroom_adapters.sql.sitting_event_tables
import homeroom_adapters.sql.sitting_tables
import homeroom_adapters.sql.statistics_tables  # noqa: F401 - and so are these
from homeroom.house import SchemaBehind, SchemaStatus
from homeroom_adapters.sql import tables
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.engine import Database

if TYPE_CHECKING:
    from alembic.config import Config

_UPGRADE_LOCK = 0x686F6D65726F6F6D
"""Whoever upgrades a PostgreSQL database holds this advisory lock: "homeroom" in ASCII."""

_REVISION_TABLE = "alembic_version"


@cache
def revisions() -> tuple[str, ...]:
    """Every revision this version knows, oldest first."""
    scripts = files("homeroom_adapters.sql").joinpath("migrations", "versions").iterdir()
    names = (script.name for script in scripts if script.name[:4].isdigit())
    return tuple(sorted(name.partition("_")[0] for name in names))


@attrs.frozen
class SqlSchema:
    """The shape of one database."""

    _database: Database

    async def status(self) -> SchemaStatus:
        found = await self._seen()
        self._refuse_wreck(found)
        return SchemaStatus(found.current, revisions()[-1])

    async def upgrade(self) -> SchemaStatus:
        """In one transaction, which the others who try wait for. Raises `SchemaBehind`."""
        if (await self._seen()).complete:
            return SchemaStatus(revisions()[-1], revisions()[-1])
        async with self._database.write() as connection:
            await self._lock(connection)
            found = await _look(connection)
            self._refuse_wreck(found)
            if found.current != revisions()[-1]:
                await connection.run_sync(_run_migrations)
        return await self.status()

    async def require(self) -> None:
        """Raises `SchemaBehind` unless the database has exactly the schema we need."""
        found = await self._seen()
        self._refuse_wreck(found)
        if found.current != revisions()[-1]:
            raise SchemaBehind(
                f"{self._database.name} is at revision {found.current or 'none'}, this version "
                f"needs {revisions()[-1]}; run `homeroom db upgrade`"
            )

    async def _seen(self) -> "_Found":
        async with self._database.read() as connection:
            return await _look(connection)

    async def _lock(self, connection: AsyncConnection) -> None:
        if not self._database.is_sqlite:
            await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_UPGRADE_LOCK)))

    def _refuse_wreck(self, found: "_Found") -> None:
        """What an upgrade cannot mend."""
        place, wanted = self._database.name, revisions()[-1]
        if found.current is not None and found.current not in revisions():
            raise SchemaBehind(
                f"{place} is at revision {found.current}, which this version does not know, for "
                f"it needs {wanted}; run the newer homeroom that upgraded it"
            )
        if found.current == wanted and found.missing:
            raise SchemaBehind(
                f"{place} says it is at revision {wanted}, which this version needs, but lacks "
                f"{', '.join(sorted(found.missing))}: a migration stopped half-way; "
                "restore a backup"
            )
        if found.current is None and found.present:
            raise SchemaBehind(
                f"{place} is at no revision, but has {', '.join(sorted(found.present))} already, "
                f"where this version needs {wanted}: a migration stopped half-way, or the tables "
                "are somebody else's; restore a backup or choose an empty database"
            )


@attrs.frozen
class _Found:
    """What a look at the database shows."""

    current: str | None
    present: frozenset[str]

    @property
    def missing(self) -> frozenset[str]:
        return frozenset(tables.metadata.tables) - self.present

    @property
    def complete(self) -> bool:
        return self.current == revisions()[-1] and not self.missing


async def _look(connection: AsyncConnection) -> _Found:
    names = await connection.run_sync(lambda sync: set(sa.inspect(sync).get_table_names()))
    current = None
    if _REVISION_TABLE in names:
        asked = sa.text(f"SELECT version_num FROM {_REVISION_TABLE}")  # noqa: S608 - our constant
        current = ", ".join((await connection.execute(asked)).scalars()) or None
    return _Found(current, frozenset(names & tables.metadata.tables.keys()))


def alembic_config(connection: sa.Connection) -> "Config":
    """Alembic, told where our migrations are and to use *connection* as it is."""
    # Loading Alembic takes longer than everything else at start.
    from alembic.config import Config  # noqa: PLC0415 - rarely needed, slow to load

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "homeroom_adapters.sql:migrations")
    return config


def _run_migrations(connection: sa.Connection) -> None:
    from alembic import command  # noqa: PLC0415 - rarely needed, slow to load

    command.upgrade(alembic_config(connection), "head")
