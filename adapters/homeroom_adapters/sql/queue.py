"""The queue behind workers: rows claimed under leases, settled by token, swept by time."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import attrs
import sqlalchemy as sa

from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import JobId
from homeroom.kernel.jobs import JobState, Limits, QueueLimits
from homeroom.kernel.queue import LATER, Claim, Lease, Settlement, Swept
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.claims import FREE, READY, RUNNING, claim_next
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.fixed import Fixed
from homeroom_adapters.sql.notices import Signal, telling
from homeroom_adapters.sql.rows import delete_free, insert_unless_taken
from homeroom_adapters.sql.settlements import settle
from homeroom_adapters.sql.tables import jobs, queue_state

SCHEDULED, DEAD = JobState.SCHEDULED.value, JobState.DEAD.value
_LOST = "lease ran out at the last attempt: the worker died or hung"


@attrs.frozen
class SqlJobQueue:
    """Claims, settles and sweeps rows; every call is a transaction of its own."""

    _database: Database
    _clock: Clock
    _limits: Limits
    _signal: Signal

    async def claim(self, queue: str, *, limit: int, lease: Lease) -> Sequence[Claim]:
        if limit < 1:
            return []
        if (limits := self._limits.get(queue)) is not None:
            return await self._claim_within(limits, queue, limit, lease)
        async with self._database.alone() as connection:
            return await claim_next(connection, queue, limit, lease, at=self._clock.now())

    async def settle(self, settlements: Sequence[Settlement]) -> Sequence[JobId]:
        if not settlements:
            return []
        async with self._database.alone() as connection:
            settled = await settle(connection, settlements, at=self._clock.now())
        self._tell({row.queue for row in settled if row.state == READY})
        self._tell({LATER for row in settled if row.state == SCHEDULED})
        kept = {row.id for row in settled}
        return [one.id for one in settlements if one.id not in kept]

    async def sweep(self) -> Swept:
        values = {"now": self._clock.now()}
        async with self._database.alone() as connection:
            found = [await step.run(connection, values) for step in _SWEEP]
        promoted, rescued, buried = found
        self._tell({queue for queue, *_ in (*promoted, *rescued)})
        return Swept(promoted=len(promoted), rescued=len(rescued), buried=len(buried))

    async def next_due(self) -> datetime | None:
        async with self._database.asked() as connection:
            ((scheduled, leased),) = await _NEXT_DUE.run(connection, {})
        instants = [one.astimezone(UTC) for one in (scheduled, leased) if one is not None]
        return min(instants, default=None)

    async def _claim_within(
        self, limits: QueueLimits, queue: str, limit: int, lease: Lease
    ) -> Sequence[Claim]:
        now = self._clock.now()
        async with self._database.write() as connection:
            limit = min(limit, await _room(connection, queue, limits, now))
            if limit < 1:
                return []
            claims = await claim_next(connection, queue, limit, lease, at=now)
            if limits.rate is not None:
                await _spend(connection, queue, len(claims))
        return claims

    def _tell(self, queues: set[str]) -> None:
        for queue in queues:
            self._signal(queue)

    async def purge(self, *, finished_before: datetime, limit: int) -> int:
        over = (JobState.SUCCEEDED.value, JobState.CANCELLED.value)
        old = sa.select(jobs.c.id).where(
            jobs.c.finished_at < finished_before, jobs.c.state.in_(over)
        )
        async with self._database.write() as connection:
            return await delete_free(connection, jobs.c.id, old.limit(limit))


def _next_due(_dialect: str) -> Any:
    scheduled = sa.select(sa.func.min(jobs.c.run_at)).where(jobs.c.state == SCHEDULED)
    leased = sa.select(sa.func.min(jobs.c.lease_until)).where(jobs.c.state == RUNNING)
    return sa.select(scheduled.scalar_subquery(), leased.scalar_subquery())


_NEXT_DUE = Fixed(_next_due)

_NOW = sa.bindparam("now", type_=jobs.c.run_at.type)
_EXPIRED = sa.and_(jobs.c.state == RUNNING, jobs.c.lease_until <= _NOW)
_LAST_TRY = jobs.c.attempts >= jobs.c.max_attempts


def _promoting(dialect: str) -> Any:
    due = sa.and_(jobs.c.state == SCHEDULED, jobs.c.run_at <= _NOW)
    return telling(dialect, sa.update(jobs).where(due).values(state=READY), jobs.c.queue)


def _rescuing(dialect: str) -> Any:
    left = sa.update(jobs).where(_EXPIRED, sa.not_(_LAST_TRY)).values(state=READY, **FREE)
    return telling(dialect, left, jobs.c.queue)


def _burying(_dialect: str) -> Any:
    ends = {"state": DEAD, "finished_at": _NOW, "last_error": _LOST, **FREE}
    return sa.update(jobs).where(_EXPIRED, _LAST_TRY).values(ends).returning(jobs.c.queue)


_SWEEP = (Fixed(_promoting), Fixed(_rescuing), Fixed(_burying))


async def _room(connection: AsyncConnection, queue: str, limits: QueueLimits, now: datetime) -> int:
    """How many jobs *queue* may start now, counted while its state row is ours."""
    if limits.paused:
        return 0
    fresh = {"queue": queue, "tokens": max(limits.rate or 0.0, 1.0), "refilled_at": now}
    await insert_unless_taken(connection, queue_state, fresh)
    locked = sa.select(queue_state).where(queue_state.c.queue == queue).with_for_update()
    state = (await connection.execute(locked)).one()
    rooms = [10_000]
    if limits.concurrency is not None:
        running = sa.select(sa.func.count()).where(jobs.c.queue == queue, jobs.c.state == RUNNING)
        rooms.append(limits.concurrency - (await connection.execute(running)).scalar_one())
    if limits.rate is not None:
        rooms.append(await _refill(connection, state, limits.rate, now))
    return min(rooms)


async def _refill(connection: AsyncConnection, state: Any, rate: float, now: datetime) -> int:
    """Tokens that dripped in since last time; a burst is one second's worth, one at least."""
    dripped = max(0.0, (now - state.refilled_at).total_seconds()) * rate
    tokens = min(max(rate, 1.0), state.tokens + dripped)
    refilled = (
        sa.update(queue_state)
        .where(queue_state.c.queue == state.queue)
        .values(tokens=tokens, refilled_at=now)
    )
    await connection.execute(refilled)
    return int(tokens + 1e-9)


async def _spend(connection: AsyncConnection, queue: str, count: int) -> None:
    spent = (
        sa.update(queue_state)
        .where(queue_state.c.queue == queue)
        .values(tokens=queue_state.c.tokens - count)
    )
    await connection.execute(spent)
