"""Disputes: somebody holds that a question is wrong, and an author answers them.

open ──answer──► answered ──close──► closed
 │                 └──answer again
 └──withdraw──► withdrawn
"""

import enum
from datetime import datetime
from typing import Annotated, Self

import attrs

from homeroom.exams.dispute_errors import BadDispute, DisputeElsewhere
from homeroom.exams.model.sittings import Sitting
from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import (
    DisputeId,
    ExamId,
    InstitutionId,
    PersonId,
    QuestionId,
    SittingId,
    new_id,
)
from homeroom.kernel.privacy import Opinion
from homeroom.published.exams import DisputeAnswered, DisputeClosed, QuestionDisputed

LONGEST_WORD = 2_000


class DisputeStatus(enum.Enum):
    """How far a dispute is."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


GOING_ON = frozenset({DisputeStatus.OPEN, DisputeStatus.ANSWERED})
"""Of which somebody has one at most about each question."""


@attrs.frozen(kw_only=True)
class Verdict:
    """What an author answered."""

    text: Annotated[str, Opinion]
    upheld: bool
    """Whether the question is wrong, as they say."""

    by: PersonId | None
    """None for a key, or the operator."""

    at: datetime


@attrs.define(kw_only=True)
class Dispute(Aggregate):
    """Somebody holds that a question, as it was served to them, is wrong."""

    id: DisputeId
    institution_id: InstitutionId
    exam_id: ExamId
    question_id: QuestionId
    edition: int
    sitting_id: SittingId
    person_id: PersonId
    reason: Annotated[str, Opinion]
    raised_at: datetime
    status: DisputeStatus = DisputeStatus.OPEN
    verdict: Verdict | None = None
    ended_at: datetime | None = None

    @classmethod
    def begin(cls, sitting: Sitting, question_id: QuestionId, reason: str, *, at: datetime) -> Self:
        """Raises `QuestionNotFound` for one that was not served in *sitting*, and `BadDispute`."""
        item = sitting.item(question_id)
        begun = cls(
            id=DisputeId(new_id()),
            institution_id=sitting.institution_id,
            exam_id=sitting.exam_id,
            question_id=question_id,
            edition=item.edition,
            sitting_id=sitting.id,
            person_id=sitting.person_id,
            reason=_said("reason", reason),
            raised_at=at,
        )
        begun.record(
            QuestionDisputed(
                occurred_at=at,
                institution_id=begun.institution_id,
                dispute_id=begun.id,
                question_id=question_id,
                edition=item.edition,
            )
        )
        return begun

    @property
    def goes_on(self) -> bool:
        return self.status in GOING_ON

    def answer(self, text: str, *, upheld: bool, by: PersonId | None, at: datetime) -> None:
        """An author says what is so; until it is closed, they may say better.

        Raises `DisputeElsewhere` and `BadDispute`.
        """
        self._expect(*GOING_ON)
        said = _said("answer", text)
        self.verdict = Verdict(text=said, upheld=upheld, by=by, at=at)
        self.status = DisputeStatus.ANSWERED
        self.record(
            DisputeAnswered(
                occurred_at=at,
                institution_id=self.institution_id,
                dispute_id=self.id,
                question_id=self.question_id,
            )
        )

    def close(self, *, at: datetime) -> None:
        """Nothing more is said. Raises `DisputeElsewhere` for one that nobody answered."""
        self._expect(DisputeStatus.ANSWERED)
        self._end(DisputeStatus.CLOSED, at=at)

    def withdraw(self, *, at: datetime) -> None:
        """Whoever raised it takes it back, before it is answered. Raises `DisputeElsewhere`."""
        self._expect(DisputeStatus.OPEN)
        self._end(DisputeStatus.WITHDRAWN, at=at)

    def _end(self, status: DisputeStatus, *, at: datetime) -> None:
        self.status, self.ended_at = status, at
        self.record(
            DisputeClosed(
                occurred_at=at,
                institution_id=self.institution_id,
                dispute_id=self.id,
                question_id=self.question_id,
            )
        )

    def _expect(self, *statuses: DisputeStatus) -> None:
        if self.status not in statuses:
            raise DisputeElsewhere


def _said(field: str, text: str) -> str:
    stripped = text.strip()
    if not 1 <= len(stripped) <= LONGEST_WORD or "\0" in stripped:
        raise BadDispute(problems=[Problem(field, f"must be 1 to {LONGEST_WORD} characters")])
    return stripped
