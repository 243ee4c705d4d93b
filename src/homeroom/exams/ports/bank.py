"""The place for questions and all their editions, and reads of the bank that take no locks."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol, runtime_checkable

import attrs

from homeroom.exams.model.questions import Content, Question, QuestionStatus
from homeroom.kernel.ids import ExamId, InstitutionId, ObjectiveId, QuestionId
from homeroom.kernel.page import CursorPage, CursorRequest

Edition = tuple[QuestionId, int]
"""A question as it read at one time: its id, and the number of the edition."""


class Questions(Protocol):
    """The questions of every exam; `save` puts released events in the outbox, atomically, and
    keeps what the question says as one more edition. Editions never change and never go.

    Conformance: `homeroom_testing.conformance.questions.QuestionsConformance`.
    """

    async def get(self, question_id: QuestionId, *, reach: InstitutionId | None) -> Question:
        """Raises `QuestionNotFound`, also for one of an institution out of *reach*."""
        ...

    async def by_reference(self, exam_id: ExamId, reference: str) -> Question | None:
        """The one of that exam's that has exactly this reference."""
        ...

    async def save(self, question: Question) -> None:
        """Raises `StaleQuestion` after a newer save, `QuestionExists` if its exam has another
        one of its reference. Whoever is refused leaves the unit as it was."""
        ...

    async def editions(self, wanted: Collection[Edition]) -> Mapping[Edition, Content]:
        """What these say, in one question to the store. Those that never were are left out."""
        ...


@attrs.frozen(kw_only=True)
class QuestionFilter:
    """Which questions are looked for. Text is found in stems and references, in any case."""

    reach: InstitutionId | None
    exam: ExamId | None = None
    objective: ObjectiveId | None = None
    status: QuestionStatus | None = None
    difficulty: int | None = None
    tag: str | None = None
    """Exactly this one."""

    text: str = ""


@attrs.frozen(kw_only=True)
class Candidate:
    """A question that may be served now, and as what."""

    id: QuestionId
    edition: int
    difficulty: int


@runtime_checkable
class BankQueries(Protocol):
    """Reads that take no locks.

    Conformance: `homeroom_testing.conformance.bank_queries.BankQueriesConformance`.
    """

    async def questions(self, wanted: QuestionFilter, page: CursorRequest) -> CursorPage[Question]:
        """Newest first."""
        ...

    async def question(self, question_id: QuestionId, *, reach: InstitutionId | None) -> Question:
        """Raises `QuestionNotFound`."""
        ...

    async def pools(self, exam_id: ExamId) -> Mapping[ObjectiveId, Sequence[Candidate]]:
        """The active questions of that exam by objective, oldest first, in one question to the
        store. Objectives without any are left out."""
        ...

    async def editions(self, wanted: Collection[Edition]) -> Mapping[Edition, Content]:
        """What these say, in one question to the store. Those that never were are left out."""
        ...
