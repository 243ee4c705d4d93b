"""Recall: how well somebody remembers one question, and when they should see it again."""

import enum
from datetime import datetime
from fractions import Fraction

import attrs

from homeroom.kernel.clock import as_utc

QUICK, SLOW = 20, 120
"""In seconds: who is quicker knew it at once, and who is slower had to think about it."""

_UNSURE, _SURE = 2, 5


class Rating(enum.Enum):
    """How somebody did when they saw a question again."""

    AGAIN = 1
    """It was not wholly right."""

    HARD = 2
    GOOD = 3
    EASY = 4


class Phase(enum.Enum):
    """How far one is with a question."""

    LEARNING = "learning"
    REVIEW = "review"
    RELEARNING = "relearning"
    """It was known, and then was not."""


@attrs.frozen(kw_only=True)
class Recall:
    """How well one question is remembered, as a scheduler of reviews keeps it."""

    method: str
    """Which scheduler wrote it. Another begins anew."""

    due_at: datetime = attrs.field(converter=as_utc)
    reviewed_at: datetime = attrs.field(converter=as_utc)
    reviews: int = 1
    streak: int = 0
    """How often in a row it was right."""

    phase: Phase = Phase.REVIEW
    step: int | None = None
    stability: float | None = None
    """For FSRS: after so many days nine of ten still know it."""

    difficulty: float | None = None
    ease: float | None = None
    """For SM-2."""


def rating_of(credit: Fraction, confidence: int | None, seconds: int) -> Rating:
    """What an answer tells of how well it was known; 0 seconds tell nothing."""
    if credit < 1:
        return Rating.AGAIN
    if seconds > SLOW or (confidence is not None and confidence <= _UNSURE):
        return Rating.HARD
    if confidence == _SURE and 0 < seconds <= QUICK:
        return Rating.EASY
    return Rating.GOOD


def before(deadline: datetime | None, due: datetime, *, at: datetime) -> datetime:
    """*due*, but not past a *deadline* that is still to come *at* that instant."""
    return due if deadline is None or deadline <= at else min(due, deadline)
