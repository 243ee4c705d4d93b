"""What of exams is committed: tables by key."""

from uuid import UUID

import attrs

from homeroom.exams.model.catalogue import Exam, Vendor
from homeroom.exams.model.integrity import IntegrityEvent
from homeroom.exams.model.questions import Content, Question
from homeroom.exams.model.regrading import Regrade
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.model.statistics import ExamStatistics, QuestionStatistics
from homeroom.exams.model.summaries import Attempt
from homeroom.exams.ports.bank import Edition
from homeroom.kernel.ids import ExamId, PersonId, QuestionId, RegradeId, SittingId, VendorId
from homeroom.published.exams import QuestionSuspected
from homeroom_adapters.memory.tables import Table


@attrs.frozen
class Kept:
    """What a question said at one time."""

    edition: Edition
    content: Content


def vendors() -> Table[VendorId, Vendor]:
    return Table(
        key=lambda one: one.id,
        unique=lambda one: (one.institution_id, one.name),
        copied=attrs.evolve,
    )


def exams() -> Table[ExamId, Exam]:
    return Table(
        key=lambda one: one.id,
        unique=lambda one: (one.vendor_id, one.outline.code),
        copied=attrs.evolve,
    )


def questions() -> Table[QuestionId, Question]:
    return Table(
        key=lambda one: one.id,
        unique=lambda one: None if one.reference is None else (one.exam_id, one.reference),
        copied=attrs.evolve,
    )


def editions() -> Table[Edition, Kept]:
    return Table(key=lambda one: one.edition, unique=lambda _: None, copied=lambda one: one)


def sittings() -> Table[SittingId, Sitting]:
    return Table(key=lambda one: one.id, unique=under_way, copied=attrs.evolve)


def regrades() -> Table[RegradeId, Regrade]:
    return Table(key=lambda one: one.id, unique=lambda _: None, copied=attrs.evolve)


def sitting_events() -> Table[UUID, IntegrityEvent]:
    return Table(
        key=lambda one: one.id,
        unique=lambda one: (one.sitting_id, one.told.mark),
        copied=lambda one: one,
    )


def under_way(sitting: Sitting) -> tuple[PersonId, ExamId] | None:
    """What no two timed sittings share as long as they are active."""
    timed = sitting.is_active and sitting.mode.is_timed
    return (sitting.person_id, sitting.exam_id) if timed else None


def exam_statistics() -> Table[ExamId, ExamStatistics]:
    return Table(key=lambda one: one.exam_id, unique=lambda _: None, copied=lambda one: one)


def question_statistics() -> Table[Edition, QuestionStatistics]:
    return Table(key=edition_of, unique=lambda _: None, copied=lambda one: one)


def mis_keyed() -> Table[Edition, QuestionSuspected]:
    return Table(key=edition_of, unique=lambda _: None, copied=lambda one: one)


def edition_of(about: QuestionStatistics | QuestionSuspected) -> Edition:
    return about.question_id, about.edition


def spends_attempt(sitting: Sitting) -> bool:
    """Whether it counts towards how often somebody may take its exam."""
    gone = sitting.invalidation
    return gone is None or gone.attempt is not Attempt.GIVEN_BACK
