"""A variant of SM-2 with levels: what is right six times in a row is due in months."""

from datetime import datetime, timedelta
from typing import Final

from homeroom.exams.model.recall import Rating, Recall, before
from homeroom.kernel.clock import as_utc

NAME: Final = "sm2"
BASES = (1, 2, 4, 8, 16, 32)
"""Days by level."""

_FIRST_EASE, _LEAST_EASE, _LOST_EASE = 2.5, 1.3, 0.2
_DIGITS = 9


class Sm2:
    """Plans by the streak of right answers, and by how easy they were; it draws no lots.

    The level is the streak and two, at most six; the days are its base times the ease.
    """

    @property
    def name(self) -> str:
        return NAME

    def after(
        self,
        known: Recall | None,
        rating: Rating,
        *,
        at: datetime,
        deadline: datetime | None = None,
    ) -> Recall:
        at = as_utc(at)
        own = known if known is not None and known.method == NAME else None
        ease = _FIRST_EASE if own is None or own.ease is None else own.ease
        if own is not None:
            at = max(at, own.reviewed_at)
        if rating is Rating.AGAIN:
            streak, ease, days = 0, max(_LEAST_EASE, ease - _LOST_EASE), 1
        else:
            streak = 1 if own is None else own.streak + 1
            ease = eased(ease, rating)
            days = int(BASES[min(streak + 2, len(BASES)) - 1] * ease)
        return Recall(
            method=NAME,
            due_at=before(deadline, at + timedelta(days=days), at=at),
            reviewed_at=at,
            reviews=1 if known is None else known.reviews + 1,
            streak=streak,
            ease=ease,
        )


def eased(ease: float, rating: Rating) -> float:
    """The ease after an answer that was right: 3 of 5 if it was hard, 4 if good, 5 if easy."""
    missed = Rating.EASY.value - rating.value
    return round(max(_LEAST_EASE, ease + 0.1 - missed * (0.08 + missed * 0.02)), _DIGITS)
