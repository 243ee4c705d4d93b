"""What learners keep and say of questions, on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from homeroom.exams.model.disputes import LONGEST_WORD, Dispute
from homeroom.exams.model.notes import LONGEST_NOTE, Note
from homeroom.exams.use_cases.noting import NoteWithStem
from homeroom_entrypoints.web.wire import Wire

_Word = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_WORD)]


class NoteBody(Wire, frozen=True):
    """Both are kept in the place of what was; with neither, nothing is kept any more."""

    bookmarked: bool = False
    note: Annotated[str, msgspec.Meta(max_length=LONGEST_NOTE)] = ""


class NoteAnswer(Wire, frozen=True):
    question_id: UUID
    exam_id: UUID
    bookmarked: bool
    note: str
    noted_at: datetime

    @classmethod
    def of(cls, note: Note) -> "NoteAnswer":
        return cls(
            question_id=note.question_id,
            exam_id=note.exam_id,
            bookmarked=note.bookmarked,
            note=note.text,
            noted_at=note.at,
        )


class StemmedNoteAnswer(NoteAnswer, frozen=True):
    """With what the question asks, as it was served."""

    stem: str

    @classmethod
    def told(cls, found: NoteWithStem) -> "StemmedNoteAnswer":
        return cls(**msgspec.structs.asdict(NoteAnswer.of(found.note)), stem=found.stem)


class NotesAnswer(Wire, frozen=True):
    data: list[StemmedNoteAnswer]
    next_cursor: str | None


class DisputeBody(Wire, frozen=True):
    reason: _Word
    """What is wrong with the question, or with its key."""


class VerdictBody(Wire, frozen=True):
    answer: _Word
    upheld: bool
    """Whether the question is wrong, as they say. It is revised apart from this."""


class DisputeAnswer(Wire, frozen=True):
    id: UUID
    exam_id: UUID
    question_id: UUID
    edition: int
    """Which they were served."""

    status: str
    reason: str
    raised_at: datetime
    answer: str | None
    upheld: bool | None
    answered_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, dispute: Dispute) -> "DisputeAnswer":
        verdict = dispute.verdict
        return cls(
            id=dispute.id,
            exam_id=dispute.exam_id,
            question_id=dispute.question_id,
            edition=dispute.edition,
            status=dispute.status.value,
            reason=dispute.reason,
            raised_at=dispute.raised_at,
            answer=None if verdict is None else verdict.text,
            upheld=None if verdict is None else verdict.upheld,
            answered_at=None if verdict is None else verdict.at,
            ended_at=dispute.ended_at,
        )


class RaisedDisputeAnswer(DisputeAnswer, frozen=True):
    """For authors: also whose it is."""

    person_id: UUID
    sitting_id: UUID

    @classmethod
    def of(cls, dispute: Dispute) -> "RaisedDisputeAnswer":
        return cls(
            **msgspec.structs.asdict(DisputeAnswer.of(dispute)),
            person_id=dispute.person_id,
            sitting_id=dispute.sitting_id,
        )


class OwnDisputesAnswer(Wire, frozen=True):
    data: list[DisputeAnswer]
    next_cursor: str | None


class DisputesAnswer(Wire, frozen=True):
    data: list[RaisedDisputeAnswer]
    next_cursor: str | None
