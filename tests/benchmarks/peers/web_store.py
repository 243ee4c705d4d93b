"""The store behind the applications that are not ours: keys and jobs, in a dict or in SQLite."""

import hashlib
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

KEY = "hr_bench_0123456789abcdefghijklmnopqrstuvwxyz"
SCHOOL = uuid.UUID("0199aaaa-0000-7000-8000-000000000001")
JOB = uuid.UUID("0199aaaa-0000-7000-8000-000000000002")
NOW = datetime(2026, 3, 1, 8, 30, 15, 123456, tzinfo=UTC)

ROW: Mapping[str, Any] = {
    "id": JOB,
    "institution_id": SCHOOL,
    "name": "operations.checkup.v1",
    "queue": "default",
    "priority": 50,
    "state": "ready",
    "run_at": NOW,
    "attempts": 0,
    "max_attempts": 3,
    "progress": 0.0,
    "worker": None,
    "lease_until": None,
    "last_error": None,
    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "created_at": NOW,
    "finished_at": None,
}

metadata = sa.MetaData()
jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("institution_id", sa.Uuid, index=True),
    *(sa.Column(name, sa.String) for name in ("name", "queue", "state", "worker")),
    *(sa.Column(name, sa.Integer) for name in ("priority", "attempts", "max_attempts")),
    *(sa.Column(name, sa.String) for name in ("last_error", "trace_id")),
    *(sa.Column(name, sa.DateTime) for name in ("run_at", "lease_until")),
    *(sa.Column(name, sa.DateTime) for name in ("created_at", "finished_at")),
    sa.Column("progress", sa.Float),
)
keys = sa.Table(
    "keys",
    metadata,
    sa.Column("digest", sa.String, primary_key=True),
    sa.Column("institution_id", sa.Uuid),
    sa.Column("role", sa.String),
)


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class Store(Protocol):
    async def school_of(self, digest: str) -> uuid.UUID | None: ...

    async def job(self, job_id: uuid.UUID, school: uuid.UUID) -> Mapping[str, Any] | None: ...


class MemoryStore:
    async def school_of(self, digest: str) -> uuid.UUID | None:
        return SCHOOL if digest == digest_of(KEY) else None

    async def job(self, job_id: uuid.UUID, school: uuid.UUID) -> Mapping[str, Any] | None:
        return ROW if (job_id, school) == (JOB, SCHOOL) else None


class SqliteStore:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def school_of(self, digest: str) -> uuid.UUID | None:
        wanted = sa.select(keys.c.institution_id).where(keys.c.digest == digest)
        async with self._engine.connect() as connection:
            school: uuid.UUID | None = (await connection.execute(wanted)).scalar_one_or_none()
            return school

    async def job(self, job_id: uuid.UUID, school: uuid.UUID) -> Mapping[str, Any] | None:
        wanted = sa.select(jobs).where(jobs.c.id == job_id, jobs.c.institution_id == school)
        async with self._engine.connect() as connection:
            row = (await connection.execute(wanted)).mappings().one_or_none()
        return None if row is None else dict(row)


@asynccontextmanager
async def opened(store: str) -> AsyncIterator[Store]:
    """The store at *store*: `memory`, or a directory for a file with one key and one job."""
    if store == "memory":
        yield MemoryStore()
        return
    engine = create_async_engine(f"sqlite+aiosqlite:///{Path(store) / 'peer.sqlite3'}")
    event.listen(engine.sync_engine, "connect", _keep_log_ahead)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)
        await connection.execute(sa.insert(jobs), dict(ROW))
        key = {"digest": digest_of(KEY), "institution_id": SCHOOL, "role": "ADMIN"}
        await connection.execute(sa.insert(keys), key)
    yield SqliteStore(engine)
    await engine.dispose()


def _keep_log_ahead(connection: Any, _: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
