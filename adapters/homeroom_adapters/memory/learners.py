"""Tiers, and what was done in a day, in memory, inside a unit."""

from collections.abc import Mapping
from datetime import date

import attrs

from homeroom.exams.model.tiers import Learner, Tally
from homeroom.exams.tier_errors import LearnerNotFound, StaleLearner
from homeroom.kernel.ids import InstitutionId, PersonId
from homeroom_adapters.memory.learners_tables import Counted, Day
from homeroom_adapters.memory.outbox import MemoryOutbox
from homeroom_adapters.memory.transaction import Transaction


@attrs.frozen
class MemoryLearners:
    """Tiers, inside a unit. Whoever counts takes the store's turn."""

    _transaction: Transaction
    _outbox: MemoryOutbox

    async def get(self, person_id: PersonId, *, reach: InstitutionId | None) -> Learner:
        drafts = self._transaction.reading()
        person = drafts.persons.get(person_id)
        if person is None or reach not in (None, person.institution_id):
            raise LearnerNotFound
        house = drafts.institutions.get(person.institution_id)
        zone = "UTC" if house is None else house.terms.time_zone
        known = drafts.learners.get(person_id)
        if known is not None:
            return attrs.evolve(known, house_zone=zone)
        return Learner(person_id=person_id, institution_id=person.institution_id, house_zone=zone)

    async def save(self, learner: Learner) -> None:
        drafts = await self._transaction.writing()
        known = drafts.learners.get(learner.person_id)
        if (0 if known is None else known.version) != learner.version:
            raise StaleLearner
        learner.version += 1
        drafts.learners.put(learner)
        await self._outbox.put(*learner.release_events())

    async def count(self, tally: Tally, *, most: int) -> bool:
        drafts = await self._transaction.writing()
        once = (tally.sitting_id, tally.question_id)
        if drafts.tallies.get(once) is not None:
            return True
        day = drafts.days.get((tally.person_id, tally.day))
        answered = 0 if day is None else day.answered
        if answered >= most:
            return False
        drafts.tallies.put(Counted(*once, tally.person_id))
        drafts.days.put(Day(tally.person_id, tally.day, answered + 1))
        return True

    async def counted(
        self, person_id: PersonId, *, since: date | None = None
    ) -> Mapping[date, int]:
        every = self._transaction.reading().days
        theirs = every.select(lambda one: one.person_id == person_id)
        days = {one.day: one.answered for one in theirs if since is None or one.day >= since}
        return dict(sorted(days.items()))

    async def remove(self, person_id: PersonId) -> int:
        drafts = await self._transaction.writing()
        theirs = drafts.days.select(lambda one: one.person_id == person_id)
        for one in theirs:
            drafts.days.remove((person_id, one.day))
        tallied = drafts.tallies.select(lambda one: one.person_id == person_id)
        for counted in tallied:
            drafts.tallies.remove((counted.sitting_id, counted.question_id))
        known = drafts.learners.get(person_id) is not None
        if known:
            drafts.learners.remove(person_id)
        return len(theirs) + len(tallied) + int(known)
