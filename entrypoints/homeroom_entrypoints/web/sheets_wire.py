"""Sittings as they are answered: never with a key before their person may know it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from msgspec import UNSET, UnsetType

from homeroom.exams.model.answers import Kind
from homeroom.exams.model.scoring import ObjectiveScore
from homeroom.exams.model.sheets import Asked, Feedback, Sheet, Shown
from homeroom.exams.model.sittings import Reply, Summary
from homeroom.exams.use_cases.sittings import Kept
from homeroom.kernel.ids import ObjectiveId
from homeroom_entrypoints.web.standing_wire import InvalidationAnswer, RescoreAnswer
from homeroom_entrypoints.web.wire import Wire

_WEAK, _STRONG = Decimal(70), Decimal(85)
_TRUE_OR_FALSE = (Shown("true", "True"), Shown("false", "False"))


class ShownAnswer(Wire, frozen=True):
    """Something to choose, to match or to put in order; its id stays whatever the order."""

    id: str
    text: str

    @classmethod
    def of(cls, shown: Shown) -> "ShownAnswer":
        return cls(id=shown.id, text=shown.text)


class SourceAnswer(Wire, frozen=True):
    title: str
    url: str


class FeedbackAnswer(Wire, frozen=True):
    """What was right, and why; told once one may know."""

    is_correct: bool
    credit: float
    """The share of the mark, from 0 to 1."""

    correct_answer: list[str]
    explanation: str
    remarks: list[ShownAnswer]
    """What there is to say of single options."""

    sources: list[SourceAnswer]

    @classmethod
    def of(cls, told: Feedback) -> "FeedbackAnswer":
        credit = told.credit or 0
        return cls(
            is_correct=credit == 1,
            credit=float(credit),
            correct_answer=list(told.key),
            explanation=told.explanation,
            remarks=[ShownAnswer.of(one) for one in told.remarks],
            sources=[SourceAnswer(title=one.title, url=one.url) for one in told.sources],
        )


class ServedQuestion(Wire, frozen=True):
    """A question as it is served, and what was said to it."""

    id: UUID
    objective_id: UUID
    type: str
    text: str
    media_url: str | None
    answers: list[ShownAnswer]
    """What there is to choose from, to match with, or to put in order, as it is shown."""

    premises: list[ShownAnswer]
    """What is to be matched with one of `answers` each; an answer names them in this order."""

    given: list[str]
    is_flagged: bool
    confidence: int | None
    time_spent: int
    feedback: FeedbackAnswer | UnsetType = UNSET
    """Left out for as long as one may not know."""

    @classmethod
    def of(cls, asked: Asked) -> "ServedQuestion":
        choices = _TRUE_OR_FALSE if asked.kind is Kind.TRUE_FALSE else asked.choices
        return cls(
            id=asked.question_id,
            objective_id=asked.objective_id,
            type=asked.kind.value,
            text=asked.stem,
            media_url=asked.media_url or None,
            answers=[ShownAnswer.of(one) for one in choices],
            premises=[ShownAnswer.of(one) for one in asked.premises],
            given=list(asked.answer),
            is_flagged=asked.flagged,
            confidence=asked.confidence,
            time_spent=asked.seconds,
            feedback=FeedbackAnswer.of(asked.feedback) if asked.feedback else UNSET,
        )


class SittingAnswer(Wire, frozen=True, kw_only=True):
    """A sitting among others."""

    id: UUID
    exam_id: UUID
    mode: str
    status: str
    started_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    question_count: int
    answered_count: int
    score: float | None
    """In percent; null until it is over."""

    passed: bool | None
    invalidation: InvalidationAnswer | None
    """Null as long as it counts."""

    @classmethod
    def of(cls, summary: Summary) -> "SittingAnswer":
        score = summary.score
        return cls(
            id=summary.id,
            exam_id=summary.exam_id,
            mode=summary.mode.value,
            status=summary.status.value,
            started_at=summary.began_at,
            expires_at=summary.ends_at,
            ended_at=summary.ended_at,
            question_count=summary.questions,
            answered_count=summary.answered,
            score=float(score.percent) if score else None,
            passed=score.passed if score else None,
            invalidation=InvalidationAnswer.of(summary),
        )


class SittingsAnswer(Wire, frozen=True):
    data: list[SittingAnswer]
    next_cursor: str | None


class TestAnswer(Wire, frozen=True, kw_only=True):
    """A timed sitting, with its questions."""

    __test__ = False  # no test of ours

    test_id: UUID
    exam_id: UUID
    mode: str
    status: str
    started_at: datetime
    expires_at: datetime
    time_limit: float
    """In minutes, with what was added to it."""

    passing_score: float
    """In percent."""

    instructions: list[str]
    questions: list[ServedQuestion]

    @classmethod
    def of(cls, sheet: Sheet) -> "TestAnswer":
        own = sheet.summary
        minutes = (own.ends_at - own.began_at).total_seconds() / 60
        return cls(
            test_id=own.id,
            exam_id=own.exam_id,
            mode=own.mode.value,
            status=own.status.value,
            started_at=own.began_at,
            expires_at=own.ends_at,
            time_limit=minutes,
            passing_score=float(sheet.passing),
            instructions=_instructions(minutes, sheet.passing),
            questions=[ServedQuestion.of(one) for one in sheet.questions],
        )


class KeptAnswer(Wire, frozen=True, kw_only=True):
    """What was said is kept."""

    saved_at: datetime
    answered_count: int
    expires_at: datetime
    feedback: FeedbackAnswer | UnsetType = UNSET
    """Left out for as long as one may not know."""

    @classmethod
    def of(cls, kept: Kept) -> "KeptAnswer":
        return cls(
            saved_at=kept.reply.at,
            answered_count=kept.summary.answered,
            expires_at=kept.summary.ends_at,
            feedback=FeedbackAnswer.of(kept.feedback) if kept.feedback else UNSET,
        )


class FlagAnswer(Wire, frozen=True):
    is_flagged: bool

    @classmethod
    def of(cls, reply: Reply) -> "FlagAnswer":
        return cls(is_flagged=reply.flagged)


class ObjectiveAnswer(Wire, frozen=True, kw_only=True):
    """How somebody did in one objective."""

    id: UUID
    name: str
    weight: float
    questions: int
    score: float
    strength: str
    """`weak` below 70, `strong` from 85, `moderate` between."""

    @classmethod
    def of(cls, part: ObjectiveScore, names: Mapping[ObjectiveId, str]) -> "ObjectiveAnswer":
        percent = part.percent
        strength = "strong" if percent >= _STRONG else "moderate"
        return cls(
            id=part.objective_id,
            name=names.get(part.objective_id, ""),
            weight=float(part.weight),
            questions=part.questions,
            score=float(percent),
            strength="weak" if percent < _WEAK else strength,
        )


class ResultAnswer(Wire, frozen=True, kw_only=True):
    """What a sitting came to, with its questions, their keys and the reasons."""

    test_id: UUID
    exam_id: UUID
    mode: str
    status: str
    score: float
    passed: bool
    passing_score: float
    correct_count: int
    incorrect_count: int
    skipped_count: int
    question_count: int
    time_taken: int
    """In seconds."""

    objectives: list[ObjectiveAnswer]
    questions: list[ServedQuestion]
    regrades: list[RescoreAnswer]
    """What became of the score since it was over, oldest first."""

    invalidation: InvalidationAnswer | None
    """Null as long as it counts."""

    @classmethod
    def of(cls, sheet: Sheet) -> "ResultAnswer":
        """Raises `SittingGoesOn`."""
        own = sheet.summary
        score = own.outcome
        return cls(
            test_id=own.id,
            exam_id=own.exam_id,
            mode=own.mode.value,
            status=own.status.value,
            score=float(score.percent),
            passed=score.passed,
            passing_score=float(sheet.passing),
            correct_count=score.correct,
            incorrect_count=score.total - score.correct - score.skipped,
            skipped_count=score.skipped,
            question_count=score.total,
            time_taken=int(((own.ended_at or own.ends_at) - own.began_at).total_seconds()),
            objectives=[ObjectiveAnswer.of(part, sheet.names) for part in score.parts],
            questions=[ServedQuestion.of(one) for one in sheet.questions],
            regrades=[RescoreAnswer.of(one) for one in sheet.regrades],
            invalidation=InvalidationAnswer.of(own),
        )


def _instructions(minutes: float, passing: Decimal) -> list[str]:
    return [
        f"You have {minutes:g} minutes; our clock counts, and the time goes on if you leave.",
        "Answer in any order, change answers and flag questions until you submit.",
        f"You pass with {passing:g} % or more. What is not answered counts as wrong.",
    ]
