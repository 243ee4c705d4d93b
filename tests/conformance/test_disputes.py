"""The places for notes and disputes on every storage, and places that break one promise each."""

from collections.abc import Sequence

import attrs
import pytest
from storage_grounds import InMemory, OnMongo, OnPostgres, OnSqlite

from homeroom.exams.model.disputes import Dispute
from homeroom.exams.model.notes import Note
from homeroom.exams.ports.disputes import DisputeFilter, NoteFilter
from homeroom.kernel.ids import DisputeId, InstitutionId, PersonId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.disputes import MemoryDisputes, MemoryNotes, MemoryRemarkQueries
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.disputes import (
    DisputesConformance,
    NotesConformance,
)
from homeroom_testing.conformance.remarks import RemarkQueriesConformance
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class TestNotesInMemory(InMemory, NotesConformance): ...


class TestNotesOnSqlite(OnSqlite, NotesConformance): ...


class TestNotesOnPostgres(OnPostgres, NotesConformance): ...


class TestNotesOnMongo(OnMongo, NotesConformance): ...


class TestDisputesInMemory(InMemory, DisputesConformance): ...


class TestDisputesOnSqlite(OnSqlite, DisputesConformance): ...


class TestDisputesOnPostgres(OnPostgres, DisputesConformance): ...


class TestDisputesOnMongo(OnMongo, DisputesConformance): ...


class TestRemarkQueriesInMemory(InMemory, RemarkQueriesConformance): ...


class TestRemarkQueriesOnSqlite(OnSqlite, RemarkQueriesConformance): ...


class TestRemarkQueriesOnPostgres(OnPostgres, RemarkQueriesConformance): ...


class TestRemarkQueriesOnMongo(OnMongo, RemarkQueriesConformance): ...


class ForgetsTheText(MemoryNotes):
    async def keep(self, note: Note) -> Note:
        return await super().keep(attrs.evolve(note, text=""))


class KeepsTheFirst(MemoryNotes):
    async def keep(self, note: Note) -> Note:
        known = self._transaction.reading().notes.get((note.person_id, note.question_id))
        return known or await super().keep(note)


class TellsOldestFirst(MemoryNotes):
    async def of(self, person_id: PersonId) -> Sequence[Note]:
        return [*await super().of(person_id)][::-1]


class FindsForeignDisputes(MemoryDisputes):
    async def get(self, dispute_id: DisputeId, *, reach: InstitutionId | None) -> Dispute:
        return await super().get(dispute_id, reach=None)


class CountsNoDays(MemoryDisputes):
    async def add(self, dispute: Dispute, *, most: int | None = None) -> None:
        await super().add(dispute)


class LetsThemDisputeOnAndOn(MemoryDisputes):
    async def add(self, dispute: Dispute, *, most: int | None = None) -> None:
        drafts = await self._transaction.writing()
        drafts.disputes.put(attrs.evolve(dispute, version=1))


class NeverStale(MemoryDisputes):
    async def save(self, dispute: Dispute) -> None:
        drafts = await self._transaction.writing()
        drafts.disputes.put(attrs.evolve(dispute, version=dispute.version + 1))


class KeepsQuiet(MemoryDisputes):
    async def save(self, dispute: Dispute) -> None:
        dispute.release_events()
        await super().save(dispute)


class ForgetsToRemove(MemoryDisputes):
    async def remove(self, person_id: PersonId) -> int:
        return 0


class HandsOutItsOwn(MemoryDisputes):
    async def get(self, dispute_id: DisputeId, *, reach: InstitutionId | None) -> Dispute:
        found = self._transaction.store.disputes.rows.get(dispute_id)
        return found or await super().get(dispute_id, reach=reach)


class ListsEveryNote(MemoryRemarkQueries):
    async def notes(self, wanted: NoteFilter, page: CursorRequest) -> CursorPage[Note]:
        return await super().notes(attrs.evolve(wanted, exam=None), page)


class ListsForeignDisputes(MemoryRemarkQueries):
    async def disputes(self, wanted: DisputeFilter, page: CursorRequest) -> CursorPage[Dispute]:
        return await super().disputes(attrs.evolve(wanted, reach=None), page)


class BeginsAnew(MemoryRemarkQueries):
    async def notes(self, wanted: NoteFilter, page: CursorRequest) -> CursorPage[Note]:
        return await super().notes(wanted, CursorRequest(None, page.limit))


_OWN = "test_all_of_somebodys_are_told_newest_first_and_taken_away"
CAUGHT_BY: dict[type[StorageConformance], dict[type, str]] = {
    NotesConformance: {
        ForgetsTheText: "test_a_note_comes_back_as_it_went",
        KeepsTheFirst: "test_a_later_note_takes_the_place_of_the_one_before",
        TellsOldestFirst: _OWN,
    },
    DisputesConformance: {
        FindsForeignDisputes: "test_a_dispute_out_of_reach_is_not_found",
        LetsThemDisputeOnAndOn: "test_of_many_who_dispute_at_once_one_does",
        CountsNoDays: "test_so_many_are_raised_within_a_day_and_no_more",
        NeverStale: "test_the_second_of_two_saves_of_one_version_is_stale",
        KeepsQuiet: "test_each_step_is_told_once_it_is_committed",
        ForgetsToRemove: _OWN,
        HandsOutItsOwn: "test_what_is_read_is_a_copy",
    },
    RemarkQueriesConformance: {
        ListsEveryNote: "test_notes_are_ones_own_by_exam_and_by_bookmark",
        ListsForeignDisputes: "test_disputes_are_found_by_whose_they_are_about_what_and_how_far",
        BeginsAnew: "test_they_are_listed_newest_first_page_by_page",
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
