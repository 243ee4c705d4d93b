"""How long to wait before another try, and whether there is one."""

import attrs
import tenacity

from homeroom.kernel.outbound import OutboundRequest
from homeroom.kernel.outbound_errors import NotSent, OutcomeUnknown, Overloaded

_FIRST_WAIT, _LAST_WAIT = 0.1, 1.0


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
