"""Boards: who did most in a week, a month or ever, under names that tell of nobody."""

import enum
import hashlib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import attrs

from homeroom.exams.model.badges import ENOUGH
from homeroom.exams.model.earnings import monday_of
from homeroom.kernel.ids import ExamId, InstitutionId, PersonId
from homeroom.kernel.privacy import Personal

MOST_LINES, DEEPEST = 100, 1000
"""How many lines are shown at most, and until which rank one is told one's own."""

_EVER = date(1970, 1, 1)
_WHOLE = 10_000

_KINDS = (
    *("Amber", "Brave", "Bright", "Calm", "Clever", "Cosy", "Daring", "Eager", "Fair", "Fleet"),
    *("Gentle", "Glad", "Golden", "Happy", "Hardy", "Jolly", "Keen", "Kind", "Lively", "Lucky"),
    *("Merry", "Mighty", "Noble", "Patient", "Proud", "Quick", "Quiet", "Silver", "Steady"),
    *("Sunny", "Swift", "Wise"),
)
_CREATURES = (
    *("Badger", "Beaver", "Bison", "Crane", "Dolphin", "Eagle", "Falcon", "Ferret", "Finch"),
    *("Fox", "Gecko", "Hare", "Hedgehog", "Heron", "Ibex", "Jay", "Kestrel", "Lark", "Lynx"),
    *("Magpie", "Marten", "Otter", "Owl", "Panda", "Puffin", "Raven", "Robin", "Salmon"),
    *("Seal", "Stork", "Tortoise", "Wren"),
)


class Period(enum.Enum):
    """How far a board looks back: each learner's days count as they are where they live."""

    WEEKLY = "weekly"
    """From Monday on."""

    MONTHLY = "monthly"
    ALL_TIME = "allTime"

    def begins(self, day: date) -> date:
        """The first day of the one that *day* is in."""
        match self:
            case Period.WEEKLY:
                return monday_of(day)
            case Period.MONTHLY:
                return day.replace(day=1)
            case Period.ALL_TIME:
                return _EVER


class Measure(enum.Enum):
    """What a board is about."""

    POINTS = "points"
    ACCURACY = "accuracy"
    """How many percent were right, of whoever answered 50 questions or more."""

    STREAK = "streak"
    """The most days in a row that one had come to in that time."""

    QUESTIONS = "questions"


@attrs.frozen(kw_only=True)
class Board:
    """One board: of an institution, and of one of its exams or all."""

    institution_id: InstitutionId
    period: Period
    begins_on: date
    measure: Measure
    exam_id: ExamId | None = None


@attrs.frozen(kw_only=True)
class Sums:
    """What somebody came to in a time, of one exam or all."""

    points: int = 0
    answered: int = 0
    correct: int = 0
    seconds: int = 0
    streak: int = 0

    @property
    def accuracy(self) -> int | None:
        """In hundredths of a percent; None where too little was answered to tell."""
        return accuracy_of(self.correct, self.answered)

    def value(self, measure: Measure) -> int | None:
        """What is compared; None, or nothing, has no place."""
        values = {
            Measure.POINTS: self.points,
            Measure.ACCURACY: self.accuracy,
            Measure.STREAK: self.streak,
            Measure.QUESTIONS: self.answered,
        }
        return values[measure]


@attrs.frozen(kw_only=True)
class Line:
    """Somebody on a board, as it comes from the store: in the order of the board."""

    person_id: PersonId
    alias: Annotated[str, Personal]
    value: int


@attrs.frozen(kw_only=True)
class Place:
    """Somebody on a board, and which one they are. Who is as good as another shares their rank."""

    rank: int
    alias: Annotated[str, Personal]
    value: Decimal
    is_me: bool = False


def ranked(lines: Sequence[Line], measure: Measure, me: PersonId | None) -> Sequence[Place]:
    """*lines* from the first one on, with their ranks: 1, 2, 2, 4."""
    places, rank = list[Place](), 0
    for number, one in enumerate(lines, start=1):
        if number == 1 or one.value != lines[number - 2].value:
            rank = number
        value = shown(one.value, measure)
        places.append(Place(rank=rank, alias=one.alias, value=value, is_me=one.person_id == me))
    return places


def shown(value: int, measure: Measure) -> Decimal:
    """As people read it: percent have two decimals, and all else has none."""
    return Decimal(value) / 100 if measure is Measure.ACCURACY else Decimal(value)


def accuracy_of(correct: int, answered: int) -> int | None:
    return correct * _WHOLE // answered if answered >= ENOUGH else None


def alias_from(seed: UUID) -> str:
    """A name to go by, such as "Quiet Heron 4711", which tells nothing of whoever has it."""
    drawn = int.from_bytes(hashlib.sha256(seed.bytes).digest()[:8])
    drawn, kind = divmod(drawn, len(_KINDS))
    drawn, creature = divmod(drawn, len(_CREATURES))
    return f"{_KINDS[kind]} {_CREATURES[creature]} {drawn % 9000 + 1000}"
