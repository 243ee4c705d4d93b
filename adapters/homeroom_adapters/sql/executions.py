"""Executions inside a unit of work, and the log they write."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
import sqlalchemy as sa

from homeroom.kernel.ids import ExecutionId, TaskId
from homeroom.scheduling.errors import ExecutionNotFound, StaleExecution
from homeroom.scheduling.model.executions import Execution, ExecutionStatus
from homeroom.scheduling.model.policies import TaskStatus
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.fixed import Fixed
from homeroom_adapters.sql.outbox import SqlOutbox
from homeroom_adapters.sql.rows import Select
from homeroom_adapters.sql.scheduling_rows import (
    COURSE,
    FIXED,
    course_cells,
    execution_cells,
    execution_from,
    line_cells,
)
from homeroom_adapters.sql.scheduling_tables import UNFINISHED, execution_log, executions, tasks
from homeroom_adapters.sql.sent import Sent
from homeroom_adapters.sql.sent_rows import ForMany, inserting, sent_along


@attrs.frozen
class SqlExecutions:
    """The executions, inside a unit."""

    _connection: AsyncConnection
    _outbox: SqlOutbox

    async def add(self, *executions: Execution) -> frozenset[ExecutionId]:
        if not executions:
            return frozenset()
        rows = await _ADD.run_in_order(self._connection, list(map(execution_cells, executions)))
        added = frozenset(ExecutionId(row[0]) for row in rows)
        kept = [one for one in executions if one.id in added]
        for execution in kept:
            execution.version = 1
        await self._note(kept)
        return added

    async def get(self, execution_id: ExecutionId) -> Execution:
        rows = await _ONE.run(self._connection, {"wanted": execution_id})
        if not rows:
            raise ExecutionNotFound
        return execution_from(rows[0])

    async def save(self, *executions: Execution) -> None:
        if not executions:
            return
        cells = [(one.id, one.version, *course_cells(one)) for one in executions]
        if len(await _SAVE.run_in_order(self._connection, cells)) < len(executions):
            raise StaleExecution
        for execution in executions:
            execution.version += 1
        await self._note(executions)

    async def unfinished(
        self, *task_ids: TaskId, waiting: int | None = None
    ) -> Mapping[TaskId, Sequence[Execution]]:
        if not task_ids:
            return {}
        statement = _UNFINISHED if waiting is None else _FIRST_UNFINISHED
        rows = await statement.run(
            self._connection, [{"task_id": one, "waiting": waiting} for one in task_ids]
        )
        found: dict[TaskId, list[Execution]] = {}
        for execution in map(execution_from, rows):
            found.setdefault(execution.task_id, []).append(execution)
        return found

    async def awaited(self, *task_ids: TaskId) -> frozenset[TaskId]:
        if not task_ids:
            return frozenset()
        rows = await _AWAITED.run(self._connection, [{"task_id": one} for one in task_ids])
        return frozenset(TaskId(row[0]) for row in rows)

    async def _note(self, saved: Iterable[Execution]) -> None:
        """What *saved* have to tell: to the log, and to the outbox."""
        lines = [line_cells(one, line) for one in saved for line in one.release_lines()]
        if lines:
            await _NOTE.run(self._connection, lines)
        await self._outbox.put(*(told for one in saved for told in one.release_events()))


_PLACES = {"postgresql": "ctid", "sqlite": "rowid"}
_NEW = sent_along("new", executions, *FIXED, *COURSE)
_CHANGED = sent_along("changed", executions, "id", "version", *COURSE)
_OF_TASKS = sent_along("of_tasks", executions, "task_id")
_FIRST_OF_TASKS = Sent("first_of_tasks", {**_OF_TASKS.columns, "waiting": sa.Integer()})
_LINES = sent_along(
    "lines", execution_log, *(column.name for column in execution_log.c if column.name != "id")
)


def _add(dialect: str) -> Any:
    """Another unit under way that would add the same key is waited for."""
    keyed = [executions.c.task_id, executions.c.key]
    cautious = inserting(dialect, executions, _NEW).on_conflict_do_nothing(index_elements=keyed)
    return cautious.returning(executions.c.id)


def _one(_dialect: str) -> Select:
    wanted = sa.bindparam("wanted", type_=executions.c.id.type)
    return sa.select(executions).where(executions.c.id == wanted).with_for_update()


def _save(dialect: str) -> Any:
    """Rows are locked in the order in which the scheduler locks them, or each might wait for
    what the other has. Then they are changed where they were found: looked up by id once more,
    each would be compared with the whole list that was sent."""
    sent, mine = _CHANGED.table(dialect), _CHANGED.holds("id", executions.c.id, dialect)
    cells = (sent[name].label(name) for name in ("version", *COURSE))
    place: sa.ColumnElement[Any] = sa.literal_column("executions." + _PLACES[dialect])
    found = sa.select(place.label("place"), *cells).where(mine, executions.c.id == sent["id"])
    in_order = found.order_by(executions.c.task_id, executions.c.id)
    locked = in_order.with_for_update(of=executions).cte("locked").c
    return (
        sa.update(executions)
        .where(place == locked.place, executions.c.version == locked.version)
        .values({name: locked[name] for name in COURSE} | {"version": executions.c.version + 1})
        .returning(executions.c.id)
    )


def _awaited(dialect: str) -> sa.CompoundSelect[Any]:
    busy = sa.select(executions.c.task_id).where(
        _OF_TASKS.holds("task_id", executions.c.task_id, dialect),
        sa.text(UNFINISHED),
        _waits(executions),
    )
    spent = sa.select(tasks.c.id).where(
        _OF_TASKS.holds("task_id", tasks.c.id, dialect),
        tasks.c.status == sa.literal_column(f"'{TaskStatus.ACTIVE.value}'"),
        tasks.c.upcoming.is_(None),
        tasks.c.pause.is_(None),
        tasks.c.deleted_at.is_(None),
    )
    return sa.union(busy, spent)


def _waits(run: sa.FromClause) -> sa.ColumnElement[bool]:
    return run.c.status == sa.literal_column(f"'{ExecutionStatus.BUFFERED.value}'")


def _unfinished(dialect: str) -> Select:
    return _of_these(_OF_TASKS.holds("task_id", executions.c.task_id, dialect))


def _of_these(wanted: sa.ColumnElement[bool]) -> Select:
    return (
        sa.select(executions)
        .where(wanted, sa.text(f"executions.{UNFINISHED}"))
        .order_by(executions.c.task_id, executions.c.id)  # as the index of unfinished ones has it
        .with_for_update()
    )


def _first_unfinished(dialect: str) -> Select:
    """Of those that wait, so many of each task as is said beside it."""
    sent, row = _FIRST_OF_TASKS.table(dialect), executions.alias("waiting")
    queue = sa.select(
        row.c.id,
        sent["waiting"].label("most"),
        sa.func.row_number().over(partition_by=row.c.task_id, order_by=row.c.id).label("place"),
    ).where(
        _FIRST_OF_TASKS.holds("task_id", row.c.task_id, dialect),
        row.c.task_id == sent["task_id"],
        sa.text(f"waiting.{UNFINISHED}"),
        _waits(row),
    )
    ahead = queue.subquery("queue")
    first = sa.select(ahead.c.id).where(ahead.c.place <= ahead.c.most)
    under_way = sa.or_(sa.not_(_waits(executions)), executions.c.id.in_(first))
    wanted = _FIRST_OF_TASKS.holds("task_id", executions.c.task_id, dialect)
    return _of_these(wanted).where(under_way)


def _note(dialect: str) -> Any:
    return inserting(dialect, execution_log, _LINES)


_ONE = Fixed(_one)
_SAVE, _AWAITED = ForMany(_CHANGED, Fixed(_save)), ForMany(_OF_TASKS, Fixed(_awaited))
_ADD, _NOTE = ForMany(_NEW, Fixed(_add)), ForMany(_LINES, Fixed(_note))
_UNFINISHED = ForMany(_OF_TASKS, Fixed(_unfinished))
_FIRST_UNFINISHED = ForMany(_FIRST_OF_TASKS, Fixed(_first_unfinished))
