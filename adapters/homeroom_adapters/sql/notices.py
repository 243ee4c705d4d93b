"""Notices to workers that listen: sent by PostgreSQL when the transaction commits."""

from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa

from homeroom.kernel.jobs import Job, JobState
from homeroom.kernel.queue import LATER
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.tables import jobs

CHANNEL = "homeroom_jobs"
Signal = Callable[[str], None]
"""Takes a hint for those who wait in this process, to be told after the commit."""

_QUEUES = sa.bindparam("queues", type_=sa.ARRAY(sa.Text))
_TELL = sa.select(sa.func.pg_notify(CHANNEL, sa.func.unnest(_QUEUES)))


def news_of(new: Job) -> str:
    """What listeners are told of a *new* job."""
    return LATER if new.state is JobState.SCHEDULED else new.policy.queue


async def notify(connection: AsyncConnection, queues: Iterable[str]) -> None:
    """Tell of *queues*. SQLite has no listeners."""
    if connection.dialect.name == "postgresql" and (told := sorted(set(queues))):
        await connection.execute(_TELL, {"queues": told})


def telling(
    dialect: str,
    change: Any,
    *columns: sa.ColumnElement[Any],
    unless: sa.ColumnElement[bool] | None = None,
) -> Any:
    """*change* of `jobs` that answers *columns*, and tells what is news of each changed row.

    One statement, so that it needs no transaction around it. Rows that are now *unless* are
    no news.
    """
    if dialect == "sqlite":
        return change.returning(*columns) if columns else change
    due_later = (jobs.c.state == JobState.SCHEDULED.value, LATER)
    quiet = [] if unless is None else [(unless, None)]
    news = sa.case(*quiet, due_later, else_=jobs.c.queue)
    changed = change.returning(*columns, news.label("news")).cte("changed")
    if not columns:
        queues = sa.select(changed.c.news).distinct().subquery()
        return sa.select(sa.func.pg_notify(CHANNEL, queues.c.news))
    told = sa.case((changed.c.news.is_not(None), sa.func.pg_notify(CHANNEL, changed.c.news)))
    return sa.select(*(changed.c[column.name] for column in columns), told)
