"""The plot of the page about adaptive tests, drawn by the functions that it tells of.

`python -m homeroom_testing.adaptive_plot docs/contexts/exam-adaptive.svg` draws it anew.
"""

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import attrs

from homeroom.exams.model.adaptive.ability import Ability, estimate
from homeroom.exams.model.adaptive.curves import HIGHEST, LOWEST, Answered, Curve
from homeroom.exams.model.adaptive.pools import Pool, PoolItem
from homeroom.exams.model.adaptive.rules import Rules
from homeroom.exams.model.adaptive.selection import Chooser
from homeroom.kernel.ids import ObjectiveId, QuestionId

SHOWN = (
    ("#1b6ca8", Curve(a=1.2, b=-1)),
    ("#c1440e", Curve(a=1.7, b=1.1)),
    ("#4b7f52", Curve(a=1.5, b=0, c=0.25)),
)
TRUE_ABILITY, CUT, LENGTH = 0.8, 0.0, 30

_POINTS = 80
_WIDTH, _HEIGHT, _MARGIN = 300.0, 200.0, 45.0
_WHOLE_WIDTH, _WHOLE_HEIGHT = 3 * (_WIDTH + _MARGIN) + _MARGIN, _HEIGHT + 2 * _MARGIN
_INK = "#555"


@attrs.frozen
class Panel:
    """A place to draw in: what is from where to where, and how far to the right it stands."""

    number: int
    title: str
    across: tuple[float, float]
    up: tuple[float, float]

    def point(self, x: float, y: float) -> str:
        """Where that is, in pixels."""
        (left, right), (low, high) = self.across, self.up
        start = _MARGIN + self.number * (_WIDTH + _MARGIN)
        over = start + (x - left) / (right - left) * _WIDTH
        down = _MARGIN + (high - y) / (high - low) * _HEIGHT
        return f"{over:.1f},{down:.1f}"

    def frame(self) -> Iterator[str]:
        (left, right), (low, high) = self.across, self.up
        corners = [(left, high), (left, low), (right, low)]
        yield self.line(corners, _INK)
        yield self.text((left + right) / 2, high, self.title, lifted=12)
        for x in (left, (left + right) / 2, right):
            yield self.text(x, low, f"{x:g}", lifted=-16)
        for y in (low, high):
            yield self.text(left, y, f"{y:g}", anchor="end", lifted=-4)

    def line(
        self, points: Sequence[tuple[float, float]], colour: str, *, dashes: str = "none"
    ) -> str:
        path = " ".join(self.point(x, y) for x, y in points)
        return (
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5" '
            f'stroke-dasharray="{dashes}"/>'
        )

    def text(
        self, x: float, y: float, words: str, *, anchor: str = "middle", lifted: float = 0
    ) -> str:
        over, down = (float(part) for part in self.point(x, y).split(","))
        return (
            f'<text x="{over - 4 * (anchor == "end"):.1f}" y="{down - lifted:.1f}" '
            f'text-anchor="{anchor}" fill="{_INK}">{words}</text>'
        )


def course() -> Sequence[Ability]:
    """What is known of somebody after each answer, of a pool of 200 questions."""
    chance = random.Random(11)
    only = ObjectiveId(UUID(int=1))
    items = [
        PoolItem(
            question_id=QuestionId(UUID(int=number)),
            edition=1,
            objective_id=only,
            curve=Curve(a=1 + number % 5 / 5, b=-3 + 6 * number / 199),
        )
        for number in range(200)
    ]
    chooser = Chooser(pool=Pool(items), rules=Rules(), weights={only: Fraction(100)})
    asked, answered = list[tuple[QuestionId, ObjectiveId]](), list[Answered]()
    known = [estimate(answered)]
    for _ in range(LENGTH):
        item = chooser.next_item(known[-1].value, asked, "plot")
        if item is None:
            break
        asked.append((item.question_id, only))
        was_right = chance.random() < item.curve.probability(TRUE_ABILITY)
        answered.append(Answered(item.curve, float(was_right)))
        known.append(estimate(answered))
    return known


def drawn() -> str:
    """The whole plot, as SVG."""
    parts = [*_curves(), *_information(), *_course()]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WHOLE_WIDTH:g} '
        f'{_WHOLE_HEIGHT:g}" font-family="sans-serif" font-size="12">'
    )
    ground = '<rect width="100%" height="100%" fill="#fff"/>'
    return "\n".join([head, ground, *parts, "</svg>"]) + "\n"


def _curves() -> Iterator[str]:
    panel = Panel(0, "Probability of a right answer, by ability", (LOWEST, HIGHEST), (0, 1))
    yield from panel.frame()
    for colour, curve in SHOWN:
        yield panel.line(_points(curve.probability), colour)


def _information() -> Iterator[str]:
    panel = Panel(1, "What an answer tells, by ability", (LOWEST, HIGHEST), (0, 0.8))
    yield from panel.frame()
    for colour, curve in SHOWN:
        yield panel.line(_points(curve.information), colour)


def _course() -> Iterator[str]:
    panel = Panel(2, "Ability and its 90 % interval, by answers", (0, LENGTH), (-2, 3))
    yield from panel.frame()
    yield panel.line([(0, TRUE_ABILITY), (LENGTH, TRUE_ABILITY)], "#4b7f52", dashes="6 3")
    yield panel.line([(0, CUT), (LENGTH, CUT)], "#c1440e", dashes="2 3")
    known = list(enumerate(course()))
    for side in (0, 1):
        yield panel.line([(x, one.interval(0.9)[side]) for x, one in known], "#9bbcd6")
    yield panel.line([(x, one.value) for x, one in known], "#1b6ca8")


def _points(height: Callable[[float], float]) -> Sequence[tuple[float, float]]:
    step = (HIGHEST - LOWEST) / _POINTS
    places = [LOWEST + number * step for number in range(_POINTS + 1)]
    return [(place, height(place)) for place in places]


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(drawn(), encoding="utf-8")
