"""Jobs inside a unit of work: asked for by use cases, steered by operators."""

from collections.abc import Callable, Sequence
from datetime import datetime

import attrs
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from homeroom.kernel.clock import Clock
from homeroom.kernel.codec import Codec
from homeroom.kernel.ids import InstitutionId, JobId, new_id
from homeroom.kernel.jobs import (
    MAX_PAYLOAD,
    UNFINISHED,
    Job,
    JobRequest,
    JobState,
    PayloadTooLarge,
)
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.tracing import current_trace
from homeroom.operations.errors import JobNotFound, StaleJob
from homeroom.operations.model import JobFilter, QueueReport
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.job_rows import job_from, job_requested, row_of
from homeroom_adapters.sql.queue_reports import reports
from homeroom_adapters.sql.rows import Select
from homeroom_adapters.sql.tables import jobs

CHANNEL = "homeroom_jobs"
Signal = Callable[[str], None]

_UNFINISHED = tuple(sorted(state.value for state in UNFINISHED))
_BEFORE = {
    JobState.CANCELLED: _UNFINISHED,
    JobState.READY: (JobState.DEAD.value, JobState.CANCELLED.value),
}


async def notify(connection: AsyncConnection, queues: set[str]) -> None:
    """Tell listening workers, once this transaction commits. SQLite has no listeners."""
    if connection.dialect.name == "postgresql":
        for queue in sorted(queues):
            told = sa.select(sa.func.pg_notify(CHANNEL, queue))
            await connection.execute(told)


@attrs.frozen
class SqlJobs:
    """Enqueues in the unit's own transaction."""

    _connection: AsyncConnection
    _codec: Codec
    _clock: Clock
    _signal: Signal

    async def enqueue(self, *requests: JobRequest) -> tuple[JobId, ...]:
        now, trace_id = self._clock.now(), current_trace()
        wanted = [self._job(request, trace_id, now) for request in requests]
        plain = [row_of(job) for job in wanted if job.dedupe_key is None]
        if plain:
            await self._connection.execute(sa.insert(jobs), plain)
        ids = [
            job.id if job.dedupe_key is None else await self._insert_keyed(job) for job in wanted
        ]
        await self._tell({job.policy.queue for job in wanted})
        return tuple(ids)

    def _job(self, request: JobRequest, trace_id: str, now: datetime) -> Job:
        payload = self._codec.encode(request.work)
        if len(payload) > MAX_PAYLOAD:
            raise PayloadTooLarge
        return job_requested(request, JobId(new_id()), payload, trace_id, at=now)

    async def _insert_keyed(self, job: Job) -> JobId:
        """Put *job*, unless an unfinished one holds its key: then answer the holder."""
        new = sqlite.insert if self._connection.dialect.name == "sqlite" else postgresql.insert
        inserted = new(jobs).values(row_of(job))
        # Touching the holder's row is what makes it answer, and waits for a holder under way.
        answered = inserted.on_conflict_do_update(
            index_elements=[jobs.c.name, jobs.c.dedupe_key],
            index_where=sa.text(
                "dedupe_key IS NOT NULL AND state IN ('scheduled', 'ready', 'running')"
            ),
            set_={"dedupe_key": inserted.excluded.dedupe_key},
        ).returning(jobs.c.id)
        return JobId((await self._connection.execute(answered)).scalar_one())

    async def _tell(self, queues: set[str]) -> None:
        await notify(self._connection, queues)
        for queue in queues:
            self._signal(queue)


def _fitting(fits: JobFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if fits.reach is not None:
        conditions.append(jobs.c.institution_id == fits.reach)
    if fits.queue is not None:
        conditions.append(jobs.c.queue == fits.queue)
    if fits.name is not None:
        conditions.append(jobs.c.name == fits.name)
    if fits.state is not None:
        conditions.append(jobs.c.state == fits.state.value)
    return conditions


def _one(job_id: JobId, reach: InstitutionId | None) -> Select:
    return sa.select(jobs).where(jobs.c.id == job_id, *_fitting(JobFilter(reach=reach)))


@attrs.frozen
class SqlJobRecords:
    """Changes jobs in the unit's own transaction."""

    _connection: AsyncConnection
    _signal: Signal

    async def get(self, job_id: JobId, *, reach: InstitutionId | None) -> Job:
        row = (await self._connection.execute(_one(job_id, reach))).first()
        if row is None:
            raise JobNotFound
        return job_from(row)

    async def save(self, job: Job) -> None:
        if job.dedupe_key is not None and job.state is JobState.READY:
            await self._refuse_taken_key(job)
        changed = await self._connection.execute(
            sa.update(jobs)
            .where(
                jobs.c.id == job.id,
                jobs.c.token == job.token - 1,
                jobs.c.state.in_(_BEFORE[job.state]),
            )
            .values(row_of(job))
            .returning(jobs.c.id)
        )
        if changed.first() is None:
            raise StaleJob
        await self._tell({job.policy.queue})

    async def replay(self, dead: JobFilter, *, at: datetime) -> int:
        changed = await self._connection.execute(
            sa.update(jobs)
            .where(jobs.c.state == JobState.DEAD.value, *_fitting(dead), _may_return())
            .values(
                state=JobState.READY.value,
                run_at=at,
                attempts=0,
                token=jobs.c.token + 1,
                progress=0.0,
                finished_at=None,
            )
            .returning(jobs.c.queue)
        )
        queues = [row[0] for row in changed]
        await self._tell(set(queues))
        return len(queues)

    async def bury(self, dead: JobFilter) -> int:
        gone = await self._connection.execute(
            sa.delete(jobs)
            .where(jobs.c.state == JobState.DEAD.value, *_fitting(dead))
            .returning(jobs.c.id)
        )
        return len(gone.all())

    async def _refuse_taken_key(self, job: Job) -> None:
        holder = sa.select(jobs.c.id).where(
            jobs.c.name == job.name,
            jobs.c.dedupe_key == job.dedupe_key,
            jobs.c.state.in_(_UNFINISHED),
        )
        if (await self._connection.execute(holder)).first() is not None:
            raise StaleJob("Another job with this key is under way. Wait for it, or cancel it.")

    async def _tell(self, queues: set[str]) -> None:
        await notify(self._connection, queues)
        for queue in queues:
            self._signal(queue)


def _may_return() -> sa.ColumnElement[bool]:
    """No unfinished job holds this one's key, and no younger dead one claims it."""
    other = jobs.alias("other")
    rival = sa.exists().where(
        other.c.name == jobs.c.name,
        other.c.dedupe_key == jobs.c.dedupe_key,
        sa.or_(
            other.c.state.in_(_UNFINISHED),
            sa.and_(other.c.state == JobState.DEAD.value, other.c.id > jobs.c.id),
        ),
    )
    return sa.or_(jobs.c.dedupe_key.is_(None), sa.not_(rival))


@attrs.frozen
class SqlJobQueries:
    """Reads for operators."""

    _database: Database
    _clock: Clock
    _paused: frozenset[str] = frozenset()
    _limited: frozenset[str] = frozenset()

    async def find(self, fits: JobFilter, page: CursorRequest) -> CursorPage[Job]:
        wanted = sa.select(jobs).where(*_fitting(fits)).order_by(jobs.c.id.desc())
        if page.after is not None:
            wanted = wanted.where(jobs.c.id < page.after)
        async with self._database.read() as connection:
            rows = (await connection.execute(wanted.limit(page.limit + 1))).all()
        return CursorPage.cut([job_from(row) for row in rows], page.limit, lambda job: job.id)

    async def get(self, job_id: JobId, *, reach: InstitutionId | None) -> Job:
        async with self._database.read() as connection:
            row = (await connection.execute(_one(job_id, reach))).first()
        if row is None:
            raise JobNotFound
        return job_from(row)

    async def queues(self) -> Sequence[QueueReport]:
        async with self._database.read() as connection:
            return await reports(connection, self._clock.now(), self._limited, self._paused)
