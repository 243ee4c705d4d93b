"""What was answered, and what is to be seen again, as documents."""

from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction

import attrs

from homeroom.exams.model.progress import Attempt, Due, Study
from homeroom.exams.model.recall import Recall
from homeroom.kernel.ids import ExamId, ObjectiveId, PersonId, QuestionId, SittingId
from homeroom_adapters.mongo.rows import Document, Row, document_of, row_of

STUDIES, ATTEMPTS, REVIEWS = "exam_studies", "question_attempts", "question_reviews"


@attrs.frozen(kw_only=True)
class StudyRow(Row):
    """How far a person is with an exam: whoever plans holds it."""

    id: str
    person_id: PersonId
    exam_id: ExamId
    examined_at: datetime | None = None


@attrs.frozen(kw_only=True)
class AttemptRow(Row):
    """An answer that was judged. Its id is of the sitting and the question: it counts once."""

    id: str
    sitting_id: SittingId
    question_id: QuestionId
    person_id: PersonId
    exam_id: ExamId
    objective_id: ObjectiveId
    at: datetime
    credit: Fraction
    confidence: int | None = None
    seconds: int
    planned: bool


@attrs.frozen(kw_only=True)
class CreditRow(Row):
    """What an answer was worth."""

    id: str
    credit: Fraction


@attrs.frozen(kw_only=True)
class ReviewRow(Row):
    """What is known of one question and one person."""

    id: str
    person_id: PersonId
    exam_id: ExamId
    question_id: QuestionId
    objective_id: ObjectiveId
    due_at: datetime
    reviewed_at: datetime
    recall: Recall
    """As it was planned; `due_at` counts, which a deadline may have brought forward."""


def study_key(person_id: PersonId, exam_id: ExamId) -> str:
    return f"{person_id} {exam_id}"


def attempt_key(attempt: Attempt) -> str:
    return f"{attempt.sitting_id} {attempt.question_id}"


def attempt_document(attempt: Attempt) -> Document:
    """As it is first counted."""
    said = attrs.asdict(attempt, recurse=False)
    return document_of(AttemptRow(id=attempt_key(attempt), **said, planned=False))


def attempt_from(document: Document) -> Attempt:
    said = attrs.asdict(row_of(AttemptRow, document), recurse=False)
    del said["id"], said["planned"]
    return Attempt(**said)


def review_documents(study: Study) -> Iterable[Document]:
    """What is known of the questions of those that wait."""
    asked_for = {one.question_id: one.objective_id for one in study.waiting}
    for question_id, recall in sorted(study.recalls.items(), key=lambda one: one[0]):
        yield document_of(
            ReviewRow(
                id=f"{study.person_id} {question_id}",
                person_id=study.person_id,
                exam_id=study.exam_id,
                question_id=question_id,
                objective_id=asked_for[question_id],
                due_at=recall.due_at,
                reviewed_at=recall.reviewed_at,
                recall=recall,
            )
        )


def review_from(document: Document) -> ReviewRow:
    row = row_of(ReviewRow, document)
    return attrs.evolve(row, recall=attrs.evolve(row.recall, due_at=row.due_at))


def due_from(document: Document) -> Due:
    row = row_of(ReviewRow, document)
    return Due(
        question_id=row.question_id,
        objective_id=row.objective_id,
        due_at=row.due_at,
        reviews=row.recall.reviews,
        streak=row.recall.streak,
    )
