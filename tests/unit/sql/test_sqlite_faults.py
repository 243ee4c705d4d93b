"""What can go wrong with a file: full, locked, read-only, missing, somebody else's."""

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection

from homeroom.house import StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Unavailable
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.sql.engine import Database, open_database
from homeroom_adapters.sql.storage import open_storage
from homeroom_adapters.sql.tables import inbox
from homeroom_testing.clock import NOON, SteppingClock

pytestmark = pytest.mark.anyio


async def test_a_full_disk_is_told_and_what_was_committed_stays(file: Path) -> None:
    await _open(f"sqlite:///{file}")
    async with open_database(f"sqlite:///{file}", pool_size=1) as database:
        sa.event.listen(database.engine.sync_engine, "connect", _leave_no_room)
        await _hear(database, "before")
        with pytest.raises(Unavailable, match=r"the disk of .* is full; make room"):
            await _hear(database, "x" * 1_000_000)
        assert await _heard(database) == ["before"]
        await _hear(database, "small enough")


async def test_a_file_locked_by_another_process_is_told(database: Database, file: Path) -> None:
    with sqlite3.connect(file, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked by another process"):
            await _hear(database, "m1")
        assert await _heard(database) == []
        other.execute("ROLLBACK")
    other.close()
    await _hear(database, "m1")
    assert await _heard(database) == ["m1"]


async def test_a_read_only_file_is_told(database: Database, file: Path) -> None:
    with pytest.raises(Unavailable, match="is read-only; let us write to it"):
        async with open_database(f"sqlite:///file:{file}?mode=ro&uri=true", pool_size=1) as other:
            await _hear(other, "m1")


async def test_a_missing_directory_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be opened; is its directory there"):
        await _open(f"sqlite:///{tmp_path / 'nowhere' / 'homeroom.sqlite3'}")


async def test_a_file_that_is_no_database_is_told(file: Path) -> None:
    file.write_bytes(b"Dear diary, " * 1000)
    with pytest.raises(Unavailable, match="is not a SQLite database"):
        await _open(f"sqlite:///{file}")


async def test_a_busy_pool_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("homeroom_adapters.sql.engine.POOL_SECONDS", 0.1)
    async with open_database(f"sqlite:///{file}", pool_size=1) as database, database.read():
        with pytest.raises(Unavailable, match="every database connection is busy"):
            async with database.read():
                pass


async def test_the_file_is_durable_and_keeps_its_references(database: Database) -> None:
    async with database.read() as connection:
        for question, answer in [
            ("PRAGMA journal_mode", "wal"),
            ("PRAGMA synchronous", 2),
            ("PRAGMA foreign_keys", 1),
        ]:
            assert (await connection.execute(sa.text(question))).scalar_one() == answer


async def test_writers_take_turns_in_the_order_they_came(database: Database) -> None:
    first = asyncio.Event()
    order: list[int] = []

    async def write(number: int) -> None:
        async with database.write():
            order.append(number)
            first.set()
            await asyncio.sleep(0.01)

    writers = [asyncio.create_task(write(number)) for number in range(8)]
    await first.wait()
    await asyncio.gather(*writers)
    assert order == list(range(8))


async def test_two_processes_write_to_one_file(file: Path) -> None:
    url = f"sqlite:///{file}"
    await _open(url)
    others = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", _WRITER, url, f"process {n}")
        for n in range(2)
    ]
    assert [await other.wait() for other in others] == [0, 0]
    async with open_database(url, pool_size=1) as database:
        assert len(await _heard(database)) == 100


async def test_what_a_killed_process_committed_is_there_and_nothing_else(file: Path) -> None:
    url = f"sqlite:///{file}"
    await _open(url)
    killed = subprocess.Popen([sys.executable, "-c", _DYING_WRITER, url])
    assert killed.wait(30) == -9
    async with open_database(url, pool_size=1) as database:
        assert await _heard(database) == ["committed"]
        await _hear(database, "afterwards")


_IMPORTS = """
import asyncio, os, signal, sys
from homeroom_adapters.sql.engine import open_database
from homeroom_adapters.sql.tables import inbox
from homeroom_testing.clock import NOON
import sqlalchemy as sa

def row(message):
    return sa.insert(inbox).values(consumer="c", message_id=message, heard_at=NOON)
"""

_WRITER = f"""{_IMPORTS}
async def main(url, who):
    async with open_database(url, pool_size=2) as database:
        for number in range(50):
            async with database.write() as connection:
                await connection.execute(row(f"{{who}} {{number}}"))

asyncio.run(main(*sys.argv[1:]))
"""

_DYING_WRITER = f"""{_IMPORTS}
async def main(url):
    async with open_database(url, pool_size=2) as database:
        async with database.write() as connection:
            await connection.execute(row("committed"))
        async with database.write() as connection:
            await connection.execute(row("not committed"))
            os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main(*sys.argv[1:]))
"""


async def _open(url: str) -> None:
    async with open_storage(StorageSettings(url=url), Ambient(SteppingClock(), JsonCodec())):
        pass


async def _hear(database: Database, message: str) -> None:
    row = {"consumer": "c", "message_id": message, "heard_at": NOON}
    async with database.write() as connection:
        await connection.execute(sa.insert(inbox).values(row))


async def _heard(database: Database) -> list[str]:
    async with database.read() as connection:
        return list((await connection.execute(sa.select(inbox.c.message_id))).scalars())


def _leave_no_room(connection: DBAPIConnection, _: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA max_page_count = 60")
    cursor.close()
