"""Orders to a question writer, and what is spent on them, in memory."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from heapq import nlargest

import attrs

from homeroom.exams.errors import GenerationNotFound, StaleGeneration
from homeroom.exams.model.budgets import Ceiling, Reservation, Spent, expect_room
from homeroom.exams.model.generations import Generation
from homeroom.kernel.ids import ExamId, GenerationId, InstitutionId
from homeroom_adapters.memory.generation_tables import Spending
from homeroom_adapters.memory.transaction import Drafts, Transaction


@attrs.frozen
class MemoryGenerations:
    """The orders, inside a unit."""

    _transaction: Transaction

    async def get(self, generation_id: GenerationId, *, reach: InstitutionId | None) -> Generation:
        found = self._transaction.reading().generations.get(generation_id)
        if found is None or reach not in (None, found.institution_id):
            raise GenerationNotFound
        return found

    async def save(self, generation: Generation) -> None:
        drafts = await self._transaction.writing()
        known = drafts.generations.get(generation.id)
        if (0 if known is None else known.version) != generation.version:
            raise StaleGeneration
        generation.version += 1
        drafts.generations.put(generation)

    async def newest(
        self, exam_id: ExamId, *, reach: InstitutionId | None, limit: int
    ) -> Sequence[Generation]:
        every = self._transaction.reading().generations
        theirs = every.select(
            lambda one: one.exam_id == exam_id and reach in (None, one.institution_id)
        )
        newest = nlargest(limit, theirs, key=lambda one: one.id)
        return [attrs.evolve(one, wish=attrs.evolve(one.wish, source="")) for one in newest]


@attrs.frozen
class MemoryWritingSpending:
    """What is spent, inside a unit. Whoever reserves takes the store's turn."""

    _transaction: Transaction

    async def reserve(self, wanted: Reservation, ceilings: Sequence[Ceiling]) -> None:
        drafts = await self._transaction.writing()
        known = drafts.spendings.get(wanted.generation_id)
        others = _of(drafts, wanted.institution_id)
        if known is not None:
            others = [one for one in others if one.generation_id != known.generation_id]
            others.append(attrs.evolve(known, reserved=0))
        for ceiling in ceilings:
            expect_room(wanted, ceiling, _sum(others, since=ceiling.since, at=wanted.at))
        drafts.spendings.put(
            Spending(
                generation_id=wanted.generation_id,
                institution_id=wanted.institution_id,
                at=wanted.at,
                spent=0 if known is None else known.spent,
                reserved=wanted.amount,
                until=wanted.until,
            )
        )

    async def settle(self, generation_id: GenerationId, cost: int) -> None:
        drafts = await self._transaction.writing()
        known = drafts.spendings.get(generation_id)
        if known is not None:
            drafts.spendings.put(attrs.evolve(known, spent=known.spent + cost, reserved=0))

    async def charge(self, generation_id: GenerationId) -> None:
        drafts = await self._transaction.writing()
        known = drafts.spendings.get(generation_id)
        if known is not None:
            paid = known.spent + known.reserved
            drafts.spendings.put(attrs.evolve(known, spent=paid, reserved=0))

    async def spent(self, institution_id: InstitutionId, *, since: datetime, at: datetime) -> Spent:
        return _sum(_of(self._transaction.reading(), institution_id), since=since, at=at)


def _of(drafts: Drafts, institution_id: InstitutionId) -> list[Spending]:
    return drafts.spendings.select(lambda one: one.institution_id == institution_id)


def _sum(every: Iterable[Spending], *, since: datetime, at: datetime) -> Spent:
    counted = [one.counted(since=since, at=at) for one in every]
    return Spent(sum(one.settled for one in counted), sum(one.reserved for one in counted))
