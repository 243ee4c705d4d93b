"""Earnings: what a sitting comes to, and the days, weeks and streaks that it is a part of."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

import attrs

from homeroom.exams.model.answers import ALL
from homeroom.exams.model.experience import (
    AGAIN,
    FIRST,
    GOAL,
    MILESTONE,
    Award,
    Cause,
    for_session,
    for_test,
    paid,
)
from homeroom.exams.model.progress import Attempt, attempts_in
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.model.streaks import ENOUGH
from homeroom.exams.model.tiers import Learner, Tier
from homeroom.kernel.ids import ExamId, PersonId, QuestionId, SittingId

LONGEST_LOOK = 600
"""So many seconds of one answer count at most: how long somebody looked, they say themselves."""

_FIRST_MILESTONES, _EACH = (7, 14, 30, 60, 100), 100
_DAY = timedelta(days=1)


@attrs.frozen(kw_only=True)
class Run:
    """Days of study in a row."""

    begins: date
    days: int

    @property
    def milestones(self) -> Sequence[int]:
        """7, 14, 30, 60, 100 days, and every hundred after, as far as it reaches."""
        later = range(_FIRST_MILESTONES[-1] + _EACH, self.days + 1, _EACH)
        return [one for one in (*_FIRST_MILESTONES, *later) if one <= self.days]


@attrs.frozen(kw_only=True)
class Earner:
    """Whose awards these are, when they are booked, and on which calendar."""

    learner: Learner
    exam_id: ExamId | None
    sitting_id: SittingId
    at: datetime

    @property
    def person_id(self) -> PersonId:
        return self.learner.person_id

    @property
    def is_premium(self) -> bool:
        return self.learner.tier is Tier.PREMIUM

    @property
    def today(self) -> date:
        return self.learner.day(self.at)

    def award(
        self, cause: Cause, key: object, points: int = 0, *, on: date | None = None, streak: int = 0
    ) -> Award:
        """With a fifth more than *points*, where their tier gives that."""
        return Award(
            person_id=self.person_id,
            cause=cause,
            key=str(key),
            at=self.at,
            day=on or self.today,
            points=points if cause is Cause.BADGE else paid(points, premium=self.is_premium),
            streak=streak,
            exam_id=self.exam_id,
            sitting_id=self.sitting_id,
        )


def earned_in(sitting: Sitting, tried: Iterable[Award], earner: Earner) -> Sequence[Award]:
    """What *sitting*, which is over, comes to; *tried* are answers to its questions in others.

    All of it is worth nothing where the sitting does not count.
    """
    awards = [*_of_answers(sitting, tried, earner), *_of_the_whole(sitting, earner)]
    return [one.void for one in awards] if sitting.invalidation else awards


def run_through(studied: Mapping[date, int], day: date) -> Run:
    """The days of study in a row that *day* is one of; none, if it is none itself."""
    if studied.get(day, 0) < ENOUGH:
        return Run(begins=day, days=0)
    begins = ends = day
    while studied.get(begins - _DAY, 0) >= ENOUGH:
        begins -= _DAY
    while studied.get(ends + _DAY, 0) >= ENOUGH:
        ends += _DAY
    return Run(begins=begins, days=(ends - begins).days + 1)


def for_days(
    touched: Iterable[date], studied: Mapping[date, int], earner: Earner
) -> Sequence[Award]:
    """What the days and the streaks are worth that were *touched* by new answers."""
    awards = list[Award]()
    for day in touched:
        run = run_through(studied, day)
        if run.days:
            key = f"{earner.exam_id}:{day}"
            awards.append(earner.award(Cause.DAY, key, on=day, streak=run.days))
        awards += [
            earner.award(Cause.STREAK, f"{run.begins}:{one}", MILESTONE, on=day)
            for one in run.milestones
        ]
    return awards


def for_weeks(
    touched: Iterable[date], studied: Mapping[date, int], goal: int | None, earner: Earner
) -> Sequence[Award]:
    """What the weeks are worth in which as much was answered as they wanted to."""
    if goal is None:
        return []
    weeks = dict.fromkeys(monday_of(day) for day in touched)
    return [
        earner.award(
            Cause.WEEKLY_GOAL, week, GOAL, on=max(week, min(week + 6 * _DAY, earner.today))
        )
        for week in weeks
        if answered_in_week(studied, week) >= goal
    ]


def monday_of(day: date) -> date:
    return day - day.weekday() * _DAY


def answered_in_week(studied: Mapping[date, int], week: date) -> int:
    return sum(studied.get(week + number * _DAY, 0) for number in range(7))


def _of_answers(sitting: Sitting, tried: Iterable[Award], earner: Earner) -> Iterator[Award]:
    before = dict[QuestionId | None, list[Award]]()
    for one in tried:
        before.setdefault(one.question_id, []).append(one)
    for attempt in attempts_in(sitting):
        right = attempt.credit >= ALL
        points = _for_answer(attempt, before.get(attempt.question_id, []), earner) if right else 0
        yield Award(
            person_id=attempt.person_id,
            cause=Cause.ANSWER,
            key=f"{sitting.id}:{attempt.question_id}",
            at=attempt.at,
            day=earner.learner.day(attempt.at),
            points=paid(points, premium=earner.is_premium),
            answered=1,
            correct=int(right),
            seconds=min(attempt.seconds, LONGEST_LOOK),
            exam_id=sitting.exam_id,
            sitting_id=sitting.id,
            question_id=attempt.question_id,
        )


def _for_answer(attempt: Attempt, tried: Sequence[Award], earner: Earner) -> int:
    """What is known already pays once a day."""
    own = attempt.at, f"{attempt.sitting_id}:{attempt.question_id}"
    earlier = [one for one in tried if (one.at, one.key) < own]
    if not earlier:
        return FIRST
    today = earner.learner.day(attempt.at)
    known = any(one.correct and one.day == today for one in earlier)
    return 0 if known else AGAIN


def _of_the_whole(sitting: Sitting, earner: Earner) -> Iterator[Award]:
    if sitting.score is None:
        return
    answered = sitting.score.total - sitting.score.skipped
    cause, worth = Cause.SESSION, for_session(answered)
    if sitting.mode.is_timed:
        cause = Cause.TEST
        worth = for_test(sitting.score.percent, answered, sitting.score.total)
    ended_at = sitting.ended_at or earner.at
    if worth:
        yield Award(
            person_id=sitting.person_id,
            cause=cause,
            key=str(sitting.id),
            at=ended_at,
            day=earner.learner.day(ended_at),
            points=paid(worth, premium=earner.is_premium),
            exam_id=sitting.exam_id,
            sitting_id=sitting.id,
        )
