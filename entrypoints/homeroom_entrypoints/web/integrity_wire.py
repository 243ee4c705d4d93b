"""What happened beside a sitting, on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from homeroom.exams.model.integrity import (
    LONGEST_MARK,
    LONGEST_WHILE,
    MOST_AT_ONCE,
    EventKind,
    Flagged,
    IntegrityEvent,
    Told,
)
from homeroom.exams.use_cases.integrity import Noticed, Watched
from homeroom.kernel.ids import QuestionId
from homeroom_entrypoints.web.cursors import write_cursor
from homeroom_entrypoints.web.wire import Wire


class EventBody(Wire, frozen=True, kw_only=True):
    """Something that the page noticed."""

    mark: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_MARK)]
    """What the page calls it; said again under the same mark, it is the same event."""

    type: EventKind
    at: datetime
    """By the clock of the page; ours counts."""

    question_id: UUID | None = None
    seconds: Annotated[int, msgspec.Meta(ge=0, le=LONGEST_WHILE)] = 0
    """How long it went on."""

    @property
    def told(self) -> Told:
        return Told(
            mark=self.mark,
            kind=self.type,
            said_at=self.at,
            question_id=None if self.question_id is None else QuestionId(self.question_id),
            seconds=self.seconds,
        )


class EventsBody(Wire, frozen=True):
    events: Annotated[list[EventBody], msgspec.Meta(min_length=1, max_length=MOST_AT_ONCE)]


class NoticedAnswer(Wire, frozen=True, kw_only=True):
    """What was told is kept. It ends no sitting."""

    kept_count: int
    """How many of them were new, and found room."""

    is_warned: bool
    """Whether so much has happened that somebody may look at it."""

    @classmethod
    def of(cls, noticed: Noticed) -> "NoticedAnswer":
        return cls(kept_count=noticed.kept, is_warned=noticed.standing.is_warned)


class EventAnswer(Wire, frozen=True, kw_only=True):
    id: UUID
    type: EventKind
    at: datetime
    """When we were told."""

    said_at: datetime
    """When it was, by the clock of the page."""

    question_id: UUID | None
    seconds: int

    @classmethod
    def of(cls, event: IntegrityEvent) -> "EventAnswer":
        told = event.told
        return cls(
            id=event.id,
            type=told.kind,
            at=event.at,
            said_at=told.said_at,
            question_id=told.question_id,
            seconds=told.seconds,
        )


class WatchedAnswer(Wire, frozen=True, kw_only=True):
    """What happened beside a sitting, newest first, and what it comes to."""

    sitting_id: UUID
    points: int
    is_warned: bool
    is_flagged: bool
    counts: dict[str, int]
    """How many there are of each kind."""

    data: list[EventAnswer]
    next_cursor: str | None

    @classmethod
    def of(cls, watched: Watched) -> "WatchedAnswer":
        standing = watched.standing
        return cls(
            sitting_id=watched.sitting_id,
            points=standing.points,
            is_warned=standing.is_warned,
            is_flagged=standing.is_flagged,
            counts={kind.value: count for kind, count in standing.counts.items()},
            data=[EventAnswer.of(one) for one in watched.events.items],
            next_cursor=write_cursor(watched.events.next),
        )


class FlaggedAnswer(Wire, frozen=True, kw_only=True):
    """A sitting that somebody should look at."""

    sitting_id: UUID
    exam_id: UUID
    person_id: UUID
    points: int
    event_count: int

    @classmethod
    def of(cls, flagged: Flagged) -> "FlaggedAnswer":
        return cls(
            sitting_id=flagged.sitting_id,
            exam_id=flagged.exam_id,
            person_id=flagged.person_id,
            points=flagged.points,
            event_count=flagged.events,
        )


class AllFlaggedAnswer(Wire, frozen=True):
    data: list[FlaggedAnswer]
    next_cursor: str | None
