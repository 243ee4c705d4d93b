"""Claims: ready rows taken under a lease, by their turn or by their ids."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from homeroom.kernel.ids import JobId
from homeroom.kernel.jobs import JobState
from homeroom.kernel.queue import Claim, Lease
from homeroom_adapters.sql.engine import Connection
from homeroom_adapters.sql.fixed import Fixed
from homeroom_adapters.sql.job_rows import CLAIMED, claim_from
from homeroom_adapters.sql.rows import Select
from homeroom_adapters.sql.sent import Sent
from homeroom_adapters.sql.tables import jobs

READY, RUNNING = JobState.READY.value, JobState.RUNNING.value

FREE = {"worker": None, "lease_until": None, "offered_at": None}
"""What a job that nobody holds has in these columns."""

_WANTED = Sent("wanted", {"id": jobs.c.id.type})
HELD = Sent("held", {"id": jobs.c.id.type, "token": jobs.c.token.type})


async def claim_next(
    connection: Connection, queue: str, limit: int, lease: Lease, *, at: datetime
) -> list[Claim]:
    """Up to *limit* ready jobs of *queue*, in claim order."""
    values = {"of_queue": queue, "at_most": limit, **_leased(lease, at)}
    return _in_order(await _CLAIM_NEXT.run(connection, values))


async def claim_by_id(
    connection: Connection, wanted: Sequence[JobId], lease: Lease, *, at: datetime
) -> list[Claim]:
    """Those of *wanted* that are ready, in claim order."""
    dialect = connection.dialect.name
    values = _WANTED.parameters(dialect, [(job_id,) for job_id in wanted]) | _leased(lease, at)
    return _in_order(await _CLAIM_BY_ID.run(connection, values))


def is_still(state: str, dialect: str) -> sa.ColumnElement[bool]:
    """Whether a job that is found by its id is in *state*.

    A plain comparison would let PostgreSQL go through all jobs of that state, for each id anew.
    """
    if dialect == "sqlite":
        return jobs.c.state == state
    return jobs.c.state.is_not_distinct_from(state)


def still_held(dialect: str) -> sa.ColumnElement[bool]:
    """Running jobs held by the (id, token) that are sent along as `HELD`."""
    held = HELD.table(dialect)
    ours = sa.tuple_(jobs.c.id, jobs.c.token).in_(sa.select(*held.values()))
    return sa.and_(is_still(RUNNING, dialect), ours)


def _leased(lease: Lease, at: datetime) -> dict[str, object]:
    return {"lessee": lease.worker, "leased_until": at + timedelta(seconds=lease.seconds)}


def _claiming(ready: Select) -> Any:
    picked = ready.with_for_update(skip_locked=True).cte("picked")
    return (
        sa.update(jobs)
        .where(jobs.c.id.in_(sa.select(picked.c.id)))
        .values(
            state=RUNNING,
            attempts=jobs.c.attempts + 1,
            token=jobs.c.token + 1,
            worker=sa.bindparam("lessee", type_=jobs.c.worker.type),
            lease_until=sa.bindparam("leased_until", type_=jobs.c.lease_until.type),
        )
        .returning(*CLAIMED)
    )


def _claim_next(_dialect: str) -> Any:
    return _claiming(
        sa.select(jobs.c.id)
        .where(jobs.c.queue == sa.bindparam("of_queue"), jobs.c.state == READY)
        .order_by(jobs.c.priority.desc(), jobs.c.run_at, jobs.c.id)
        .limit(sa.bindparam("at_most", type_=sa.Integer))
    )


def _claim_by_id(dialect: str) -> Any:
    wanted = _WANTED.table(dialect)
    found = sa.select(jobs.c.id).where(jobs.c.id.in_(sa.select(wanted["id"])))
    return _claiming(found.where(is_still(READY, dialect)))


_CLAIM_NEXT, _CLAIM_BY_ID = Fixed(_claim_next), Fixed(_claim_by_id)


def _in_order(rows: Sequence[Sequence[Any]]) -> list[Claim]:
    claims = [claim_from(row) for row in rows]
    claims.sort(key=lambda claim: (-claim.policy.priority, claim.run_at, claim.id.int))
    return claims
