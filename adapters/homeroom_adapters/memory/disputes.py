"""What learners say of questions, in memory: notes of their own, and disputes."""

from collections.abc import Sequence
from heapq import nlargest

import attrs

from homeroom.exams.dispute_errors import (
    DisputeNotFound,
    DisputeUnderWay,
    StaleDispute,
    TooManyDisputes,
)
from homeroom.exams.model.disputes import Dispute
from homeroom.exams.model.notes import Note
from homeroom.exams.ports.disputes import A_DAY, DisputeFilter, NoteFilter
from homeroom.kernel.ids import DisputeId, InstitutionId, PersonId, QuestionId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom_adapters.memory.dispute_tables import place_of
from homeroom_adapters.memory.outbox import MemoryOutbox
from homeroom_adapters.memory.store import Store
from homeroom_adapters.memory.transaction import Transaction


@attrs.frozen
class MemoryNotes:
    """Notes on questions, inside a unit."""

    _transaction: Transaction

    async def keep(self, note: Note) -> Note:
        drafts = await self._transaction.writing()
        known = drafts.notes.get((note.person_id, note.question_id))
        kept = note if known is None else attrs.evolve(note, id=known.id)
        drafts.notes.put(kept)
        return kept

    async def drop(self, person_id: PersonId, question_id: QuestionId) -> bool:
        drafts = await self._transaction.writing()
        known = drafts.notes.get((person_id, question_id)) is not None
        if known:
            drafts.notes.remove((person_id, question_id))
        return known

    async def of(self, person_id: PersonId) -> Sequence[Note]:
        every = self._transaction.reading().notes
        theirs = every.select(lambda one: one.person_id == person_id)
        return sorted(theirs, key=lambda one: one.id, reverse=True)

    async def remove(self, person_id: PersonId) -> int:
        drafts = await self._transaction.writing()
        theirs = drafts.notes.select(lambda one: one.person_id == person_id)
        for one in theirs:
            drafts.notes.remove((one.person_id, one.question_id))
        return len(theirs)


@attrs.frozen
class MemoryDisputes:
    """Disputes, inside a unit."""

    _transaction: Transaction
    _outbox: MemoryOutbox

    async def get(self, dispute_id: DisputeId, *, reach: InstitutionId | None) -> Dispute:
        found = self._transaction.reading().disputes.get(dispute_id)
        if found is None or reach not in (None, found.institution_id):
            raise DisputeNotFound
        return found

    async def add(self, dispute: Dispute, *, most: int | None = None) -> None:
        drafts = await self._transaction.writing()
        place = place_of(dispute)
        taken = place is not None and drafts.disputes.holder(place) is not None
        if taken or drafts.disputes.get(dispute.id) is not None:
            raise DisputeUnderWay
        since = dispute.raised_at - A_DAY
        lately = drafts.disputes.select(
            lambda one: one.person_id == dispute.person_id and one.raised_at > since
        )
        if most is not None and len(lately) >= most:
            raise TooManyDisputes
        await self._put(dispute)

    async def save(self, dispute: Dispute) -> None:
        drafts = await self._transaction.writing()
        known = drafts.disputes.get(dispute.id)
        if known is None or known.version != dispute.version:
            raise StaleDispute
        await self._put(dispute)

    async def of(self, person_id: PersonId) -> Sequence[Dispute]:
        every = self._transaction.reading().disputes
        theirs = every.select(lambda one: one.person_id == person_id)
        return sorted(theirs, key=lambda one: one.id, reverse=True)

    async def remove(self, person_id: PersonId) -> int:
        drafts = await self._transaction.writing()
        theirs = drafts.disputes.select(lambda one: one.person_id == person_id)
        for one in theirs:
            drafts.disputes.remove(one.id)
        return len(theirs)

    async def _put(self, dispute: Dispute) -> None:
        dispute.version += 1
        (await self._transaction.writing()).disputes.put(dispute)
        await self._outbox.put(*dispute.release_events())


@attrs.frozen
class MemoryRemarkQueries:
    """Reads of notes and disputes, outside of any unit."""

    _store: Store

    async def notes(self, wanted: NoteFilter, page: CursorRequest) -> CursorPage[Note]:
        with self._store.lock:
            every = [*self._store.notes.rows.values()]
        fitting = [
            one
            for one in every
            if one.person_id == wanted.person
            and wanted.exam in (None, one.exam_id)
            and wanted.bookmarked in (None, one.bookmarked)
            and (page.after is None or one.id < page.after)
        ]
        newest = nlargest(page.limit + 1, fitting, key=lambda one: one.id)
        return CursorPage.cut(newest, page.limit, lambda one: one.id)

    async def disputes(self, wanted: DisputeFilter, page: CursorRequest) -> CursorPage[Dispute]:
        with self._store.lock:
            every = [*self._store.disputes.rows.values()]
        fitting = [
            one
            for one in every
            if _fits(one, wanted) and (page.after is None or one.id < page.after)
        ]
        newest = nlargest(page.limit + 1, fitting, key=lambda one: one.id)
        return CursorPage.cut([*map(attrs.evolve, newest)], page.limit, lambda one: one.id)


def _fits(dispute: Dispute, wanted: DisputeFilter) -> bool:
    return (
        wanted.reach in (None, dispute.institution_id)
        and wanted.person in (None, dispute.person_id)
        and wanted.exam in (None, dispute.exam_id)
        and wanted.question in (None, dispute.question_id)
        and wanted.status in (None, dispute.status)
    )
