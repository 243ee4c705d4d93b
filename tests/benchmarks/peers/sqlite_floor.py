"""What SQLite itself asks for: a bare loop that inserts a batch, then marks it done.

As durable as ours: a write-ahead log that is synced at every commit. With `house` in front the
rows are ours, with every column and index, and each batch is claimed in between.

python sqlite_floor.py [house] through URL JOBS BATCH
python sqlite_floor.py delayed URL JOBS SECONDS

`delayed` is a timer and one commit for each job when it is due: nobody durable is earlier.
"""

import asyncio
import json
import random
import resource
import sqlite3
import sys
import time
import uuid
from collections.abc import Sequence

BARE = "CREATE TABLE job (id BLOB PRIMARY KEY, name TEXT, payload TEXT, state TEXT) WITHOUT ROWID"
PAYLOAD = '{"n":1.0,"t":0.0}'
Statement = tuple[str, list[tuple[object, ...]]]

OURS = {
    "name": "bench.no_op.v1",
    "payload": PAYLOAD,
    "queue": "default",
    "priority": 0,
    "max_attempts": 5,
    "backoff_base": 1.0,
    "backoff_cap": 3600.0,
    "backoff_jitter": 1.0,
    "timeout": 60.0,
    "state": "ready",
    "run_at": 1_760_000_000_000_000,
    "attempts": 0,
    "token": 0,
    "progress": 0.0,
    "trace_id": "",
    "created_at": 1_760_000_000_000_000,
}
CLAIM = (
    "UPDATE jobs SET state = 'running', attempts = attempts + 1, token = token + 1,"
    " worker = 'floor', lease_until = 1760000015000000 WHERE id = ? AND state = 'ready'"
)
DONE = (
    "UPDATE jobs SET state = 'succeeded', finished_at = 1760000001000000, progress = 1.0,"
    " worker = NULL, lease_until = NULL WHERE id = ? AND token = 1 AND state = 'running'"
)


def bare_batch(size: int) -> list[Statement]:
    ids = [uuid.uuid4().bytes for _ in range(size)]
    rows: list[tuple[object, ...]] = [(i, "bench", PAYLOAD, "ready") for i in ids]
    marked: list[tuple[object, ...]] = [(i,) for i in ids]
    return [
        ("INSERT INTO job VALUES (?, ?, ?, ?)", rows),
        ("UPDATE job SET state = 'done' WHERE id = ?", marked),
    ]


def our_batch(size: int) -> list[Statement]:
    ids = [uuid.uuid4().hex for _ in range(size)]
    places = ", ".join("?" for _ in range(len(OURS) + 1))
    insert = f"INSERT INTO jobs (id, {', '.join(OURS)}) VALUES ({places})"
    rows: list[tuple[object, ...]] = [(i, *OURS.values()) for i in ids]
    marked: list[tuple[object, ...]] = [(i,) for i in ids]
    return [(insert, rows), (CLAIM, marked), (DONE, marked)]


async def our_schema(url: str) -> None:
    from homeroom_entrypoints.composition.application import storage_settings
    from homeroom_entrypoints.composition.plugins import find_adapter
    from homeroom_entrypoints.composition.settings import load_settings

    settings = load_settings({"HOMEROOM_STORAGE__URL": url})
    async with find_adapter("schema", "sql")(storage_settings(settings)) as schema:
        await schema.upgrade()


def opened(url: str, *, house: bool) -> sqlite3.Connection:
    if house:
        asyncio.run(our_schema(url))
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    if not house:
        connection.execute(BARE)
    return connection


def write(connection: sqlite3.Connection, batch: Sequence[Statement]) -> None:
    """Each statement in a transaction of its own, as asking and finishing are apart."""
    for statement, rows in batch:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(statement, rows)
        connection.execute("COMMIT")


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def through(url: str, jobs: int, batch: int, *, house: bool) -> dict[str, float]:
    """Jobs per second, each inserted and marked done."""
    connection = opened(url, house=house)
    batch_of = our_batch if house else bare_batch
    began, used = time.perf_counter(), cpu()
    for first in range(0, jobs, batch):
        write(connection, batch_of(min(batch, jobs - first)))
    seconds, used = time.perf_counter() - began, cpu() - used
    return {"jobs/s": jobs / seconds, "CPU µs/job": used / jobs * 1e6}


def delayed(url: str, jobs: int, window: float) -> dict[str, float]:
    """How late each job is marked that is due at random within the window, in ms."""
    connection = opened(url, house=False)
    ids = [uuid.uuid4().bytes for _ in range(jobs)]
    rows: list[tuple[object, ...]] = [(i, "bench", PAYLOAD, "scheduled") for i in ids]
    write(connection, [("INSERT INTO job VALUES (?, ?, ?, ?)", rows)])
    luck, opens, late = random.Random(20_000), time.time() + 0.2, []
    dues = sorted(opens + luck.random() * window for _ in ids)
    for number, due in zip(ids, dues, strict=True):
        time.sleep(max(0.0, due - time.time()))
        write(connection, [("UPDATE job SET state = 'running' WHERE id = ?", [(number,)])])
        late.append((time.time() - due) * 1e3)
    late.sort()
    return {"p50 ms": late[jobs // 2], "p99 ms": late[int(0.99 * jobs)], "early": 0.0}


def main(words: list[str]) -> dict[str, float]:
    house = words[0] == "house"
    command, url, jobs, amount = words[house:]
    if command == "delayed":
        return delayed(url, int(jobs), float(amount))
    return through(url, int(jobs), int(amount), house=house)


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:])), flush=True)
