"""The other ends of deliveries, and the watches over tasks, inside a unit of work."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import attrs
import sqlalchemy as sa

from homeroom.kernel.ids import TaskId
from homeroom.scheduling.errors import StaleWatch, WatchNotFound
from homeroom.scheduling.model.channels import Channel
from homeroom.scheduling.model.watches import Watch
from homeroom_adapters.sql.agenda import Agenda
from homeroom_adapters.sql.alchemy import AsyncConnection, insert_into
from homeroom_adapters.sql.fixed import Fixed
from homeroom_adapters.sql.outbox import SqlOutbox
from homeroom_adapters.sql.rows import Select
from homeroom_adapters.sql.scheduling_rows import watch_cells, watch_from
from homeroom_adapters.sql.scheduling_tables import channels, watches
from homeroom_adapters.sql.scheduling_texts import channel_text, read_channel
from homeroom_adapters.sql.sent_rows import ForMany, inserting, sent_along


@attrs.frozen
class SqlChannels:
    """The receiving ends, inside a unit."""

    _connection: AsyncConnection

    async def get(self, fingerprint: str) -> Channel:
        wanted = {"fingerprint": fingerprint}
        rows = await _CHANNEL.run(self._connection, wanted)
        if not rows:  # there must be a row, or nobody could hold it
            rows = await _NEW_CHANNEL.run(self._connection, wanted)
        return _known(fingerprint, rows)

    async def look(self, fingerprint: str) -> Channel:
        rows = await _SEEN_CHANNEL.run(self._connection, {"fingerprint": fingerprint})
        return _known(fingerprint, rows)

    async def save(self, channel: Channel) -> None:
        values = {"fingerprint": channel.fingerprint, "known": channel_text(channel)}
        await _SAVE_CHANNEL.run(self._connection, values)


def _known(fingerprint: str, rows: Sequence[Sequence[Any]]) -> Channel:
    state = rows[0][0] if rows else None
    return Channel(fingerprint=fingerprint) if state is None else read_channel(fingerprint, state)


@attrs.frozen
class SqlWatches:
    """The watches, inside a unit."""

    _connection: AsyncConnection
    _outbox: SqlOutbox
    _agenda: Agenda

    async def get(self, task_id: TaskId) -> Watch:
        return self._only(await _WATCH.run(self._connection, {"wanted": task_id}))

    async def known_by(self, digest: str) -> Watch:
        return self._only(await _KNOWN_BY.run(self._connection, {"digest": digest}))

    async def save(self, *watches: Watch) -> None:
        new = [watch for watch in watches if watch.version == 0]
        changed = [watch for watch in watches if watch.version != 0]
        if new:
            first = [{**watch_cells(watch), "version": 1} for watch in new]
            _number(new, await _NEW_WATCHES.run(self._connection, first))
        if changed:
            cells = map(watch_cells, changed)
            _number(changed, await _CHANGE_WATCHES.run(self._connection, cells))
        if watches:
            await self._agenda.tell(self._connection, *watches)
            await self._outbox.put(*(told for one in watches for told in one.release_events()))

    async def remove(self, *task_ids: TaskId) -> None:
        if task_ids:
            await _REMOVE.run(self._connection, [{"task_id": one} for one in task_ids])

    async def silent(self, *, at: datetime, limit: int) -> Sequence[Watch]:
        rows = await _SILENT.run(self._connection, {"now": at, "at_most": limit})
        return [self._agenda.note_watch(watch_from(row)) for row in rows]

    def _only(self, rows: Sequence[Sequence[Any]]) -> Watch:
        if not rows:
            raise WatchNotFound
        return self._agenda.note_watch(watch_from(rows[0]))


def _number(saved: Sequence[Watch], rows: Sequence[Sequence[Any]]) -> None:
    """Give *saved* the versions that *rows* tell. Raises `StaleWatch` if one is not among them."""
    versions = {row[0]: row[1] for row in rows}
    if len(versions) < len(saved):
        raise StaleWatch
    for watch in saved:
        watch.version = versions[watch.task_id]


_FINGERPRINT = sa.bindparam("fingerprint", type_=sa.Text)
_WANTED = sa.bindparam("wanted", type_=watches.c.task_id.type)


def _insert(dialect: str, table: sa.Table) -> Any:
    return insert_into(table, dialect)


def _seen_channel(_dialect: str) -> Select:
    return sa.select(channels.c.state).where(channels.c.fingerprint == _FINGERPRINT)


def _channel(dialect: str) -> Select:
    return _seen_channel(dialect).with_for_update()


def _new_channel(dialect: str) -> Any:
    """Touching the row of a unit that came first is what makes it answer, and waits for it."""
    new = _insert(dialect, channels).values(fingerprint=_FINGERPRINT)
    touched = new.on_conflict_do_update(
        index_elements=[channels.c.fingerprint], set_={"fingerprint": new.excluded.fingerprint}
    )
    return touched.returning(channels.c.state)


def _save_channel(dialect: str) -> Any:
    state = sa.bindparam("known", type_=sa.Text)
    new = _insert(dialect, channels).values(fingerprint=_FINGERPRINT, state=state)
    return new.on_conflict_do_update(
        index_elements=[channels.c.fingerprint], set_={"state": new.excluded.state}
    )


def _watch(_dialect: str) -> Select:
    return sa.select(watches).where(watches.c.task_id == _WANTED).with_for_update()


def _known_by(_dialect: str) -> Select:
    digest = sa.bindparam("digest", type_=sa.Text)
    return sa.select(watches).where(watches.c.digest == digest).with_for_update()


_COLUMNS = tuple(column.name for column in watches.c)
_NEW = sent_along("new", watches, *_COLUMNS)
_CHANGED = sent_along("changed", watches, *_COLUMNS)
_REMOVED = sent_along("removed", watches, "task_id")


def _new_watches(dialect: str) -> Any:
    new = inserting(dialect, watches, _NEW)
    place = {name: new.excluded[name] for name in _COLUMNS if name not in {"task_id", "version"}}
    replaced = new.on_conflict_do_update(
        index_elements=[watches.c.task_id], set_={**place, "version": watches.c.version + 1}
    )
    return replaced.returning(watches.c.task_id, watches.c.version)


def _change_watches(dialect: str) -> Any:
    sent = _CHANGED.table(dialect)
    changes = {name: cell for name, cell in sent.items() if name not in {"task_id", "version"}}
    return (
        sa.update(watches)
        .where(watches.c.task_id == sent["task_id"], watches.c.version == sent["version"])
        .values(**changes, version=watches.c.version + 1)
        .returning(watches.c.task_id, watches.c.version)
    )


def _remove(dialect: str) -> Any:
    wanted = sa.select(_REMOVED.table(dialect)["task_id"])
    return sa.delete(watches).where(watches.c.task_id.in_(wanted))


def _silent(_dialect: str) -> Select:
    now = sa.bindparam("now", type_=watches.c.deadline.type)
    return (
        sa.select(watches)
        .where(watches.c.deadline <= now, watches.c.deadline.is_not(None))
        .order_by(watches.c.deadline, watches.c.task_id)
        .limit(sa.bindparam("at_most", type_=sa.Integer))
        .with_for_update(skip_locked=True)
    )


_CHANNEL, _SEEN_CHANNEL = Fixed(_channel), Fixed(_seen_channel)
_NEW_CHANNEL, _SAVE_CHANNEL = Fixed(_new_channel), Fixed(_save_channel)
_WATCH, _KNOWN_BY = Fixed(_watch), Fixed(_known_by)
_NEW_WATCHES = ForMany(_NEW, Fixed(_new_watches))
_CHANGE_WATCHES = ForMany(_CHANGED, Fixed(_change_watches))
_REMOVE, _SILENT = ForMany(_REMOVED, Fixed(_remove)), Fixed(_silent)
