"""Adaptive sittings and their steps as rows; terms as texts of JSON, with exact numbers."""

import json
from collections.abc import Iterable, Mapping
from fractions import Fraction
from uuid import UUID

from homeroom.exams.model.adaptive.ability import Method
from homeroom.exams.model.adaptive.curves import Curve
from homeroom.exams.model.adaptive.rules import Rules, Stop
from homeroom.exams.model.adaptive.sittings import AdaptiveSitting, Step, Terms
from homeroom.exams.ports.adaptive import KnownCurve
from homeroom.kernel.ids import (
    ExamId,
    InstitutionId,
    ObjectiveId,
    PersonId,
    QuestionId,
    SittingId,
)
from homeroom_adapters.sql.rows import Row

Cells = dict[str, object]

_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_RULES = ("fewest", "most", "error", "confidence", "settles", "among", "most_shown")


def sitting_cells(sitting: AdaptiveSitting) -> Cells:
    return {
        "id": sitting.id,
        "institution_id": sitting.institution_id,
        "exam_id": sitting.exam_id,
        "person_id": sitting.person_id,
        "terms": _terms_text(sitting.terms),
        "began_at": sitting.began_at,
        "ends_at": sitting.ends_at,
        **course_cells(sitting),
    }


def course_cells(sitting: AdaptiveSitting) -> Cells:
    """What changes of a sitting."""
    return {
        "ended_at": sitting.ended_at,
        "stop": None if sitting.stop is None else sitting.stop.value,
        "version": sitting.version + 1,
    }


def step_cells(sitting_id: SittingId, place: int, step: Step) -> Cells:
    curve = step.curve
    return {
        "sitting_id": sitting_id,
        "place": place,
        "question_id": step.question_id,
        "edition": step.edition,
        "objective_id": step.objective_id,
        "shown": _write([[curve.a, curve.b, curve.c, curve.d], step.order]),
        "answer": _write(step.answer),
        "credit": None if step.credit is None else str(step.credit),
        "at": step.at,
    }


def sitting_from(row: Row, steps: Iterable[Row]) -> AdaptiveSitting:
    return AdaptiveSitting(
        id=SittingId(row.id),
        institution_id=InstitutionId(row.institution_id),
        exam_id=ExamId(row.exam_id),
        person_id=PersonId(row.person_id),
        terms=_terms(row.terms),
        began_at=row.began_at,
        ends_at=row.ends_at,
        steps=tuple(_step_from(one) for one in steps),
        ended_at=row.ended_at,
        stop=None if row.stop is None else Stop(row.stop),
        version=row.version,
    )


def curve_cells(exam_id: ExamId, known: KnownCurve) -> Cells:
    question_id, edition = known.edition
    curve = known.curve
    return {
        "question_id": question_id,
        "edition": edition,
        "exam_id": exam_id,
        "a": curve.a,
        "b": curve.b,
        "c": curve.c,
        "d": curve.d,
        "a_error": known.a_error,
        "b_error": known.b_error,
        "answers": known.answers,
        "at": known.at,
    }


def curve_from(row: Row) -> KnownCurve:
    return KnownCurve(
        edition=(QuestionId(row.question_id), row.edition),
        curve=Curve(a=row.a, b=row.b, c=row.c, d=row.d),
        a_error=row.a_error,
        b_error=row.b_error,
        answers=row.answers,
        at=row.at,
    )


def _step_from(row: Row) -> Step:
    (a, b, c, d), order = json.loads(row.shown)
    return Step(
        question_id=QuestionId(row.question_id),
        edition=row.edition,
        objective_id=ObjectiveId(row.objective_id),
        curve=Curve(a=a, b=b, c=c, d=d),
        order=tuple(order),
        answer=tuple(json.loads(row.answer)),
        credit=None if row.credit is None else Fraction(row.credit),
        at=row.at,
    )


def _terms_text(terms: Terms) -> str:
    rules: Mapping[str, object] = {name: getattr(terms.rules, name) for name in _RULES}
    said = {
        "rules": {**rules, "method": terms.rules.method.value},
        "cut": terms.cut,
        "weights": {one.hex: str(weight) for one, weight in terms.weights.items()},
    }
    return _write(said)


def _terms(text: str) -> Terms:
    said = json.loads(text)
    rules = said["rules"]
    return Terms(
        rules=Rules(**{**rules, "method": Method(rules["method"])}),
        cut=said["cut"],
        weights={
            ObjectiveId(UUID(one)): Fraction(weight) for one, weight in said["weights"].items()
        },
    )
