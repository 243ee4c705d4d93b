"""How able somebody is, by what they answered: three ways to say it, each with its doubt."""

import enum
import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import NormalDist

import attrs

from homeroom.exams.model.adaptive.curves import (
    HIGHEST,
    LOWEST,
    Answered,
    Curve,
    gradient,
    information,
    log_likelihood,
)

_POINTS, _HALVINGS = 61, 30
_STEP = (HIGHEST - LOWEST) / (_POINTS - 1)
GRID = tuple(LOWEST + number * _STEP for number in range(_POINTS))
"""Where the integrals of EAP are summed up."""

_PRIOR = tuple(math.exp(-point * point / 2) for point in GRID)


class Method(enum.Enum):
    """How an ability is told."""

    EAP = "eap"
    """The mean of all abilities, each as likely as it is after the answers. Always there."""

    MAP = "map"
    """The likeliest of all abilities after the answers, in a population of mean 0, deviation 1."""

    MLE = "mle"
    """The ability that explains the answers best, whatever the population. When all are right or
    all are wrong there is none: then it is the bound."""


@attrs.frozen
class Ability:
    """An estimate, and its standard error."""

    value: float
    error: float

    @property
    def reliability(self) -> float:
        """Which share of the differences between persons it tells; never less than none."""
        return max(0.0, 1 - self.error * self.error)

    def interval(self, confidence: float) -> tuple[float, float]:
        """In which the true one is, as surely as *confidence* says."""
        reach = NormalDist().inv_cdf((1 + confidence) / 2) * self.error
        return self.value - reach, self.value + reach


NOTHING_KNOWN = Ability(0.0, 1.0)
"""Of somebody who answered nothing: the population's."""


def estimate(answered: Sequence[Answered], method: Method = Method.EAP) -> Ability:
    """How able they are. Who answered nothing is as the population is, whatever the method."""
    if not answered:
        return NOTHING_KNOWN
    match method:
        case Method.EAP:
            return _mean(answered)
        case Method.MAP:
            return _likeliest(answered, prior=1.0)
        case Method.MLE:
            return _likeliest(answered, prior=0.0)


def _mean(answered: Sequence[Answered]) -> Ability:
    """The mean and the deviation of what is known afterwards."""
    logs = _on_the_grid(answered)
    best = max(logs)
    weights = [prior * math.exp(one - best) for prior, one in zip(_PRIOR, logs, strict=True)]
    whole = math.fsum(weights)
    mean = math.fsum(weight * point for weight, point in zip(weights, GRID, strict=True)) / whole
    spread = math.fsum(
        weight * (point - mean) ** 2 for weight, point in zip(weights, GRID, strict=True)
    )
    return Ability(mean, math.sqrt(spread / whole))


def _likeliest(answered: Sequence[Answered], *, prior: float) -> Ability:
    """Where the likelihood is greatest, a normal prior of this precision counted in."""

    def slope(ability: float) -> float:
        return gradient(answered, ability) - prior * ability

    # With guessing there may be several tops: the grid finds the highest, halving its place.
    logs = _on_the_grid(answered)
    heights = [one - prior * point * point / 2 for one, point in zip(logs, GRID, strict=True)]
    place = heights.index(max(heights))
    low, high = GRID[max(place - 1, 0)], GRID[min(place + 1, _POINTS - 1)]
    value = GRID[place]
    if slope(low) > 0 > slope(high):
        for _ in range(_HALVINGS):
            value = (low + high) / 2
            low, high = (value, high) if slope(value) > 0 else (low, value)
    known = information((one.curve for one in answered), value) + prior
    return Ability(value, 1 / math.sqrt(known) if known > 0 else math.inf)


def _on_the_grid(answered: Sequence[Answered]) -> list[float]:
    """The `log_likelihood` at each point."""
    logs = [0.0] * _POINTS
    for one in answered:
        right, wrong, credit = *_logs_of(one.curve), one.credit
        logs = [
            log + credit * yes + (1 - credit) * no
            for log, yes, no in zip(logs, right, wrong, strict=True)
        ]
    return logs


@lru_cache(maxsize=2048)
def _logs_of(curve: Curve) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """What a right answer and a wrong one add at each point: worked out once for many tests."""
    right, wrong = (
        tuple(log_likelihood([Answered(curve, credit)], point) for point in GRID)
        for credit in (1, 0)
    )
    return right, wrong
