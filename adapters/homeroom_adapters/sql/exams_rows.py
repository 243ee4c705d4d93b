"""Vendors, exams and questions as rows, and rows as what they are."""

import json
from collections.abc import Iterable
from datetime import UTC
from functools import lru_cache

import sqlalchemy as sa

from homeroom.exams.model.catalogue import Exam, ExamStatus, Outline, Vendor
from homeroom.exams.model.notation import (
    content_said,
    outline_said,
    read_content,
    read_outline,
)
from homeroom.exams.model.questions import Content, Question, QuestionStatus
from homeroom.kernel.ids import ExamId, InstitutionId, ObjectiveId, QuestionId, VendorId
from homeroom_adapters.sql.exams_tables import question_editions, questions
from homeroom_adapters.sql.rows import Row, Select

_REMEMBERED = 4_096

_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def content_text(content: Content) -> str:
    return _write(content_said(content))


@lru_cache(_REMEMBERED)
def read_content_text(text: str) -> Content:
    """Frozen, and served again and again: read once."""
    return read_content(json.loads(text))


@lru_cache(_REMEMBERED)
def _read_outline_text(text: str) -> Outline:
    return read_outline(json.loads(text))


def vendor_cells(vendor: Vendor) -> dict[str, object]:
    """The row of `vendors` after a save."""
    return {
        "id": vendor.id,
        "institution_id": vendor.institution_id,
        "name": vendor.name,
        "sought": vendor.name.casefold(),
        "website": vendor.website,
        "created_at": vendor.created_at,
        "version": vendor.version + 1,
    }


def vendor_from(row: Row) -> Vendor:
    return Vendor(
        id=VendorId(row.id),
        institution_id=InstitutionId(row.institution_id),
        name=row.name,
        website=row.website,
        created_at=row.created_at.astimezone(UTC),
        version=row.version,
    )


def exam_cells(exam: Exam) -> dict[str, object]:
    """The row of `exams` after a save."""
    outline = exam.outline
    return {
        "id": exam.id,
        "institution_id": exam.institution_id,
        "vendor_id": exam.vendor_id,
        "code": outline.code,
        "status": exam.status.value,
        "outline": _write(outline_said(outline)),
        "sought": f"{outline.code}\n{outline.name}".casefold(),
        "created_at": exam.created_at,
        "version": exam.version + 1,
    }


def exam_from(row: Row) -> Exam:
    return Exam(
        id=ExamId(row.id),
        institution_id=InstitutionId(row.institution_id),
        vendor_id=VendorId(row.vendor_id),
        outline=_read_outline_text(row.outline),
        status=ExamStatus(row.status),
        created_at=row.created_at.astimezone(UTC),
        version=row.version,
    )


def question_cells(question: Question) -> dict[str, object]:
    """The row of `questions` after a save."""
    return {
        "id": question.id,
        "institution_id": question.institution_id,
        "exam_id": question.exam_id,
        "objective_id": question.objective_id,
        "status": question.status.value,
        "difficulty": question.content.difficulty,
        "edition": question.edition,
        "reference": question.reference,
        "note": question.note,
        "tags": tags_text(question.content.tags),
        "sought": _sought(question),
        "created_at": question.created_at,
        "version": question.version + 1,
    }


def edition_cells(question: Question) -> dict[str, object]:
    """The row of `question_editions` that says what *question* says now."""
    return {
        "question_id": question.id,
        "edition": question.edition,
        "content": content_text(question.content),
    }


def questions_with_contents() -> Select:
    """Rows for `question_from`: every question, and what it says now."""
    now = sa.and_(
        question_editions.c.question_id == questions.c.id,
        question_editions.c.edition == questions.c.edition,
    )
    return sa.select(questions, question_editions.c.content).join(question_editions, now)


def question_from(row: Row) -> Question:
    return Question(
        id=QuestionId(row.id),
        institution_id=InstitutionId(row.institution_id),
        exam_id=ExamId(row.exam_id),
        objective_id=ObjectiveId(row.objective_id),
        content=read_content_text(row.content),
        edition=row.edition,
        status=QuestionStatus(row.status),
        note=row.note,
        reference=row.reference,
        created_at=row.created_at.astimezone(UTC),
        version=row.version,
    )


def tags_text(tags: Iterable[str]) -> str:
    """Each tag as JSON in a line of its own: no line is found within another."""
    return "".join(f"\n{_write(tag)}\n" for tag in sorted(tags))


def _sought(question: Question) -> str:
    """Without what no text column keeps, and nobody looks for."""
    said = f"{question.content.stem}\n{question.reference or ''}"
    return said.replace("\x00", "").casefold()
