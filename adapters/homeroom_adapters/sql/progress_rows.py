"""Attempts and what is known of questions as rows; what an answer was worth is exact, in words."""

from fractions import Fraction

from homeroom.exams.model.progress import Attempt, Due, Study
from homeroom.exams.model.recall import Phase, Recall
from homeroom.kernel.ids import ExamId, ObjectiveId, PersonId, QuestionId, SittingId
from homeroom_adapters.sql.rows import Row

Cells = dict[str, object]


def attempt_cells(attempt: Attempt) -> Cells:
    """As it is first counted."""
    return {
        "sitting_id": attempt.sitting_id,
        "question_id": attempt.question_id,
        "person_id": attempt.person_id,
        "exam_id": attempt.exam_id,
        "objective_id": attempt.objective_id,
        "at": attempt.at,
        "credit": str(attempt.credit),
        "confidence": attempt.confidence,
        "seconds": attempt.seconds,
        "planned": False,
    }


def attempt_from(row: Row) -> Attempt:
    return Attempt(
        sitting_id=SittingId(row.sitting_id),
        question_id=QuestionId(row.question_id),
        person_id=PersonId(row.person_id),
        exam_id=ExamId(row.exam_id),
        objective_id=ObjectiveId(row.objective_id),
        at=row.at,
        credit=Fraction(row.credit),
        confidence=row.confidence,
        seconds=row.seconds,
    )


def recall_cells(
    study: Study, question_id: QuestionId, objective_id: ObjectiveId, recall: Recall
) -> Cells:
    return {
        "person_id": study.person_id,
        "question_id": question_id,
        "exam_id": study.exam_id,
        "objective_id": objective_id,
        "method": recall.method,
        "due_at": recall.due_at,
        "reviewed_at": recall.reviewed_at,
        "reviews": recall.reviews,
        "streak": recall.streak,
        "phase": recall.phase.value,
        "step": recall.step,
        "stability": recall.stability,
        "difficulty": recall.difficulty,
        "ease": recall.ease,
    }


def recall_from(row: Row) -> Recall:
    return Recall(
        method=row.method,
        due_at=row.due_at,
        reviewed_at=row.reviewed_at,
        reviews=row.reviews,
        streak=row.streak,
        phase=Phase(row.phase),
        step=row.step,
        stability=row.stability,
        difficulty=row.difficulty,
        ease=row.ease,
    )


def due_from(row: Row) -> Due:
    return Due(
        question_id=QuestionId(row.question_id),
        objective_id=ObjectiveId(row.objective_id),
        due_at=row.due_at,
        reviews=row.reviews,
        streak=row.streak,
    )
