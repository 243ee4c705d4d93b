"""Regrades, as documents."""

from collections.abc import Collection, Sequence
from datetime import datetime

import attrs

from homeroom.exams.errors import RegradeNotFound, StaleRegrade
from homeroom.exams.model.regrading import Outcome, Regrade
from homeroom.kernel.aggregates import Outbox
from homeroom.kernel.ids import InstitutionId, QuestionId, RegradeId, SittingId
from homeroom_adapters.mongo.asking import OLDEST
from homeroom_adapters.mongo.desk import Desk
from homeroom_adapters.mongo.reach import within
from homeroom_adapters.mongo.rows import Document, Row, document_of, fields_of, row_of
from homeroom_adapters.mongo.sitting_rows import SITTINGS, IdRow

REGRADES = "question_regrades"


@attrs.frozen(kw_only=True)
class RegradeRow(Row):
    """What was decided on a key, and how far one is in judging by it."""

    id: RegradeId
    institution_id: InstitutionId
    question_id: QuestionId
    editions: tuple[int, ...]
    key: int
    reason: str
    decided_at: datetime
    done_at: datetime | None = None
    reached: SittingId | None = None
    outcome: Outcome = Outcome()
    version: int


@attrs.frozen
class MongoRegrades:
    """The regrades, inside a unit. What is read by its id is held."""

    _desk: Desk
    _outbox: Outbox

    async def get(self, regrade_id: RegradeId, *, reach: InstitutionId | None) -> Regrade:
        held = await self._desk.hold(REGRADES, _visible(regrade_id, reach))
        if held is None:
            raise RegradeNotFound
        return regrade_from(held)

    async def of(self, question_ids: Collection[QuestionId]) -> Sequence[Regrade]:
        return await regrades_of(self._desk, question_ids)

    async def save(self, regrade: Regrade) -> None:
        if not await (self._insert(regrade) if regrade.version == 0 else self._replace(regrade)):
            raise StaleRegrade
        regrade.version += 1
        await self._outbox.put(*regrade.release_events())

    async def _insert(self, regrade: Regrade) -> bool:
        return await self._desk.insert_unless_taken(REGRADES, _document(regrade))

    async def _replace(self, regrade: Regrade) -> bool:
        same = {"_id": str(regrade.id), "version": regrade.version}
        return await self._desk.replace(REGRADES, same, _document(regrade))


@attrs.frozen
class MongoRegradeQueries:
    """Reads of regrades, outside of any unit."""

    _desk: Desk

    async def regrade(self, regrade_id: RegradeId, *, reach: InstitutionId | None) -> Regrade:
        found = await self._desk.find_one(REGRADES, _visible(regrade_id, reach))
        if found is None:
            raise RegradeNotFound
        return regrade_from(found)

    async def of(self, question_ids: Collection[QuestionId]) -> Sequence[Regrade]:
        return await regrades_of(self._desk, question_ids)

    async def answered(
        self, question_id: QuestionId, *, after: SittingId | None, limit: int
    ) -> Sequence[SittingId]:
        # `$in` of one is what the peer, too, looks up in arrays that have an index.
        where: Document = {"replied": {"$in": [str(question_id)]}}
        if after is not None:
            where["_id"] = {"$gt": str(after)}
        fields = fields_of(IdRow)
        found = await self._desk.find(SITTINGS, where, fields=fields, sort=OLDEST, limit=limit)
        return [row_of(IdRow, one).id for one in found]


async def regrades_of(desk: Desk, question_ids: Collection[QuestionId]) -> Sequence[Regrade]:
    if not question_ids:
        return []
    theirs = {"question_id": {"$in": [str(one) for one in question_ids]}}
    return [regrade_from(one) for one in await desk.find(REGRADES, theirs, sort=OLDEST)]


def _visible(regrade_id: RegradeId, reach: InstitutionId | None) -> Document:
    return {"_id": str(regrade_id), **within(reach)}


def _document(regrade: Regrade) -> Document:
    """*regrade*, as its next version."""
    return document_of(
        RegradeRow(
            id=regrade.id,
            institution_id=regrade.institution_id,
            question_id=regrade.question_id,
            editions=tuple(sorted(regrade.editions)),
            key=regrade.key,
            reason=regrade.reason,
            decided_at=regrade.decided_at,
            done_at=regrade.done_at,
            reached=regrade.reached,
            outcome=regrade.outcome,
            version=regrade.version + 1,
        )
    )


def regrade_from(document: Document) -> Regrade:
    said = attrs.asdict(row_of(RegradeRow, document), recurse=False)
    return Regrade(**{**said, "editions": frozenset(said["editions"])})
