"""Tiers, and what was done in a day, in tables, inside a unit of work."""

from collections.abc import Mapping
from datetime import date

import attrs
import sqlalchemy as sa

from homeroom.exams.model.tiers import Learner, Tally, Tier
from homeroom.exams.tier_errors import LearnerNotFound, StaleLearner
from homeroom.kernel.ids import InstitutionId, PersonId
from homeroom_adapters.sql.alchemy import AsyncConnection, insert_into
from homeroom_adapters.sql.outbox import SqlOutbox
from homeroom_adapters.sql.people_tables import persons
from homeroom_adapters.sql.rows import Select, insert_unless_taken
from homeroom_adapters.sql.tables import institutions
from homeroom_adapters.sql.tier_tables import exam_days, exam_tallies, exam_tiers


@attrs.frozen
class SqlLearners:
    """Tiers, inside a unit."""

    _connection: AsyncConnection
    _outbox: SqlOutbox

    async def get(self, person_id: PersonId, *, reach: InstitutionId | None) -> Learner:
        row = (await self._connection.execute(_visible(person_id, reach))).one_or_none()
        if row is None:
            raise LearnerNotFound
        return Learner(
            person_id=person_id,
            institution_id=InstitutionId(row.institution_id),
            tier=None if row.tier is None else Tier(row.tier),
            zone=row.zone,
            house_zone=row.time_zone,
            version=row.version or 0,
        )

    async def save(self, learner: Learner) -> None:
        saved = self._insert if learner.version == 0 else self._update
        if not await saved(learner):
            raise StaleLearner
        learner.version += 1
        await self._outbox.put(*learner.release_events())

    async def count(self, tally: Tally, *, most: int) -> bool:
        """The row of the day is held from here on, so that others wait and see what came of it."""
        once = {
            "sitting_id": tally.sitting_id,
            "question_id": tally.question_id,
            "person_id": tally.person_id,
        }
        if not await insert_unless_taken(self._connection, exam_tallies, once):
            return True
        first = {"person_id": tally.person_id, "day": tally.day, "answered": 1}
        new = insert_into(exam_days, self._connection.dialect.name).values(first)
        one_more = new.on_conflict_do_update(
            index_elements=[exam_days.c.person_id, exam_days.c.day],
            set_={"answered": exam_days.c.answered + 1},
            where=exam_days.c.answered < most,
        )
        counted = await self._connection.execute(one_more.returning(exam_days.c.answered))
        return counted.first() is not None

    async def counted(
        self, person_id: PersonId, *, since: date | None = None
    ) -> Mapping[date, int]:
        known = sa.select(exam_days).where(exam_days.c.person_id == person_id)
        if since is not None:
            known = known.where(exam_days.c.day >= since)
        rows = await self._connection.execute(known.order_by(exam_days.c.day))
        return {row.day: row.answered for row in rows}

    async def remove(self, person_id: PersonId) -> int:
        count = 0
        for table in (exam_tiers, exam_days, exam_tallies):
            gone = sa.delete(table).where(table.c.person_id == person_id)
            count += (await self._connection.execute(gone)).rowcount
        return count

    async def _insert(self, learner: Learner) -> bool:
        cells = {
            "person_id": learner.person_id,
            "institution_id": learner.institution_id,
            **_said(learner),
        }
        return await insert_unless_taken(self._connection, exam_tiers, cells)

    async def _update(self, learner: Learner) -> bool:
        same = (
            exam_tiers.c.person_id == learner.person_id,
            exam_tiers.c.version == learner.version,
        )
        changed = sa.update(exam_tiers).where(*same).values(_said(learner))
        return (await self._connection.execute(changed)).rowcount > 0


def _said(learner: Learner) -> dict[str, object]:
    return {
        "tier": None if learner.tier is None else learner.tier.value,
        "zone": learner.zone,
        "version": learner.version + 1,
    }


def _visible(person_id: PersonId, reach: InstitutionId | None) -> Select:
    known = (
        sa.select(
            persons.c.institution_id,
            institutions.c.time_zone,
            exam_tiers.c.tier,
            exam_tiers.c.zone,
            exam_tiers.c.version,
        )
        .join(institutions, institutions.c.id == persons.c.institution_id)
        .outerjoin(exam_tiers, exam_tiers.c.person_id == persons.c.id)
        .where(persons.c.id == person_id)
    )
    return known if reach is None else known.where(persons.c.institution_id == reach)
