"""What of adaptive tests is committed: tables by key."""

import attrs

from homeroom.exams.model.adaptive.selection import Exposure
from homeroom.exams.model.adaptive.sittings import AdaptiveSitting
from homeroom.exams.ports.adaptive import KnownCurve
from homeroom.exams.ports.bank import Edition
from homeroom.kernel.ids import ExamId, PersonId, SittingId
from homeroom_adapters.memory.tables import Table


@attrs.frozen
class CurveOf:
    """What is known of a question, and of which exam's it is."""

    exam_id: ExamId
    known: KnownCurve


@attrs.frozen
class ExposureOf:
    """How often the questions of an exam were put, to whomever."""

    exam_id: ExamId
    exposure: Exposure


def adaptive() -> Table[SittingId, AdaptiveSitting]:
    return Table(key=lambda one: one.id, unique=still_open, copied=attrs.evolve)


def curves() -> Table[Edition, CurveOf]:
    return Table(key=lambda one: one.known.edition, unique=lambda _: None, copied=lambda one: one)


def exposures() -> Table[ExamId, ExposureOf]:
    return Table(key=lambda one: one.exam_id, unique=lambda _: None, copied=lambda one: one)


def still_open(sitting: AdaptiveSitting) -> tuple[PersonId, ExamId] | None:
    """What no two share that are not over."""
    return (sitting.person_id, sitting.exam_id) if sitting.is_active else None
