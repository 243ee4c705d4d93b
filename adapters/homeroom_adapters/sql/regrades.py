"""Regrades, in a table."""

import json
from collections.abc import Collection, Sequence

import attrs
import sqlalchemy as sa

from homeroom.exams.errors import RegradeNotFound, StaleRegrade
from homeroom.exams.model.regrading import Outcome, Regrade
from homeroom.kernel.ids import InstitutionId, QuestionId, RegradeId, SittingId
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.in_reach import within
from homeroom_adapters.sql.outbox import SqlOutbox
from homeroom_adapters.sql.question_regrade_tables import question_regrades as regrades
from homeroom_adapters.sql.rows import Row, Select, insert_unless_taken
from homeroom_adapters.sql.sitting_tables import sitting_answers as answers

Cells = dict[str, object]


@attrs.frozen
class SqlRegrades:
    """The regrades, inside a unit. What is read by its id is held."""

    _connection: AsyncConnection
    _outbox: SqlOutbox

    async def get(self, regrade_id: RegradeId, *, reach: InstitutionId | None) -> Regrade:
        return await _one(self._connection, _visible(regrade_id, reach).with_for_update())

    async def of(self, question_ids: Collection[QuestionId]) -> Sequence[Regrade]:
        return await _of(self._connection, question_ids)

    async def save(self, regrade: Regrade) -> None:
        if not await (self._insert(regrade) if regrade.version == 0 else self._update(regrade)):
            raise StaleRegrade
        regrade.version += 1
        await self._outbox.put(*regrade.release_events())

    async def _insert(self, regrade: Regrade) -> bool:
        return await insert_unless_taken(self._connection, regrades, _cells(regrade))

    async def _update(self, regrade: Regrade) -> bool:
        same = (regrades.c.id == regrade.id, regrades.c.version == regrade.version)
        changed = sa.update(regrades).where(*same).values(_progress(regrade))
        return (await self._connection.execute(changed)).rowcount > 0


@attrs.frozen
class SqlRegradeQueries:
    """Reads of regrades, outside of any unit."""

    _database: Database

    async def regrade(self, regrade_id: RegradeId, *, reach: InstitutionId | None) -> Regrade:
        async with self._database.read() as connection:
            return await _one(connection, _visible(regrade_id, reach))

    async def of(self, question_ids: Collection[QuestionId]) -> Sequence[Regrade]:
        async with self._database.read() as connection:
            return await _of(connection, question_ids)

    async def answered(
        self, question_id: QuestionId, *, after: SittingId | None, limit: int
    ) -> Sequence[SittingId]:
        found = sa.select(answers.c.sitting_id).where(answers.c.question_id == question_id)
        if after is not None:
            found = found.where(answers.c.sitting_id > after)
        async with self._database.read() as connection:
            rows = await connection.execute(found.order_by(answers.c.sitting_id).limit(limit))
            return [SittingId(row.sitting_id) for row in rows]


async def _one(connection: AsyncConnection, wanted: Select) -> Regrade:
    """Raises `RegradeNotFound`."""
    row = (await connection.execute(wanted)).one_or_none()
    if row is None:
        raise RegradeNotFound
    return regrade_from(row)


async def _of(
    connection: AsyncConnection, question_ids: Collection[QuestionId]
) -> Sequence[Regrade]:
    if not question_ids:
        return []
    theirs = sa.select(regrades).where(regrades.c.question_id.in_(question_ids))
    rows: Sequence[Row] = (await connection.execute(theirs.order_by(regrades.c.id))).all()
    return [regrade_from(row) for row in rows]


def _visible(regrade_id: RegradeId, reach: InstitutionId | None) -> Select:
    return sa.select(regrades).where(regrades.c.id == regrade_id, *within(regrades, reach))


def _cells(regrade: Regrade) -> Cells:
    return {
        "id": regrade.id,
        "institution_id": regrade.institution_id,
        "question_id": regrade.question_id,
        "editions": json.dumps(sorted(regrade.editions)),
        "edition": regrade.key,
        "reason": regrade.reason,
        "decided_at": regrade.decided_at,
        **_progress(regrade),
    }


def _progress(regrade: Regrade) -> Cells:
    return {
        "done_at": regrade.done_at,
        "reached": regrade.reached,
        **attrs.asdict(regrade.outcome),
        "version": regrade.version + 1,
    }


def regrade_from(row: Row) -> Regrade:
    return Regrade(
        id=RegradeId(row.id),
        institution_id=InstitutionId(row.institution_id),
        question_id=QuestionId(row.question_id),
        editions=frozenset(json.loads(row.editions)),
        key=row.edition,
        reason=row.reason,
        decided_at=row.decided_at,
        done_at=row.done_at,
        reached=None if row.reached is None else SittingId(row.reached),
        outcome=Outcome(
            examined=row.examined, changed=row.changed, passed=row.passed, failed=row.failed
        ),
        version=row.version,
    )
