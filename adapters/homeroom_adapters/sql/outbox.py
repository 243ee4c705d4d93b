"""The outbox: events laid down with the state that made them true, and told after the commit."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import attrs
import sqlalchemy as sa

from homeroom.kernel.aggregates import Event, event_names
from homeroom.kernel.bus import Envelope, OutboxReader, Publish
from homeroom.kernel.clock import Clock
from homeroom.kernel.codec import Codec
from homeroom.kernel.ids import EventId, InstitutionId
from homeroom.kernel.queue import FACTS
from homeroom.kernel.tracing import current_trace
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.fixed import Fixed
from homeroom_adapters.sql.notices import Signal, notify
from homeroom_adapters.sql.rows import Row, Select, delete_free
from homeroom_adapters.sql.sent import Cell
from homeroom_adapters.sql.sent_rows import ForMany, inserting, sent_along
from homeroom_adapters.sql.tables import outbox

RESERVED_FOR = timedelta(seconds=15)
"""How long a reader on SQLite may take to tell events before another one may try."""

_UNTOLD = outbox.c.delivered_at.is_(None)
_ANY_UNTOLD = sa.select(outbox.c.position).where(_UNTOLD).limit(1)


@attrs.frozen
class SqlOutbox:
    """Lays events down inside a unit."""

    _connection: AsyncConnection
    _codec: Codec
    _signal: Signal

    async def put(self, *events: Event) -> None:
        if events:
            await _PUT.run(self._connection, map(self._row, events))
            await notify(self._connection, [FACTS])
            self._signal(FACTS)

    def _row(self, happened: Event) -> dict[str, Cell]:
        return {
            "event_id": happened.event_id,
            "name": event_names.name_of(type(happened)),
            "payload": self._codec.encode(happened),
            "occurred_at": happened.occurred_at,
            "institution_id": happened.institution_id,
            "trace_id": current_trace(),
        }


_HAPPENED = sent_along(
    "happened",
    outbox,
    *("event_id", "name", "payload", "occurred_at", "institution_id", "trace_id"),
)
_PUT = ForMany(_HAPPENED, Fixed(lambda dialect: inserting(dialect, outbox, _HAPPENED)))


@attrs.frozen
class PostgresOutboxReader:
    """Locks the rows it tells, so that readers beside it step over them.

    Rows count as untold until the transaction commits: if the process dies, so do its locks.
    """

    _database: Database
    _clock: Clock

    async def deliver(self, publish: Publish, *, limit: int) -> int:
        untold = _oldest(sa.select(outbox), limit).with_for_update(skip_locked=True)
        async with self._database.write() as connection:
            rows = (await connection.execute(untold)).all()
            if rows:
                await publish([_envelope(row) for row in rows])
                await connection.execute(_mark(rows, delivered_at=self._clock.now()))
        return len(rows)

    async def forget(self, *, told_before: datetime, limit: int) -> int:
        return await _forget(self._database, told_before, limit)


@attrs.frozen
class SqliteOutboxReader:
    """Reserves the rows it tells, so that nobody waits for the writer's lock meanwhile."""

    _database: Database
    _clock: Clock

    async def deliver(self, publish: Publish, *, limit: int) -> int:
        async with self._reserved(limit) as rows:
            if rows:
                await publish([_envelope(row) for row in rows])
                await self._note(_mark(rows, delivered_at=self._clock.now()))
        return len(rows)

    async def forget(self, *, told_before: datetime, limit: int) -> int:
        return await _forget(self._database, told_before, limit)

    @asynccontextmanager
    async def _reserved(self, limit: int) -> AsyncIterator[Sequence[Row]]:
        rows = await self._reserve(limit)
        try:
            yield rows
        except BaseException:
            if rows:
                await self._note(_mark(rows, reserved_until=None))
            raise

    async def _reserve(self, limit: int) -> Sequence[Row]:
        now = self._clock.now()
        free = sa.or_(outbox.c.reserved_until.is_(None), outbox.c.reserved_until <= now)
        chosen = _oldest(sa.select(outbox.c.position).where(free), limit)
        reserve = (
            sa.update(outbox)
            .where(outbox.c.position.in_(chosen.scalar_subquery()))
            .values(reserved_until=now + RESERVED_FOR)
            .returning(outbox)
        )
        async with self._database.read() as connection:  # writers are not disturbed for nothing
            if (await connection.execute(_ANY_UNTOLD)).first() is None:
                return []
        async with self._database.write() as connection:
            rows = (await connection.execute(reserve)).all()
        return sorted(rows, key=lambda row: row.position)

    async def _note(self, change: sa.Update) -> None:
        async with self._database.write() as connection:
            await connection.execute(change)


def outbox_reader(database: Database, clock: Clock) -> OutboxReader:
    """The reader that suits *database*."""
    if database.is_sqlite:
        return SqliteOutboxReader(database, clock)
    return PostgresOutboxReader(database, clock)


def _oldest(rows: Select, limit: int) -> Select:
    # Never "after the last position seen": positions are given out before the commit, so a
    # transaction that commits late would be passed over for ever.
    return rows.where(_UNTOLD).order_by(outbox.c.position).limit(limit)


def _mark(rows: Sequence[Row], **values: datetime | None) -> sa.Update:
    told = outbox.c.position.in_([row.position for row in rows])
    return sa.update(outbox).where(told).values(**values)


def _envelope(row: Row) -> Envelope:
    return Envelope(
        id=EventId(row.event_id),
        name=row.name,
        payload=row.payload,
        occurred_at=row.occurred_at,
        institution_id=InstitutionId(row.institution_id),
        trace_id=row.trace_id,
    )


async def _forget(database: Database, told_before: datetime, limit: int) -> int:
    old = sa.select(outbox.c.position).where(outbox.c.delivered_at < told_before)
    async with database.write() as connection:
        return await delete_free(connection, outbox.c.position, old.limit(limit))
