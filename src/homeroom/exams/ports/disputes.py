"""The places for notes on questions and for disputes about them, and reads that take no locks."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol, runtime_checkable

import attrs

from homeroom.exams.model.disputes import Dispute, DisputeStatus
from homeroom.exams.model.notes import Note
from homeroom.kernel.ids import DisputeId, ExamId, InstitutionId, PersonId, QuestionId
from homeroom.kernel.page import CursorPage, CursorRequest

A_DAY = timedelta(days=1)


class Notes(Protocol):
    """What everybody keeps of questions for themselves: one note of theirs on each.

    Conformance: `homeroom_testing.conformance.disputes.NotesConformance`.
    """

    async def keep(self, note: Note) -> Note:
        """In the place of what they noted on that question before, whose id stays."""
        ...

    async def drop(self, person_id: PersonId, question_id: QuestionId) -> bool:
        """Take theirs on one question away; whether there was one."""
        ...

    async def of(self, person_id: PersonId) -> Sequence[Note]:
        """All of theirs, newest first."""
        ...

    async def remove(self, person_id: PersonId) -> int:
        """Take away all of theirs; how many."""
        ...


class Disputes(Protocol):
    """Everybody's disputes. Released events go to the outbox, atomically.

    Conformance: `homeroom_testing.conformance.disputes.DisputesConformance`.
    """

    async def get(self, dispute_id: DisputeId, *, reach: InstitutionId | None) -> Dispute:
        """Raises `DisputeNotFound`, also for one of an institution out of *reach*."""
        ...

    async def add(self, dispute: Dispute, *, most: int | None = None) -> None:
        """Of disputes that go on a person has one at most about each question, and they raise
        *most* at most within a day, however many ask at once: raises `DisputeUnderWay` and
        `TooManyDisputes`. After `TooManyDisputes` the unit is not to be committed."""
        ...

    async def save(self, dispute: Dispute) -> None:
        """Raises `StaleDispute` after a newer save."""
        ...

    async def of(self, person_id: PersonId) -> Sequence[Dispute]:
        """Theirs, newest first."""
        ...

    async def remove(self, person_id: PersonId) -> int:
        """Take away all of theirs; how many."""
        ...


@attrs.frozen(kw_only=True)
class NoteFilter:
    """Which notes somebody looks for among their own."""

    person: PersonId
    exam: ExamId | None = None
    bookmarked: bool | None = None


@attrs.frozen(kw_only=True)
class DisputeFilter:
    """Which disputes are looked for."""

    reach: InstitutionId | None
    person: PersonId | None = None
    exam: ExamId | None = None
    question: QuestionId | None = None
    status: DisputeStatus | None = None


@runtime_checkable
class RemarkQueries(Protocol):
    """Reads that take no locks.

    Conformance: `homeroom_testing.conformance.remarks.RemarkQueriesConformance`.
    """

    async def notes(self, wanted: NoteFilter, page: CursorRequest) -> CursorPage[Note]:
        """Newest first."""
        ...

    async def disputes(self, wanted: DisputeFilter, page: CursorRequest) -> CursorPage[Dispute]:
        """Newest first."""
        ...
