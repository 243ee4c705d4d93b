"""Reads of what ran, and what is kept of it, outside of any unit."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

import attrs
import sqlalchemy as sa

from homeroom.kernel.ids import ExecutionId, InstitutionId, TaskId
from homeroom.kernel.page import Page, PageRequest
from homeroom.scheduling.errors import ExecutionNotFound
from homeroom.scheduling.model.log_lines import LogLine
from homeroom.scheduling.queries import (
    Delivery,
    ExecutionFilter,
    ExecutionView,
    LogEntry,
    LogFilter,
    RunFilter,
)
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.fixed import Fixed
from homeroom_adapters.sql.in_reach import living, of_the_living
from homeroom_adapters.sql.rows import Row, Select, paged
from homeroom_adapters.sql.scheduling_rows import execution_from, line_from, task_from
from homeroom_adapters.sql.scheduling_tables import channels, execution_log, executions, tasks
from homeroom_adapters.sql.scheduling_texts import read_channel
from homeroom_adapters.sql.sent_rows import ForMany, sent_along

S = TypeVar("S", bound=Enum)

_LINE = tuple(
    execution_log.c[name]
    for name in (
        *("at", "status", "retry_count", "response_code"),
        *("latency", "reason", "message", "snippet"),
    )
)
_EXECUTION, _TASK = len(executions.c), len(tasks.c)


@attrs.frozen
class SqlRunQueries:
    """Reads of what ran, for people and for workers."""

    _database: Database

    async def deliveries(self, *wanted: ExecutionId) -> Mapping[ExecutionId, Delivery]:
        async with self._database.asked() as connection:
            rows = await _DELIVERIES.run(connection, [{"id": one} for one in wanted])
        return {one.execution.id: one for one in map(_delivery, rows)}

    async def execution(
        self, execution_id: ExecutionId, *, reach: InstitutionId | None
    ) -> ExecutionView:
        wanted = _RAN.where(executions.c.id == execution_id, *living(reach))
        async with self._database.read() as connection:
            rows = (await connection.execute(wanted)).all()
            views = await _views(connection, rows)
        if not views:
            raise ExecutionNotFound
        return views[0]

    async def executions(
        self, wanted: ExecutionFilter, page: PageRequest, *, reach: InstitutionId | None
    ) -> Page[ExecutionView]:
        every = _RAN.where(*_fitting(executions, executions.c.scheduled_for, wanted, reach))
        newest = (executions.c.scheduled_for.desc(), executions.c.id.desc())
        async with self._database.read() as connection:
            rows, total = await paged(connection, every, page, *newest)
            views = await _views(connection, rows)
        return Page(views, total, page)

    async def log(
        self, wanted: LogFilter, page: PageRequest, *, reach: InstitutionId | None
    ) -> Page[LogEntry]:
        every = _LOGGED.where(*_fitting(execution_log, execution_log.c.at, wanted, reach))
        newest = (execution_log.c.at.desc(), execution_log.c.id.desc())
        async with self._database.read() as connection:
            rows, total = await paged(connection, every, page, *newest)
        return Page([_entry(row) for row in rows], total, page)


# Outer joins: whoever only counts the rows does without the tasks' names.
_RAN = sa.select(executions, tasks.c.name).outerjoin(tasks, tasks.c.id == executions.c.task_id)
_LOGGED = sa.select(
    execution_log.c.id, execution_log.c.task_id, tasks.c.name, execution_log.c.execution_id, *_LINE
).outerjoin(tasks, tasks.c.id == execution_log.c.task_id)


def _delivered(dialect: str) -> Select:
    """Everything in one row; columns of a name that another has too are called otherwise."""
    of_task = [column.label(f"task_{column.name}") for column in tasks.c]
    to = channels.c.fingerprint == tasks.c.target_fingerprint
    return (
        sa.select(*executions.c, *of_task, channels.c.state.label("channel_state"))
        .join(tasks, tasks.c.id == executions.c.task_id)
        .outerjoin(channels, to)
        .where(executions.c.id.in_(sa.select(_WANTED.table(dialect)["id"])))
    )


_WANTED = sent_along("wanted", executions, "id")
_DELIVERIES = ForMany(_WANTED, Fixed(_delivered))


def _delivery(row: Sequence[Any]) -> Delivery:
    task, state = task_from(row[_EXECUTION:-1]), row[-1]
    fingerprint = task.content.target.fingerprint
    return Delivery(
        execution=execution_from(row[:_EXECUTION]),
        task=task,
        channel=None if state is None else read_channel(fingerprint, state),
    )


async def _views(connection: AsyncConnection, rows: Sequence[Row]) -> list[ExecutionView]:
    lines: dict[object, list[LogLine]] = {row[0]: [] for row in rows}
    if lines:
        told = execution_log.c.execution_id.in_(lines.keys())
        wanted = sa.select(execution_log.c.execution_id, *_LINE).where(told)
        for row in await connection.execute(wanted.order_by(execution_log.c.id)):
            lines[row[0]].append(line_from(row[1:]))
    return [
        ExecutionView(execution=execution_from(row[:-1]), task_name=row[-1], lines=lines[row[0]])
        for row in rows
    ]


def _entry(row: Row) -> LogEntry:
    number, task, task_name, execution, *line = row
    return LogEntry(
        id=number,
        task_id=TaskId(task),
        task_name=task_name,
        execution_id=ExecutionId(execution),
        line=line_from(line),
    )


def _fitting(
    table: sa.Table, instant: sa.Column[Any], wanted: RunFilter[S], reach: InstitutionId | None
) -> list[sa.ColumnElement[bool]]:
    """Rows of *table* that *wanted* means; *instant* is what its range is of."""
    conditions = _between(instant, wanted.since, wanted.until)
    conditions += of_the_living(table, reach, wanted.task_id)
    if wanted.status is not None:
        conditions.append(table.c.status == wanted.status.value)
    return conditions


def _between(
    column: sa.ColumnElement[Any], since: datetime | None, until: datetime | None
) -> list[sa.ColumnElement[bool]]:
    """Both ends belong to it."""
    from_then = [] if since is None else [column >= since]
    until_then = [] if until is None else [column <= until]
    return [*from_then, *until_then]
