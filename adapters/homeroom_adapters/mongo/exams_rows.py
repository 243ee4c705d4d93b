"""Vendors, exams and questions as rows, and rows as what they are."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import attrs

from homeroom.exams.model.catalogue import Exam, ExamStatus, Vendor
from homeroom.exams.model.notation import (
    content_said,
    outline_said,
    read_content,
    read_outline,
)
from homeroom.exams.model.questions import Content, Question, QuestionStatus
from homeroom.exams.ports.bank import Edition
from homeroom.kernel.ids import ExamId, InstitutionId, ObjectiveId, QuestionId, VendorId
from homeroom_adapters.mongo.rows import Document, Row, document_of, row_of

_JOINT = "\n"
"""Stands between the parts of a joined key. Names, codes and references have no line breaks."""


@attrs.frozen(kw_only=True)
class VendorRow(Row):
    """A document of `vendors`. `sought` is what a search for words looks through."""

    id: UUID
    institution_id: UUID
    name: str
    name_key: str
    sought: str
    website: str
    created_at: datetime
    version: int


@attrs.frozen(kw_only=True)
class ExamRow(Row):
    """A document of `exams`."""

    id: UUID
    institution_id: UUID
    vendor_id: UUID
    code: str
    code_key: str
    status: str
    outline: dict[str, Any]
    sought: str
    has_questions: bool = False
    """For good, once there is one: questions are never taken away."""

    created_at: datetime
    version: int


@attrs.frozen(kw_only=True)
class QuestionRow(Row):
    """A document of `questions`, with what it says now."""

    id: UUID
    institution_id: UUID
    exam_id: UUID
    objective_id: UUID
    status: str
    difficulty: int
    edition: int
    reference: str | None = None
    reference_key: str | None = None
    note: str
    tags: list[str]
    sought: str
    content: dict[str, Any]
    created_at: datetime
    version: int


@attrs.frozen(kw_only=True)
class EditionRow(Row):
    """A document of `question_editions`, which nobody changes or takes away."""

    id: str
    content: dict[str, Any]


def joined(scope: UUID, text: str) -> str:
    """What may be there once only within *scope*."""
    return f"{scope}{_JOINT}{text}"


def vendor_document(vendor: Vendor) -> Document:
    """The document of `vendors` after a save."""
    return document_of(
        VendorRow(
            id=vendor.id,
            institution_id=vendor.institution_id,
            name=vendor.name,
            name_key=joined(vendor.institution_id, vendor.name),
            sought=vendor.name.casefold(),
            website=vendor.website,
            created_at=vendor.created_at,
            version=vendor.version + 1,
        )
    )


def vendor_from(document: Document) -> Vendor:
    row = row_of(VendorRow, document)
    return Vendor(
        id=VendorId(row.id),
        institution_id=InstitutionId(row.institution_id),
        name=row.name,
        website=row.website,
        created_at=row.created_at,
        version=row.version,
    )


def exam_document(exam: Exam, *, has_questions: bool) -> Document:
    """The document of `exams` after a save."""
    outline = exam.outline
    return document_of(
        ExamRow(
            id=exam.id,
            institution_id=exam.institution_id,
            vendor_id=exam.vendor_id,
            code=outline.code,
            code_key=joined(exam.vendor_id, outline.code),
            status=exam.status.value,
            outline=outline_said(outline),
            sought=f"{outline.code}\n{outline.name}".casefold(),
            has_questions=has_questions,
            created_at=exam.created_at,
            version=exam.version + 1,
        )
    )


def exam_from(document: Document) -> Exam:
    row = row_of(ExamRow, document)
    return Exam(
        id=ExamId(row.id),
        institution_id=InstitutionId(row.institution_id),
        vendor_id=VendorId(row.vendor_id),
        outline=read_outline(row.outline),
        status=ExamStatus(row.status),
        created_at=row.created_at,
        version=row.version,
    )


def question_document(question: Question, content: Mapping[str, Any]) -> Document:
    """The document of `questions` after a save; *content* is what its edition says."""
    reference = question.reference
    return document_of(
        QuestionRow(
            id=question.id,
            institution_id=question.institution_id,
            exam_id=question.exam_id,
            objective_id=question.objective_id,
            status=question.status.value,
            difficulty=question.content.difficulty,
            edition=question.edition,
            reference=reference,
            reference_key=None if reference is None else joined(question.exam_id, reference),
            note=question.note,
            tags=sorted(question.content.tags),
            sought=f"{question.content.stem}\n{reference or ''}".casefold(),
            content=dict(content),
            created_at=question.created_at,
            version=question.version + 1,
        )
    )


def question_from(document: Document) -> Question:
    row = row_of(QuestionRow, document)
    return Question(
        id=QuestionId(row.id),
        institution_id=InstitutionId(row.institution_id),
        exam_id=ExamId(row.exam_id),
        objective_id=ObjectiveId(row.objective_id),
        content=read_content(row.content),
        edition=row.edition,
        status=QuestionStatus(row.status),
        note=row.note,
        reference=row.reference,
        created_at=row.created_at,
        version=row.version,
    )


def edition_key(edition: Edition) -> str:
    """The `_id` of what a question said: its id, and the number of the edition."""
    question_id, number = edition
    return f"{question_id} {number}"


def edition_of(key: str) -> Edition:
    question_id, _, number = key.partition(" ")
    return QuestionId(UUID(question_id)), int(number)


def edition_document(question: Question) -> Document:
    """What *question* says now, for `question_editions`."""
    key = edition_key((question.id, question.edition))
    return document_of(EditionRow(id=key, content=content_said(question.content)))


def content_from(document: Document) -> Content:
    return read_content(document["content"])
