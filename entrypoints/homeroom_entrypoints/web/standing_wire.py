"""What became of a sitting after its end, on the wire: other scores, and whether it counts."""

from datetime import datetime

from homeroom.exams.model.sittings import Summary
from homeroom.exams.model.summaries import Attempt, Regraded
from homeroom_entrypoints.web.wire import Wire


class InvalidationAnswer(Wire, frozen=True, kw_only=True):
    """Somebody decided that it does not count."""

    at: datetime
    reason: str
    attempt: Attempt
    """Whether the attempt is spent even so, or given back."""

    @classmethod
    def of(cls, summary: Summary) -> "InvalidationAnswer | None":
        told = summary.invalidation
        if told is None:
            return None
        return cls(at=told.invalidated_at, reason=told.reason, attempt=told.attempt)


class RescoreAnswer(Wire, frozen=True, kw_only=True):
    """A key was wrong, and the score became another; in percent."""

    at: datetime
    score_before: float
    score_after: float
    passed_before: bool
    passed_after: bool

    @classmethod
    def of(cls, regraded: Regraded) -> "RescoreAnswer":
        return cls(
            at=regraded.at,
            score_before=float(regraded.before.percent),
            score_after=float(regraded.after.percent),
            passed_before=regraded.before.passed,
            passed_after=regraded.after.passed,
        )
