"""What is kept of the past: forgotten a portion at a time, so that nobody waits long for it."""

from collections.abc import Sequence
from datetime import datetime

import attrs
import sqlalchemy as sa

from homeroom.kernel.ids import ExecutionId
from homeroom.scheduling.model.executions import ENDED, ExecutionStatus
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.rows import Row, Select, delete_free
from homeroom_adapters.sql.scheduling_tables import UNFINISHED, channels, executions, tasks
from homeroom_adapters.sql.scheduling_texts import read_channel
from homeroom_adapters.sql.tables import institutions

_PAGE = 500
_BUFFERED = ExecutionStatus.BUFFERED
_UNDER_WAY = sorted(
    status.value for status in ExecutionStatus if status not in ENDED and status is not _BUFFERED
)
_BUSY = sa.text(f"executions.{UNFINISHED} AND executions.status <> '{_BUFFERED.value}'")
"""Written out as the index of unfinished ones has it: by parameters nobody finds the way there."""


@attrs.frozen
class SqlHistory:
    """Forgets in transactions of its own; what is under way stays until it has ended."""

    _database: Database

    async def forget(self, *, ended_before: datetime, limit: int) -> int:
        """What hangs on them, as the log does on executions, goes by its foreign key."""
        gone = 0
        async with self._database.write() as connection:
            for table, some in _forgettable(ended_before):
                if gone < limit:
                    gone += await delete_free(connection, table.c.id, some.limit(limit - gone))
        return gone

    async def forget_ends(self, *, at: datetime) -> int:
        forgotten, ends = 0, await self._ends("")
        while ends:
            silent = _silent(ends, at)
            forgotten += await self._forget_unused(silent, at) if silent else 0
            ends = await self._ends(ends[-1][0])
        return forgotten

    async def _ends(self, after: str) -> Sequence[Row]:
        known = _ENDS.where(channels.c.fingerprint > after)
        async with self._database.read() as connection:
            page = known.order_by(channels.c.fingerprint).limit(_PAGE)
            return (await connection.execute(page)).all()

    async def _forget_unused(self, ends: Sequence[str], at: datetime) -> int:
        """No end is held while the tasks are looked through; what it has told meanwhile counts."""
        sent_to = sa.select(tasks.c.target_fingerprint).where(tasks.c.deleted_at.is_(None))
        among = sent_to.where(tasks.c.target_fingerprint.in_(ends))
        async with self._database.read() as connection:
            used = {row[0] for row in await connection.execute(among)}
        unused = channels.c.fingerprint.in_([end for end in ends if end not in used])
        async with self._database.write() as connection:
            free = _ENDS.where(unused).with_for_update(skip_locked=True)
            silent = _silent((await connection.execute(free)).all(), at)
            gone = sa.delete(channels).where(channels.c.fingerprint.in_(silent))
            await connection.execute(gone)
        return len(silent)

    async def abandoned(self, *, unchanged_since: datetime, limit: int) -> Sequence[ExecutionId]:
        quiet = (
            sa.select(executions.c.id)
            .where(_BUSY, executions.c.changed_at <= unchanged_since)
            .order_by(executions.c.changed_at, executions.c.id)
            .limit(limit)
        )
        async with self._database.read() as connection:
            return [ExecutionId(row[0]) for row in await connection.execute(quiet)]


_ENDS = sa.select(channels.c.fingerprint, channels.c.state)


def _silent(ends: Sequence[Row], at: datetime) -> list[str]:
    """Those of *ends* that say nothing any more."""
    return [
        end for end, state in ends if state is None or read_channel(end, state).says_nothing(at=at)
    ]


def _forgettable(before: datetime) -> Sequence[tuple[sa.Table, Select]]:
    """What is forgotten of each table, one after the other: tasks when nothing is left of them.

    Old executions are looked for in one institution after the other: so does an index go that is
    there for other reasons.
    """
    everywhere = executions.c.institution_id.in_(sa.select(institutions.c.id))
    old = sa.select(executions.c.id).where(executions.c.finished_at < before, everywhere)
    was_deleted = tasks.c.deleted_at.is_not(None)
    of_deleted = sa.select(executions.c.id).join(tasks, tasks.c.id == executions.c.task_id)
    orphans = of_deleted.where(was_deleted, executions.c.status.not_in(_UNDER_WAY))
    ran = sa.exists().where(executions.c.task_id == tasks.c.id)
    emptied = sa.select(tasks.c.id).where(was_deleted, tasks.c.deleted_at < before, sa.not_(ran))
    return (executions, old), (executions, orphans), (tasks, emptied)
