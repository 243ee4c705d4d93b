"""What learners say of questions, as documents: notes of their own, and disputes."""

from collections.abc import Sequence
from datetime import datetime

import attrs

from homeroom.exams.dispute_errors import (
    DisputeNotFound,
    DisputeUnderWay,
    StaleDispute,
    TooManyDisputes,
)
from homeroom.exams.model.disputes import Dispute, DisputeStatus, Verdict
from homeroom.exams.model.notes import Note
from homeroom.exams.ports.disputes import A_DAY, DisputeFilter, NoteFilter
from homeroom.kernel.aggregates import Outbox
from homeroom.kernel.ids import (
    DisputeId,
    ExamId,
    InstitutionId,
    NoteId,
    PersonId,
    QuestionId,
    SittingId,
)
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom_adapters.mongo.asking import NEWEST, hold_or_begin, in_turn
from homeroom_adapters.mongo.desk import Desk
from homeroom_adapters.mongo.reach import newest, said, within
from homeroom_adapters.mongo.rows import (
    Document,
    Row,
    document_of,
    fields_of,
    instant_text,
    row_of,
)

NOTES, DISPUTES, DISPUTERS = "question_notes", "question_disputes", "question_disputers"

_TRIES = 3
"""Whoever was in the way may be gone by the time one looks who it was."""


@attrs.frozen(kw_only=True)
class NoteRow(Row):
    """Somebody's own, on one question."""

    id: NoteId
    person_id: PersonId
    institution_id: InstitutionId
    exam_id: ExamId
    question_id: QuestionId
    edition: int
    bookmarked: bool
    text: str
    at: datetime
    once: str
    """The person and the question: an index has both together once."""


@attrs.frozen(kw_only=True)
class DisputeRow(Row):
    """That somebody holds a question to be wrong."""

    id: DisputeId
    institution_id: InstitutionId
    exam_id: ExamId
    question_id: QuestionId
    edition: int
    sitting_id: SittingId
    person_id: PersonId
    reason: str
    raised_at: datetime
    status: DisputeStatus
    verdict: Verdict | None = None
    ended_at: datetime | None = None
    version: int
    once: str | None = None
    """As long as it goes on, the person and the question: an index has both together once."""


@attrs.frozen(kw_only=True)
class DisputerRow(Row):
    """Somebody who disputes questions: who holds it is alone in raising another of theirs."""

    id: PersonId


@attrs.frozen
class MongoNotes:
    """Notes on questions, inside a unit."""

    _desk: Desk

    async def keep(self, note: Note) -> Note:
        return await in_turn(self._desk, lambda: self._keep(note))

    async def drop(self, person_id: PersonId, question_id: QuestionId) -> bool:
        return await self._desk.remove(NOTES, {"once": _once(person_id, question_id)}) > 0

    async def of(self, person_id: PersonId) -> Sequence[Note]:
        theirs = await self._desk.find(NOTES, {"person_id": str(person_id)}, sort=NEWEST)
        return [_note(one) for one in theirs]

    async def remove(self, person_id: PersonId) -> int:
        return await self._desk.remove(NOTES, {"person_id": str(person_id)})

    async def _keep(self, note: Note) -> Note:
        once = {"once": _once(note.person_id, note.question_id)}
        for _ in range(_TRIES):
            before = await self._desk.hold(NOTES, once)
            if before is not None:
                kept = attrs.evolve(note, id=_note(before).id)
                await self._desk.replace(NOTES, {"_id": before["_id"]}, _note_document(kept))
                return kept
            if await self._desk.insert_unless_taken(NOTES, _note_document(note)):
                break
        return note


@attrs.frozen
class MongoDisputes:
    """Disputes, inside a unit."""

    _desk: Desk
    _outbox: Outbox

    async def get(self, dispute_id: DisputeId, *, reach: InstitutionId | None) -> Dispute:
        wanted = {"_id": str(dispute_id), **within(reach)}
        found = await self._desk.find_one(DISPUTES, wanted)
        if found is None:
            raise DisputeNotFound
        return _dispute(found)

    async def add(self, dispute: Dispute, *, most: int | None = None) -> None:
        if most is not None:
            await in_turn(self._desk, lambda: self._hold_theirs(dispute.person_id))
        document = _dispute_document(dispute)
        if not await in_turn(
            self._desk, lambda: self._desk.insert_unless_taken(DISPUTES, document)
        ):
            raise DisputeUnderWay
        if most is not None:
            await self._expect_at_most(most, dispute)
        await self._told(dispute)

    async def save(self, dispute: Dispute) -> None:
        same = {"_id": str(dispute.id), "version": dispute.version}
        if not await self._desk.replace(DISPUTES, same, _dispute_document(dispute)):
            raise StaleDispute
        await self._told(dispute)

    async def of(self, person_id: PersonId) -> Sequence[Dispute]:
        theirs = await self._desk.find(DISPUTES, {"person_id": str(person_id)}, sort=NEWEST)
        return [_dispute(one) for one in theirs]

    async def remove(self, person_id: PersonId) -> int:
        await self._desk.remove(DISPUTERS, {"_id": str(person_id)})
        return await self._desk.remove(DISPUTES, {"person_id": str(person_id)})

    async def _hold_theirs(self, person_id: PersonId) -> None:
        """Nobody adds one of theirs beside us, until the unit ends."""
        theirs = document_of(DisputerRow(id=person_id))
        await hold_or_begin(self._desk, DISPUTERS, theirs)

    async def _expect_at_most(self, most: int, dispute: Dispute) -> None:
        lately = {
            "person_id": str(dispute.person_id),
            "raised_at": {"$gt": instant_text(dispute.raised_at - A_DAY)},
        }
        fields = fields_of(DisputerRow)
        if len(await self._desk.find(DISPUTES, lately, fields=fields, limit=most + 1)) > most:
            raise TooManyDisputes

    async def _told(self, dispute: Dispute) -> None:
        dispute.version += 1
        await self._outbox.put(*dispute.release_events())


@attrs.frozen
class MongoRemarkQueries:
    """Reads of notes and disputes, outside of any unit."""

    _desk: Desk

    async def notes(self, wanted: NoteFilter, page: CursorRequest) -> CursorPage[Note]:
        fitting = {**said("person_id", wanted.person), **said("exam_id", wanted.exam)}
        if wanted.bookmarked is not None:
            fitting["bookmarked"] = wanted.bookmarked
        found = await newest(self._desk, NOTES, fitting, page)
        return CursorPage.cut([_note(one) for one in found], page.limit, lambda one: one.id)

    async def disputes(self, wanted: DisputeFilter, page: CursorRequest) -> CursorPage[Dispute]:
        status = None if wanted.status is None else wanted.status.value
        fitting = {
            **within(wanted.reach),
            **said("person_id", wanted.person),
            **said("exam_id", wanted.exam),
            **said("question_id", wanted.question),
            **said("status", status),
        }
        found = await newest(self._desk, DISPUTES, fitting, page)
        return CursorPage.cut([_dispute(one) for one in found], page.limit, lambda one: one.id)


def _once(person_id: PersonId, question_id: QuestionId) -> str:
    return f"{person_id} {question_id}"


def _note_document(note: Note) -> Document:
    fields = attrs.asdict(note, recurse=False)
    return document_of(NoteRow(**fields, once=_once(note.person_id, note.question_id)))


def _note(document: Document) -> Note:
    fields = attrs.asdict(row_of(NoteRow, document), recurse=False)
    del fields["once"]
    return Note(**fields)


def _dispute_document(dispute: Dispute) -> Document:
    """*dispute*, as its next version."""
    once = _once(dispute.person_id, dispute.question_id) if dispute.goes_on else None
    return document_of(
        DisputeRow(
            id=dispute.id,
            institution_id=dispute.institution_id,
            exam_id=dispute.exam_id,
            question_id=dispute.question_id,
            edition=dispute.edition,
            sitting_id=dispute.sitting_id,
            person_id=dispute.person_id,
            reason=dispute.reason,
            raised_at=dispute.raised_at,
            status=dispute.status,
            verdict=dispute.verdict,
            ended_at=dispute.ended_at,
            version=dispute.version + 1,
            once=once,
        )
    )


def _dispute(document: Document) -> Dispute:
    fields = attrs.asdict(row_of(DisputeRow, document), recurse=False)
    del fields["once"]
    return Dispute(**fields)
