"""New jobs on their way into the table: all of one kind in one statement, on both dialects."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from homeroom.kernel.ids import JobId
from homeroom.kernel.jobs import Job, JobRequest
from homeroom_adapters.sql.alchemy import insert_into
from homeroom_adapters.sql.engine import Connection
from homeroom_adapters.sql.fixed import Fixed
from homeroom_adapters.sql.job_rows import row_of
from homeroom_adapters.sql.notices import telling
from homeroom_adapters.sql.sent import Sent
from homeroom_adapters.sql.tables import DEDUPED, jobs

OWN = Sent("asked", {name: jobs.c[name].type for name in ("id", "payload", "dedupe_key")})
"""The columns in which jobs of one kind differ."""

SHARED = tuple(
    column
    for column in jobs.c
    if column.name == "institution_id" or not (column.nullable or column.name in OWN.columns)
)
"""The others that a new job has; what is left begins empty."""


class Asked(NamedTuple):
    """A job that was asked for: what it shares with others of its kind, and what is its own."""

    kind: Job
    """An example, whose id, payload and key do not count. The same object for the same kind."""

    id: JobId
    payload: str
    dedupe_key: str | None = None


def plainly_alike(one: JobRequest, other: JobRequest) -> bool:
    """A quick yes: many requests at once are mostly alike. A no may be wrong."""
    return (
        type(one.work) is type(other.work)
        and one.policy is other.policy
        and one.run_at is other.run_at
        and one.institution_id is other.institution_id
    )


def by_kind(asked: Iterable[Asked]) -> list[list[Asked]]:
    """Those of one kind together, each in order."""
    kinds: dict[int, list[Asked]] = {}
    for one in asked:
        kinds.setdefault(id(one.kind), []).append(one)
    return list(kinds.values())


async def insert_plain(connection: Connection, asked: Sequence[Asked]) -> None:
    """Put jobs of one kind, none with a key, and tell listening workers once that is committed."""
    await _PLAIN.run(connection, _values(connection, asked))


async def insert_keyed(connection: Connection, asked: Sequence[Asked]) -> dict[str | None, JobId]:
    """Put jobs of one kind, each with a key of its own; who holds each key now.

    That is an older job, if one with this key is unfinished. Touching its row is what makes it
    answer, and waits for a transaction under way that holds the key.
    """
    rows = await _KEYED.run(connection, _values(connection, asked))
    return {key: JobId(job_id) for job_id, key, *_ in rows}


def _values(connection: Connection, asked: Sequence[Asked]) -> dict[str, Any]:
    shared = row_of(asked[0].kind)
    own = [(one.id, one.payload, one.dedupe_key) for one in asked]
    return {column.name: shared[column.name] for column in SHARED} | OWN.parameters(
        connection.dialect.name, own
    )


def _insert(dialect: str) -> Any:
    shared = [sa.bindparam(column.name, type_=column.type) for column in SHARED]
    # SQLite would take ON CONFLICT for a join's condition, were there no WHERE.
    rows = sa.select(*OWN.table(dialect).values(), *shared).where(sa.true())
    return insert_into(jobs, dialect).from_select(
        [*OWN.columns, *(column.name for column in SHARED)], rows
    )


def _plain(dialect: str) -> Any:
    return telling(dialect, _insert(dialect))


def _keyed(dialect: str) -> Any:
    insert = _insert(dialect)
    touched = insert.on_conflict_do_update(
        index_elements=[jobs.c.name, jobs.c.dedupe_key],
        index_where=sa.text(DEDUPED),
        set_={"dedupe_key": insert.excluded.dedupe_key},
    )
    return telling(dialect, touched, jobs.c.id, jobs.c.dedupe_key)


_PLAIN, _KEYED = Fixed(_plain), Fixed(_keyed)
