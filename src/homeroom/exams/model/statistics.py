"""What questions turned out to be like, by how people answered them; and an exam as a whole."""

import enum
from collections.abc import Iterator, Mapping
from datetime import datetime

import attrs

from homeroom.exams.model.reliability import alpha, error_of_measurement, kr21, of_a_sample
from homeroom.exams.model.sums import PARTS, Interval, interval
from homeroom.exams.model.tallies import ChoiceTally, ExamTally, Group, QuestionTally, upper_lower
from homeroom.kernel.ids import ExamId, InstitutionId, QuestionId

LEAST = 10
"""Of how many answers something is told at the least: of fewer, numbers are chance."""

LEAST_TO_SUSPECT = 30
"""Of how many answers a key is suspected at the least."""

TOO_HARD, TOO_EASY = 0.3, 0.9
POOR, WEAK = 0.1, 0.2
DEAD = 0.05
"""A wrong option that fewer than this share of people choose misleads nobody."""

_BINS = 10


class Flag(enum.Enum):
    """What to look at."""

    TOO_EASY = "tooEasy"
    TOO_HARD = "tooHard"
    WEAK = "weakDiscrimination"
    """It hardly tells those who know from those who do not."""

    POOR = "poorDiscrimination"
    """It does not tell them apart at all."""

    NEGATIVE = "negativeDiscrimination"
    """Those who know less do better in it."""

    DEAD_DISTRACTOR = "deadDistractor"
    """One of its wrong options misleads nobody."""

    MIS_KEYED = "misKeyed"
    """Its key is likely to be wrong."""


@attrs.frozen(kw_only=True)
class OptionFigures:
    """What an option turned out to be like."""

    id: str
    is_right: bool
    chosen: int
    share: float
    """Of all who were asked."""

    mean_rest: float | None
    """What those who chose it got for the rest of the exam, from 0 to 1; None if nobody did."""

    correlation: float | None
    """Of having chosen it with the rest of the exam: good where it is right, bad elsewhere."""

    interval: Interval | None


@attrs.frozen(kw_only=True)
class QuestionFigures:
    """What one edition of a question turned out to be like."""

    facility: float
    """What people got for it on the average, from 0 to 1."""

    point_biserial: float | None
    """The correlation of its mark with the whole of the exam; None where one never changes."""

    corrected: float | None
    """The same with the rest of the exam, without itself: this one counts."""

    interval: Interval | None
    """Where `corrected` lies in 95 of 100 cases."""

    discrimination: float
    """D27, from -1 to 1."""

    options: tuple[OptionFigures, ...]
    flags: frozenset[Flag]


@attrs.frozen(kw_only=True)
class QuestionStatistics:
    """What is known of one edition of a question."""

    exam_id: ExamId
    question_id: QuestionId
    edition: int
    responses: int
    """In how many timed sittings it was asked."""

    answered: int
    figures: QuestionFigures | None
    """None of fewer than `LEAST` responses."""

    @property
    def is_suspected(self) -> bool:
        """Whether its key is likely to be wrong."""
        return self.figures is not None and Flag.MIS_KEYED in self.figures.flags


@attrs.frozen(kw_only=True)
class ExamFigures:
    """What an exam turned out to be like. Marks are shares from 0 to 1, each question alike."""

    mean: float
    deviation: float
    length: float
    """How many questions a sitting had, on the average."""

    same_questions: bool
    """Whether all had the same; if not, what follows is of a form as they are drawn."""

    reliability: float | None
    """Cronbach's alpha; None where nothing can be said."""

    is_kr20: bool
    """Whether every answer was right or wrong, so that `reliability` is KR-20."""

    kr21: float | None
    """What KR-20 would be if all questions were equally hard; None where it is not KR-20."""

    error: float | None
    """How far a mark lies from what somebody knows, as a standard deviation (SEM)."""

    distribution: tuple[int, ...]
    """How many came to each tenth; the last one has those who got everything right, too."""


@attrs.frozen(kw_only=True)
class Seen:
    """Of which sittings statistics were made. Where it differs, they are to be made anew."""

    sittings: int
    versions: int
    """Of these sittings, summed: it tells when one was judged anew."""

    last: datetime | None


@attrs.frozen(kw_only=True)
class ExamStatistics:
    """What is known of an exam as a whole."""

    exam_id: ExamId
    institution_id: InstitutionId
    sittings: int
    """How many were counted: those in which something was answered."""

    figures: ExamFigures | None
    """None of fewer than `LEAST` sittings."""

    made_at: datetime
    seen: Seen


def question_statistics(exam_id: ExamId, tally: ExamTally) -> Iterator[QuestionStatistics]:
    """Of every edition that was asked."""
    for (question_id, edition), one in sorted(tally.questions.items(), key=lambda it: it[0]):
        responses = one.with_rest.n
        if not responses:
            continue
        yield QuestionStatistics(
            exam_id=exam_id,
            question_id=question_id,
            edition=edition,
            responses=responses,
            answered=one.answered,
            figures=question_figures(one) if responses >= LEAST else None,
        )


def question_figures(tally: QuestionTally) -> QuestionFigures:
    """The figures of *tally*, which has at least one response in it."""
    n, corrected = tally.with_rest.n, tally.with_rest.correlation
    figures = QuestionFigures(
        facility=tally.with_rest.mean,
        point_biserial=tally.with_total.correlation,
        corrected=corrected,
        interval=None if corrected is None else interval(corrected, n),
        discrimination=upper_lower(tally.by_total, n),
        options=tuple(_option(name, one, tally) for name, one in tally.choices.items()),
        flags=frozenset(),
    )
    return attrs.evolve(figures, flags=frozenset(_flags(figures, n)))


def exam_figures(tally: ExamTally) -> ExamFigures:
    """The figures of *tally*, which has at least one sitting in it."""
    n, variance, length = tally.totals.n, tally.totals.variance, tally.length
    of_totals = variance * length**2
    reliability = alpha(length, tally.of_questions, of_totals)
    deviation = of_a_sample(variance, n)
    asked = [one.with_rest for one in tally.questions.values() if one.with_rest.n]
    is_kr20 = all(one.xx == one.x * PARTS for one in asked)
    return ExamFigures(
        mean=tally.totals.mean,
        deviation=deviation,
        length=length,
        same_questions=all(one.n == n for one in asked),
        reliability=reliability,
        is_kr20=is_kr20,
        kr21=kr21(length, tally.totals.mean * length, of_totals) if is_kr20 else None,
        error=None if reliability is None else error_of_measurement(deviation, reliability),
        distribution=_distribution(tally.by_total),
    )


def _option(name: str, choice: ChoiceTally, tally: QuestionTally) -> OptionFigures:
    together = tally.of_choice(choice)
    correlation = together.correlation
    chosen = choice.chosen
    return OptionFigures(
        id=name,
        is_right=choice.is_right,
        chosen=chosen,
        share=chosen / together.n,
        mean_rest=choice.rests / (chosen * PARTS) if chosen else None,
        correlation=correlation,
        interval=None if correlation is None else interval(correlation, together.n),
    )


def _flags(figures: QuestionFigures, n: int) -> Iterator[Flag]:
    if figures.facility > TOO_EASY:
        yield Flag.TOO_EASY
    if figures.facility < TOO_HARD:
        yield Flag.TOO_HARD
    if any(not one.is_right and one.share < DEAD for one in figures.options):
        yield Flag.DEAD_DISTRACTOR
    if figures.corrected is None:
        return
    if figures.corrected < 0:
        yield Flag.NEGATIVE
    elif figures.corrected < POOR:
        yield Flag.POOR
    elif figures.corrected < WEAK:
        yield Flag.WEAK
    if n >= LEAST_TO_SUSPECT and _is_mis_keyed(figures):
        yield Flag.MIS_KEYED


def _is_mis_keyed(figures: QuestionFigures) -> bool:
    """Those who know more do worse in it, and that is not by chance; or it may be by chance, and
    yet they choose something that is held to be wrong, and that is not."""
    if figures.corrected is None or figures.corrected >= 0:
        return False
    surely_worse = figures.interval is not None and figures.interval[1] < 0
    return surely_worse or any(
        not one.is_right and one.share >= DEAD and one.interval is not None and one.interval[0] > 0
        for one in figures.options
    )


def _distribution(groups: Mapping[int, Group]) -> tuple[int, ...]:
    bins = [0] * _BINS
    for step, group in groups.items():
        bins[min(_BINS - 1, step * _BINS // 1000)] += group.n
    return tuple(bins)
