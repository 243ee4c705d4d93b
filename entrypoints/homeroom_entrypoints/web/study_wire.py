"""Study sessions as they are answered, in the words of the clients that we take over."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from homeroom.exams.model.sheets import Asked, Sheet
from homeroom.exams.use_cases.advising import Completion
from homeroom.exams.use_cases.sittings import Kept
from homeroom.kernel.ids import ObjectiveId
from homeroom_entrypoints.web.achievements_wire import BadgeAnswer, EarningsAnswer
from homeroom_entrypoints.web.advice_wire import AdviceAnswer
from homeroom_entrypoints.web.sheets_wire import KeptAnswer, ResultAnswer, ServedQuestion
from homeroom_entrypoints.web.wire import Wire


class SessionAnswer(Wire, frozen=True, kw_only=True):
    """A sitting in which somebody studies, with its questions."""

    session_id: UUID
    exam_id: UUID
    mode: str
    status: str
    objectives: list[UUID]
    questions_loaded: int
    expires_at: datetime
    """When it is over unless something is said."""

    questions: list[ServedQuestion]

    @classmethod
    def of(cls, sheet: Sheet) -> "SessionAnswer":
        own = sheet.summary
        return cls(
            session_id=own.id,
            exam_id=own.exam_id,
            mode=own.mode.value,
            status=own.status.value,
            objectives=list(_objectives(sheet)),
            questions_loaded=own.questions,
            expires_at=own.ends_at,
            questions=[ServedQuestion.of(one) for one in sheet.questions],
        )


class StudiedAnswer(KeptAnswer, frozen=True, kw_only=True):
    """Also in the single fields in which older clients read what was right."""

    is_correct: bool | UnsetType = UNSET
    correct_answer: list[str] | UnsetType = UNSET
    explanation: str | UnsetType = UNSET
    points_earned: float | UnsetType = UNSET

    @classmethod
    def of(cls, kept: Kept) -> "StudiedAnswer":
        usual = KeptAnswer.of(kept)
        told = cls(**msgspec.structs.asdict(usual))
        if usual.feedback is UNSET:
            return told
        return msgspec.structs.replace(
            told,
            is_correct=usual.feedback.is_correct,
            correct_answer=usual.feedback.correct_answer,
            explanation=usual.feedback.explanation,
            points_earned=usual.feedback.credit,
        )


class StandingAnswer(Wire, frozen=True):
    id: UUID
    status: str
    mode: str
    created_at: datetime


class CountsAnswer(Wire, frozen=True, kw_only=True):
    """How far one is. What was right is null for as long as one may not know."""

    total_questions: int
    answered: int
    correct: int | None
    skipped: int
    accuracy: float | None
    """In percent of what was answered."""

    time_spent: int
    """In seconds, as they said."""

    @classmethod
    def of(cls, asked: Sequence[Asked]) -> "CountsAnswer":
        answered = [one for one in asked if one.answer]
        right = _right(answered)
        return cls(
            total_questions=len(asked),
            answered=len(answered),
            correct=right,
            skipped=len(asked) - len(answered),
            accuracy=_accuracy(right, len(answered)),
            time_spent=sum(one.seconds for one in asked),
        )


class ObjectiveProgress(Wire, frozen=True, kw_only=True):
    id: UUID
    name: str
    questions: int
    questions_answered: int
    accuracy: float | None


class ProgressAnswer(Wire, frozen=True, kw_only=True):
    session: StandingAnswer
    progress: CountsAnswer
    objectives: list[ObjectiveProgress]

    @classmethod
    def of(cls, sheet: Sheet) -> "ProgressAnswer":
        own = sheet.summary
        return cls(
            session=StandingAnswer(
                id=own.id,
                status=own.status.value,
                mode=own.mode.value,
                created_at=own.began_at,
            ),
            progress=CountsAnswer.of(sheet.questions),
            objectives=[_progress_in(sheet, one) for one in _objectives(sheet)],
        )


class StudySummary(Wire, frozen=True, kw_only=True):
    total_questions: int
    correct_answers: int
    accuracy: float | None
    time_spent: int
    points_earned: int
    streak_bonus: int


class CompletedAnswer(Wire, frozen=True, kw_only=True):
    """What a session came to: in few numbers, and in full; and what to do next."""

    summary: StudySummary
    result: ResultAnswer
    achievements: list[BadgeAnswer]
    """The badges that it brought."""

    recommendations: AdviceAnswer

    @classmethod
    def of(cls, done: Completion) -> "CompletedAnswer":
        sheet, brought = done.sheet, EarningsAnswer.of(done.earnings)
        counts = CountsAnswer.of(sheet.questions)
        return cls(
            summary=StudySummary(
                total_questions=counts.total_questions,
                correct_answers=counts.correct or 0,
                accuracy=counts.accuracy,
                time_spent=counts.time_spent,
                points_earned=brought.points_earned,
                streak_bonus=brought.streak_bonus,
            ),
            result=ResultAnswer.of(sheet),
            achievements=brought.achievements,
            recommendations=AdviceAnswer.of(done.advice),
        )


def _objectives(sheet: Sheet) -> Sequence[ObjectiveId]:
    return list(dict.fromkeys(one.objective_id for one in sheet.questions))


def _progress_in(sheet: Sheet, objective_id: ObjectiveId) -> ObjectiveProgress:
    counts = CountsAnswer.of([one for one in sheet.questions if one.objective_id == objective_id])
    return ObjectiveProgress(
        id=objective_id,
        name=sheet.names.get(objective_id, ""),
        questions=counts.total_questions,
        questions_answered=counts.answered,
        accuracy=counts.accuracy,
    )


def _right(answered: Sequence[Asked]) -> int | None:
    told = [one.feedback for one in answered if one.feedback is not None]
    return sum(one.credit == 1 for one in told) if len(told) == len(answered) else None


def _accuracy(right: int | None, answered: int) -> float | None:
    return None if right is None or not answered else round(100 * right / answered, 1)
