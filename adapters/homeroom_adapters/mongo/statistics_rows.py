"""Statistics as documents."""

from datetime import datetime

import attrs

from homeroom.exams.model.statistics import (
    ExamFigures,
    ExamStatistics,
    QuestionFigures,
    QuestionStatistics,
    Seen,
)
from homeroom.kernel.ids import ExamId, InstitutionId, QuestionId
from homeroom_adapters.mongo.rows import Document, Row, document_of, row_of

EXAMS, QUESTIONS, ALARMS = "exam_statistics", "question_statistics", "question_alarms"


@attrs.frozen(kw_only=True)
class ExamRow(Row):
    """What an exam turned out to be like, and which sittings that was made of."""

    id: ExamId
    institution_id: InstitutionId
    sittings: int
    figures: ExamFigures | None = None
    made_at: datetime
    seen: Seen


@attrs.frozen(kw_only=True)
class SeenRow(Row):
    """Which sittings the statistics of an exam were made of."""

    id: ExamId
    institution_id: InstitutionId
    seen: Seen


@attrs.frozen(kw_only=True)
class QuestionRow(Row):
    """What one edition of a question turned out to be like."""

    id: str
    question_id: QuestionId
    edition: int
    exam_id: ExamId
    responses: int
    answered: int
    figures: QuestionFigures | None = None


@attrs.frozen(kw_only=True)
class AlarmRow(Row):
    """That it was told of an edition that its key is likely to be wrong: of each once."""

    id: str
    told_at: datetime


def edition_key(found: QuestionStatistics) -> str:
    return f"{found.question_id} {found.edition}"


def exam_document(found: ExamStatistics) -> Document:
    said = attrs.asdict(found, recurse=False)
    return document_of(ExamRow(id=said.pop("exam_id"), **said))


def exam_from(document: Document) -> ExamStatistics:
    said = attrs.asdict(row_of(ExamRow, document), recurse=False)
    return ExamStatistics(exam_id=said.pop("id"), **said)


def question_document(found: QuestionStatistics) -> Document:
    said = attrs.asdict(found, recurse=False)
    return document_of(QuestionRow(id=edition_key(found), **said))


def question_from(document: Document) -> QuestionStatistics:
    said = attrs.asdict(row_of(QuestionRow, document), recurse=False)
    del said["id"]
    return QuestionStatistics(**said)
