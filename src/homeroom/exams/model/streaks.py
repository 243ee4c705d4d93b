"""Streaks: on how many days in a row somebody studied, as days are lived where they live."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo

import attrs

from homeroom.exams.model.days import day_in

ENOUGH = 5
"""So many answers make a day of study."""

_DAY = timedelta(days=1)


@attrs.frozen(kw_only=True)
class Streak:
    """Days in a row; today counts as soon as it is one of study, and breaks none before."""

    days: int
    today: int
    """How many answers were given today."""


def streak_of(instants: Iterable[datetime], zone: tzinfo, *, at: datetime) -> Streak:
    """By when answers were given. A day is one on the calendar of *zone*, however long it was."""
    answered = Counter(day_in(zone, one) for one in instants)
    today = day_in(zone, at)
    day = today if _studied(answered, today) else today - _DAY
    days = 0
    while _studied(answered, day):
        days, day = days + 1, day - _DAY
    return Streak(days=days, today=answered[today])


def _studied(answered: Counter[date], day: date) -> bool:
    return answered[day] >= ENOUGH
