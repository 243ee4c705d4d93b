"""Tiers, and what was done in a day, as documents, inside a unit of work."""

from collections.abc import Mapping
from datetime import date

import attrs

from homeroom.exams.model.tiers import Learner, Tally, Tier
from homeroom.exams.ports.tiers import Learners
from homeroom.exams.tier_errors import StaleLearner
from homeroom.kernel.aggregates import Outbox
from homeroom.kernel.ids import InstitutionId, PersonId, QuestionId, SittingId
from homeroom_adapters.mongo.asking import in_turn
from homeroom_adapters.mongo.desk import Desk
from homeroom_adapters.mongo.errors import translated
from homeroom_adapters.mongo.rows import Document, Row, document_of, row_of

TIERS, DAYS, TALLIES = "exam_tiers", "exam_days", "exam_tallies"


@attrs.frozen(kw_only=True)
class TierRow(Row):
    """What was said of a learner."""

    id: PersonId
    institution_id: InstitutionId
    tier: Tier | None = None
    zone: str | None = None
    version: int


@attrs.frozen(kw_only=True)
class DayRow(Row):
    """How many answers of a person were counted on one day of theirs."""

    id: str
    person_id: PersonId
    day: str
    answered: int


@attrs.frozen(kw_only=True)
class TallyRow(Row):
    """That an answer was counted. Its id is of the sitting and the question: it counts once."""

    id: str
    person_id: PersonId
    sitting_id: SittingId
    question_id: QuestionId


@attrs.frozen
class MongoLearners:
    """Tiers, inside a unit. Who there is, and in which zone, the house's own store says."""

    _desk: Desk
    _outbox: Outbox
    _persons: Learners
    """Those of the house's own store; of what it keeps of tiers itself, nothing is asked."""

    async def get(self, person_id: PersonId, *, reach: InstitutionId | None) -> Learner:
        somebody = await self._persons.get(person_id, reach=reach)
        found = await self._desk.find_one(TIERS, {"_id": str(person_id)})
        if found is None:
            return attrs.evolve(somebody, tier=None, zone=None, version=0)
        row = row_of(TierRow, found)
        return attrs.evolve(somebody, tier=row.tier, zone=row.zone, version=row.version)

    async def save(self, learner: Learner) -> None:
        if not await (self._insert(learner) if learner.version == 0 else self._replace(learner)):
            raise StaleLearner
        learner.version += 1
        await self._outbox.put(*learner.release_events())

    async def count(self, tally: Tally, *, most: int) -> bool:
        """The document of the day is held from here on, so that others see what came of it."""
        return await in_turn(self._desk, lambda: self._count(tally, most))

    async def counted(
        self, person_id: PersonId, *, since: date | None = None
    ) -> Mapping[date, int]:
        known: Document = {"person_id": str(person_id)}
        if since is not None:
            known["day"] = {"$gte": since.isoformat()}
        found = await self._desk.find(DAYS, known, sort=[("day", 1)])
        rows = [row_of(DayRow, one) for one in found]
        return {date.fromisoformat(row.day): row.answered for row in rows}

    async def remove(self, person_id: PersonId) -> int:
        count = await self._desk.remove(TIERS, {"_id": str(person_id)})
        for name in (DAYS, TALLIES):
            count += await self._desk.remove(name, {"person_id": str(person_id)})
        return count

    async def _insert(self, learner: Learner) -> bool:
        return await self._desk.insert_unless_taken(TIERS, _document(learner))

    async def _replace(self, learner: Learner) -> bool:
        same = {"_id": str(learner.person_id), "version": learner.version}
        return await self._desk.replace(TIERS, same, _document(learner))

    async def _count(self, tally: Tally, most: int) -> bool:
        once = TallyRow(
            id=f"{tally.sitting_id} {tally.question_id}",
            person_id=tally.person_id,
            sitting_id=tally.sitting_id,
            question_id=tally.question_id,
        )
        if not await self._desk.insert_unless_taken(TALLIES, document_of(once)):
            return True
        first = DayRow(
            id=f"{tally.person_id} {tally.day.isoformat()}",
            person_id=tally.person_id,
            day=tally.day.isoformat(),
            answered=1,
        )
        return await self._one_more(first.id, most) or (
            most > 0 and await self._desk.insert_unless_taken(DAYS, document_of(first))
        )

    async def _one_more(self, day: str, most: int) -> bool:
        """The condition and the change are one step: no two of them see the same count."""
        below = {"_id": day, "answered": {"$lt": most}}
        with translated():
            done = await self._desk.writing(DAYS).update_one(
                below, {"$inc": {"answered": 1}}, session=self._desk.session
            )
        return done.matched_count > 0


def _document(learner: Learner) -> Document:
    """What is said of *learner*, as its next version."""
    return document_of(
        TierRow(
            id=learner.person_id,
            institution_id=learner.institution_id,
            tier=learner.tier,
            zone=learner.zone,
            version=learner.version + 1,
        )
    )
