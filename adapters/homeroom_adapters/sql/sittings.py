"""Sittings and what was answered in them, in tables."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

import attrs
import sqlalchemy as sa

from homeroom.exams.errors import AttemptsUsedUp, SittingNotFound, SittingUnderWay, StaleSitting
from homeroom.exams.model.sittings import Reply, Sitting, SittingStatus, Summary
from homeroom.exams.model.summaries import Attempt
from homeroom.exams.model.wishes import Mode
from homeroom.exams.ports.sittings import SittingFilter
from homeroom.kernel.ids import ExamId, InstitutionId, PersonId, QuestionId, SittingId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.queue import SITTINGS
from homeroom_adapters.sql.alchemy import AsyncConnection, insert_into
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.notices import Signal
from homeroom_adapters.sql.outbox import SqlOutbox
from homeroom_adapters.sql.rows import Row, Select, insert_unless_taken
from homeroom_adapters.sql.sitting_rows import (
    course_cells,
    reply_cells,
    reply_from,
    sitting_cells,
    sitting_from,
    summary_from,
)
from homeroom_adapters.sql.sitting_tables import sitting_answers as answers
from homeroom_adapters.sql.sitting_tables import sittings

Replies = Mapping[SittingId, Mapping[QuestionId, Reply]]

_TRIES = 3
"""Whoever was in the way may have ended by the time one looks who it was."""

_TIMED = sittings.c.mode == Mode.SIMULATION.value
_ACTIVE = sittings.c.status == SittingStatus.ACTIVE.value


@attrs.frozen
class SqlSittings:
    """The sittings, inside a unit. What is read is held."""

    _connection: AsyncConnection
    _outbox: SqlOutbox
    _tell: Signal

    async def get(self, sitting_id: SittingId, *, reach: InstitutionId | None) -> Sitting:
        return await _one(self._connection, _visible(sitting_id, reach).with_for_update())

    async def add(self, sitting: Sitting, *, attempts: int | None = None) -> None:
        for _ in range(_TRIES):
            if await insert_unless_taken(self._connection, sittings, sitting_cells(sitting)):
                break
            await self._expect_nobody(sitting)
        else:
            raise StaleSitting
        if attempts is not None and sitting.mode.is_timed:
            await self._expect_at_most(attempts, sitting)
        await self._keep(sitting)

    async def save(self, sitting: Sitting) -> None:
        same = (sittings.c.id == sitting.id, sittings.c.version == sitting.version)
        changed = sa.update(sittings).where(*same).values(course_cells(sitting))
        if (await self._connection.execute(changed)).rowcount == 0:
            raise StaleSitting
        await self._keep(sitting)

    async def of(self, person_id: PersonId) -> Sequence[Sitting]:
        theirs = sa.select(sittings).where(sittings.c.person_id == person_id)
        rows = (await self._connection.execute(theirs.order_by(sittings.c.id.desc()))).all()
        replies = await replies_of(self._connection, [row.id for row in rows])
        return [sitting_from(row, replies.get(row.id, {})) for row in rows]

    async def remove(self, person_id: PersonId) -> int:
        """Their answers go with them, by the foreign key."""
        self._tell(SITTINGS)
        theirs = sa.delete(sittings).where(sittings.c.person_id == person_id)
        return (await self._connection.execute(theirs)).rowcount

    async def _expect_nobody(self, sitting: Sitting) -> None:
        """Raises `SittingUnderWay` for one that is there already, and `StaleSitting` for itself."""
        same = sa.select(sittings.c.id).where(sittings.c.id == sitting.id)
        if (await self._connection.execute(same)).first() is not None:
            raise StaleSitting
        other = sa.select(sittings.c.id).where(*_of_this(sitting), _ACTIVE)
        found = (await self._connection.execute(other)).one_or_none()
        if found is not None:
            raise SittingUnderWay(SittingId(found.id))

    async def _expect_at_most(self, attempts: int, sitting: Sitting) -> None:
        """Nobody adds one beside us: of those that are active, ours is the only one."""
        spent = sittings.c.attempt.is_distinct_from(Attempt.GIVEN_BACK.value)
        every = sa.select(sa.func.count()).select_from(sittings)
        counted = every.where(*_of_this(sitting), spent)
        if (await self._connection.execute(counted)).scalar_one() > attempts:
            raise AttemptsUsedUp

    async def _keep(self, sitting: Sitting) -> None:
        sitting.version += 1
        self._tell(SITTINGS)
        changed = sitting.release_replies().items()
        if changed:
            rows = [reply_cells(sitting.id, *one) for one in changed]
            await self._connection.execute(_keeping(self._connection.dialect.name), rows)
        await self._outbox.put(*sitting.release_events())


@attrs.frozen
class SqlSittingQueries:
    """Reads of sittings, outside of any unit."""

    _database: Database

    async def sitting(self, sitting_id: SittingId, *, reach: InstitutionId | None) -> Sitting:
        async with self._database.read() as connection:
            return await _one(connection, _visible(sitting_id, reach))

    async def sittings(self, wanted: SittingFilter, page: CursorRequest) -> CursorPage[Summary]:
        newest = sa.select(sittings).where(*_fitting(wanted))
        if page.after is not None:
            newest = newest.where(sittings.c.id < page.after)
        newest = newest.order_by(sittings.c.id.desc()).limit(page.limit + 1)
        async with self._database.read() as connection:
            rows = (await connection.execute(newest)).all()
        return CursorPage.cut([summary_from(row) for row in rows], page.limit, lambda one: one.id)

    async def run_out(self, *, at: datetime, limit: int) -> Sequence[SittingId]:
        late = sa.select(sittings.c.id).where(_ACTIVE, sittings.c.ends_at < at)
        async with self._database.read() as connection:
            rows = await connection.execute(late.order_by(sittings.c.ends_at).limit(limit))
            return [SittingId(row.id) for row in rows]

    async def versions(self, wanted: Collection[SittingId]) -> Mapping[SittingId, int]:
        every = sa.select(sittings.c.id, sittings.c.version).where(sittings.c.id.in_(wanted))
        async with self._database.read() as connection:
            rows = await connection.execute(every)
            return {SittingId(row.id): row.version for row in rows}

    async def missed(self, person_id: PersonId, exam_id: ExamId) -> frozenset[QuestionId]:
        judged = (
            sa.select(answers.c.question_id, answers.c.credit)
            .join(sittings, sittings.c.id == answers.c.sitting_id)
            .where(sittings.c.person_id == person_id, sittings.c.exam_id == exam_id)
            .where(answers.c.credit.is_not(None))
            .order_by(answers.c.at, sittings.c.id)
        )
        async with self._database.read() as connection:
            last = {row.question_id: row.credit for row in await connection.execute(judged)}
        return frozenset(QuestionId(one) for one, credit in last.items() if credit != "1")


_SAID = ("answer", "at", "flagged", "confidence", "seconds", "credit")


@lru_cache
def _keeping(dialect: str) -> sa.Executable:
    """Written down once: to build it anew for each answer took longer than to carry it out."""
    new = insert_into(answers, dialect)
    said = {name: new.excluded[name] for name in _SAID}
    keys = list(answers.primary_key)
    keeping: sa.Executable = new.on_conflict_do_update(index_elements=keys, set_=said)
    return keeping


async def _one(connection: AsyncConnection, wanted: Select) -> Sitting:
    """Raises `SittingNotFound`."""
    row = (await connection.execute(wanted)).one_or_none()
    if row is None:
        raise SittingNotFound
    return sitting_from(row, (await replies_of(connection, [row.id])).get(row.id, {}))


async def replies_of(connection: AsyncConnection, ids: Collection[SittingId]) -> Replies:
    found: dict[SittingId, dict[QuestionId, Reply]] = {}
    if not ids:
        return found
    every = sa.select(answers).where(answers.c.sitting_id.in_(ids))
    rows: Sequence[Row] = (await connection.execute(every)).all()
    for row in rows:
        found.setdefault(SittingId(row.sitting_id), {})[QuestionId(row.question_id)] = reply_from(
            row
        )
    return found


def _visible(sitting_id: SittingId, reach: InstitutionId | None) -> Select:
    wanted = sa.select(sittings).where(sittings.c.id == sitting_id)
    return wanted if reach is None else wanted.where(sittings.c.institution_id == reach)


def _of_this(sitting: Sitting) -> tuple[sa.ColumnElement[bool], ...]:
    """Timed sittings of the same person and exam."""
    return (
        sittings.c.person_id == sitting.person_id,
        sittings.c.exam_id == sitting.exam_id,
        _TIMED,
    )


def _fitting(wanted: SittingFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.reach is not None:
        conditions.append(sittings.c.institution_id == wanted.reach)
    if wanted.person is not None:
        conditions.append(sittings.c.person_id == wanted.person)
    if wanted.exam is not None:
        conditions.append(sittings.c.exam_id == wanted.exam)
    if wanted.status is not None:
        conditions.append(sittings.c.status == wanted.status.value)
    return conditions
