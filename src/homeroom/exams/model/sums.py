"""Sums of pairs of numbers, exactly, and how the two go together.

Shares of a mark are counted in whole parts of a thousand million, so that sums are whole numbers:
whoever counts in another order, or again, comes to the very same.
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Self

import attrs

PARTS = 10**9
"""In how many parts one is counted."""

_WIDTH = 1.959963984540054
"""How many standard errors lie to each side of a value in 95 of 100 cases."""

Interval = tuple[float, float]


def in_parts(share: Fraction) -> int:
    """*share* in the parts that are counted here."""
    return round(share * PARTS)


@attrs.define
class Pairs:
    """What is kept of pairs of numbers, both in parts, however many they are."""

    n: int = 0
    x: int = 0
    y: int = 0
    xx: int = 0
    yy: int = 0
    xy: int = 0

    @classmethod
    def of(cls, pairs: Sequence[tuple[Fraction, Fraction]]) -> Self:
        counted = cls()
        for x, y in pairs:
            counted.count(in_parts(x), in_parts(y))
        return counted

    def count(self, x: int, y: int) -> None:
        self.n += 1
        self.x += x
        self.y += y
        self.xx += x * x
        self.yy += y * y
        self.xy += x * y

    @property
    def mean(self) -> float:
        """Of the first of each."""
        return self.x / (self.n * PARTS)

    @property
    def variance(self) -> float:
        """Of the first of each, as if they were all there are."""
        return _spread(self.n, self.x, self.xx) / (self.n * PARTS) ** 2

    @property
    def correlation(self) -> float | None:
        """Pearson's r; None where one of the two never changes."""
        across = _spread(self.n, self.x, self.xx) * _spread(self.n, self.y, self.yy)
        if across == 0:
            return None
        together = self.n * self.xy - self.x * self.y
        return min(1.0, max(-1.0, together / math.sqrt(across)))


def interval(correlation: float, n: int) -> Interval | None:
    """Where a correlation of *n* pairs lies in 95 of 100 cases, by Fisher's z; None of so few
    that nothing can be said."""
    if n <= 3:
        return None
    if abs(correlation) == 1:
        return correlation, correlation
    middle, reach = math.atanh(correlation), _WIDTH / math.sqrt(n - 3)
    return math.tanh(middle - reach), math.tanh(middle + reach)


def _spread(n: int, one: int, squared: int) -> int:
    return n * squared - one * one
