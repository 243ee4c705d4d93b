"""Statistics as rows; their figures as texts of JSON."""

import json
from typing import Any

from homeroom.exams.model.statistics import (
    ExamFigures,
    ExamStatistics,
    Flag,
    OptionFigures,
    QuestionFigures,
    QuestionStatistics,
    Seen,
)
from homeroom.kernel.ids import ExamId, InstitutionId, QuestionId
from homeroom_adapters.sql.rows import Row

Cells = dict[str, object]

_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def exam_cells(found: ExamStatistics) -> Cells:
    return {
        "exam_id": found.exam_id,
        "institution_id": found.institution_id,
        "sittings": found.sittings,
        "figures": None if found.figures is None else _exam_text(found.figures),
        "made_at": found.made_at,
        "seen": found.seen.sittings,
        "seen_versions": found.seen.versions,
        "seen_last": found.seen.last,
    }


def exam_from(row: Row) -> ExamStatistics:
    return ExamStatistics(
        exam_id=ExamId(row.exam_id),
        institution_id=InstitutionId(row.institution_id),
        sittings=row.sittings,
        figures=None if row.figures is None else _exam_figures(json.loads(row.figures)),
        made_at=row.made_at,
        seen=Seen(sittings=row.seen, versions=row.seen_versions, last=row.seen_last),
    )


def question_cells(found: QuestionStatistics) -> Cells:
    return {
        "question_id": found.question_id,
        "edition": found.edition,
        "exam_id": found.exam_id,
        "responses": found.responses,
        "answered": found.answered,
        "figures": None if found.figures is None else _question_text(found.figures),
    }


def question_from(row: Row) -> QuestionStatistics:
    return QuestionStatistics(
        exam_id=ExamId(row.exam_id),
        question_id=QuestionId(row.question_id),
        edition=row.edition,
        responses=row.responses,
        answered=row.answered,
        figures=None if row.figures is None else _question_figures(json.loads(row.figures)),
    )


def _exam_text(figures: ExamFigures) -> str:
    said = {
        "mean": figures.mean,
        "deviation": figures.deviation,
        "length": figures.length,
        "sameQuestions": figures.same_questions,
        "reliability": figures.reliability,
        "isKr20": figures.is_kr20,
        "kr21": figures.kr21,
        "error": figures.error,
        "distribution": figures.distribution,
    }
    return _write(said)


def _exam_figures(said: Any) -> ExamFigures:
    return ExamFigures(
        mean=said["mean"],
        deviation=said["deviation"],
        length=said["length"],
        same_questions=said["sameQuestions"],
        reliability=said["reliability"],
        is_kr20=said["isKr20"],
        kr21=said["kr21"],
        error=said["error"],
        distribution=tuple(said["distribution"]),
    )


def _question_text(figures: QuestionFigures) -> str:
    said = {
        "facility": figures.facility,
        "pointBiserial": figures.point_biserial,
        "corrected": figures.corrected,
        "interval": figures.interval,
        "discrimination": figures.discrimination,
        "options": [
            [
                *(one.id, one.is_right, one.chosen, one.share),
                *(one.mean_rest, one.correlation, one.interval),
            ]
            for one in figures.options
        ],
        "flags": sorted(flag.value for flag in figures.flags),
    }
    return _write(said)


def _question_figures(said: Any) -> QuestionFigures:
    return QuestionFigures(
        facility=said["facility"],
        point_biserial=said["pointBiserial"],
        corrected=said["corrected"],
        interval=_interval(said["interval"]),
        discrimination=said["discrimination"],
        options=tuple(
            OptionFigures(
                id=name,
                is_right=is_right,
                chosen=chosen,
                share=share,
                mean_rest=mean_rest,
                correlation=correlation,
                interval=_interval(interval),
            )
            for name, is_right, chosen, share, mean_rest, correlation, interval in said["options"]
        ),
        flags=frozenset(map(Flag, said["flags"])),
    )


def _interval(said: Any) -> tuple[float, float] | None:
    return None if said is None else (said[0], said[1])
