"""Many new jobs on their way into PostgreSQL: it takes the first while the next are made."""

import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa

from homeroom.kernel.jobs import Job
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.fixed import lent_driver
from homeroom_adapters.sql.job_inserts import OWN, SHARED, Asked
from homeroom_adapters.sql.job_rows import row_of
from homeroom_adapters.sql.notices import news_of, notify
from homeroom_adapters.sql.tables import to_micros

if TYPE_CHECKING:  # SQLite does without PostgreSQL's driver
    from psycopg import AsyncCopy

PART = 1000
"""How many jobs are made while PostgreSQL takes the ones before."""

Put = Callable[[Sequence[Asked]], Awaitable[None]]

_COLUMNS = ", ".join([*OWN.columns, *(column.name for column in SHARED)])
_COPY = f"COPY jobs ({_COLUMNS}) FROM STDIN (FORMAT BINARY)".encode()

_BEGINS = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_ENDS = b"\xff\xff"
_HEAD = struct.pack(">hi", len(OWN.columns) + len(SHARED), 16)
_EMPTY = struct.pack(">i", -1)
_NUMBERS: dict[type, str] = {sa.SmallInteger: ">h", sa.Integer: ">i", sa.Double: ">d"}
_length = struct.Struct(">i").pack

_EPOCH = to_micros(datetime(2000, 1, 1, tzinfo=UTC))


@asynccontextmanager
async def copying(connection: AsyncConnection) -> AsyncIterator[Put]:
    """Puts jobs of any kind, none with a key, in one statement of the unit's transaction.

    Listening workers are told once that is committed.
    """
    kinds: dict[int, tuple[Job, bytes]] = {}

    def tail_of(kind: Job) -> bytes:
        found = kinds.get(id(kind))
        if found is None:
            found = kinds[id(kind)] = kind, _tail(kind)
        return found[1]

    async with lent_driver(connection) as driver, driver.cursor().copy(_COPY) as copy:
        await copy.write(_BEGINS)
        yield lambda asked: _put(copy, asked, tail_of)
        await copy.write(_ENDS)
    await notify(connection, {news_of(kind) for kind, _ in kinds.values()})


async def _put(copy: "AsyncCopy", asked: Sequence[Asked], tail_of: Callable[[Job], bytes]) -> None:
    rows: list[bytes] = []
    for one in asked:
        payload = one.payload.encode()
        rows += (_HEAD, one.id.bytes, _length(len(payload)), payload, _EMPTY, tail_of(one.kind))
    await copy.write(b"".join(rows))


def _tail(kind: Job) -> bytes:
    """The part of a row that jobs of one kind share."""
    row = row_of(kind)
    cells = [_cell(column.type, row[column.name]) for column in SHARED]
    return b"".join(_EMPTY if cell is None else _length(len(cell)) + cell for cell in cells)


def _cell(kind: sa.types.TypeEngine[object], value: object) -> bytes | None:
    """A value as PostgreSQL sends and takes it in binary; None is no value."""
    match value:
        case UUID():
            return value.bytes
        case datetime():
            return struct.pack(">q", to_micros(value) - _EPOCH)
        case float() | int():
            return struct.pack(_NUMBERS[type(kind)], value)
        case _:
            return None if value is None else str(value).encode()
