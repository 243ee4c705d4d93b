"""Achievers: what a learner has come to, what they aim at, and whether boards show them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated

import attrs

from homeroom.exams.achievement_errors import BadGoals
from homeroom.exams.model.badges import Badge, Feats
from homeroom.exams.model.experience import Award, Booking, Cause, level_of
from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import InstitutionId, PersonId
from homeroom.kernel.privacy import Personal
from homeroom.published.exams import BadgeEarned, BadgeName, LevelReached

DAILY, WEEKLY = (5, 500), (25, 3500)
"""From how many answers on something is a goal, and up to how many."""


@attrs.frozen(kw_only=True)
class Goals:
    """How many answers somebody wants to give; None where they set themselves none."""

    daily: int | None = None
    weekly: int | None = None

    def expect_sound(self) -> None:
        """Raises `BadGoals`."""
        problems = list[Problem]()
        for name, goal, (least, most) in (
            ("dailyQuestions", self.daily, DAILY),
            ("weeklyQuestions", self.weekly, WEEKLY),
        ):
            if goal is not None and not least <= goal <= most:
                problems.append(Problem(name, f"must be from {least} to {most}, or left empty"))
        if problems:
            raise BadGoals(problems=problems)


@attrs.define(kw_only=True)
class Achiever(Aggregate):
    """Somebody who studies, and what they came to: held by whoever books anything for them."""

    person_id: PersonId
    institution_id: InstitutionId
    points: int = 0
    answered: int = 0
    correct: int = 0
    seconds: int = 0
    in_a_row: int = 0
    """How many of their last answers were right, one after the other."""

    best_in_a_row: int = 0
    best_streak: int = 0
    tests: int = 0
    goals: Goals = Goals()
    listed: bool = False
    """Whether boards show them: only where they said so themselves."""

    alias: Annotated[str, Personal] = ""
    """What boards call them; never what they are called."""

    @property
    def level(self) -> int:
        return level_of(self.points)

    @property
    def feats(self) -> Feats:
        return Feats(
            answered=self.answered,
            correct=self.correct,
            seconds=self.seconds,
            in_a_row=self.best_in_a_row,
            streak=self.best_streak,
            tests=self.tests,
        )

    def take(self, bookings: Iterable[Booking], *, at: datetime) -> None:
        """Add up what was booked. A level that was reached once is not told twice in a row."""
        before = self.level
        for one in sorted(bookings, key=lambda one: one.award.at):
            self.points += one.points
            self.answered += one.answered
            self.correct += one.correct
            self.seconds += one.seconds
            self.best_streak = max(self.best_streak, one.award.streak)
            self.tests += one.is_new and one.award.cause is Cause.TEST
            if one.is_new and one.award.answered:
                self._go_on(one.award)
        if self.level > before:
            self._tell_level(at)

    def earn(self, badges: Sequence[Badge], *, at: datetime) -> None:
        """They have these from now on."""
        for one in badges:
            self.record(
                BadgeEarned(
                    occurred_at=at,
                    institution_id=self.institution_id,
                    person_id=self.person_id,
                    badge=BadgeName(one.id),
                )
            )

    def aim(self, goals: Goals) -> None:
        """Raises `BadGoals`."""
        goals.expect_sound()
        self.goals = goals

    def come_out(self, alias: str) -> None:
        """Boards show them from now on, and call them that."""
        self.listed, self.alias = True, alias

    def hide(self) -> None:
        """No board shows them, and what boards called them is forgotten."""
        self.listed, self.alias = False, ""

    def _go_on(self, award: Award) -> None:
        self.in_a_row = self.in_a_row + 1 if award.correct else 0
        self.best_in_a_row = max(self.best_in_a_row, self.in_a_row)

    def _tell_level(self, at: datetime) -> None:
        self.record(
            LevelReached(
                occurred_at=at,
                institution_id=self.institution_id,
                person_id=self.person_id,
                level=self.level,
            )
        )
