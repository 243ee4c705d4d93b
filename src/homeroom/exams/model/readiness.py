"""Readiness: whether somebody should sit for an exam yet, and how likely they would pass."""

import enum
import math
from collections.abc import Sequence
from datetime import date, timedelta

import attrs

from homeroom.exams.model.mastery import WEAK

READY, NEARLY = 85, 70

_TESTS, _ENOUGH_TESTS = 5, 3
_ENOUGH_ANSWERS, _MANY_ANSWERS = 500, 1000
_LONG = 90
_STEADY, _MIDDLE = 5, 50
_WEEK, _LATEST = 7, 365


class Confidence(enum.Enum):
    """How much there is to say for it."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@attrs.frozen(kw_only=True)
class Evidence:
    """What readiness is judged by."""

    masteries: Sequence[float]
    """Of each objective, in percent; 0 where nothing can be told yet."""

    tests: Sequence[float]
    """What timed sittings came to, in percent, the newest last."""

    answers: int
    days: int
    """Since the first answer."""

    trend: float | None = None
    """From 0 to 100, 50 where nothing changes; None for that of the tests."""

    @property
    def last_tests(self) -> Sequence[float]:
        return self.tests[-_TESTS:]


@attrs.frozen(kw_only=True)
class Readiness:
    """In percent, and what it says."""

    percent: float
    passing: float
    """How likely they would pass, from 0 to 1."""

    weak: int
    """How many objectives are not known well yet."""

    @property
    def confidence(self) -> Confidence:
        if self.percent >= READY:
            return Confidence.HIGH
        return Confidence.MEDIUM if self.percent >= NEARLY else Confidence.LOW

    @property
    def is_ready(self) -> bool:
        """Where there is something to say for it, one weak objective may be left."""
        if self.confidence is Confidence.MEDIUM:
            return self.weak <= 1
        return self.confidence is Confidence.HIGH


def readiness_of(seen: Evidence) -> Readiness:
    weak = sum(one < WEAK for one in seen.masteries)
    known = min(100.0, 1.2 * _mean(seen.masteries))
    tested = _mean(seen.last_tests)
    strong = 100 - 100 * weak / len(seen.masteries) if seen.masteries else 0.0
    percent = (
        0.40 * known
        + 0.35 * (tested if len(seen.tests) >= _ENOUGH_TESTS else 0.0)
        + 0.10 * min(100.0, 100 * seen.answers / _ENOUGH_ANSWERS)
        + 0.10 * (trend_of(seen.tests) if seen.trend is None else seen.trend)
        + 0.05 * strong
    )
    odds = (
        -1.2
        + 2.1 * percent / 100
        + 1.8 * tested / 100
        + 0.5 * min(seen.days / _LONG, 1)
        + 0.3 * min(seen.answers / _MANY_ANSWERS, 1)
    )
    return Readiness(percent=percent, passing=1 / (1 + math.exp(-odds)), weak=weak)


def trend_of(scores: Sequence[float]) -> float:
    """Where scores go: 50, and by how much the later half is better than the earlier.

    Up to five points are none. Of an odd number, the one in the middle is of the later half.
    """
    half = len(scores) // 2
    if half == 0:
        return _MIDDLE
    change = _mean(scores[half:]) - _mean(scores[:half])
    return _MIDDLE if abs(change) <= _STEADY else min(100.0, max(0.0, _MIDDLE + change))


def ready_on(percent: float, days: int, today: date) -> date | None:
    """When they are ready if they go on as in the *days* until now.

    None after less than a week, which tells nothing, and where it would take more than a year.
    """
    if percent >= READY:
        return today
    if days < _WEEK or percent <= 0:
        return None
    left = math.ceil((READY - percent) * days / percent)
    return today + timedelta(days=left) if left <= _LATEST else None


def _mean(numbers: Sequence[float]) -> float:
    return math.fsum(numbers) / len(numbers) if numbers else 0.0
