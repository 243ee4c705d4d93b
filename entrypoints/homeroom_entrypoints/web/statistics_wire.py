"""What exams and their questions turned out to be like, on the wire."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from homeroom.exams.model.bodies import Body
from homeroom.exams.model.choices import Multiple, Single
from homeroom.exams.model.statistics import (
    LEAST,
    ExamFigures,
    OptionFigures,
    QuestionFigures,
)
from homeroom.exams.model.sums import Interval
from homeroom.exams.use_cases.statistics import ExamMeasured, Measured, QuestionMeasured
from homeroom_entrypoints.web.cursors import write_cursor
from homeroom_entrypoints.web.wire import Wire

_DIGITS = 6

State = Literal["counted", "insufficientData"]


class IntervalAnswer(Wire, frozen=True, kw_only=True):
    """Where a correlation lies in 95 of 100 cases."""

    low: float
    high: float

    @classmethod
    def of(cls, said: Interval | None) -> "IntervalAnswer | None":
        if said is None:
            return None
        return cls(low=round(said[0], _DIGITS), high=round(said[1], _DIGITS))


class OptionFiguresAnswer(Wire, frozen=True, kw_only=True):
    """What an option turned out to be like."""

    id: str
    text: str
    is_right: bool
    chosen: int
    share: float
    """Of all who were asked, from 0 to 1."""

    mean_rest: float | None
    """What those who chose it got for the rest of the exam, from 0 to 1."""

    correlation: float | None
    """Of having chosen it with the rest of the exam; what is wrong should have less than 0."""

    interval: IntervalAnswer | None

    @classmethod
    def of(cls, option: OptionFigures, texts: Mapping[str, str]) -> "OptionFiguresAnswer":
        return cls(
            id=option.id,
            text=texts.get(option.id, option.id),
            is_right=option.is_right,
            chosen=option.chosen,
            share=round(option.share, _DIGITS),
            mean_rest=_rounded(option.mean_rest),
            correlation=_rounded(option.correlation),
            interval=IntervalAnswer.of(option.interval),
        )


class QuestionFiguresAnswer(Wire, frozen=True, kw_only=True):
    """What one edition of a question turned out to be like."""

    facility: float
    """What people got for it on the average, from 0 to 1."""

    point_biserial: float | None
    """The correlation of its mark with the whole of the exam, itself included."""

    corrected_point_biserial: float | None
    """The same with the rest of the exam: the one to go by."""

    interval: IntervalAnswer | None
    """Of the corrected one."""

    discrimination_index: float
    """What the best 27 in 100 got, less what the worst 27 in 100 got."""

    options: list[OptionFiguresAnswer]
    """What there was to choose from; none where people write or arrange."""

    flags: list[str]
    """What to look at."""

    @classmethod
    def of(cls, figures: QuestionFigures, body: Body) -> "QuestionFiguresAnswer":
        texts = _texts(body)
        return cls(
            facility=round(figures.facility, _DIGITS),
            point_biserial=_rounded(figures.point_biserial),
            corrected_point_biserial=_rounded(figures.corrected),
            interval=IntervalAnswer.of(figures.interval),
            discrimination_index=round(figures.discrimination, _DIGITS),
            options=[OptionFiguresAnswer.of(one, texts) for one in figures.options],
            flags=sorted(flag.value for flag in figures.flags),
        )


class EditionStatisticsAnswer(Wire, frozen=True, kw_only=True):
    """One edition of a question, and how people answered it in timed tests."""

    question_id: UUID
    edition: int
    type: str
    stem: str
    responses: int
    """In how many tests it was asked."""

    answered: int
    least_responses: int
    """Of fewer, nothing is told: then there are no figures."""

    state: State
    figures: QuestionFiguresAnswer | None

    @classmethod
    def of(cls, one: Measured) -> "EditionStatisticsAnswer":
        found, body = one.statistics, one.content.body
        figures = found.figures
        return cls(
            question_id=found.question_id,
            edition=found.edition,
            type=body.kind.value,
            stem=one.content.stem,
            responses=found.responses,
            answered=found.answered,
            least_responses=LEAST,
            state=_state(figures),
            figures=None if figures is None else QuestionFiguresAnswer.of(figures, body),
        )


class QuestionStatisticsAnswer(Wire, frozen=True, kw_only=True):
    """A question, and each of its editions that were asked, the first one first."""

    question_id: UUID
    exam_id: UUID
    edition: int
    """The one that it has now."""

    editions: list[EditionStatisticsAnswer]

    @classmethod
    def of(cls, found: QuestionMeasured) -> "QuestionStatisticsAnswer":
        return cls(
            question_id=found.question.id,
            exam_id=found.question.exam_id,
            edition=found.question.edition,
            editions=[EditionStatisticsAnswer.of(one) for one in found.editions],
        )


class ExamFiguresAnswer(Wire, frozen=True, kw_only=True):
    """What an exam turned out to be like. Marks are from 0 to 1, each question alike."""

    mean: float
    deviation: float
    questions: float
    """How many a test had, on the average."""

    same_questions: bool
    """Whether all had the same; if not, reliability is that of a form as they are drawn."""

    reliability: float | None
    reliability_kind: Literal["kr20", "alpha"]
    kr21: float | None
    error_of_measurement: float | None
    distribution: list[int]
    """How many came to each tenth of the mark, the lowest first."""

    @classmethod
    def of(cls, figures: ExamFigures) -> "ExamFiguresAnswer":
        return cls(
            mean=round(figures.mean, _DIGITS),
            deviation=round(figures.deviation, _DIGITS),
            questions=round(figures.length, _DIGITS),
            same_questions=figures.same_questions,
            reliability=_rounded(figures.reliability),
            reliability_kind="kr20" if figures.is_kr20 else "alpha",
            kr21=_rounded(figures.kr21),
            error_of_measurement=_rounded(figures.error),
            distribution=list(figures.distribution),
        )


class ExamStatisticsAnswer(Wire, frozen=True, kw_only=True):
    """An exam as a whole, and its questions page by page, the newest first."""

    exam_id: UUID
    sittings: int
    """How many timed tests were counted: those in which something was answered."""

    least_sittings: int
    """Of fewer, nothing is told: then there are no figures."""

    state: State
    made_at: datetime | None
    """None where nothing was counted yet."""

    figures: ExamFiguresAnswer | None
    data: list[EditionStatisticsAnswer]
    next_cursor: str | None

    @classmethod
    def of(cls, found: ExamMeasured) -> "ExamStatisticsAnswer":
        whole = found.whole
        figures = None if whole is None else whole.figures
        return cls(
            exam_id=found.exam.id,
            sittings=0 if whole is None else whole.sittings,
            least_sittings=LEAST,
            state=_state(figures),
            made_at=None if whole is None else whole.made_at,
            figures=None if figures is None else ExamFiguresAnswer.of(figures),
            data=[EditionStatisticsAnswer.of(one) for one in found.questions.items],
            next_cursor=write_cursor(found.questions.next),
        )


def _state(figures: object | None) -> State:
    return "insufficientData" if figures is None else "counted"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)


def _texts(body: Body) -> Mapping[str, str]:
    return {one.id: one.text for one in body.options} if isinstance(body, Single | Multiple) else {}
