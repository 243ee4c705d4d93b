"""Regrades, in memory."""

from collections.abc import Collection, Iterable, Sequence

import attrs

from homeroom.exams.errors import RegradeNotFound, StaleRegrade
from homeroom.exams.model.regrading import Regrade
from homeroom.kernel.errors import Conflict
from homeroom.kernel.ids import InstitutionId, QuestionId, RegradeId, SittingId
from homeroom_adapters.memory.outbox import MemoryOutbox
from homeroom_adapters.memory.store import Store
from homeroom_adapters.memory.transaction import Transaction


@attrs.frozen
class MemoryRegrades:
    """The regrades, inside a unit. Whoever reads one takes the store's turn."""

    _transaction: Transaction
    _outbox: MemoryOutbox

    async def get(self, regrade_id: RegradeId, *, reach: InstitutionId | None) -> Regrade:
        drafts = await self._transaction.writing()
        found = drafts.regrades.get(regrade_id)
        if found is None or reach not in (None, found.institution_id):
            raise RegradeNotFound
        return found

    async def of(self, question_ids: Collection[QuestionId]) -> Sequence[Regrade]:
        every = self._transaction.reading().regrades
        return _in_order(every.select(lambda one: one.question_id in question_ids))

    async def save(self, regrade: Regrade) -> None:
        drafts = await self._transaction.writing()
        known = drafts.regrades.get(regrade.id)
        if (0 if known is None else known.version) != regrade.version:
            raise StaleRegrade
        if drafts.questions.get(regrade.question_id) is None:
            raise Conflict("the question of this regrade is not there; save the question first")
        regrade.version += 1
        drafts.regrades.put(regrade)
        await self._outbox.put(*regrade.release_events())


@attrs.frozen
class MemoryRegradeQueries:
    """Reads of regrades, outside of any unit."""

    _store: Store

    async def regrade(self, regrade_id: RegradeId, *, reach: InstitutionId | None) -> Regrade:
        with self._store.lock:
            found = self._store.regrades.rows.get(regrade_id)
        if found is None or reach not in (None, found.institution_id):
            raise RegradeNotFound
        return attrs.evolve(found)

    async def of(self, question_ids: Collection[QuestionId]) -> Sequence[Regrade]:
        with self._store.lock:
            every = [*self._store.regrades.rows.values()]
        return _in_order(attrs.evolve(one) for one in every if one.question_id in question_ids)

    async def answered(
        self, question_id: QuestionId, *, after: SittingId | None, limit: int
    ) -> Sequence[SittingId]:
        with self._store.lock:
            every = [*self._store.sittings.rows.values()]
        found = sorted(
            one.id
            for one in every
            if question_id in one.replies and (after is None or one.id > after)
        )
        return found[:limit]


def _in_order(found: Iterable[Regrade]) -> Sequence[Regrade]:
    return sorted(found, key=lambda one: one.id)
