"""The other end of deliveries: what it takes, when, and whether it is still there."""

from datetime import datetime, timedelta

import attrs

from homeroom.scheduling.model.deliveries import Allowance, Answer, Outcome

DENIALS_TO_OPEN = 11
DENIALS_WITHIN = timedelta(minutes=10)
COOL_DOWN = timedelta(minutes=5)
_FIRST = Allowance(limit=1, remaining=0, reset_after=2.0)
"""What is assumed of an end that counts until its first answer tells."""

_USUAL = 5
"""So many places are given in a window of an end that has not told how many it takes."""

_SPARE = 0.05
"""This part of a window lies between one and the next in line: no two clocks and ways are alike.
What is sent in the last such part of a window may arrive in the next."""

_TOLD_NOTHING = frozenset({Outcome.FAILED, Outcome.UNKNOWN})


@attrs.frozen(kw_only=True)
class Admission:
    """Whether a message may go to this end now; if not, when, or why never."""

    wait_until: datetime | None = None
    closed: str = ""
    """The stable word for why it is not to be sent at all."""

    @property
    def granted(self) -> bool:
        return self.wait_until is None and not self.closed


@attrs.frozen(kw_only=True)
class Line:
    """Where those end who wait for an end that takes only so many: places in windows to come."""

    opens_at: datetime
    """When the last window begins in which somebody has a place."""

    taken: int
    """How many places in it are given. All the windows before it are full."""


@attrs.define(kw_only=True)
class Channel:
    """One receiving end, whoever's tasks send to it, seen by every process alike."""

    fingerprint: str
    gone: str = ""
    """Why it must never be called again, in a stable word."""

    denials: tuple[datetime, ...] = ()
    """When it lately did not let us in."""

    open_until: datetime | None = None
    """The circuit: until then nothing is sent; afterwards one message tries."""

    blocked_until: datetime | None = None
    counts: bool = False
    """Whether it takes only so many messages in a time. As long as it has not said how many, it
    is sent one, and the others wait for what that one hears."""

    heard: bool = False
    """Whether it ever took a message."""

    allowance: Allowance | None = None
    """What it takes in one window, and what is left of this one."""

    resets_at: datetime | None = None
    """When this window ends."""

    line: Line | None = None
    """The end of the line, if anybody waits. A place that nobody takes passes with its window."""

    def is_clear(self, *, at: datetime) -> bool:
        """Whether nothing is known that speaks against sending, or that sending may change."""
        blocked = self.blocked_until is not None and at < self.blocked_until
        return not any((self.gone, self.denials, self.open_until, self.counts, blocked))

    def expect_to_count(self) -> None:
        """Take it for one that counts, until an answer without a count says otherwise."""
        if not self.heard:
            self.counts = True

    def says_nothing(self, *, at: datetime) -> bool:
        """Whether nothing of it matters any more, unless somebody sends to this end again."""
        lately = at - DENIALS_WITHIN
        turns = None if self.line is None else self.line.opens_at
        ends = (self.blocked_until, self.resets_at, turns)
        return not (
            self.gone
            or any(one > lately for one in self.denials)
            or (self.open_until is not None and self.open_until > lately)
            or any(one is not None and one > at for one in ends)
        )

    def admit(
        self, *, at: datetime, place: datetime | None = None, not_before: datetime | None = None
    ) -> Admission:
        """Ask to send one message now. What is granted is taken from the allowance.

        Whoever is told to wait has a *place* from then on, and names it when coming again.
        Nothing is granted before *not_before*.
        """
        if self.gone:
            return Admission(closed=self.gone)
        if self.open_until is not None and at < self.open_until:
            return Admission(closed="circuit_open")
        blocks = (one for one in (self.blocked_until, not_before) if one is not None and at < one)
        if blocked_until := max(blocks, default=None):
            counts = self.counts and self.allowance is not None
            return Admission(wait_until=self._queue(blocked_until) if counts else blocked_until)
        admission = self._draw(at, place)
        if admission.granted and self.open_until is not None:
            self.open_until = at + COOL_DOWN  # this message is the probe; the others still wait
        return admission

    def block(self, until: datetime) -> None:
        """Nothing before *until*."""
        self.blocked_until = max(until, self.blocked_until or until)

    def hear(self, answer: Answer, *, at: datetime) -> None:
        """Learn from an answer of this end."""
        if answer.outcome is Outcome.GONE:
            self.gone = answer.reason or "gone"
        elif answer.outcome is Outcome.DENIED:
            self._deny(at)
        elif answer.outcome is Outcome.LIMITED and not answer.everywhere:
            self.block(at + answer.wait)
        elif answer.outcome is Outcome.DELIVERED:
            self.denials, self.open_until = (), None
            self.heard = True
            if answer.allowance is None:
                self.counts, self.allowance, self.line = False, None, None
        elif answer.outcome in _TOLD_NOTHING and self.allowance == _FIRST:
            self.allowance = self.resets_at = None  # the next one is the first again
        self._learn(answer.allowance, at)

    def _draw(self, at: datetime, place: datetime | None) -> Admission:
        if not self.counts:
            return Admission()
        if self.allowance is None:
            self.allowance, self.resets_at = _FIRST, at + _window(_FIRST)
            return Admission()
        told, resets_at = self.allowance, self.resets_at or at
        if place is None and not self._steps_in(at):
            return Admission(wait_until=self._queue(resets_at))
        anew, closes = at >= resets_at, resets_at - at < _SPARE * _window(told)
        left = told.limit if anew else told.remaining
        if left < 1 or (closes and not anew and place is not None):
            return Admission(wait_until=self._wait(place, resets_at))
        self.allowance = attrs.evolve(told, remaining=left - 1)
        if closes:  # it begins a window, or may arrive in the next
            self.resets_at = at + _window(told)
        return Admission()

    def _steps_in(self, at: datetime) -> bool:
        """Whether somebody without a place may draw now, taking a place that nobody has."""
        line = self.line
        if line is None or at >= line.opens_at + _window(self.allowance or _FIRST):
            self.line = None
            return True
        if at < line.opens_at or line.taken >= self._places:
            return False
        self.line = attrs.evolve(line, taken=line.taken + 1)
        return True

    def _wait(self, place: datetime | None, resets_at: datetime) -> datetime:
        """How long to wait in a window of which nothing is left.

        One that began well before *place* is but running late, and *place* is in the next.
        """
        window = _window(self.allowance or _FIRST)
        if place is not None and resets_at - place < window / 2:
            return resets_at
        return self._queue(resets_at)

    def _queue(self, earliest: datetime) -> datetime:
        """Take the next place in line, in a window that does not begin before *earliest*."""
        window = _window(self.allowance or _FIRST)
        line = self.line
        if line is None or line.opens_at <= earliest - window / 2:
            line = Line(opens_at=earliest, taken=0)
        elif line.taken >= self._places:
            line = Line(opens_at=line.opens_at + (1 + _SPARE) * window, taken=0)
        self.line = attrs.evolve(line, taken=line.taken + 1)
        return max(line.opens_at, earliest)

    @property
    def _places(self) -> int:
        """How many have a place in one window."""
        told = self.allowance
        return _USUAL if told is None or told == _FIRST else max(1, told.limit)

    def _learn(self, told: Allowance | None, at: datetime) -> None:
        """The window is as long as the longest wait we were told of; what is left, is the least
        that anybody said, because others may have sent meanwhile."""
        if told is None:
            return
        known = self.allowance if self.allowance and self.allowance.limit == told.limit else None
        same_window = self.resets_at is not None and at < self.resets_at
        left = min(told.remaining, known.remaining) if same_window and known else told.remaining
        longest = max(told.reset_after, known.reset_after if known else 0.0)
        resets_at = at + timedelta(seconds=told.reset_after)
        if same_window and known and self.resets_at:  # the answer may be of the window before
            resets_at = max(resets_at, self.resets_at)
        self.counts, self.resets_at = True, resets_at
        self.allowance = Allowance(limit=told.limit, remaining=left, reset_after=longest)

    def _deny(self, at: datetime) -> None:
        self.denials = (*(one for one in self.denials if at - one < DENIALS_WITHIN), at)
        if len(self.denials) >= DENIALS_TO_OPEN or self.open_until is not None:
            self.open_until = at + COOL_DOWN
            self.denials = self.denials[-DENIALS_TO_OPEN:]


def _window(told: Allowance) -> timedelta:
    return timedelta(seconds=told.reset_after)
