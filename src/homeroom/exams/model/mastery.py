"""Mastery: how well somebody knows an objective, by what they answered lately."""

import enum
import math
from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction

import attrs

LAST = 50
"""So many answers tell of an objective, the newest the most."""

LATELY = timedelta(days=30)
"""None that is older does."""

ENOUGH, CERTAIN = 5, 20
"""With fewer answers than the first nothing is told, and from the second on none is missing."""

WEAK = 70
"""Whoever is below does not know it well yet, in percent."""

_FADING, _NORMAL = 0.1, 1.96


class Level(enum.Enum):
    """What mastery is called."""

    UNKNOWN = "insufficientData"
    BEGINNER = "beginner"
    DEVELOPING = "developing"
    PROFICIENT = "proficient"
    ADVANCED = "advanced"
    EXPERT = "expert"


_FROM = (
    (96, Level.EXPERT),
    (81, Level.ADVANCED),
    (61, Level.PROFICIENT),
    (31, Level.DEVELOPING),
)


@attrs.frozen(kw_only=True)
class Mastery:
    """What the last answers to an objective tell, in percent."""

    percent: float
    low: float
    high: float
    """Between these two it is, as far as so few answers can tell: 95 times of 100."""

    answers: int

    @property
    def is_known(self) -> bool:
        return self.answers >= ENOUGH

    @property
    def is_weak(self) -> bool:
        """Also where too little was answered to tell: what nobody knows of is nothing to trust."""
        return self.percent < WEAK

    @property
    def level(self) -> Level:
        if not self.is_known:
            return Level.UNKNOWN
        return next((level for least, level in _FROM if self.percent >= least), Level.BEGINNER)

    @property
    def needed(self) -> int:
        """How many more answers make it certain; or tell anything at all, where none can yet."""
        return max(0, (CERTAIN if self.is_known else ENOUGH) - self.answers)

    @property
    def variance(self) -> float:
        """Of the percentage."""
        return self.percent * (100 - self.percent) / self.answers if self.answers else 0.0


def mastery_of(worth: Sequence[Fraction]) -> Mastery:
    """By what answers were worth, the newest first: each counts e^-0.1 of the one after it."""
    last = worth[:LAST]
    if len(last) < ENOUGH:
        return Mastery(percent=0.0, low=0.0, high=0.0, answers=len(last))
    weights = [math.exp(-_FADING * place) for place in range(len(last))]
    gained = math.fsum(
        weight * float(min(max(credit, Fraction(0)), Fraction(1)))
        for weight, credit in zip(weights, last, strict=True)
    )
    percent = min(100.0, 100 * gained / math.fsum(weights))
    margin = _NORMAL * math.sqrt(percent * (100 - percent) / len(last))
    return Mastery(
        percent=percent,
        low=max(0.0, percent - margin),
        high=min(100.0, percent + margin),
        answers=len(last),
    )
