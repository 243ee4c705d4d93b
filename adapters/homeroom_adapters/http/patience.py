"""How long to wait before another try, and whether there is one."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import attrs
import tenacity

from homeroom_adapters.http.errors import NotSent, OutcomeUnknown, Overloaded
from homeroom_adapters.http.messages import OutboundRequest

_SHORTEST, _LONGEST = 1.0, 86_400.0
_SECONDS = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_FIRST_WAIT, _LAST_WAIT = 0.1, 1.0


def read_retry_after(text: str, *, now: datetime) -> float | None:
    """Seconds to wait that a `Retry-After` asks for, between one second and a day.

    It gives seconds or an HTTP date; anything else asks for nothing in particular.
    """
    text = text.strip()
    if _SECONDS.fullmatch(text):
        return _clamp(float(text))
    try:
        instant = parsedate_to_datetime(text)
        aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
        return _clamp((aware - now).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _clamp(seconds: float) -> float:
    return min(max(seconds, _SHORTEST), _LONGEST)


@attrs.frozen
class Patience:
    """Smooths blips: a few tries within seconds. Longer waits belong to a job's backoff."""

    tries: int
    longest_wait: float

    def retrying(self, request: OutboundRequest, *, seconds: float) -> tenacity.AsyncRetrying:
        """The tries *request* may have within *seconds*; its last error comes out as it is."""
        return tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(self.tries) | tenacity.stop_before_delay(seconds),
            wait=_wait,
            retry=tenacity.retry_if_exception(lambda error: self._worth(request, error)),
            reraise=True,
        )

    def _worth(self, request: OutboundRequest, error: BaseException) -> bool:
        if not isinstance(error, NotSent | OutcomeUnknown | Overloaded):
            return False
        if (error.retry_after or 0.0) > self.longest_wait:
            return False
        return isinstance(error, NotSent) or request.repeatable


_jittered = tenacity.wait_random_exponential(multiplier=_FIRST_WAIT, max=_LAST_WAIT)


def _wait(state: tenacity.RetryCallState) -> float:
    """At least what the other side asked for, and never all callers at one instant."""
    error = state.outcome.exception() if state.outcome else None
    asked = getattr(error, "retry_after", None) or 0.0
    return float(asked) + float(_jittered(state))
