"""Settlements: how claims ended, all in one statement, fenced by their tokens."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from homeroom.kernel.ids import JobId
from homeroom.kernel.jobs import JobState
from homeroom.kernel.queue import Settlement, Verdict
from homeroom_adapters.sql.claims import FREE, RUNNING, is_still
from homeroom_adapters.sql.engine import Connection
from homeroom_adapters.sql.fixed import Fixed
from homeroom_adapters.sql.notices import telling
from homeroom_adapters.sql.sent import Cell, Sent
from homeroom_adapters.sql.tables import jobs

_ENDED = Sent(
    "ended",
    {
        "id": jobs.c.id.type,
        "token": jobs.c.token.type,
        "state": jobs.c.state.type,
        "untried": jobs.c.attempts.type,
        "run_at": jobs.c.run_at.type,
        "finished_at": jobs.c.finished_at.type,
        "reason": jobs.c.last_error.type,
    },
)

_DONE = Sent("done", {"id": jobs.c.id.type, "token": jobs.c.token.type})
_SUCCEEDED, _DEAD = JobState.SUCCEEDED.value, JobState.DEAD.value


class Settled(NamedTuple):
    """A job whose settlement counted."""

    id: JobId
    state: str
    queue: str


async def settle(
    connection: Connection, settlements: Sequence[Settlement], *, at: datetime
) -> list[Settled]:
    """Record *settlements* that still count; what became of each job."""
    dialect = connection.dialect.name
    if all(one.verdict is Verdict.SUCCEEDED for one in settlements):
        done = _DONE.parameters(dialect, [(one.id, one.token) for one in settlements])
        settled = await _SUCCEEDING.run(connection, {"done_at": at, **done})
    else:
        rows = [_row(one, at) for one in settlements]
        settled = await _SETTLING.run(connection, _ENDED.parameters(dialect, rows))
    return [Settled(*row[:3]) for row in settled]


def _row(one: Settlement, at: datetime) -> tuple[Cell, ...]:
    if one.verdict is Verdict.SUCCEEDED:
        return (one.id, one.token, _SUCCEEDED, 0, None, at, None)
    if one.verdict is Verdict.DEAD:
        return (one.id, one.token, _DEAD, 0, None, at, one.reason)
    run_at = one.run_at or at
    state = JobState.SCHEDULED if run_at > at else JobState.READY
    untried = int(one.verdict is Verdict.RELEASED)
    return (one.id, one.token, state.value, untried, run_at, None, one.reason)


def _settling(dialect: str) -> Any:
    ended = _ENDED.table(dialect)
    succeeded = ended["state"] == _SUCCEEDED
    change = (
        sa.update(jobs)
        .where(jobs.c.id == ended["id"], jobs.c.token == ended["token"], is_still(RUNNING, dialect))
        .values(
            state=ended["state"],
            attempts=jobs.c.attempts - ended["untried"],
            run_at=sa.func.coalesce(ended["run_at"], jobs.c.run_at),
            finished_at=ended["finished_at"],
            progress=sa.case((succeeded, 1.0), else_=jobs.c.progress),
            last_error=sa.case(
                (succeeded, None), else_=sa.func.coalesce(ended["reason"], jobs.c.last_error)
            ),
            **FREE,
        )
    )
    columns = (jobs.c.id, jobs.c.state, jobs.c.queue)
    return telling(
        dialect, change, *columns, unless=sa.or_(jobs.c.state == _SUCCEEDED, jobs.c.state == _DEAD)
    )


def _succeeding(dialect: str) -> Any:
    """What most batches are, and no news to anybody."""
    done = _DONE.table(dialect)
    return (
        sa.update(jobs)
        .where(jobs.c.id == done["id"], jobs.c.token == done["token"], is_still(RUNNING, dialect))
        .values(
            state=_SUCCEEDED,
            finished_at=sa.bindparam("done_at", type_=jobs.c.finished_at.type),
            progress=1.0,
            last_error=None,
            **FREE,
        )
        .returning(jobs.c.id, jobs.c.state, jobs.c.queue)
    )


_SETTLING, _SUCCEEDING = Fixed(_settling), Fixed(_succeeding)
