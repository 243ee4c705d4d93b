"""What answers come to: a score of each objective, and one of the whole, without rounding twice."""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

import attrs

from homeroom.kernel.ids import ObjectiveId


@attrs.frozen(kw_only=True)
class Mark:
    """What one answer is worth, and for which objective."""

    objective_id: ObjectiveId
    credit: Fraction
    answered: bool = True


@attrs.frozen(kw_only=True)
class ObjectiveScore:
    """How somebody did in one objective."""

    objective_id: ObjectiveId
    weight: Fraction
    questions: int
    credit: Fraction

    @property
    def share(self) -> Fraction:
        return self.credit / self.questions

    @property
    def percent(self) -> Decimal:
        return percent(self.share)


@attrs.frozen(kw_only=True)
class Score:
    """The whole, in percent with one decimal, and its parts."""

    percent: Decimal
    passed: bool
    correct: int
    """How many questions were wholly right."""

    skipped: int
    total: int
    parts: tuple[ObjectiveScore, ...]


def score(
    marks: Sequence[Mark], weights: Mapping[ObjectiveId, Fraction], passing: Decimal
) -> Score:
    """The score by *weights*; whoever reaches *passing*, as it is shown, has passed.

    Objectives without any question count for nothing, and their weight goes to the others.
    """
    parts = tuple(
        ObjectiveScore(
            objective_id=objective_id,
            weight=weight,
            questions=len(own),
            credit=sum((mark.credit for mark in own), start=Fraction(0)),
        )
        for objective_id, weight in weights.items()
        if (own := [mark for mark in marks if mark.objective_id == objective_id])
    )
    weight = sum((part.weight for part in parts), start=Fraction(0))
    gained = sum((part.weight * part.share for part in parts), start=Fraction(0))
    reached = percent(gained / weight if weight else Fraction(0))
    return Score(
        percent=reached,
        passed=reached >= passing,
        correct=sum(mark.credit == 1 for mark in marks),
        skipped=sum(not mark.answered for mark in marks),
        total=len(marks),
        parts=parts,
    )


def percent(share: Fraction) -> Decimal:
    """*share* of one in percent, with one decimal; a half goes up."""
    return Decimal(math.floor(share * 1000 + Fraction(1, 2))).scaleb(-1)
