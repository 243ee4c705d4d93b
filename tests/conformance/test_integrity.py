"""The storages sign the suites of what happens beside sittings, and broken ones are caught."""

from collections.abc import Sequence

import attrs
import pytest
from storage_grounds import InMemory, OnMongo, OnPostgres, OnSqlite

from homeroom.exams.model.integrity import Counts, Flagged, IntegrityEvent
from homeroom.exams.ports.integrity import FlagFilter
from homeroom.kernel.ids import PersonId, SittingId, new_id
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.integrity import MemoryIntegrityEvents, MemoryIntegrityQueries
from homeroom_adapters.memory.sittings import MemorySittings
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.integrity import (
    IntegrityEventsConformance,
    IntegrityQueriesConformance,
)
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class TestEventsInMemory(InMemory, IntegrityEventsConformance): ...


class TestEventsOnSqlite(OnSqlite, IntegrityEventsConformance): ...


class TestEventsOnPostgres(OnPostgres, IntegrityEventsConformance): ...


class TestEventsOnMongo(OnMongo, IntegrityEventsConformance): ...


class TestEventQueriesInMemory(InMemory, IntegrityQueriesConformance): ...


class TestEventQueriesOnSqlite(OnSqlite, IntegrityQueriesConformance): ...


class TestEventQueriesOnPostgres(OnPostgres, IntegrityQueriesConformance): ...


class TestEventQueriesOnMongo(OnMongo, IntegrityQueriesConformance): ...


class ForgetsHowLong(MemoryIntegrityEvents):
    async def add(self, events: Sequence[IntegrityEvent]) -> int:
        return await super().add(
            [attrs.evolve(one, told=attrs.evolve(one.told, seconds=0)) for one in events]
        )


class KeepsEverything(MemoryIntegrityEvents):
    async def add(self, events: Sequence[IntegrityEvent]) -> int:
        drafts = await self._transaction.writing()
        for one in events:
            told = attrs.evolve(one.told, mark=new_id().hex)
            drafts.sitting_events.put(attrs.evolve(one, told=told))
        return len(events)


class CountsEverybodys(MemoryIntegrityEvents):
    async def counts(self, sitting_id: SittingId) -> Counts:
        every = self._transaction.reading().sitting_events.every()
        return {one.told.kind: len(every) for one in every}


class KeepsThemAtOnce(MemoryIntegrityEvents):
    async def add(self, events: Sequence[IntegrityEvent]) -> int:
        for one in events:
            self._transaction.store.sitting_events.keep(one)
        return len(events)


class LeavesEvents(MemorySittings):
    async def remove(self, person_id: PersonId) -> int:
        drafts = await self._transaction.writing()
        theirs = drafts.sittings.select(lambda one: one.person_id == person_id)
        for one in theirs:
            drafts.sittings.remove(one.id)
        return len(theirs)


class ListsOldestFirst(MemoryIntegrityQueries):
    async def events(
        self, sitting_id: SittingId, page: CursorRequest
    ) -> CursorPage[IntegrityEvent]:
        found = await super().events(sitting_id, page)
        return attrs.evolve(found, items=found.items[::-1])


class FlagsByNumberOnly(MemoryIntegrityQueries):
    async def flagged(self, wanted: FlagFilter, page: CursorRequest) -> CursorPage[Flagged]:
        policy = attrs.evolve(wanted.policy, weights={})
        return await super().flagged(attrs.evolve(wanted, policy=policy), page)


class FlagsTooEarly(MemoryIntegrityQueries):
    async def flagged(self, wanted: FlagFilter, page: CursorRequest) -> CursorPage[Flagged]:
        policy = attrs.evolve(wanted.policy, flag_at=wanted.policy.flag_at - 1)
        return await super().flagged(attrs.evolve(wanted, policy=policy), page)


class FlagsEverywhere(MemoryIntegrityQueries):
    async def flagged(self, wanted: FlagFilter, page: CursorRequest) -> CursorPage[Flagged]:
        return await super().flagged(attrs.evolve(wanted, reach=None, exam=None), page)


CAUGHT_BY: dict[type[StorageConformance], dict[type, str]] = {
    IntegrityEventsConformance: {
        ForgetsHowLong: "test_events_come_back_as_they_went_newest_first",
        KeepsEverything: "test_an_event_that_is_told_again_is_the_same_one",
        CountsEverybodys: "test_they_are_counted_by_kind",
        KeepsThemAtOnce: "test_leaving_without_commit_keeps_nothing",
        LeavesEvents: "test_they_go_with_their_sitting_and_no_others_do",
    },
    IntegrityQueriesConformance: {
        ListsOldestFirst: "test_events_of_a_sitting_are_listed_newest_first_page_by_page",
        FlagsByNumberOnly: "test_a_sitting_is_flagged_by_weight_and_by_number",
        FlagsTooEarly: "test_where_one_or_two_events_are_never_enough_several_are",
        FlagsEverywhere: "test_flagged_ones_are_found_within_reach_and_by_exam",
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
