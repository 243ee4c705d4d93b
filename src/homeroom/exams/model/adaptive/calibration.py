"""What questions are like, learnt from answers: a and b by marginal likelihood, with their errors.

Nobody's ability is known, and so it is summed over (Bock and Aitkin): by what is believed of the
questions, each person is spread over the points of a grid; by where persons then are, each
question gets a curve that fits better; and so on, until nothing moves. The scale is that of the
persons: their mean is 0, their deviation 1.

Weak priors keep a question that everybody has right within bounds: a has mean 1 and deviation 1,
and the intercept -ab has mean 0 and deviation 3. A few hundred persons outweigh them.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import attrs

from homeroom.exams.model.adaptive.curves import Curve

_POINTS = 25
_GRID = tuple(-4.0 + 8.0 * number / (_POINTS - 1) for number in range(_POINTS))
_DENSITY = tuple(math.exp(-point * point / 2) for point in _GRID)
_MASS = math.fsum(_DENSITY)
_PRIOR = tuple(one / _MASS for one in _DENSITY)

_FLATTEST, _STEEPEST = 0.05, 6.0
_A_MEAN, _A_PRECISION, _INTERCEPT_PRECISION = 1.0, 1.0, 1 / 9
_STEPS = 4
"""Of Newton's, for each question in each round."""

Person = tuple[tuple[int, bool], ...]
"""Which questions somebody answered, by their places, and whether they were right."""


@attrs.frozen(kw_only=True)
class Fitted:
    """What was learnt of a question."""

    curve: Curve
    a_error: float
    b_error: float
    answers: int


@attrs.frozen
class Calibration:
    """What was learnt of all of them."""

    items: tuple[Fitted, ...]
    rounds: int
    settled: bool
    """Whether nothing moved any more."""


@attrs.frozen(kw_only=True)
class MarginalCalibrator:
    """Fits models of two parameters. It may be asked to give up early."""

    most_rounds: int = 200
    tolerance: float = 0.002

    def __call__(self, persons: Iterable[Person], items: int) -> Calibration:
        counted = Counter(tuple(sorted(one)) for one in persons if one)
        state = _State([(1.0, 0.0)] * items, counted)
        for number in range(1, self.most_rounds + 1):
            if state.improve() < self.tolerance:
                return Calibration(state.fitted(), number, settled=True)
        return Calibration(state.fitted(), self.most_rounds, settled=False)


Line = tuple[float, float]
"""Slope and intercept of a question's logit."""


@attrs.define
class _State:
    """What is believed of the questions by now."""

    lines: list[Line]
    counted: Counter[Person]

    def improve(self) -> float:
        """One round; by how much anything moved."""
        likely = self._likely()
        asked = [[0.0] * _POINTS for _ in self.lines]
        right = [[0.0] * _POINTS for _ in self.lines]
        for person, count in self.counted.items():
            spread = [count * share for share in _whereabouts(person, likely)]
            for item, was_right in person:
                _add(asked[item], spread)
                if was_right:
                    _add(right[item], spread)
        before = self.lines
        self.lines = [_fit(line, asked[item], right[item]) for item, line in enumerate(before)]
        return max(
            (
                max(abs(new[0] - old[0]), abs(new[1] - old[1]))
                for new, old in zip(self.lines, before, strict=True)
            ),
            default=0.0,
        )

    def fitted(self) -> tuple[Fitted, ...]:
        """With errors by the products of the persons' own scores, each question by itself."""
        likely = self._likely()
        known = [[_A_PRECISION, 0.0, _INTERCEPT_PRECISION] for _ in self.lines]
        answers = [0] * len(self.lines)
        for person, count in self.counted.items():
            spread = _whereabouts(person, likely)
            for item, was_right in person:
                slope, level = _score(spread, likely[item], was_right)
                known[item][0] += count * slope * slope
                known[item][1] += count * slope * level
                known[item][2] += count * level * level
                answers[item] += count
        return tuple(
            _told(line, (one[0], one[1], one[2]), number)
            for line, one, number in zip(self.lines, known, answers, strict=True)
        )

    def _likely(self) -> list[list[float]]:
        """How likely a right answer is, for each question at each point."""
        return [
            [1 / (1 + math.exp(-(slope * point + level))) for point in _GRID]
            for slope, level in self.lines
        ]


def _whereabouts(person: Person, likely: Sequence[Sequence[float]]) -> list[float]:
    """Where on the grid somebody is, by their answers: shares that sum to 1."""
    shares = list(_PRIOR)
    for item, was_right in person:
        row = likely[item]
        if was_right:
            shares = [share * one for share, one in zip(shares, row, strict=True)]
        else:
            shares = [share * (1 - one) for share, one in zip(shares, row, strict=True)]
        whole = sum(shares)
        if whole < 1e-200:
            shares = [share / whole for share in shares]
    whole = math.fsum(shares)
    return [share / whole for share in shares]


def _add(row: list[float], more: Sequence[float]) -> None:
    for place, one in enumerate(more):
        row[place] += one


def _fit(line: Line, asked: Sequence[float], right: Sequence[float]) -> Line:
    """A line that fits better where persons are believed to be."""
    slope, level = line
    for _ in range(_STEPS):
        up_slope = -_A_PRECISION * (slope - _A_MEAN)
        up_level = -_INTERCEPT_PRECISION * level
        aa, ab, bb = _A_PRECISION, 0.0, _INTERCEPT_PRECISION
        for point, number, hits in zip(_GRID, asked, right, strict=True):
            likely = 1 / (1 + math.exp(-(slope * point + level)))
            off, weight = hits - number * likely, number * likely * (1 - likely)
            up_slope += off * point
            up_level += off
            aa += weight * point * point
            ab += weight * point
            bb += weight
        whole = aa * bb - ab * ab
        slope += (bb * up_slope - ab * up_level) / whole
        level += (aa * up_level - ab * up_slope) / whole
        slope = min(max(slope, _FLATTEST), _STEEPEST)
        level = min(max(level, -12.0), 12.0)
    return slope, level


def _score(
    spread: Sequence[float], likely: Sequence[float], was_right: bool
) -> tuple[float, float]:
    """How somebody's answer pulls at slope and level."""
    slope = level = 0.0
    for point, share, one in zip(_GRID, spread, likely, strict=True):
        off = share * ((1.0 if was_right else 0.0) - one)
        slope += off * point
        level += off
    return slope, level


def _told(line: Line, known: tuple[float, float, float], answers: int) -> Fitted:
    slope, level = line
    aa, ab, bb = known
    whole = aa * bb - ab * ab
    slope_variance, level_variance, together = bb / whole, aa / whole, -ab / whole
    # b is -level / slope, and its error follows from theirs.
    by_slope, by_level = level / (slope * slope), -1 / slope
    b_variance = (
        by_slope * by_slope * slope_variance
        + by_level * by_level * level_variance
        + 2 * by_slope * by_level * together
    )
    return Fitted(
        curve=Curve(a=slope, b=min(max(-level / slope, -10.0), 10.0)),
        a_error=math.sqrt(slope_variance),
        b_error=math.sqrt(max(b_variance, 0.0)),
        answers=answers,
    )
