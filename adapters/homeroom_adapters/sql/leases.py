"""Leases renewed, and jobs brought by a carrier."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import attrs
import sqlalchemy as sa

from homeroom.kernel.carrier import Ready
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import JobId
from homeroom.kernel.jobs import Job
from homeroom.kernel.queue import Claim, Fence, Lease
from homeroom_adapters.sql.claims import HELD, READY, claim_by_id, still_held
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.fixed import Fixed
from homeroom_adapters.sql.job_rows import row_of
from homeroom_adapters.sql.rows import insert_unless_taken
from homeroom_adapters.sql.tables import jobs

_OFFERED = tuple(field.name for field in attrs.fields(Ready))


@attrs.frozen
class SqlLeases:
    """Renews on a connection of its own, from whichever thread opened it."""

    _database: Database
    _clock: Clock

    async def renew(self, held: Sequence[Fence], lease: Lease) -> Sequence[Fence]:
        if not held:
            return []
        until = self._clock.now() + timedelta(seconds=lease.seconds)
        async with self._database.alone() as connection:
            dialect = connection.dialect.name
            values = {"leased_until": until, **HELD.parameters(dialect, held)}
            kept = {tuple(row) for row in await _RENEWING.run(connection, values)}
        return [fence for fence in held if fence not in kept]

    async def report(self, job: JobId, token: int, progress: float) -> None:
        bounded = min(1.0, max(0.0, progress))
        async with self._database.alone() as connection:
            dialect = connection.dialect.name
            values = {"come": bounded, **HELD.parameters(dialect, [(job, token)])}
            await _REPORTING.run(connection, values)


def _renewing(dialect: str) -> Any:
    until = sa.bindparam("leased_until", type_=jobs.c.lease_until.type)
    longer = sa.update(jobs).values(lease_until=until)
    return longer.where(still_held(dialect)).returning(jobs.c.id, jobs.c.token)


def _reporting(dialect: str) -> Any:
    come = sa.bindparam("come", type_=jobs.c.progress.type)
    return sa.update(jobs).values(progress=come).where(still_held(dialect))


_RENEWING, _REPORTING = Fixed(_renewing), Fixed(_reporting)


@attrs.frozen
class SqlCarriedStore:
    """Offers ready rows to a carrier, and claims the ones it brings."""

    _database: Database
    _clock: Clock

    async def to_offer(self, queues: Sequence[str], *, limit: int, again: float) -> Sequence[Ready]:
        now = self._clock.now()
        long_ago = now - timedelta(seconds=again)
        due = sa.or_(jobs.c.offered_at.is_(None), jobs.c.offered_at <= long_ago)
        picked = (
            sa.select(jobs.c.id)
            .where(jobs.c.state == READY, jobs.c.queue.in_(queues), due)
            .order_by(jobs.c.priority.desc(), jobs.c.run_at, jobs.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("picked")
        )
        offered = (
            sa.update(jobs)
            .where(jobs.c.id.in_(sa.select(picked.c.id)))
            .values(offered_at=now)
            .returning(*(jobs.c[name] for name in _OFFERED), jobs.c.run_at)
        )
        async with self._database.write() as connection:
            rows = (await connection.execute(offered)).all()
        in_order = sorted(rows, key=lambda row: (-row.priority, row.run_at, row.id))
        return [Ready(**{name: row._mapping[name] for name in _OFFERED}) for row in in_order]

    async def claim_these(self, wanted: Sequence[JobId], lease: Lease) -> Sequence[Claim]:
        if not wanted:
            return []
        async with self._database.alone() as connection:
            return await claim_by_id(connection, wanted, lease, at=self._clock.now())

    async def adopt(self, strangers: Sequence[Job]) -> Sequence[JobId]:
        offered = {"offered_at": self._clock.now()}
        async with self._database.write() as connection:
            return [
                job.id
                for job in strangers
                if await insert_unless_taken(connection, jobs, row_of(job) | offered)
            ]
