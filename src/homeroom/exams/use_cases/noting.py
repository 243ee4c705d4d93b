"""Whoever studies keeps bookmarks and notes on questions that they were served."""

from collections.abc import Sequence
from typing import ClassVar

import attrs

from homeroom.exams.dispute_errors import NoteNotFound
from homeroom.exams.model import rights
from homeroom.exams.model.notes import Note, noted
from homeroom.exams.ports.bank import BankQueries
from homeroom.exams.ports.disputes import NoteFilter, RemarkQueries
from homeroom.exams.ports.sittings import SittingQueries
from homeroom.exams.ports.unit import StartExamsUnit
from homeroom.exams.use_cases.sittings import expect_own, own
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import ExamId, NoteId, QuestionId, SittingId, new_id
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.rights import Right


@attrs.frozen(kw_only=True)
class NoteQuestion:
    """Somebody bookmarks a question of a sitting of theirs, or notes something on it."""

    right: ClassVar[Right] = rights.SIT
    start: StartExamsUnit
    queries: SittingQueries
    clock: Clock

    async def __call__(
        self,
        actor: Actor,
        sitting_id: SittingId,
        question_id: QuestionId,
        *,
        bookmarked: bool,
        text: str,
    ) -> Note:
        """It takes the place of what they kept of it before; what is empty is not kept.

        Raises `SittingNotFound`, `QuestionNotFound` and `BadNote`.
        """
        actor.require(self.right)
        person_id = own(actor)
        sitting = await self.queries.sitting(sitting_id, reach=actor.institution_id)
        expect_own(sitting, person_id)
        note = Note(
            id=NoteId(new_id()),
            person_id=person_id,
            institution_id=sitting.institution_id,
            exam_id=sitting.exam_id,
            question_id=question_id,
            edition=sitting.item(question_id).edition,
            bookmarked=bookmarked,
            text=noted(text),
            at=self.clock.now(),
        )
        about = Subject(kind="note", id=question_id, institution_id=sitting.institution_id)
        async with self.start() as unit:
            if not note.is_empty:
                note = await unit.notes.keep(note)
            elif not await unit.notes.drop(person_id, question_id):
                return note
            await unit.audit.note(entry_of(actor, self.right, about, at=note.at))
            await unit.commit()
        return note


@attrs.frozen(kw_only=True)
class DropNote:
    """Somebody takes their bookmark and their note off a question."""

    right: ClassVar[Right] = rights.SIT
    start: StartExamsUnit
    clock: Clock

    async def __call__(self, actor: Actor, question_id: QuestionId) -> None:
        """Raises `NoteNotFound`."""
        actor.require(self.right)
        person_id = own(actor)
        about = Subject(kind="note", id=question_id, institution_id=actor.institution_id)
        async with self.start() as unit:
            if not await unit.notes.drop(person_id, question_id):
                raise NoteNotFound
            await unit.audit.note(entry_of(actor, self.right, about, at=self.clock.now()))
            await unit.commit()


@attrs.frozen(kw_only=True)
class NoteWithStem:
    """A note, and what is asked by the question that it is on."""

    note: Note
    stem: str


@attrs.frozen(kw_only=True)
class MyNotes:
    """Somebody looks through what they keep of questions, newest first."""

    right: ClassVar[Right] = rights.SIT
    remarks: RemarkQueries
    bank: BankQueries

    async def __call__(
        self,
        actor: Actor,
        page: CursorRequest,
        *,
        exam_id: ExamId | None = None,
        bookmarked: bool | None = None,
    ) -> CursorPage[NoteWithStem]:
        """Raises `Unauthenticated` for a key: it stands for no person."""
        actor.require(self.right)
        wanted = NoteFilter(person=own(actor), exam=exam_id, bookmarked=bookmarked)
        found = await self.remarks.notes(wanted, page)
        return CursorPage(items=await self._with_stems(found.items), next=found.next)

    async def _with_stems(self, notes: Sequence[Note]) -> list[NoteWithStem]:
        """As they were served, without a word of what is right."""
        contents = await self.bank.editions([(one.question_id, one.edition) for one in notes])
        return [
            NoteWithStem(note=one, stem=contents[one.question_id, one.edition].stem)
            for one in notes
        ]
