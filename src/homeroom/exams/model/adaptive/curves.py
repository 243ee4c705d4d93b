"""How likely a right answer is, and how much it tells: the logistic model with up to 4 parameters.

    P = c + (d - c) / (1 + exp(-a (ability - b)))

There is no factor of 1.7 in it: whoever brings parameters of the normal metric multiplies `a` by
1.7 first. With `d = 1` it is the model of 3 parameters, with `c = 0` besides that of 2, and with
`a = 1` besides that of 1.
"""

import math
from collections.abc import Callable, Iterable, Iterator

import attrs

from homeroom.exams.errors import BadParameters
from homeroom.kernel.errors import Problem

LOWEST, HIGHEST = -4.0, 4.0
"""Abilities are looked for in between, in standard deviations of those who learn."""

_STEEPEST, _FARTHEST = 10.0, 10.0
_HALVINGS = 24
_FAR = 700.0
"""Beyond it, `exp` is out of the range of a float."""


@attrs.frozen(kw_only=True)
class Curve:
    """What an answer to one question depends on."""

    a: float = 1.0
    """How sharply it tells apart."""

    b: float = 0.0
    """How hard it is: the ability at which half of those who do not guess are right."""

    c: float = 0.0
    """How often who knows nothing is right."""

    d: float = 1.0
    """How often who knows everything is right."""

    def problems(self) -> Iterator[Problem]:
        if not 0 < self.a <= _STEEPEST:
            yield Problem("a", f"must be above 0, and at most {_STEEPEST:g}")
        if not abs(self.b) <= _FARTHEST:
            yield Problem("b", f"must be from {-_FARTHEST:g} to {_FARTHEST:g}")
        if not 0 <= self.c < 1:
            yield Problem("c", "must be from 0 to less than 1")
        if not self.c < self.d <= 1:
            yield Problem("d", "must be above c, and at most 1")

    def expect_sound(self) -> None:
        """Raises `BadParameters` with all that is wrong."""
        if problems := list(self.problems()):
            raise BadParameters(problems=problems)

    def probability(self, ability: float) -> float:
        """Of a right answer."""
        return self.c + (self.d - self.c) * _logistic(self.a * (ability - self.b))

    def information(self, ability: float) -> float:
        """How much an answer tells of an ability near this one."""
        logistic = _logistic(self.a * (ability - self.b))
        span = self.d - self.c
        right = self.c + span * logistic
        slope = self.a * span * logistic * (1 - logistic)
        doubt = right * (1 - right)
        return slope * slope / doubt if doubt > 0 else 0.0

    def slope(self, ability: float) -> float:
        """By how much a right answer gets likelier with ability."""
        logistic = _logistic(self.a * (ability - self.b))
        return self.a * (self.d - self.c) * logistic * (1 - logistic)


@attrs.frozen
class Answered:
    """A question, by its curve, and how much of it was right: from 0 to 1."""

    curve: Curve
    credit: float


def log_likelihood(answered: Iterable[Answered], ability: float) -> float:
    """How well *ability* explains what was answered; 0 is perfectly. A part of a mark counts
    for its share: by so much as if it were right, and by the rest as if it were wrong."""
    total = 0.0
    for one in answered:
        right = one.curve.probability(ability)
        total += one.credit * _log(right) + (1 - one.credit) * _log(1 - right)
    return total


def gradient(answered: Iterable[Answered], ability: float) -> float:
    """By how much `log_likelihood` grows with ability."""
    total = 0.0
    for one in answered:
        right = one.curve.probability(ability)
        doubt = right * (1 - right)
        if doubt > 0:
            total += one.curve.slope(ability) * (one.credit - right) / doubt
    return total


def information(curves: Iterable[Curve], ability: float) -> float:
    """How much answers to all of them tell: the sum."""
    return math.fsum(one.information(ability) for one in curves)


def expected_share(curves: Iterable[Curve], ability: float) -> float:
    """Which share of these questions somebody of *ability* is expected to have right."""
    likely = [one.probability(ability) for one in curves]
    return math.fsum(likely) / len(likely)


def ability_for(expected: Callable[[float], float], share: float) -> float:
    """The ability of which *share* is *expected*, between the bounds. It must grow with it."""
    low, high = LOWEST, HIGHEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if expected(middle) < share else (low, middle)
    return (low + high) / 2


def _logistic(logit: float) -> float:
    if logit >= 0:
        return 1 / (1 + math.exp(-min(logit, _FAR)))
    grown = math.exp(max(logit, -_FAR))
    return grown / (1 + grown)


def _log(share: float) -> float:
    return math.log(max(share, 1e-300))
