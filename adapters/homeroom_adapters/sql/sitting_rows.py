"""Sittings and replies as rows; forms and scores as texts of JSON, with exact numbers in words."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any
from uuid import UUID

from homeroom.exams.model.forms import Form, Item, Shortfall
from homeroom.exams.model.scoring import ObjectiveScore, Score
from homeroom.exams.model.sittings import Reply, Sitting, SittingStatus, Summary
from homeroom.exams.model.summaries import Attempt, Invalidation, Regraded
from homeroom.exams.model.wishes import Mode
from homeroom.kernel.ids import (
    ExamId,
    InstitutionId,
    ObjectiveId,
    PersonId,
    QuestionId,
    RegradeId,
    SittingId,
)
from homeroom_adapters.sql.rows import Row

Cells = dict[str, object]

_SECOND = timedelta(seconds=1)
_REMEMBERED = 512
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def sitting_cells(sitting: Sitting) -> Cells:
    return {
        "id": sitting.id,
        "institution_id": sitting.institution_id,
        "exam_id": sitting.exam_id,
        "person_id": sitting.person_id,
        "mode": sitting.mode.value,
        "form": _form_text(sitting.form),
        "questions": len(sitting.form.items),
        "seconds": sitting.time_limit // _SECOND,
        "began_at": sitting.began_at,
        **course_cells(sitting),
    }


def course_cells(sitting: Sitting) -> Cells:
    """What changes of a sitting."""
    return {
        "status": sitting.status.value,
        "answered": sitting.summary.answered,
        "extra": sitting.extra,
        "ends_at": sitting.ends_at,
        "ended_at": sitting.ended_at,
        "score": None if sitting.score is None else _write(_score_said(sitting.score)),
        "regrades": _regrades_text(sitting.regrades),
        **_invalid_cells(sitting.invalidation),
        "version": sitting.version + 1,
    }


def reply_cells(sitting_id: SittingId, question_id: QuestionId, reply: Reply) -> Cells:
    return {
        "sitting_id": sitting_id,
        "question_id": question_id,
        "answer": _write(reply.answer),
        "at": reply.at,
        "flagged": reply.flagged,
        "confidence": reply.confidence,
        "seconds": reply.seconds,
        "credit": None if reply.credit is None else str(reply.credit),
    }


def sitting_from(row: Row, replies: Mapping[QuestionId, Reply]) -> Sitting:
    return Sitting(
        id=SittingId(row.id),
        institution_id=InstitutionId(row.institution_id),
        exam_id=ExamId(row.exam_id),
        person_id=PersonId(row.person_id),
        mode=Mode(row.mode),
        form=_read_form(row.form),
        time_limit=row.seconds * _SECOND,
        began_at=row.began_at,
        ends_at=row.ends_at,
        extra=row.extra,
        status=SittingStatus(row.status),
        ended_at=row.ended_at,
        replies=replies,
        score=_score_in(row),
        regrades=_regrades_in(row),
        invalidation=_invalidation_in(row),
        version=row.version,
    )


def summary_from(row: Row) -> Summary:
    return Summary(
        id=SittingId(row.id),
        institution_id=InstitutionId(row.institution_id),
        exam_id=ExamId(row.exam_id),
        person_id=PersonId(row.person_id),
        mode=Mode(row.mode),
        status=SittingStatus(row.status),
        began_at=row.began_at,
        ends_at=row.ends_at,
        ended_at=row.ended_at,
        extra=row.extra,
        questions=row.questions,
        answered=row.answered,
        score=_score_in(row),
        invalidation=_invalidation_in(row),
    )


def reply_from(row: Row) -> Reply:
    return Reply(
        answer=tuple(json.loads(row.answer)),
        at=row.at,
        flagged=row.flagged,
        confidence=row.confidence,
        seconds=row.seconds,
        credit=None if row.credit is None else Fraction(row.credit),
    )


def _form_text(form: Form) -> str:
    said = {
        "items": [
            [one.question_id.hex, one.edition, one.objective_id.hex, one.order]
            for one in form.items
        ],
        "weights": {objective_id.hex: str(one) for objective_id, one in form.weights.items()},
        "passing": str(form.passing),
        "names": {objective_id.hex: name for objective_id, name in form.names.items()},
        "shortfalls": [[one.objective_id.hex, one.wanted, one.found] for one in form.shortfalls],
    }
    return _write(said)


@lru_cache(_REMEMBERED)
def _read_form(text: str) -> Form:
    """Frozen, and asked for with each answer: read once."""
    return _form(json.loads(text))


def _form(said: Any) -> Form:
    return Form(
        items=tuple(
            Item(
                question_id=QuestionId(UUID(question)),
                edition=edition,
                objective_id=_objective(objective),
                order=tuple(order),
            )
            for question, edition, objective, order in said["items"]
        ),
        weights={_objective(one): Fraction(weight) for one, weight in said["weights"].items()},
        passing=Decimal(said["passing"]),
        names={_objective(one): name for one, name in said["names"].items()},
        shortfalls=tuple(
            Shortfall(objective_id=_objective(one), wanted=wanted, found=found)
            for one, wanted, found in said["shortfalls"]
        ),
    )


def _score_said(score: Score) -> dict[str, object]:
    return {
        "percent": str(score.percent),
        "passed": score.passed,
        "correct": score.correct,
        "skipped": score.skipped,
        "total": score.total,
        "parts": [
            [one.objective_id.hex, str(one.weight), one.questions, str(one.credit)]
            for one in score.parts
        ],
    }


def _score_in(row: Row) -> Score | None:
    return None if row.score is None else _score(json.loads(row.score))


def _score(said: Any) -> Score:
    return Score(
        percent=Decimal(said["percent"]),
        passed=said["passed"],
        correct=said["correct"],
        skipped=said["skipped"],
        total=said["total"],
        parts=tuple(
            ObjectiveScore(
                objective_id=_objective(one),
                weight=Fraction(weight),
                questions=questions,
                credit=Fraction(credit),
            )
            for one, weight, questions, credit in said["parts"]
        ),
    )


def _regrades_text(regrades: Sequence[Regraded]) -> str | None:
    said = [
        [
            one.regrade_id.hex,
            one.at.isoformat(),
            _score_said(one.before),
            _score_said(one.after),
        ]
        for one in regrades
    ]
    return _write(said) if said else None


def _regrades_in(row: Row) -> tuple[Regraded, ...]:
    if row.regrades is None:
        return ()
    return tuple(
        Regraded(
            regrade_id=RegradeId(UUID(regrade)),
            at=datetime.fromisoformat(at),
            before=_score(before),
            after=_score(after),
        )
        for regrade, at, before, after in json.loads(row.regrades)
    )


def _invalid_cells(invalidation: Invalidation | None) -> Cells:
    if invalidation is None:
        return {"invalidated_at": None, "invalid_reason": None, "attempt": None}
    return {
        "invalidated_at": invalidation.invalidated_at,
        "invalid_reason": invalidation.reason,
        "attempt": invalidation.attempt.value,
    }


def _invalidation_in(row: Row) -> Invalidation | None:
    if row.invalidated_at is None:
        return None
    return Invalidation(
        invalidated_at=row.invalidated_at,
        reason=row.invalid_reason,
        attempt=Attempt(row.attempt),
    )


def _objective(text: str) -> ObjectiveId:
    return ObjectiveId(UUID(text))
