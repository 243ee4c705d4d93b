"""Badges: what there is to reach, as a table of conditions; none is ever taken back."""

import enum
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

import attrs

from homeroom.exams.model.experience import Award, Cause
from homeroom.exams.model.tiers import Learner

ENOUGH = 50
"""With fewer answers it says nothing how many of them were right."""

_HOUR, _EARLY, _LATE, _SATURDAY, _SUNDAY = 3600, 8, 22, 5, 6
_TESTS, _EXPERT, _ACE = 3, 90, 90


class Category(enum.Enum):
    """What a badge is for."""

    STREAK = "streak"
    ACCURACY = "accuracy"
    VOLUME = "volume"
    MILESTONE = "milestone"
    SPECIAL = "special"


class Rarity(enum.Enum):
    """How hard it is to get."""

    COMMON = "common"
    RARE = "rare"
    EPIC = "epic"
    LEGENDARY = "legendary"


@attrs.frozen(kw_only=True)
class Feats:
    """What somebody has done, all in all, and just now."""

    answered: int = 0
    correct: int = 0
    seconds: int = 0
    in_a_row: int = 0
    """How many answers were right one after the other, at best."""

    streak: int = 0
    """How many days they studied in a row, at best."""

    tests: int = 0
    score: Decimal | None = None
    """Of the test that is just over."""

    is_expert: bool = False
    """Whether they took the exam three times or more, with 90 % in the mean."""

    hours: frozenset[int] = frozenset()
    """In which hours of their day they just answered."""

    has_weekend: bool = False
    """Whether they studied on both days of one."""

    def is_right_in(self, percent: int) -> bool:
        """Whether so many of their answers were right, once there are enough to tell."""
        return self.answered >= ENOUGH and 100 * self.correct >= percent * self.answered


@attrs.frozen(kw_only=True)
class Badge:
    """One thing to reach."""

    id: str
    name: str
    says: str
    category: Category
    rarity: Rarity
    points: int
    reached: Callable[[Feats], bool]


def _badge(
    badge_id: str,
    name: str,
    says: str,
    of: tuple[Category, Rarity, int],
    reached: Callable[[Feats], bool],
) -> Badge:
    category, rarity, points = of
    return Badge(
        id=badge_id,
        name=name,
        says=says,
        category=category,
        rarity=rarity,
        points=points,
        reached=reached,
    )


_STREAK, _ACCURACY, _VOLUME = Category.STREAK, Category.ACCURACY, Category.VOLUME
_MILESTONE, _SPECIAL = Category.MILESTONE, Category.SPECIAL
_COMMON, _RARE, _EPIC, _LEGENDARY = Rarity

BADGES: Sequence[Badge] = (
    _badge("firstDay", "First day", "Studied for a day: five answers or more.",
           (_STREAK, _COMMON, 10), lambda of: of.streak >= 1),
    _badge("weekWarrior", "A whole week", "Studied on 7 days in a row.",
           (_STREAK, _RARE, 50), lambda of: of.streak >= 7),
    _badge("studyStreak30", "A whole month", "Studied on 30 days in a row.",
           (_STREAK, _EPIC, 200), lambda of: of.streak >= 30),
    _badge("streakLegend", "A hundred days", "Studied on 100 days in a row.",
           (_STREAK, _LEGENDARY, 1000), lambda of: of.streak >= 100),
    _badge("accuracy70", "Mostly right", "70 % of 50 answers or more were right.",
           (_ACCURACY, _COMMON, 25), lambda of: of.is_right_in(70)),
    _badge("accuracy85", "Hardly ever wrong", "85 % of 50 answers or more were right.",
           (_ACCURACY, _RARE, 75), lambda of: of.is_right_in(85)),
    _badge("accuracy95", "As good as always right", "95 % of 50 answers or more were right.",
           (_ACCURACY, _EPIC, 150), lambda of: of.is_right_in(95)),
    _badge("perfectStreak10", "Ten in a row", "10 answers in a row were right.",
           (_ACCURACY, _COMMON, 30), lambda of: of.in_a_row >= 10),
    _badge("perfectStreak50", "Fifty in a row", "50 answers in a row were right.",
           (_ACCURACY, _EPIC, 100), lambda of: of.in_a_row >= 50),
    _badge("questions100", "A hundred", "Answered 100 questions.",
           (_VOLUME, _COMMON, 20), lambda of: of.answered >= 100),
    _badge("questions1000", "A thousand", "Answered 1000 questions.",
           (_VOLUME, _RARE, 100), lambda of: of.answered >= 1000),
    _badge("questions5000", "Five thousand", "Answered 5000 questions.",
           (_VOLUME, _LEGENDARY, 300), lambda of: of.answered >= 5000),
    _badge("studyTime10h", "Ten hours", "Looked at questions for 10 hours.",
           (_VOLUME, _COMMON, 50), lambda of: of.seconds >= 10 * _HOUR),
    _badge("studyTime100h", "A hundred hours", "Looked at questions for 100 hours.",
           (_VOLUME, _EPIC, 200), lambda of: of.seconds >= 100 * _HOUR),
    _badge("firstTest", "First test", "Took an exam as it is, with half of it answered or more.",
           (_MILESTONE, _COMMON, 25), lambda of: of.tests >= 1),
    _badge("testAce", "Ace", "Reached 90 % or more in a test.",
           (_MILESTONE, _RARE, 75), lambda of: of.score is not None and of.score >= _ACE),
    _badge("examMastery", "Master", "Reached 90 % in the mean of three tests of an exam, or more.",
           (_MILESTONE, _EPIC, 150), lambda of: of.is_expert),
    _badge("earlyBird", "Early bird", "Answered before 8 in the morning.",
           (_SPECIAL, _COMMON, 15), lambda of: any(hour < _EARLY for hour in of.hours)),
    _badge("nightOwl", "Night owl", "Answered at 10 in the evening, or later.",
           (_SPECIAL, _COMMON, 15), lambda of: any(hour >= _LATE for hour in of.hours)),
    _badge("weekendWarrior", "All weekend", "Studied on a Saturday and the Sunday after it.",
           (_SPECIAL, _COMMON, 20), lambda of: of.has_weekend),
)  # fmt: skip
"""All there is to reach, by kind."""

_BY_ID = {one.id: one for one in BADGES}


def badge_called(badge_id: str) -> Badge | None:
    return _BY_ID.get(badge_id)


def reached_by(feats: Feats) -> Sequence[Badge]:
    """All that *feats* are enough for, whether they were reached before or not."""
    return [one for one in BADGES if one.reached(feats)]


def hours_of(awards: Iterable[Award], learner: Learner) -> frozenset[int]:
    """In which hours of their day something was answered."""
    answers = (one.at for one in awards if one.cause is Cause.ANSWER and one.answered)
    return frozenset(at.astimezone(learner.clocks).hour for at in answers)


def has_weekend(days: Collection[date]) -> bool:
    """Whether a Saturday and the Sunday after it are both among *days* of study."""
    saturdays = {day.toordinal() for day in days if day.weekday() == _SATURDAY}
    return any(day.weekday() == _SUNDAY and day.toordinal() - 1 in saturdays for day in days)


def is_expert(scores: Sequence[Decimal]) -> bool:
    """Of whom so many tests of an exam came to so much."""
    return len(scores) >= _TESTS and sum(scores) >= _EXPERT * len(scores)


@attrs.frozen(kw_only=True)
class Earned:
    """A badge that somebody has, and since when."""

    badge: Badge
    at: datetime


def earned_among(awards: Iterable[Award]) -> Sequence[Earned]:
    """The badges among *awards*, in their order."""
    known = ((badge_called(one.key), one) for one in awards if one.cause is Cause.BADGE)
    return [Earned(badge=badge, at=one.at) for badge, one in known if badge is not None]
