"""What happened beside a sitting, as its page tells it; enough of it has somebody look closer."""

import enum
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import attrs

from homeroom.exams.errors import BadEvents
from homeroom.kernel.clock import is_instant
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import ExamId, PersonId, QuestionId, SittingId

MOST_AT_ONCE = 50
LONGEST_MARK = 64
LONGEST_WHILE = 86_400
"""In seconds."""


class EventKind(enum.Enum):
    """What a page may notice. None of it proves anything."""

    HIDDEN = "hidden"
    """The page was not to be seen: another tab, another window, a locked screen."""

    BLURRED = "blurred"
    FULLSCREEN_LEFT = "fullscreenLeft"
    COPIED = "copied"
    PASTED = "pasted"
    PRINTED = "printed"
    DEVTOOLS = "devtools"
    """Tools for developers were open beside it."""

    OFFLINE = "offline"


@attrs.frozen(kw_only=True)
class Told:
    """What a page says has happened."""

    mark: str
    """What the page calls it: said again under the same mark, it is the same event."""

    kind: EventKind
    said_at: datetime
    """By the clock of the page, which proves nothing."""

    question_id: QuestionId | None = None
    seconds: int = 0
    """How long it went on."""

    def problems(self, number: int) -> list[Problem]:
        """What is wrong with it, as the *number*-th of several."""
        problems = []
        if not (1 <= len(self.mark) <= LONGEST_MARK and self.mark.isprintable()):
            wrong = f"must be of 1 to {LONGEST_MARK} characters, in one line"
            problems.append(Problem(f"events[{number}].mark", wrong))
        if not is_instant(self.said_at):
            wrong = "needs a time zone, and a year from 1900 to 9998"
            problems.append(Problem(f"events[{number}].at", wrong))
        if not 0 <= self.seconds <= LONGEST_WHILE:
            wrong = f"must be from 0 to {LONGEST_WHILE}"
            problems.append(Problem(f"events[{number}].seconds", wrong))
        return problems


@attrs.frozen(kw_only=True)
class IntegrityEvent:
    """Something that was told. It never changes, and goes only with its sitting."""

    id: UUID
    sitting_id: SittingId
    told: Told
    at: datetime
    """When we were told, by our clock."""


Counts = Mapping[EventKind, int]


@attrs.frozen(kw_only=True)
class IntegrityPolicy:
    """How much each kind of event weighs, and how much has somebody warned, or flagged.

    Nothing ends a sitting, and nobody loses a point by it: a person looks, and decides.
    """

    weights: Mapping[EventKind, int] = attrs.field(
        factory=lambda: {
            EventKind.HIDDEN: 2,
            EventKind.BLURRED: 1,
            EventKind.FULLSCREEN_LEFT: 2,
            EventKind.COPIED: 2,
            EventKind.PASTED: 3,
            EventKind.PRINTED: 5,
            EventKind.DEVTOOLS: 5,
            EventKind.OFFLINE: 0,
        }
    )
    warn_at: int = 6
    flag_at: int = 12
    most_events: int = 2000
    """Kept of one sitting; who tells more than that is flagged."""

    def standing(self, counts: Counts) -> "Standing":
        points = sum(self.weights.get(kind, 0) * count for kind, count in counts.items())
        is_full = sum(counts.values()) >= self.most_events
        return Standing(
            counts=counts,
            points=points,
            is_warned=is_full or points >= self.warn_at,
            is_flagged=is_full or points >= self.flag_at,
        )


@attrs.frozen(kw_only=True)
class Standing:
    """What the events of a sitting come to."""

    counts: Counts
    points: int
    is_warned: bool
    is_flagged: bool

    @property
    def events(self) -> int:
        return sum(self.counts.values())


@attrs.frozen(kw_only=True)
class Flagged:
    """A sitting that somebody should look at."""

    sitting_id: SittingId
    exam_id: ExamId
    person_id: PersonId
    points: int
    events: int


def expect_sound(told: Sequence[Told]) -> None:
    """Raises `BadEvents` with all that is wrong."""
    problems = [problem for number, one in enumerate(told) for problem in one.problems(number)]
    if not 1 <= len(told) <= MOST_AT_ONCE:
        problems.append(Problem("events", f"tell 1 to {MOST_AT_ONCE} at once"))
    if problems:
        raise BadEvents(problems=problems)
