"""Experience: what learners earn, cause by cause, and which level it makes."""

import enum
import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import attrs

from homeroom.kernel.ids import ExamId, PersonId, QuestionId, SittingId

FIRST, AGAIN = 10, 5
"""For a right answer to a question that was never answered before, and to one that was."""

SESSION, TEST, PERFECT = 25, 100, 200
MILESTONE, GOAL, OBJECTIVE, READY = 50, 100, 150, 500

FEWEST = 5
"""With fewer answers nobody has studied, and a session pays nothing."""

_LONG = ((50, Fraction(3, 2)), (25, Fraction(6, 5)))
_GOOD = ((95, Fraction(2)), (85, Fraction(3, 2)), (75, Fraction(6, 5)))
_PLAIN, _PREMIUM = Fraction(1), Fraction(6, 5)


class Cause(enum.Enum):
    """What something is earned for."""

    ANSWER = "answer"
    SESSION = "session"
    TEST = "test"
    DAY = "day"
    """A day of study: it pays nothing itself, and says how many there were in a row."""

    STREAK = "streak"
    WEEKLY_GOAL = "weeklyGoal"
    OBJECTIVE = "objective"
    READY = "ready"
    BADGE = "badge"

    @property
    def is_judged(self) -> bool:
        """Whether it is what a sitting came to, and changes with its judgement."""
        return self in (Cause.ANSWER, Cause.SESSION, Cause.TEST)


@attrs.frozen(kw_only=True)
class Award:
    """What somebody earned for one cause. A cause and its key pay once, whoever asks how often."""

    person_id: PersonId
    cause: Cause
    key: str
    """Which one of its kind it is."""

    at: datetime
    day: date
    """As it was where they live."""

    points: int = 0
    answered: int = 0
    correct: int = 0
    seconds: int = 0
    streak: int = 0
    exam_id: ExamId | None = None
    sitting_id: SittingId | None = None
    """Which one brought it, where one did."""

    question_id: QuestionId | None = None
    """Which one was answered."""

    @property
    def name(self) -> tuple[Cause, str]:
        return self.cause, self.key

    @property
    def void(self) -> "Award":
        """It, worth nothing: what it was for does not count."""
        return attrs.evolve(self, points=0, answered=0, correct=0, seconds=0)

    def as_first_booked(self, known: "Award") -> "Award":
        """What *known* becomes: it stays on its day, and only what a sitting came to is worth
        something else if that is judged again."""
        longer = attrs.evolve(known, streak=max(self.streak, known.streak))
        if not self.cause.is_judged:
            return longer
        return attrs.evolve(
            longer,
            points=self.points,
            answered=self.answered,
            correct=self.correct,
            seconds=self.seconds,
        )


@attrs.frozen(kw_only=True)
class Booking:
    """An award that is new, or worth something else than before."""

    award: Award
    before: Award | None = None

    @property
    def is_new(self) -> bool:
        return self.before is None

    @property
    def points(self) -> int:
        """How many more they have."""
        return self.award.points - (self.before.points if self.before else 0)

    @property
    def answered(self) -> int:
        return self.award.answered - (self.before.answered if self.before else 0)

    @property
    def correct(self) -> int:
        return self.award.correct - (self.before.correct if self.before else 0)

    @property
    def seconds(self) -> int:
        return self.award.seconds - (self.before.seconds if self.before else 0)


def level_of(points: int) -> int:
    """`(points / 100)` to the power of two thirds, without a fraction; 1 at least."""
    squared = points * points // 10_000
    level = round(math.cbrt(squared))
    while level**3 > squared:
        level -= 1
    while (level + 1) ** 3 <= squared:
        level += 1
    return max(1, level)


def to_next(points: int) -> int:
    """How many points there are to the next level: `100 · (level + 1)` to the power of 1.5."""
    return math.isqrt(10_000 * (level_of(points) + 1) ** 3) - points


def paid(points: int | Fraction, *, premium: bool) -> int:
    """What is paid for *points*: a fifth more with a premium tier, and whole points only."""
    return int(points * (_PREMIUM if premium else _PLAIN))


def for_session(answered: int) -> Fraction:
    """What it is worth to be through with a session."""
    return SESSION * _factor(answered, _LONG) if answered >= FEWEST else Fraction(0)


def for_test(percent: Decimal, answered: int, questions: int) -> Fraction:
    """What a test is worth; nothing where less than half of it was answered."""
    if 2 * answered < questions:
        return Fraction(0)
    return TEST * _factor(percent, _GOOD) + (PERFECT if percent == 100 else 0)


def points_in(awards: Iterable[Award]) -> int:
    return sum(one.points for one in awards)


def _factor(reached: int | Decimal, steps: Sequence[tuple[int, Fraction]]) -> Fraction:
    return next((factor for least, factor in steps if reached >= least), _PLAIN)
