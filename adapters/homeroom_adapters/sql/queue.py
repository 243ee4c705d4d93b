"""The queue behind workers: rows claimed under leases, settled by token, swept by time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import JobId
from homeroom.kernel.jobs import JobState, Limits, QueueLimits
from homeroom.kernel.queue import Claim, Lease, Settlement, Swept, Verdict
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.job_rows import CLAIMED, claim_from
from homeroom_adapters.sql.jobs import Signal, notify
from homeroom_adapters.sql.rows import Select, insert_unless_taken
from homeroom_adapters.sql.tables import jobs, queue_state

READY, RUNNING = JobState.READY.value, JobState.RUNNING.value
SCHEDULED, DEAD = JobState.SCHEDULED.value, JobState.DEAD.value
_LOST = "lease ran out at the last attempt: the worker died or hung"


def still_held(pairs: Sequence[tuple[JobId, int]]) -> sa.ColumnElement[bool]:
    """Running jobs still held by these (id, token)."""
    ours = sa.tuple_(jobs.c.id, jobs.c.token).in_(pairs)
    return sa.and_(jobs.c.state == RUNNING, ours)


async def take(connection: AsyncConnection, wanted: Select, lease: Lease, now: datetime) -> Any:
    """Claim the ready rows *wanted* selects, in claim order."""
    picked = wanted.with_for_update(skip_locked=True).cte("picked")
    rows = await connection.execute(
        sa.update(jobs)
        .where(jobs.c.id.in_(sa.select(picked.c.id)))
        .values(
            state=RUNNING,
            attempts=jobs.c.attempts + 1,
            token=jobs.c.token + 1,
            worker=lease.worker,
            lease_until=now + timedelta(seconds=lease.seconds),
        )
        .returning(*CLAIMED)
    )
    claims = [claim_from(row) for row in rows]
    claims.sort(key=lambda claim: (-claim.policy.priority, claim.run_at, claim.id))
    return claims


@attrs.frozen
class SqlJobQueue:
    """Claims, settles and sweeps rows; every call is a transaction of its own."""

    _database: Database
    _clock: Clock
    _limits: Limits
    _signal: Signal

    async def claim(self, queue: str, *, limit: int, lease: Lease) -> Sequence[Claim]:
        wanted = (
            sa.select(jobs.c.id)
            .where(jobs.c.state == READY, jobs.c.queue == queue)
            .order_by(jobs.c.priority.desc(), jobs.c.run_at, jobs.c.id)
        )
        limits, now = self._limits.get(queue), self._clock.now()
        async with self._database.write() as connection:
            if limits is not None:
                limit = min(limit, await _room(connection, queue, limits, now))
            if limit < 1:
                return []
            claims: list[Claim] = await take(connection, wanted.limit(limit), lease, now)
            if limits is not None and limits.rate is not None:
                await _spend(connection, queue, len(claims))
        return claims

    async def settle(self, settlements: Sequence[Settlement]) -> Sequence[JobId]:
        done = [one for one in settlements if one.verdict is Verdict.SUCCEEDED]
        now = self._clock.now()
        kept: set[JobId] = set()
        news: set[str] = set()
        async with self._database.write() as connection:
            if done:
                pairs = [(one.id, one.token) for one in done]
                over = {**_SUCCEEDED, "finished_at": now}
                finished = sa.update(jobs).where(still_held(pairs)).values(over)
                rows = await connection.execute(finished.returning(jobs.c.id))
                kept |= {JobId(row[0]) for row in rows}
            for one in settlements:
                if one.verdict is not Verdict.SUCCEEDED:
                    queues = await _settle(connection, one, now)
                    kept |= {one.id} if queues else set()
                    news |= queues
        for queue in news:
            self._signal(queue)
        return [one.id for one in settlements if one.id not in kept]

    async def sweep(self) -> Swept:
        now = self._clock.now()
        expired = sa.and_(jobs.c.state == RUNNING, jobs.c.lease_until <= now)
        last = jobs.c.attempts >= jobs.c.max_attempts
        due = sa.and_(jobs.c.state == SCHEDULED, jobs.c.run_at <= now)
        free = {"worker": None, "lease_until": None, "offered_at": None}
        buried = {**free, "state": DEAD, "finished_at": now, "last_error": _LOST}
        async with self._database.write() as connection:
            dead = await _change(connection, sa.and_(expired, last), buried)
            rescued = await _change(
                connection, sa.and_(expired, sa.not_(last)), {**free, "state": READY}
            )
            promoted = await _change(connection, due, {"state": READY})
            news = {*rescued, *promoted}
            await notify(connection, news)
        for queue in news:
            self._signal(queue)
        return Swept(promoted=len(promoted), rescued=len(rescued), buried=len(dead))

    async def next_due(self) -> datetime | None:
        scheduled = sa.select(sa.func.min(jobs.c.run_at)).where(jobs.c.state == SCHEDULED)
        leased = sa.select(sa.func.min(jobs.c.lease_until)).where(jobs.c.state == RUNNING)
        asked = sa.select(scheduled.scalar_subquery(), leased.scalar_subquery())
        async with self._database.read() as connection:
            instants = [one for one in (await connection.execute(asked)).one() if one is not None]
        return min(instants, default=None)

    async def purge(self, *, finished_before: datetime) -> int:
        over = (JobState.SUCCEEDED.value, JobState.CANCELLED.value)
        async with self._database.write() as connection:
            gone = await connection.execute(
                sa.delete(jobs)
                .where(jobs.c.finished_at < finished_before, jobs.c.state.in_(over))
                .returning(jobs.c.id)
            )
            return len(gone.all())


_SUCCEEDED = {
    "state": JobState.SUCCEEDED.value,
    "worker": None,
    "lease_until": None,
    "progress": 1.0,
    "last_error": None,
}


async def _change(
    connection: AsyncConnection, where: sa.ColumnElement[bool], values: dict[str, Any]
) -> list[str]:
    """Change rows; the queue of each."""
    rows = await connection.execute(
        sa.update(jobs).where(where).values(values).returning(jobs.c.queue)
    )
    return [row[0] for row in rows]


async def _settle(connection: AsyncConnection, one: Settlement, now: datetime) -> set[str]:
    """Record an end that is no success; the queue with news, or none if the lease was lost."""
    values: dict[str, Any] = {"worker": None, "lease_until": None, "offered_at": None}
    if one.reason is not None:
        values["last_error"] = one.reason
    if one.verdict is Verdict.DEAD:
        values |= {"state": DEAD, "finished_at": now}
    else:
        run_at = one.run_at or now
        values |= {"state": SCHEDULED if run_at > now else READY, "run_at": run_at}
    if one.verdict is Verdict.RELEASED:
        values["attempts"] = jobs.c.attempts - 1
    queues = set(await _change(connection, still_held([(one.id, one.token)]), values))
    if one.verdict is not Verdict.DEAD:
        await notify(connection, queues)
    return queues


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
