"""How an adaptive test goes: how long it lasts, what it settles, and how often a question shows."""

import enum
from collections.abc import Iterator

import attrs

from homeroom.exams.errors import BadSitting
from homeroom.exams.model.adaptive.ability import Ability, Method
from homeroom.kernel.errors import Problem

MOST_ITEMS, WIDEST, SUREST = 100, 20, 0.999


class Verdict(enum.Enum):
    """On which side of the cut somebody is."""

    PASSED = "passed"
    FAILED = "failed"
    UNSETTLED = "unsettled"
    """The cut is as likely on this side as on that, by how sure one wants to be."""


class Stop(enum.Enum):
    """Why a test is over."""

    SETTLED = "settled"
    """The cut is outside of the interval of confidence."""

    PRECISE = "precise"
    """The standard error is small enough."""

    LONG_ENOUGH = "longEnough"
    NOTHING_LEFT = "nothingLeft"
    """No question is left in the pool."""

    TIME = "time"
    LEFT = "left"
    """Somebody ended it before its time."""


@attrs.frozen(kw_only=True)
class Rules:
    """What an adaptive test is ended by, and chosen by."""

    fewest: int = 5
    most: int = 30
    error: float = 0.3
    """A standard error that is small enough; 0 is never."""

    confidence: float = 0.9
    """How sure one is before one says passed or failed."""

    settles: bool = True
    """Whether it ends as soon as it can be said."""

    method: Method = Method.EAP
    among: int = 3
    """One is drawn of so many that tell most, so that not everybody meets the same."""

    most_shown: float = 0.6
    """The share of tests in which a question may have been shown, as long as there are others."""

    def expect_sound(self) -> None:
        """Raises `BadSitting` with all that is wrong."""
        if problems := list(self._problems()):
            raise BadSitting(problems=problems)

    def _problems(self) -> Iterator[Problem]:
        if not 1 <= self.fewest <= self.most:
            yield Problem("fewest", "must be from 1 to the most")
        if not 1 <= self.most <= MOST_ITEMS:
            yield Problem("most", f"must be from 1 to {MOST_ITEMS}")
        if not 0 <= self.error <= 2:
            yield Problem("error", "must be from 0, which is never, to 2")
        if not 0.5 <= self.confidence <= SUREST:
            yield Problem("confidence", f"must be from 0.5 to {SUREST}")
        if not 1 <= self.among <= WIDEST:
            yield Problem("among", f"must be from 1 to {WIDEST}")
        if not 0 < self.most_shown <= 1:
            yield Problem("mostShown", "must be above 0, and at most 1")

    def verdict(self, ability: Ability, cut: float) -> Verdict:
        """What can be said by now; a cut on the very edge of the interval is not settled."""
        low, high = ability.interval(self.confidence)
        if low > cut:
            return Verdict.PASSED
        return Verdict.FAILED if high < cut else Verdict.UNSETTLED

    def stop(self, ability: Ability, cut: float, count: int) -> Stop | None:
        """Whether it is over after *count* answers, and why."""
        if count >= self.most:
            return Stop.LONG_ENOUGH
        if count < self.fewest:
            return None
        if self.settles and self.verdict(ability, cut) is not Verdict.UNSETTLED:
            return Stop.SETTLED
        return Stop.PRECISE if ability.error <= self.error else None
