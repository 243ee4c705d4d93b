"""Adaptive tests on the wire: what is asked of them, and what is told of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from homeroom.exams.model.adaptive.ability import Method
from homeroom.exams.model.adaptive.curves import Curve
from homeroom.exams.model.adaptive.rules import MOST_ITEMS, SUREST, WIDEST, Rules
from homeroom.exams.model.adaptive.sheets import AdaptiveSheet, Outcome, Passed
from homeroom.exams.model.answers import LONGEST_ANSWER, MOST, Answer
from homeroom.exams.use_cases.calibrating import PoolEntry
from homeroom.kernel.ids import ExamId, QuestionId
from homeroom_entrypoints.web.sheets_wire import ServedQuestion
from homeroom_entrypoints.web.wire import Wire

_Word = Annotated[str, msgspec.Meta(max_length=LONGEST_ANSWER)]
_Count = Annotated[int, msgspec.Meta(ge=1, le=MOST_ITEMS)]
_MOST_SAID = 1000
_USUAL = Rules()


class BeginAdaptiveBody(Wire, frozen=True, kw_only=True):
    exam_id: UUID
    fewest: _Count = _USUAL.fewest
    most: _Count = _USUAL.most
    standard_error: Annotated[float, msgspec.Meta(ge=0, le=2)] = _USUAL.error
    """Small enough to stop at; 0 is never."""

    confidence: Annotated[float, msgspec.Meta(ge=0.5, le=SUREST)] = _USUAL.confidence
    stop_when_settled: bool = _USUAL.settles
    """End as soon as one is surely above or below the cut."""

    method: Literal["eap", "map", "mle"] = "eap"
    among: Annotated[int, msgspec.Meta(ge=1, le=WIDEST)] = _USUAL.among
    """One is drawn of so many questions that tell most."""

    @property
    def exam(self) -> ExamId:
        return ExamId(self.exam_id)

    @property
    def rules(self) -> Rules:
        return Rules(
            fewest=self.fewest,
            most=self.most,
            error=self.standard_error,
            confidence=self.confidence,
            settles=self.stop_when_settled,
            method=Method(self.method),
            among=self.among,
        )


class AnswerAdaptiveBody(Wire, frozen=True, kw_only=True):
    question_id: UUID
    answer: _Word | Annotated[list[_Word], msgspec.Meta(max_length=MOST)]
    """Ids of what is chosen, or the text; several in a list. An empty one counts as wrong."""

    @property
    def question(self) -> QuestionId:
        return QuestionId(self.question_id)

    @property
    def said(self) -> Answer:
        if isinstance(self.answer, str):
            return (self.answer,) if self.answer else ()
        return tuple(self.answer)


class PassedAnswer(Wire, frozen=True, kw_only=True):
    """A question that was answered, and what was known after it."""

    question_id: UUID
    objective_id: UUID
    credit: float
    ability: float
    standard_error: float

    @classmethod
    def of(cls, passed: Passed) -> "PassedAnswer":
        return cls(
            question_id=passed.question_id,
            objective_id=passed.objective_id,
            credit=float(passed.credit),
            ability=passed.ability.value,
            standard_error=passed.ability.error,
        )


class OutcomeAnswer(Wire, frozen=True, kw_only=True):
    """What an adaptive test came to, on the scale of abilities: 0 is the average, 1 a deviation."""

    ability: float
    standard_error: float
    low: float
    high: float
    cut: float
    """The ability that passes."""

    verdict: str
    """`passed`, `failed`, or `unsettled` where the cut is between `low` and `high`."""

    stop: str
    course: list[PassedAnswer]

    @classmethod
    def of(cls, outcome: Outcome) -> "OutcomeAnswer":
        low, high = outcome.interval
        return cls(
            ability=outcome.ability.value,
            standard_error=outcome.ability.error,
            low=low,
            high=high,
            cut=outcome.cut,
            verdict=outcome.verdict.value,
            stop=outcome.stop.value,
            course=[PassedAnswer.of(one) for one in outcome.course],
        )


class AdaptiveAnswer(Wire, frozen=True, kw_only=True):
    """An adaptive test: the question that waits for an answer, or what it came to."""

    id: UUID
    exam_id: UUID
    status: str
    """`active` or `over`."""

    started_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    answered_count: int
    most: int
    question: ServedQuestion | None
    outcome: OutcomeAnswer | UnsetType = UNSET
    """Left out until it is over."""

    @classmethod
    def of(cls, sheet: AdaptiveSheet) -> "AdaptiveAnswer":
        own = sheet.sitting
        return cls(
            id=own.id,
            exam_id=own.exam_id,
            status="active" if own.is_active else "over",
            started_at=own.began_at,
            expires_at=own.ends_at,
            ended_at=own.ended_at,
            answered_count=len(own.answered),
            most=own.terms.rules.most,
            question=ServedQuestion.of(sheet.question) if sheet.question else None,
            outcome=OutcomeAnswer.of(sheet.outcome) if sheet.outcome else UNSET,
        )


class CurveBody(Wire, frozen=True, kw_only=True):
    """What a question is like: the logistic model, without a factor of 1.7."""

    question_id: UUID
    a: float
    b: float
    c: float = 0.0
    d: float = 1.0


class CurvesBody(Wire, frozen=True):
    items: Annotated[list[CurveBody], msgspec.Meta(min_length=1, max_length=_MOST_SAID)]

    def __post_init__(self) -> None:
        if len({one.question_id for one in self.items}) < len(self.items):
            raise ValueError("say each question once")

    @property
    def curves(self) -> Mapping[QuestionId, Curve]:
        return {
            QuestionId(one.question_id): Curve(a=one.a, b=one.b, c=one.c, d=one.d)
            for one in self.items
        }


class KeptCurvesAnswer(Wire, frozen=True):
    kept: int


class PoolEntryAnswer(Wire, frozen=True, kw_only=True):
    """A question that adaptive tests choose from, and what is known of it."""

    question_id: UUID
    edition: int
    objective_id: UUID
    source: str
    """`assumed` from its difficulty, `said` by somebody, or `learnt` from answers."""

    a: float
    b: float
    c: float
    d: float
    a_error: float | None
    b_error: float | None
    answers: int | None
    """How many it was learnt from."""

    @classmethod
    def of(cls, entry: PoolEntry) -> "PoolEntryAnswer":
        known, curve = entry.known, entry.curve
        return cls(
            question_id=entry.question_id,
            edition=entry.edition,
            objective_id=entry.objective_id,
            source=entry.source.value,
            a=curve.a,
            b=curve.b,
            c=curve.c,
            d=curve.d,
            a_error=known.a_error if known else None,
            b_error=known.b_error if known else None,
            answers=known.answers if known else None,
        )


class PoolAnswer(Wire, frozen=True):
    data: list[PoolEntryAnswer]
    next_cursor: str | None


class CalibrationAnswer(Wire, frozen=True):
    """A worker is at it, or will be."""

    job_id: UUID
