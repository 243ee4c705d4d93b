"""The storages sign that whoever watches sittings hears of changes, and broken ones are caught."""

import pytest
from storage_grounds import InMemory, OnMongo, OnPostgres, OnSqlite

from homeroom.exams.model.sittings import Sitting
from homeroom.kernel.ids import PersonId
from homeroom.kernel.queue import SITTINGS
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.sittings import MemorySittings
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.sitting_news import SittingNewsConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class TestSittingNewsInMemory(InMemory, SittingNewsConformance): ...


class TestSittingNewsOnSqlite(OnSqlite, SittingNewsConformance): ...


class TestSittingNewsOnPostgres(OnPostgres, SittingNewsConformance): ...


class TestSittingNewsOnMongo(OnMongo, SittingNewsConformance): ...


class KeepsAnswersToItself(MemorySittings):
    async def save(self, sitting: Sitting) -> None:
        await super().save(sitting)
        self._transaction.reading().news.discard(SITTINGS)


class RingsBeforeTheCommit(MemorySittings):
    async def add(self, sitting: Sitting, *, attempts: int | None = None) -> None:
        await super().add(sitting, attempts=attempts)
        self._transaction.store.ring({SITTINGS})


class TakesAwayInSilence(MemorySittings):
    async def remove(self, person_id: PersonId) -> int:
        removed = await super().remove(person_id)
        self._transaction.reading().news.discard(SITTINGS)
        return removed


class WakesEverybody(MemorySittings):
    async def save(self, sitting: Sitting) -> None:
        await super().save(sitting)
        self._transaction.reading().news.add("default")


CAUGHT_BY = {
    SittingNewsConformance: {
        KeepsAnswersToItself: "test_an_answer_that_is_kept_wakes_whoever_watches",
        RingsBeforeTheCommit: "test_what_is_not_committed_is_no_news",
        TakesAwayInSilence: "test_sittings_that_are_taken_away_are_news",
        WakesEverybody: "test_workers_are_not_woken_by_answers_nor_watchers_by_jobs",
    },
}


@pytest.mark.parametrize(("broken", "clause"), CAUGHT_BY[SittingNewsConformance].items())
def test_the_clause_named_for_it_catches(broken: type, clause: str) -> None:
    saboteur = spoiled(SittingNewsConformance, open_storage, JsonCodec(), broken)
    assert broken_clauses(saboteur, only=clause) == {clause}


def test_an_honest_storage_breaks_none_of_these() -> None:
    assert broken_clauses(spoiled(SittingNewsConformance, open_storage, JsonCodec())) == frozenset()
