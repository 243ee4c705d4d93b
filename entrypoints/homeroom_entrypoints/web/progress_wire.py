"""Progress on the wire: how far somebody is with an exam, and what they should see again."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from homeroom.exams.model.mastery import ENOUGH
from homeroom.exams.model.overviews import Overview, priority
from homeroom.exams.model.progress import Due, Study
from homeroom.exams.model.summaries import Summary
from homeroom.kernel.ids import ObjectiveId
from homeroom_entrypoints.web.wire import Wire

_HOUR, _SECOND = 3600, timedelta(seconds=1)


class StudiedExam(Wire, frozen=True, kw_only=True):
    id: UUID
    code: str
    name: str


class IntervalAnswer(Wire, frozen=True, kw_only=True):
    """Between these it is, 95 times of 100."""

    low: float
    high: float


class OverallAnswer(Wire, frozen=True, kw_only=True):
    """All objectives together."""

    progress: float
    """How many percent of the questions that may be asked now were answered before."""

    readiness_score: float
    confidence: str
    """How much there is to say for it: low, medium or high."""

    is_ready: bool
    pass_probability: float
    """From 0 to 1."""

    predicted_score: float | None
    """In percent; null until enough was answered."""

    confidence_interval: IntervalAnswer | None
    estimated_ready_date: date | None
    """If it goes on as before; null where that cannot be told, or would be in more than a year."""

    exam_at: datetime | None
    """When I am examined, as far as I told."""

    questions_answered: int
    accuracy: float | None
    study_time_hours: float
    due_count: int
    """How many questions are to be seen again now."""

    streak_days: int
    answered_today: int


class ObjectiveProgress(Wire, frozen=True, kw_only=True):
    """How far one is with an objective."""

    id: UUID
    name: str
    weight: float
    mastery: float
    mastery_level: str
    confidence_interval: IntervalAnswer
    questions_answered: int
    questions_needed: int
    """How many more make it certain."""

    accuracy: float | None
    """How many percent of all answers were wholly right; null without any."""

    last_reviewed: datetime | None
    review_due: datetime | None
    """When the next of its questions is to be seen again."""


class WeakArea(Wire, frozen=True, kw_only=True):
    """An objective that is not known well yet."""

    objective_id: UUID
    topic: str
    accuracy: float | None
    priority: str
    recommended_questions: int


class TestTaken(Wire, frozen=True, kw_only=True):
    """A timed sitting that is over."""

    __test__ = False  # no test of ours

    test_id: UUID
    date: datetime
    score: float
    passed: bool
    time_taken: int
    """In seconds."""


class OverviewAnswer(Wire, frozen=True, kw_only=True):
    """How far somebody is with an exam."""

    exam: StudiedExam
    overall: OverallAnswer
    objectives: list[ObjectiveProgress]
    weak_areas: list[WeakArea]
    """The weakest first."""

    test_history: list[TestTaken]
    """The newest first."""

    @classmethod
    def of(cls, seen: Overview) -> "OverviewAnswer":
        exam = seen.exam
        return cls(
            exam=StudiedExam(id=exam.id, code=exam.outline.code, name=exam.outline.name),
            overall=_overall(seen),
            objectives=[_objective(seen, one) for one in seen.masteries],
            weak_areas=[_weak(seen, one) for one in seen.weak],
            test_history=[_test(one) for one in seen.tests],
        )


class DueAnswer(Wire, frozen=True, kw_only=True):
    """A question that is to be seen again."""

    question_id: UUID
    objective_id: UUID
    due_at: datetime
    reviews: int
    """How often it was seen."""

    streak: int
    """How often in a row it was right."""


class DuesAnswer(Wire, frozen=True):
    data: list[DueAnswer]

    @classmethod
    def of(cls, due: Sequence[Due]) -> "DuesAnswer":
        return cls(
            [
                DueAnswer(
                    question_id=one.question_id,
                    objective_id=one.objective_id,
                    due_at=one.due_at,
                    reviews=one.reviews,
                    streak=one.streak,
                )
                for one in due
            ]
        )


class ExamDateBody(Wire, frozen=True):
    exam_date: date | None
    """The day on which I am examined, where I live; null for none."""


class ExamDateAnswer(Wire, frozen=True, kw_only=True):
    exam_at: datetime | None
    review_by: datetime | None
    """Nothing is to be seen again for the first time after this."""

    @classmethod
    def of(cls, study: Study) -> "ExamDateAnswer":
        return cls(exam_at=study.examined_at, review_by=study.deadline)


def _overall(seen: Overview) -> OverallAnswer:
    standing, guess = seen.standing, seen.prediction
    seconds = sum(one.seconds for one in standing.objectives.values())
    return OverallAnswer(
        progress=round(seen.covered, 1),
        readiness_score=round(seen.readiness.percent, 1),
        confidence=seen.readiness.confidence.value,
        is_ready=seen.readiness.is_ready,
        pass_probability=round(seen.readiness.passing, 4),
        predicted_score=round(guess.percent, 1) if guess else None,
        confidence_interval=_interval(guess.low, guess.high) if guess else None,
        estimated_ready_date=seen.ready_on,
        exam_at=standing.examined_at,
        questions_answered=standing.answered,
        accuracy=_accuracy(standing.correct, standing.answered),
        study_time_hours=round(seconds / _HOUR, 2),
        due_count=seen.due,
        streak_days=seen.streak.days,
        answered_today=seen.streak.today,
    )


def _objective(seen: Overview, objective_id: ObjectiveId) -> ObjectiveProgress:
    mastery, count = seen.masteries[objective_id], seen.count(objective_id)
    return ObjectiveProgress(
        id=objective_id,
        name=_name(seen, objective_id),
        weight=float(seen.exam.outline.weights[objective_id]),
        mastery=round(mastery.percent, 1),
        mastery_level=mastery.level.value,
        confidence_interval=_interval(mastery.low, mastery.high),
        questions_answered=count.answered if count else 0,
        questions_needed=mastery.needed,
        accuracy=_accuracy(count.correct, count.answered) if count else None,
        last_reviewed=count.last_at if count else None,
        review_due=count.due_at if count else None,
    )


def _weak(seen: Overview, objective_id: ObjectiveId) -> WeakArea:
    mastery, count = seen.masteries[objective_id], seen.count(objective_id)
    return WeakArea(
        objective_id=objective_id,
        topic=_name(seen, objective_id),
        accuracy=_accuracy(count.correct, count.answered) if count else None,
        priority=priority(mastery),
        recommended_questions=max(mastery.needed, ENOUGH),
    )


def _test(summary: Summary) -> TestTaken:
    ended_at = summary.ended_at or summary.ends_at
    return TestTaken(
        test_id=summary.id,
        date=ended_at,
        score=float(summary.outcome.percent),
        passed=summary.outcome.passed,
        time_taken=(ended_at - summary.began_at) // _SECOND,
    )


def _name(seen: Overview, objective_id: ObjectiveId) -> str:
    return next(one.name for one in seen.exam.outline.objectives if one.id == objective_id)


def _accuracy(correct: int, answered: int) -> float | None:
    return round(100 * correct / answered, 1) if answered else None


def _interval(low: float, high: float) -> IntervalAnswer:
    return IntervalAnswer(low=round(low, 1), high=round(high, 1))
