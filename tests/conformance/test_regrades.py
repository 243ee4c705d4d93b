"""The storages sign the suites of regrades, and broken ones are caught."""

from collections.abc import Collection, Sequence

import attrs
import pytest
from storage_grounds import InMemory, OnMongo, OnPostgres, OnSqlite

from homeroom.exams.model.regrading import Outcome, Regrade
from homeroom.exams.model.sittings import Sitting
from homeroom.kernel.ids import InstitutionId, QuestionId, RegradeId, SittingId
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.regrades import MemoryRegradeQueries, MemoryRegrades
from homeroom_adapters.memory.sittings import MemorySittings
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.regrades import RegradeQueriesConformance, RegradesConformance
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class TestRegradesInMemory(InMemory, RegradesConformance): ...


class TestRegradesOnSqlite(OnSqlite, RegradesConformance): ...


class TestRegradesOnPostgres(OnPostgres, RegradesConformance): ...


class TestRegradesOnMongo(OnMongo, RegradesConformance): ...


class TestRegradeQueriesInMemory(InMemory, RegradeQueriesConformance): ...


class TestRegradeQueriesOnSqlite(OnSqlite, RegradeQueriesConformance): ...


class TestRegradeQueriesOnPostgres(OnPostgres, RegradeQueriesConformance): ...


class TestRegradeQueriesOnMongo(OnMongo, RegradeQueriesConformance): ...


class ForgetsHowFar(MemoryRegrades):
    async def save(self, regrade: Regrade) -> None:
        await super().save(attrs.evolve(regrade, outcome=Outcome()))
        regrade.version += 1


class FindsForeignRegrades(MemoryRegrades):
    async def get(self, regrade_id: RegradeId, *, reach: InstitutionId | None) -> Regrade:
        return await super().get(regrade_id, reach=None)


class TellsTheNewestFirst(MemoryRegrades):
    async def of(self, question_ids: Collection[QuestionId]) -> Sequence[Regrade]:
        return (await super().of(question_ids))[::-1]


class NeverStale(MemoryRegrades):
    async def save(self, regrade: Regrade) -> None:
        drafts = await self._transaction.writing()
        drafts.regrades.put(attrs.evolve(regrade, version=regrade.version + 1))


class KeepsQuiet(MemoryRegrades):
    async def save(self, regrade: Regrade) -> None:
        regrade.release_events()
        await super().save(regrade)


class ForgetsWhatWas(MemorySittings):
    async def save(self, sitting: Sitting) -> None:
        await super().save(attrs.evolve(sitting, regrades=()))
        sitting.version += 1


class ReadsForeignRegrades(MemoryRegradeQueries):
    async def regrade(self, regrade_id: RegradeId, *, reach: InstitutionId | None) -> Regrade:
        return await super().regrade(regrade_id, reach=None)


class ReadsTheNewestFirst(MemoryRegradeQueries):
    async def of(self, question_ids: Collection[QuestionId]) -> Sequence[Regrade]:
        return (await super().of(question_ids))[::-1]


class BeginsAgain(MemoryRegradeQueries):
    async def answered(
        self, question_id: QuestionId, *, after: SittingId | None, limit: int
    ) -> Sequence[SittingId]:
        return await super().answered(question_id, after=None, limit=limit)


CAUGHT_BY: dict[type[StorageConformance], dict[type, str]] = {
    RegradesConformance: {
        ForgetsHowFar: "test_a_regrade_comes_back_as_it_went",
        FindsForeignRegrades: "test_a_regrade_out_of_reach_is_not_found",
        TellsTheNewestFirst: (
            "test_those_of_questions_come_in_the_order_in_which_they_were_decided"
        ),
        NeverStale: "test_the_second_of_two_saves_at_once_is_stale",
        KeepsQuiet: "test_the_end_is_told_once_it_is_committed",
        ForgetsWhatWas: "test_what_became_of_a_score_is_kept_with_the_sitting",
    },
    RegradeQueriesConformance: {
        ReadsForeignRegrades: "test_a_regrade_is_found_by_its_id_and_only_within_reach",
        ReadsTheNewestFirst: "test_those_of_questions_are_read_in_order",
        BeginsAgain: ("test_sittings_in_which_a_question_was_answered_come_portion_by_portion"),
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
