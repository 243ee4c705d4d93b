"""Jobs inside a unit of work: asked for by use cases, steered by operators."""

from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime

import attrs
import sqlalchemy as sa

from homeroom.kernel.clock import Clock
from homeroom.kernel.codec import Ambient
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
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.engine import Connection, Database
from homeroom_adapters.sql.fixed import Fixed
from homeroom_adapters.sql.job_copies import PART, copying
from homeroom_adapters.sql.job_inserts import (
    Asked,
    by_kind,
    insert_keyed,
    insert_plain,
    plainly_alike,
)
from homeroom_adapters.sql.job_rows import job_from, job_requested, row_of
from homeroom_adapters.sql.notices import Signal, news_of, notify
from homeroom_adapters.sql.queue_reports import reports
from homeroom_adapters.sql.rows import Select
from homeroom_adapters.sql.tables import jobs

MANY = 500
"""From this many requests on, PostgreSQL is sent a stream instead of a statement."""

_UNFINISHED = tuple(sorted(state.value for state in UNFINISHED))
_BEFORE = {
    JobState.CANCELLED: _UNFINISHED,
    JobState.READY: (JobState.DEAD.value, JobState.CANCELLED.value),
}


@attrs.define
class Counter:
    """Where one unit's requests wait, until its commit or whoever would miss them puts them in.

    So a unit that only asks for jobs is one statement, and one of many requests a few.
    """

    _ambient: Ambient
    _signal: Signal
    _kinds: dict[Hashable, Job] = attrs.field(factory=dict, init=False, alias="kinds")
    waiting: list[Asked] = attrs.field(factory=list, init=False)

    def payloads(self, requests: Sequence[JobRequest]) -> list[str]:
        """The work of *requests* as text. Raises `PayloadTooLarge`."""
        texts = [self._ambient.codec.encode(request.work) for request in requests]
        if any(len(text) > MAX_PAYLOAD for text in texts):
            raise PayloadTooLarge
        return texts

    def take(self, requests: Sequence[JobRequest], payloads: Sequence[str]) -> list[Asked]:
        """What *requests* ask for, each under an id of its own."""
        if not requests:
            return []
        trace_id = current_trace()
        last, kind = requests[0], self._kind_of(requests[0], trace_id)
        asked: list[Asked] = []
        for request, text, own in zip(requests, payloads, new_id.many(len(requests)), strict=True):
            if not plainly_alike(request, last):
                last, kind = request, self._kind_of(request, trace_id)
            asked.append(Asked(kind, request.id or JobId(own), text, request.dedupe_key))
        return asked

    def _kind_of(self, request: JobRequest, trace_id: str) -> Job:
        policy = request.effective_policy
        # Policies are few and each is alive in its kind: whether it is the same one is enough.
        mark = (type(request.work), id(policy), request.institution_id, request.run_at, trace_id)
        kind = self._kinds.get(mark)
        if kind is None:
            now = self._ambient.clock.now()
            kind = self._kinds[mark] = job_requested(request, trace_id, at=now)
            self._signal(news_of(kind))
        return kind

    async def put(self, connection: Connection) -> None:
        """Put what waits into the table."""
        for asked in by_kind(self.waiting):
            await insert_plain(connection, asked)
        self.waiting.clear()


_Key = tuple[str, str | None]


def _plain(asked: Iterable[Asked]) -> list[Asked]:
    return [one for one in asked if one.dedupe_key is None]


def _key_of(asked: Asked) -> _Key:
    return asked.kind.name, asked.dedupe_key


@attrs.frozen
class SqlJobs:
    """Enqueues in the unit's own transaction."""

    _connection: AsyncConnection
    _counter: Counter

    async def enqueue(self, *requests: JobRequest) -> tuple[JobId, ...]:
        payloads = self._counter.payloads(requests)
        if len(requests) >= MANY and self._connection.dialect.name == "postgresql":
            asked = await self._put_many(requests, payloads)
        else:
            asked = self._counter.take(requests, payloads)
            self._counter.waiting += _plain(asked)
        return await self._ids(asked)

    async def _put_many(
        self, requests: Sequence[JobRequest], payloads: Sequence[str]
    ) -> list[Asked]:
        """Put those without a key into the table at once, while the next ones are made."""
        asked: list[Asked] = []
        async with copying(self._connection) as put:
            for begin in range(0, len(requests), PART):
                part = slice(begin, begin + PART)
                taken = self._counter.take(requests[part], payloads[part])
                await put(_plain(taken))
                asked += taken
        return asked

    async def _ids(self, asked: Sequence[Asked]) -> tuple[JobId, ...]:
        """Each one's id, or that of whoever holds its key by now."""
        firsts: dict[_Key, Asked] = {}
        for one in asked:
            if one.dedupe_key is not None:
                firsts.setdefault(_key_of(one), one)
        if not firsts:
            return tuple(one.id for one in asked)
        holders: dict[_Key, JobId] = {}
        for alike in by_kind(firsts.values()):
            held = await insert_keyed(self._connection, alike)
            holders |= {_key_of(one): held[one.dedupe_key] for one in alike}
        return tuple(holders.get(_key_of(one), one.id) for one in asked)


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
    _counter: Counter
    _signal: Signal

    async def get(self, job_id: JobId, *, reach: InstitutionId | None) -> Job:
        await self._counter.put(self._connection)
        row = (await self._connection.execute(_one(job_id, reach))).first()
        if row is None:
            raise JobNotFound
        return job_from(row)

    async def save(self, job: Job) -> None:
        await self._counter.put(self._connection)
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


def _any(_dialect: str) -> Select:
    return sa.select(jobs).where(jobs.c.id == sa.bindparam("wanted"))


def _theirs(dialect: str) -> Select:
    return _any(dialect).where(jobs.c.institution_id == sa.bindparam("reach"))


_ANY, _THEIRS = Fixed(_any), Fixed(_theirs)


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
        statement, values = (_ANY, {}) if reach is None else (_THEIRS, {"reach": reach})
        async with self._database.asked() as connection:
            rows = await statement.run(connection, {"wanted": job_id, **values})
        if not rows:
            raise JobNotFound
        return job_from(rows[0])

    async def queues(self) -> Sequence[QueueReport]:
        async with self._database.read() as connection:
            return await reports(connection, self._clock.now(), self._limited, self._paused)
