"""What somebody who watches a sitting is told, as it goes on. Never what is right, nor a score."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import attrs

from homeroom.exams.model.sittings import Sitting
from homeroom.exams.model.summaries import Reply, SittingStatus
from homeroom.kernel.ids import QuestionId

EVERY = timedelta(seconds=10)
"""How often the time that is left is told anew, at least."""


@attrs.frozen(kw_only=True)
class TimeRemaining:
    """So much time is left, by our clock."""

    at: datetime
    ends_at: datetime


@attrs.frozen(kw_only=True)
class Saved:
    """What was said to a question is kept, from whichever device it came."""

    question_id: QuestionId
    at: datetime
    answered: int
    """Of all questions, how many are answered now."""


@attrs.frozen(kw_only=True)
class Expired:
    """Time is up: the sitting has ended, and counts by what was kept."""

    at: datetime


@attrs.frozen(kw_only=True)
class ResultReady:
    """The sitting is over and was judged: its result may be asked for. It is not told here."""


News = TimeRemaining | Saved | Expired | ResultReady


@attrs.define
class Story:
    """What one who watches has been told of a sitting, and so what is new to them.

    Nothing waits in a queue: whoever is slow is told later how it stands by then.
    """

    _replies: Mapping[QuestionId, Reply] | None = attrs.field(
        default=None, init=False, alias="replies"
    )
    _ends_at: datetime | None = attrs.field(default=None, init=False, alias="ends_at")
    _told_at: datetime | None = attrs.field(default=None, init=False, alias="told_at")
    is_over: bool = attrs.field(default=False, init=False)
    """Whether everything was told that there will ever be to tell."""

    def goes_on(self, sitting: Sitting, *, at: datetime) -> Sequence[News]:
        """What is new; of what was said before the first time, nothing is."""
        if self.is_over:
            return ()
        news: list[News] = [*self._saved_in(sitting)]
        if sitting.is_active:
            news += self._time_in(sitting, at)
            return news
        self.is_over = True
        return [*news, *_ending(sitting)]

    def due_in(self, *, at: datetime) -> float:
        """Seconds after which there is something to tell, though nobody does anything."""
        if self._told_at is None or self._ends_at is None:
            return 0.0
        soonest = min(self._told_at + EVERY, self._ends_at)
        return max(0.001, (soonest - at).total_seconds())

    def _saved_in(self, sitting: Sitting) -> Iterator[Saved]:
        before, now = self._replies, _unjudged(sitting)
        self._replies = now
        if before is None:
            return
        new = [one for one in now if now[one] != before.get(one)]
        for question_id in sorted(new, key=lambda one: now[one].at):
            yield Saved(
                question_id=question_id,
                at=now[question_id].at,
                answered=sitting.summary.answered,
            )

    def _time_in(self, sitting: Sitting, at: datetime) -> Iterator[TimeRemaining]:
        told = self._told_at
        if told is None or sitting.ends_at != self._ends_at or not timedelta() <= at - told < EVERY:
            self._told_at, self._ends_at = at, sitting.ends_at
            yield TimeRemaining(at=at, ends_at=sitting.ends_at)


def _unjudged(sitting: Sitting) -> Mapping[QuestionId, Reply]:
    """What was said. To be judged changes nothing about it."""
    return {one: attrs.evolve(reply, credit=None) for one, reply in sitting.replies.items()}


def _ending(sitting: Sitting) -> Iterator[News]:
    """How it ended. One that was studied ends by itself where nobody goes on with it."""
    left_alone = not sitting.mode.is_timed and sitting.ended_at == sitting.ends_at
    if sitting.ended_at is not None and (left_alone or sitting.status is SittingStatus.EXPIRED):
        yield Expired(at=sitting.ended_at)
    if sitting.score is not None:
        yield ResultReady()
