"""Sittings as documents: each holds its form, and everything that was answered in it.

A sitting is bounded, and far from the 16 MB that a document may have: its form has some hundred
questions, and of each one reply is kept.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs

from homeroom.exams.model.forms import Form
from homeroom.exams.model.scoring import Score
from homeroom.exams.model.sittings import Reply, Sitting, SittingStatus, Summary
from homeroom.exams.model.summaries import Attempt, Invalidation, Regraded
from homeroom.exams.model.wishes import Mode
from homeroom.kernel.ids import ExamId, InstitutionId, PersonId, QuestionId, SittingId
from homeroom_adapters.mongo.rows import Document, Row, document_of, row_of

SITTINGS = "sittings"

_KEPT_APART = ("version", "replied", "questions", "answered", "under_way", "spends", "counts_for")


@attrs.frozen(kw_only=True)
class SummaryRow(Row):
    """A sitting, without its questions."""

    id: SittingId
    institution_id: InstitutionId
    exam_id: ExamId
    person_id: PersonId
    mode: Mode
    status: SittingStatus
    began_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None
    extra: int = 0
    questions: int
    answered: int
    score: Score | None = None
    invalidation: Invalidation | None = None


@attrs.frozen(kw_only=True)
class SittingRow(SummaryRow):
    """A sitting."""

    form: Form
    time_limit: timedelta
    replies: Mapping[QuestionId, Reply] = attrs.field(factory=dict[QuestionId, Reply])
    replied: tuple[QuestionId, ...] = ()
    """Of which questions something is kept: an index has no hold on the keys of `replies`."""

    regrades: tuple[Regraded, ...] = ()
    version: int
    under_way: str | None = None
    """Whose and of which exam, of a timed one that goes on; an index has it once."""

    spends: str | None = None
    """Likewise, of a timed one that uses up an attempt."""

    counts_for: ExamId | None = None
    """Of a timed one that is over: the exam whose statistics are made of it."""


@attrs.frozen(kw_only=True)
class RepliesRow(Row):
    """What was answered in a sitting."""

    id: SittingId
    replies: Mapping[QuestionId, Reply] = attrs.field(factory=dict[QuestionId, Reply])


@attrs.frozen(kw_only=True)
class JudgedRow(RepliesRow):
    """What was asked in a sitting, and answered."""

    form: Form


@attrs.frozen(kw_only=True)
class IdRow(Row):
    """Only which one it is."""

    id: SittingId


@attrs.frozen(kw_only=True)
class VersionRow(IdRow):
    """And how often it was saved."""

    version: int


def taken_by(person_id: PersonId, exam_id: ExamId) -> str:
    """What one person has of one exam, in one field."""
    return f"{person_id} {exam_id}"


def sitting_document(sitting: Sitting) -> Document:
    """*sitting*, as its next version."""
    whose = taken_by(sitting.person_id, sitting.exam_id)
    is_timed, gone = sitting.mode.is_timed, sitting.invalidation
    spends = gone is None or gone.attempt is not Attempt.GIVEN_BACK
    row = SittingRow(
        **attrs.asdict(sitting.summary, recurse=False),
        form=sitting.form,
        time_limit=sitting.time_limit,
        replies=sitting.replies,
        replied=tuple(sorted(sitting.replies)),
        regrades=sitting.regrades,
        version=sitting.version + 1,
        under_way=whose if is_timed and sitting.is_active else None,
        spends=whose if is_timed and spends else None,
        counts_for=sitting.exam_id if is_timed and not sitting.is_active else None,
    )
    return document_of(row)


def sitting_from(document: Document) -> Sitting:
    row = row_of(SittingRow, document)
    said = attrs.asdict(row, recurse=False)
    for name in _KEPT_APART:
        del said[name]
    return Sitting(**said, version=row.version)


def summary_from(document: Document) -> Summary:
    return Summary(**attrs.asdict(row_of(SummaryRow, document), recurse=False))
