"""The dashboard's numbers, counted where the rows are."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from homeroom.kernel.ids import InstitutionId
from homeroom.scheduling.model.executions import ExecutionStatus
from homeroom.scheduling.model.policies import TaskStatus
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.queries import Counts, Dashboard, Hour, Spread
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.in_reach import living, of_the_living
from homeroom_adapters.sql.rows import Select
from homeroom_adapters.sql.scheduling_rows import task_from
from homeroom_adapters.sql.scheduling_tables import execution_log, executions, tasks
from homeroom_adapters.sql.tables import Instant

MEASURED = 100_000
"""Percentiles are of so many durations at most, the latest ones: sorting has its price."""

_UPCOMING = 10
_SUCCESS, _FAILED = ExecutionStatus.SUCCESS.value, ExecutionStatus.FAILED.value


async def dashboard(
    connection: AsyncConnection, since: datetime, reach: InstitutionId | None
) -> Dashboard:
    """The dashboard over the tasks within *reach* that were not deleted."""
    dialect = connection.dialect.name
    return Dashboard(
        counts=await _counts(connection, reach),
        hours=await _hours(connection, _ended(since, reach), dialect),
        lateness=await _spread(connection, _latenesses(since, reach, dialect)),
        latency=await _spread(connection, _latencies(since, reach)),
        upcoming=await _upcoming(connection, reach),
    )


async def _counts(connection: AsyncConnection, reach: InstitutionId | None) -> Counts:
    counted = sa.select(tasks.c.status, sa.func.count()).where(*living(reach))
    counted = counted.group_by(tasks.c.status)
    found = {TaskStatus(row[0]): row[1] for row in await connection.execute(counted)}
    return Counts(
        total=sum(found.values()),
        active=found.get(TaskStatus.ACTIVE, 0),
        inactive=found.get(TaskStatus.INACTIVE, 0),
        failed=found.get(TaskStatus.FAILED, 0),
    )


async def _hours(connection: AsyncConnection, ended: Select, dialect: str) -> list[Hour]:
    hour = _hour_of(executions.c.finished_at, dialect).label("hour")
    status = executions.c.status
    columns = (hour, _how_many(status == _SUCCESS), _how_many(status == _FAILED))
    grouped = ended.with_only_columns(*columns).group_by(hour).order_by(hour)
    return [
        Hour(begins=row[0], succeeded=row[1], failed=row[2])
        for row in await connection.execute(grouped)
    ]


def _ended(since: datetime, reach: InstitutionId | None) -> Select:
    tried = executions.c.status.in_([_SUCCESS, _FAILED])
    lately = sa.select(executions).where(executions.c.finished_at >= since, tried)
    return lately.where(*of_the_living(executions, reach))


def _how_many(fits: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((fits, 1), else_=0))


def _hour_of(instant: sa.ColumnElement[datetime], dialect: str) -> sa.ColumnElement[datetime]:
    """When the hour of *instant* began."""
    if dialect == "sqlite":
        micros = sa.type_coerce(instant, sa.BigInteger)
        return sa.type_coerce(micros - micros % sa.literal_column("3600000000"), Instant)
    hour, zone = sa.literal_column("'hour'", sa.Text), sa.literal_column("'UTC'", sa.Text)
    return sa.func.date_trunc(hour, instant, zone, type_=Instant)


def _latenesses(since: datetime, reach: InstitutionId | None, dialect: str) -> Select:
    """By how many seconds what ended was late to start, the latest first."""
    started, due = executions.c.started_at, executions.c.due_at
    late: sa.ColumnElement[Any]
    if dialect == "sqlite":
        late = sa.type_coerce(started, sa.BigInteger) - sa.type_coerce(due, sa.BigInteger)
        late = late / sa.literal_column("1000000.0")
    else:
        late = sa.cast(sa.extract("epoch", started - due), sa.Double)
    measured = _ended(since, reach).where(started.is_not(None))
    return measured.with_only_columns(late.label("seconds")).order_by(
        executions.c.finished_at.desc()
    )


def _latencies(since: datetime, reach: InstitutionId | None) -> Select:
    """How many seconds each attempt took, the latest first."""
    line = execution_log.c
    measured = sa.select(line.latency.label("seconds")).where(line.latency.is_not(None))
    lately = measured.where(line.at >= since, *of_the_living(execution_log, reach))
    return lately.order_by(line.at.desc())


async def _spread(connection: AsyncConnection, durations: Select) -> Spread:
    """The least durations that are no shorter than so many hundredths of them all.

    As PostgreSQL's `percentile_disc` has it, in words that SQLite knows too.
    """
    measured = durations.limit(MEASURED).subquery()
    ranked = sa.select(
        measured.c.seconds,
        sa.func.row_number().over(order_by=measured.c.seconds).label("place"),
        sa.func.count().over().label("many"),
    ).subquery()
    at_least = [ranked.c.place * 100 >= ranked.c.many * hundredths for hundredths in (50, 95)]
    least = [sa.func.min(sa.case((enough, ranked.c.seconds))) for enough in at_least]
    p50, p95 = tuple((await connection.execute(sa.select(*least))).one())
    return Spread(p50=p50, p95=p95)


async def _upcoming(connection: AsyncConnection, reach: InstitutionId | None) -> list[Task]:
    waits, fires = tasks.c.next_run_at.is_not(None), tasks.c.upcoming.is_not(None)
    waiting = sa.select(tasks).where(waits, fires, *living(reach))
    soonest = waiting.order_by(tasks.c.next_run_at, tasks.c.id).limit(_UPCOMING)
    return [task_from(row) for row in await connection.execute(soonest)]
