"""The storages keep orders for questions and what they cost, and broken ones are caught."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import attrs
import pytest
from storage_grounds import InMemory, OnMongo, OnPostgres, OnSqlite

from homeroom.exams.model.budgets import Ceiling, Reservation, Spent, expect_room
from homeroom.exams.model.generations import Generation
from homeroom.kernel.ids import ExamId, GenerationId, InstitutionId
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.generation_tables import Spending
from homeroom_adapters.memory.generations import MemoryGenerations, MemoryWritingSpending
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.generations import GenerationsConformance
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.conformance.writing_spending import WritingSpendingConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class TestGenerationsInMemory(InMemory, GenerationsConformance): ...


class TestGenerationsOnSqlite(OnSqlite, GenerationsConformance): ...


class TestGenerationsOnPostgres(OnPostgres, GenerationsConformance): ...


class TestGenerationsOnMongo(OnMongo, GenerationsConformance): ...


class TestSpendingInMemory(InMemory, WritingSpendingConformance): ...


class TestSpendingOnSqlite(OnSqlite, WritingSpendingConformance): ...


class TestSpendingOnPostgres(OnPostgres, WritingSpendingConformance): ...


class TestSpendingOnMongo(OnMongo, WritingSpendingConformance): ...


class ForgetsOutcomes(MemoryGenerations):
    async def save(self, generation: Generation) -> None:
        await super().save(attrs.evolve(generation, outcomes=()))
        generation.version += 1


class FindsForeignOrders(MemoryGenerations):
    async def get(self, generation_id: GenerationId, *, reach: InstitutionId | None) -> Generation:
        return await super().get(generation_id, reach=None)


class NeverStale(MemoryGenerations):
    async def save(self, generation: Generation) -> None:
        drafts = await self._transaction.writing()
        generation.version += 1
        drafts.generations.put(generation)


class WritesThrough(MemoryGenerations):
    async def save(self, generation: Generation) -> None:
        await super().save(generation)
        self._transaction.store.generations.keep(attrs.evolve(generation))


class TellsSources(MemoryGenerations):
    async def newest(
        self, exam_id: ExamId, *, reach: InstitutionId | None, limit: int
    ) -> Sequence[Generation]:
        found = await super().newest(exam_id, reach=reach, limit=limit)
        return [await self.get(one.id, reach=reach) for one in found]


class CountsOnlyWhatIsSettled(MemoryWritingSpending):
    async def reserve(self, wanted: Reservation, ceilings: Sequence[Ceiling]) -> None:
        await super().reserve(attrs.evolve(wanted, amount=0), ceilings)


class KnowsNoCeilingButTheFirst(MemoryWritingSpending):
    async def reserve(self, wanted: Reservation, ceilings: Sequence[Ceiling]) -> None:
        await super().reserve(wanted, ceilings[:1])


class LooksBeforeItIsAlone(MemoryWritingSpending):
    """Asks what is left, and only then takes its turn."""

    async def reserve(self, wanted: Reservation, ceilings: Sequence[Ceiling]) -> None:
        looked = [
            await self.spent(wanted.institution_id, since=one.since, at=wanted.at)
            for one in ceilings
        ]
        await asyncio.sleep(0)  # as a database would take its time
        for ceiling, spent in zip(ceilings, looked, strict=True):
            expect_room(wanted, ceiling, spent)
        await super().reserve(wanted, ())


class HoldsForEver(MemoryWritingSpending):
    async def reserve(self, wanted: Reservation, ceilings: Sequence[Ceiling]) -> None:
        await super().reserve(
            attrs.evolve(wanted, until=datetime.max.replace(tzinfo=wanted.at.tzinfo)), ceilings
        )


class ReservesTwice(MemoryWritingSpending):
    async def reserve(self, wanted: Reservation, ceilings: Sequence[Ceiling]) -> None:
        drafts = await self._transaction.writing()
        known = drafts.spendings.get(wanted.generation_id)
        before = 0 if known is None else known.reserved
        await super().reserve(attrs.evolve(wanted, amount=before + wanted.amount), ceilings)


class PaysOnce(MemoryWritingSpending):
    async def settle(self, generation_id: GenerationId, cost: int) -> None:
        drafts = await self._transaction.writing()
        known = drafts.spendings.get(generation_id)
        if known is not None:
            drafts.spendings.put(attrs.evolve(known, spent=cost, reserved=0))


class ForgivesTheUnknown(MemoryWritingSpending):
    async def charge(self, generation_id: GenerationId) -> None:
        await super().settle(generation_id, 0)


class SharesOneBudget(MemoryWritingSpending):
    async def spent(self, institution_id: InstitutionId, *, since: datetime, at: datetime) -> Spent:
        every: list[Spending] = self._transaction.reading().spendings.every()
        return Spent(0, sum(one.reserved for one in every))


class CommitsAtOnce(MemoryWritingSpending):
    async def reserve(self, wanted: Reservation, ceilings: Sequence[Ceiling]) -> None:
        await super().reserve(wanted, ceilings)
        for one in self._transaction.reading().spendings.every():
            self._transaction.store.spendings.keep(one)


CAUGHT_BY: dict[type[StorageConformance], dict[type, str]] = {
    GenerationsConformance: {
        ForgetsOutcomes: "test_an_order_comes_back_as_it_went",
        FindsForeignOrders: "test_an_order_out_of_reach_is_not_found",
        NeverStale: "test_the_second_of_two_saves_of_one_version_is_stale",
        WritesThrough: "test_leaving_without_commit_discards_the_order",
        TellsSources: "test_the_last_orders_of_an_exam_are_told_newest_first_without_sources",
    },
    WritingSpendingConformance: {
        CountsOnlyWhatIsSettled: "test_what_is_reserved_counts_until_it_is_settled",
        KnowsNoCeilingButTheFirst: "test_every_ceiling_holds_from_its_own_instant_on",
        LooksBeforeItIsAlone: "test_of_many_who_reserve_at_once_none_gets_what_another_has",
        HoldsForEver: "test_what_nobody_settled_is_free_again_once_its_time_is_up",
        ReservesTwice: "test_whoever_reserves_again_gives_up_what_they_had",
        ForgivesTheUnknown: "test_what_nobody_knows_to_be_free_is_charged_once",
        PaysOnce: "test_what_is_settled_late_or_more_than_once_adds_up",
        SharesOneBudget: "test_what_others_spend_takes_nothing_away",
        CommitsAtOnce: "test_leaving_without_commit_reserves_nothing",
    },
}
CASES = [(suite, *case) for suite, caught in CAUGHT_BY.items() for case in caught.items()]


@pytest.mark.parametrize(("suite", "broken", "clause"), CASES)
def test_the_clause_named_for_it_catches(
    suite: type[StorageConformance], broken: type, clause: str
) -> None:
    saboteur = spoiled(suite, open_storage, JsonCodec(), broken)
    assert broken_clauses(saboteur, only=clause) == {clause}


@pytest.mark.parametrize("suite", CAUGHT_BY)
def test_an_honest_storage_breaks_none_of_these(suite: type[StorageConformance]) -> None:
    honest = spoiled(suite, open_storage, JsonCodec())
    assert broken_clauses(honest, only=" or ".join(CAUGHT_BY[suite].values())) == frozenset()
