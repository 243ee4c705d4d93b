"""Others' sittings on the wire, as those who write exams see them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from homeroom.exams.model.sittings import LONGEST_REASON, MOST_EXTRA, Summary
from homeroom.exams.model.summaries import Attempt
from homeroom_entrypoints.web.standing_wire import InvalidationAnswer
from homeroom_entrypoints.web.wire import Wire


class OthersSittingAnswer(Wire, frozen=True, kw_only=True):
    """Somebody's sitting."""

    id: UUID
    exam_id: UUID
    person_id: UUID
    mode: str
    status: str
    started_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    extra_percent: int
    """By how many percent its time was made longer."""

    question_count: int
    answered_count: int
    score: float | None
    """In percent; null until it is over."""

    passed: bool | None
    invalidation: InvalidationAnswer | None
    """Null as long as it counts."""

    @classmethod
    def of(cls, summary: Summary) -> "OthersSittingAnswer":
        score = summary.score
        return cls(
            id=summary.id,
            exam_id=summary.exam_id,
            person_id=summary.person_id,
            mode=summary.mode.value,
            status=summary.status.value,
            started_at=summary.began_at,
            expires_at=summary.ends_at,
            ended_at=summary.ended_at,
            extra_percent=summary.extra,
            question_count=summary.questions,
            answered_count=summary.answered,
            score=float(score.percent) if score else None,
            passed=score.passed if score else None,
            invalidation=InvalidationAnswer.of(summary),
        )


class OthersSittingsAnswer(Wire, frozen=True):
    data: list[OthersSittingAnswer]
    next_cursor: str | None


class ExtensionBody(Wire, frozen=True):
    percent: Annotated[int, msgspec.Meta(ge=0, le=MOST_EXTRA)]
    """How much longer than the exam says it lasts, counted from its beginning."""


class InvalidationBody(Wire, frozen=True):
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_REASON)]
    """Its person is told."""

    attempt: Attempt = Attempt.SPENT
    """Whether the attempt is spent even so, or given back."""
