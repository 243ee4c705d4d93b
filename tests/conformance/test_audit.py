"""The storages sign the suites of the record, and broken ones are caught."""

from collections.abc import Sequence

import attrs
import pytest
from storage_grounds import InMemory, OnPostgres, OnSqlite

from homeroom.compliance.model.chain import Head, Sealed
from homeroom.compliance.ports.record import EntryFilter
from homeroom.kernel.audit import Entry
from homeroom.kernel.ids import EntryId, InstitutionId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.record import (
    MemoryAuditTrail,
    MemoryRecord,
    MemoryRecordQueries,
)
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.audit import (
    AuditTrailConformance,
    RecordConformance,
    RecordQueriesConformance,
)
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class TestTrailInMemory(InMemory, AuditTrailConformance): ...


class TestTrailOnSqlite(OnSqlite, AuditTrailConformance): ...


class TestTrailOnPostgres(OnPostgres, AuditTrailConformance): ...


class TestRecordInMemory(InMemory, RecordConformance): ...


class TestRecordOnSqlite(OnSqlite, RecordConformance): ...


class TestRecordOnPostgres(OnPostgres, RecordConformance): ...


class TestRecordQueriesInMemory(InMemory, RecordQueriesConformance): ...


class TestRecordQueriesOnSqlite(OnSqlite, RecordQueriesConformance): ...


class TestRecordQueriesOnPostgres(OnPostgres, RecordQueriesConformance): ...


class ForgetsChanges(MemoryAuditTrail):
    async def note(self, *entries: Entry) -> None:
        await super().note(*(attrs.evolve(one, changes={}) for one in entries))


class SealsWhateverTheHead(MemoryRecord):
    async def seal(self, before: Head, after: Head, sealed: Sequence[Sealed]) -> None:
        await super().seal(await self.head(before.institution_id), after, sealed)


class SealsNewestFirst(MemoryRecord):
    async def unsealed(self, institution_id: InstitutionId, *, limit: int) -> Sequence[Entry]:
        return list(reversed(await super().unsealed(institution_id, limit=limit)))


class ShowsForeignEntries(MemoryRecordQueries):
    async def entry(self, entry_id: EntryId, *, reach: InstitutionId | None) -> Entry:
        return await super().entry(entry_id, reach=None)


class LeavesOutTheEdge(MemoryRecordQueries):
    async def entries(self, wanted: EntryFilter, page: CursorRequest) -> CursorPage[Entry]:
        found = await super().entries(wanted, page)
        kept = [one for one in found.items if wanted.until is None or one.at < wanted.until]
        return CursorPage(kept, found.next)


class FindsWhoeverDidIt(MemoryRecordQueries):
    async def entries(self, wanted: EntryFilter, page: CursorRequest) -> CursorPage[Entry]:
        return await super().entries(attrs.evolve(wanted, actor_name=""), page)


class KnowsWildcards(MemoryRecordQueries):
    async def entries(self, wanted: EntryFilter, page: CursorRequest) -> CursorPage[Entry]:
        wild = "" if set(wanted.text) & set("%_") else wanted.text
        return await super().entries(attrs.evolve(wanted, text=wild), page)


CAUGHT_BY: dict[type[StorageConformance], dict[type, str]] = {
    AuditTrailConformance: {ForgetsChanges: "test_an_entry_comes_back_as_it_went"},
    RecordConformance: {
        SealsWhateverTheHead: "test_a_head_that_has_moved_on_is_stale",
        SealsNewestFirst: "test_what_is_unsealed_comes_oldest_first_and_of_one_house",
    },
    RecordQueriesConformance: {
        ShowsForeignEntries: "test_an_entry_out_of_reach_is_not_found",
        LeavesOutTheEdge: "test_every_filter_finds_its_own",
        FindsWhoeverDidIt: "test_entries_are_found_by_the_user_name_of_who_did_it",
        KnowsWildcards: "test_signs_that_elsewhere_mean_anything_mean_themselves",
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
