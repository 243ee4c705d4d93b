"""What the database says, read behind Homeroom's back: no code of ours stands between."""

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import attrs
import psycopg


class Database(Protocol):
    """Runs SQL with `?` for parameters, each statement for itself."""

    def rows(self, statement: str, *given: object) -> Sequence[tuple[Any, ...]]: ...


@attrs.frozen
class SqliteFile:
    path: Path

    def rows(self, statement: str, *given: object) -> Sequence[tuple[Any, ...]]:
        connection = sqlite3.connect(self.path, timeout=20, isolation_level=None)
        try:
            return connection.execute(statement, given).fetchall()
        finally:
            connection.close()


@attrs.frozen
class PostgresDatabase:
    url: str

    def rows(self, statement: str, *given: object) -> Sequence[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement.replace("?", "%s").encode(), given)
            return cursor.fetchall() if cursor.description else []


@attrs.frozen
class Row:
    """How one job stands."""

    state: str
    attempts: int
    finished_at: float | None
    """Seconds since 1970."""

    last_error: str | None


@attrs.frozen
class Ledger:
    """Jobs by their numbers, and the effects they had."""

    database: Database

    def effects(self) -> Counter[int]:
        """How often each job had its effect."""
        told = self.database.rows("SELECT payload FROM outbox WHERE name = 'faults.toiled.v1'")
        return Counter(json.loads(payload)["n"] for (payload,) in told)

    def unfinished(self) -> int:
        ((count,),) = self.database.rows(
            "SELECT count(*) FROM jobs WHERE state IN ('scheduled', 'ready', 'running')"
        )
        return int(count)

    def held_by(self, pid: int) -> frozenset[int]:
        """What the worker process *pid* has claimed and not settled."""
        held = self.database.rows(
            "SELECT payload FROM jobs WHERE state = 'running' AND worker LIKE ?", f"%-{pid}-%"
        )
        return frozenset(json.loads(payload)["n"] for (payload,) in held)

    def jobs(self) -> Mapping[int, Row]:
        """Every job whose payload can be read."""
        rows = self.database.rows(
            "SELECT payload, state, attempts, finished_at, last_error FROM jobs"
        )
        return {
            json.loads(payload)["n"]: Row(state, attempts, _seconds(finished_at), last_error)
            for payload, state, attempts, finished_at, last_error in rows
        }


def ledger_of(url: str) -> Ledger:
    """The ledger of the storage at *url*."""
    if url.startswith("sqlite"):
        return Ledger(SqliteFile(Path(urlsplit(url).path.removeprefix("/"))))
    return Ledger(PostgresDatabase(url))


def _seconds(instant: datetime | int | None) -> float | None:
    if isinstance(instant, datetime):
        return instant.timestamp()
    return None if instant is None else instant / 1_000_000
