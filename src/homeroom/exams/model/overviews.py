"""Overviews: all that can be told of a person and an exam, in one look."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction

import attrs

from homeroom.exams.model.catalogue import Exam
from homeroom.exams.model.mastery import Mastery
from homeroom.exams.model.progress import ObjectiveCount, Standing
from homeroom.exams.model.readiness import Evidence, Readiness, readiness_of, ready_on
from homeroom.exams.model.streaks import Streak
from homeroom.exams.model.summaries import Summary
from homeroom.kernel.ids import ObjectiveId

_NORMAL, _CRITICAL = 1.96, 60


@attrs.frozen(kw_only=True)
class Prediction:
    """What somebody would reach, in percent, and between which two, 95 times of 100."""

    percent: float
    low: float
    high: float


@attrs.frozen(kw_only=True)
class Overview:
    """How far somebody is with an exam."""

    exam: Exam
    standing: Standing
    masteries: Mapping[ObjectiveId, Mastery]
    """Of each objective that the exam asks questions for, in the order of its outline."""

    covered: float
    """How many percent of the questions that may be asked now they answered before."""

    readiness: Readiness
    prediction: Prediction | None
    """None until enough was answered of an objective."""

    ready_on: date | None
    tests: Sequence[Summary]
    """Timed sittings that are over, the newest first."""

    streak: Streak
    due: int
    """How many questions are to be seen again now."""

    @property
    def weak(self) -> Sequence[ObjectiveId]:
        """What is not known well yet, the weakest first."""
        below = [one for one, mastery in self.masteries.items() if mastery.is_weak]
        return sorted(below, key=lambda one: self.masteries[one].percent)

    def count(self, objective_id: ObjectiveId) -> ObjectiveCount | None:
        """None where nothing was answered yet."""
        return self.standing.objectives.get(objective_id)


def evidence_of(
    standing: Standing, masteries: Sequence[Mastery], tests: Sequence[Summary], *, days: int
) -> Evidence:
    """What readiness is judged by; *tests* are the newest first."""
    return Evidence(
        masteries=[one.percent for one in masteries],
        tests=[float(one.outcome.percent) for one in reversed(tests)],
        answers=standing.answered,
        days=days,
    )


def judged(seen: Evidence, today: date) -> tuple[Readiness, date | None]:
    """How ready they are, and when they will be."""
    readiness = readiness_of(seen)
    return readiness, ready_on(readiness.percent, seen.days, today)


def predicted(
    masteries: Mapping[ObjectiveId, Mastery], weights: Mapping[ObjectiveId, Fraction]
) -> Prediction | None:
    """The mean of what is known, by the weights of the exam; what is not known is left out."""
    known = {one: mastery for one, mastery in masteries.items() if mastery.is_known}
    whole = math.fsum(float(weights[one]) for one in known)
    if not whole:
        return None
    shares = {one: float(weights[one]) / whole for one in known}
    percent = math.fsum(shares[one] * mastery.percent for one, mastery in known.items())
    spread = math.fsum(shares[one] ** 2 * mastery.variance for one, mastery in known.items())
    margin = _NORMAL * math.sqrt(spread)
    return Prediction(
        percent=percent, low=max(0.0, percent - margin), high=min(100.0, percent + margin)
    )


def priority(mastery: Mastery) -> str:
    """How urgent it is to study an objective that is not known well yet."""
    return "critical" if mastery.percent < _CRITICAL else "improvement"
