"""Plans: what to study next for an exam, how much of it, and until when."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction

import attrs

from homeroom.exams.achievement_errors import BadPlan
from homeroom.exams.model.mastery import WEAK, Mastery
from homeroom.exams.model.overviews import Overview
from homeroom.exams.model.streaks import ENOUGH
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import ObjectiveId

_TARGETS, _HOURS, _FURTHEST = (50, 100), (0.5, 12.0), 3653
_MINUTES_EACH, _POINTS_AN_HOUR = 3, 10
_URGENT, _DAY = 50, timedelta(days=1)
_EASIEST, _MIDDLE, _HARDEST, _STEP = 1.0, 3.0, 5.0, 0.5
_TEN, _TOO_EASY, _TOO_HARD = 10, Fraction(85, 100), Fraction(65, 100)
_USUAL_DAYS, _MOST_A_DAY = 30, 100


@attrs.frozen(kw_only=True)
class Aim:
    """What a plan is to reach."""

    target: int = 80
    """How well each objective is to be known, in percent."""

    hours: float = 2.0
    """How long they study in a day."""

    until: date | None = None

    def expect_sound(self, today: date) -> None:
        """Raises `BadPlan`."""
        problems = list[Problem]()
        if not _TARGETS[0] <= self.target <= _TARGETS[1]:
            problems.append(Problem("targetScore", f"must be from {_TARGETS[0]} to {_TARGETS[1]}"))
        if not _HOURS[0] <= self.hours <= _HOURS[1]:
            problems.append(Problem("dailyHours", f"must be from {_HOURS[0]:g} to {_HOURS[1]:g}"))
        if self.until is not None and not 0 <= (self.until - today).days <= _FURTHEST:
            problems.append(Problem("targetDate", "must be today or later, within ten years"))
        if problems:
            raise BadPlan(problems=problems)


@attrs.frozen(kw_only=True)
class Section:
    """What there is to do for one objective."""

    objective_id: ObjectiveId
    mastery: Mastery
    target: int
    questions: int
    hours: int

    @property
    def priority(self) -> str:
        if self.mastery.percent < _URGENT:
            return "high"
        return "low" if self.mastery.percent >= WEAK else "medium"


@attrs.frozen(kw_only=True)
class Plan:
    """What to study, the most urgent first, and when one is through with it."""

    sections: Sequence[Section]
    aim: Aim
    today: date

    @property
    def hours(self) -> int:
        return sum(one.hours for one in self.sections)

    @property
    def questions(self) -> int:
        return sum(one.questions for one in self.sections)

    @property
    def days(self) -> int:
        """How many it takes, today among them."""
        return math.ceil(self.hours / self.aim.hours)

    @property
    def done_on(self) -> date:
        return self.today + max(0, self.days - 1) * _DAY

    @property
    def fits(self) -> bool:
        """Whether one is through in time."""
        return self.aim.until is None or self.done_on <= self.aim.until

    @property
    def hours_needed(self) -> float | None:
        """In a day, to be through in time; None where there is no date to be through by."""
        if self.aim.until is None:
            return None
        return self.hours / ((self.aim.until - self.today).days + 1)


def plan_of(masteries: Mapping[ObjectiveId, Mastery], aim: Aim, today: date) -> Plan:
    """What is known as well as it is to be is left out."""
    every = [_section(one, mastery, aim) for one, mastery in masteries.items()]
    left = [one for one in every if one.questions]
    return Plan(sections=sorted(left, key=lambda one: one.mastery.percent), aim=aim, today=today)


def difficulty_of(worth: Sequence[Fraction]) -> float:
    """How hard the next questions should be, from 1 to 5, by answers with the newest first.

    From 3 on, each ten answers make it half a step harder where more than 85 % were right, and
    easier where fewer than 65 % were.
    """
    difficulty, oldest_first = _MIDDLE, worth[::-1]
    for begin in range(0, len(oldest_first) - _TEN + 1, _TEN):
        right = sum(oldest_first[begin : begin + _TEN], Fraction(0)) / _TEN
        step = _STEP * ((right > _TOO_EASY) - (right < _TOO_HARD))
        difficulty = min(_HARDEST, max(_EASIEST, difficulty + step))
    return difficulty


def daily_target(plan: Plan) -> int:
    """How many questions to answer in a day: until the date, or within a month."""
    until = plan.aim.until
    days = _USUAL_DAYS if until is None else (until - plan.today).days + 1
    return min(_MOST_A_DAY, max(ENOUGH, math.ceil(plan.questions / days)))


@attrs.frozen(kw_only=True)
class Tip:
    """One sentence of advice, and what it is called."""

    code: str
    says: str


def tips_for(seen: Overview) -> Sequence[Tip]:
    """What is worth doing next, the first thing first."""
    needed = max(0, ENOUGH - seen.streak.today)
    last = [one.outcome.passed for one in seen.tests[:1]]
    tips = {
        "review": (seen.due > 0, f"Review what is due: {seen.due} questions wait."),
        "streak": (
            seen.streak.days > 0 and needed > 0,
            f"Answer {needed} more questions today, and your streak goes on.",
        ),
        "weakAreas": (bool(seen.weak), "Study your weak areas, the weakest first."),
        "simulate": (
            not seen.tests and not seen.weak,
            "Take the exam once as it is: nothing tells more of how ready you are.",
        ),
        "goOver": (last == [False], "Go through your last test, question by question."),
        "ready": (seen.readiness.is_ready, "You are ready. Set your exam date, and rest before."),
    }
    return [Tip(code=code, says=says) for code, (applies, says) in tips.items() if applies]


def _section(objective_id: ObjectiveId, mastery: Mastery, aim: Aim) -> Section:
    gap = max(0.0, aim.target - mastery.percent)
    questions = max(mastery.needed, math.ceil(gap)) if gap else 0
    hours = math.ceil(questions * _MINUTES_EACH / 60 + gap / _POINTS_AN_HOUR) if gap else 0
    return Section(
        objective_id=objective_id,
        mastery=mastery,
        target=aim.target,
        questions=questions,
        hours=hours,
    )
