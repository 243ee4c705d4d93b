"""Vendors and exams on the wire."""

from datetime import datetime
from uuid import UUID

import msgspec

from homeroom.exams.model.catalogue import Exam, Outline, Terms, Vendor
from homeroom.exams.model.notation import outline_said, read_outline
from homeroom_entrypoints.web.wire import Wire

Exact = str | int | float
"""An exact number: a text such as "1/3" or "65.5", and as that it is answered; or a number."""


class NewVendorBody(Wire, frozen=True, kw_only=True):
    name: str
    website: str = ""


class VendorChange(Wire, frozen=True, kw_only=True):
    """What is left out stays as it is."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    website: str | msgspec.UnsetType = msgspec.UNSET


class VendorAnswer(Wire, frozen=True, kw_only=True):
    id: UUID
    institution_id: UUID
    name: str
    website: str
    created_at: datetime

    @classmethod
    def of(cls, vendor: Vendor) -> "VendorAnswer":
        return cls(
            id=vendor.id,
            institution_id=vendor.institution_id,
            name=vendor.name,
            website=vendor.website,
            created_at=vendor.created_at,
        )


class VendorsAnswer(Wire, frozen=True, kw_only=True):
    data: list[VendorAnswer]
    next_cursor: str | None


class ObjectiveWire(Wire, frozen=True, kw_only=True):
    id: UUID | None = None
    """Left out for a new one; an objective is known by its code too."""

    code: str
    name: str
    weight: Exact = "0"
    """In percent of the whole. Those of an exam that is published sum to 100."""

    parent: UUID | None = None
    """The objective before it that it belongs to; such a group has no weight of its own."""


class TermsWire(Wire, frozen=True, kw_only=True):
    """Under which conditions an exam is taken."""

    questions: int = Terms().questions
    time_limit_minutes: int = 90
    passing_score: Exact = str(Terms().passing)
    """In percent; whoever reaches it has passed."""

    attempts: int | None = None


class OutlineBody(Wire, frozen=True, kw_only=True):
    code: str
    name: str
    description: str = ""
    objectives: tuple[ObjectiveWire, ...] = ()
    terms: TermsWire = TermsWire()

    def outline(self) -> Outline:
        """Raises `BadExam`."""
        said = {name: getattr(self, name) for name in OutlineBody.__struct_fields__}
        return read_outline(msgspec.to_builtins(said))


class NewExamBody(OutlineBody, frozen=True, kw_only=True):
    vendor_id: UUID


class ExamAnswer(OutlineBody, frozen=True, kw_only=True):
    """An exam. Nothing in it tells what is asked, and still less what is right."""

    id: UUID
    institution_id: UUID
    vendor_id: UUID
    status: str
    created_at: datetime

    @classmethod
    def of(cls, exam: Exam) -> "ExamAnswer":
        said = msgspec.convert(outline_said(exam.outline), OutlineBody)
        return cls(
            id=exam.id,
            institution_id=exam.institution_id,
            vendor_id=exam.vendor_id,
            status=exam.status.value,
            created_at=exam.created_at,
            **msgspec.structs.asdict(said),
        )


class ExamsAnswer(Wire, frozen=True, kw_only=True):
    data: list[ExamAnswer]
    next_cursor: str | None
