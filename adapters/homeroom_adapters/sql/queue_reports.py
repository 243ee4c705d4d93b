"""How queues do, counted where the jobs are."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from homeroom.kernel.jobs import JobState
from homeroom.operations.model import QueueReport
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.rows import Row, Select
from homeroom_adapters.sql.tables import jobs


def _counted(state: JobState, *conditions: Any) -> sa.ColumnElement[int]:
    fits = sa.and_(jobs.c.state == state.value, *conditions)
    return sa.func.sum(sa.case((fits, 1), else_=0))


def _counts(now: datetime) -> Select:
    ready = jobs.c.state == JobState.READY.value
    running = jobs.c.state == JobState.RUNNING.value
    lately = jobs.c.finished_at > now - timedelta(minutes=1)
    return sa.select(
        jobs.c.queue,
        _counted(JobState.SCHEDULED),
        _counted(JobState.READY),
        _counted(JobState.RUNNING),
        _counted(JobState.DEAD),
        sa.func.min(sa.case((ready, jobs.c.run_at))),
        _counted(JobState.SUCCEEDED, lately),
        sa.func.count(sa.distinct(sa.case((running, jobs.c.worker)))),
    ).group_by(jobs.c.queue)


async def reports(
    connection: AsyncConnection, now: datetime, limited: frozenset[str], paused: frozenset[str]
) -> list[QueueReport]:
    """Every queue that has jobs or limits, by name."""
    rows = (await connection.execute(_counts(now))).all()
    found = {row[0]: _report(row, paused) for row in rows}
    for name in limited - found.keys():
        found[name] = _empty(name, paused)
    return [found[name] for name in sorted(found)]


def _report(row: Row, paused: frozenset[str]) -> QueueReport:
    name, scheduled, ready, running, dead, oldest, finished, workers = row
    return QueueReport(
        name=name,
        scheduled=scheduled,
        ready=ready,
        running=running,
        dead=dead,
        oldest_ready_at=oldest,
        finished_last_minute=finished,
        workers=workers,
        paused=name in paused,
    )


def _empty(name: str, paused: frozenset[str]) -> QueueReport:
    return QueueReport(
        name=name,
        scheduled=0,
        ready=0,
        running=0,
        dead=0,
        oldest_ready_at=None,
        finished_last_minute=0,
        workers=0,
        paused=name in paused,
    )
