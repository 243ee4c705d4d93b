"""How long to wait before another try, and whether there is one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import attrs
import tenacity

from homeroom.kernel.outbound import OutboundAnswer, OutboundRequest
from homeroom.kernel.outbound_errors import NotSent, OutcomeUnknown, Overloaded
from homeroom_adapters.http.calls import Call

_FIRST_WAIT, _LAST_WAIT = 0.1, 1.0


_BLIPS = (NotSent, OutcomeUnknown, Overloaded)

Try: TypeAlias = Callable[[Call], Awaitable[OutboundAnswer]]


@attrs.frozen
class Patience:
    """Smooths blips: a few tries within seconds. Longer waits belong to a job's backoff."""

    tries: int
    longest_wait: float

    async def persist(self, attempt: Try, call: Call) -> OutboundAnswer:
        """What *attempt* brings, tried again as *call* allows; its last error comes as it is.

        Most calls need no second try, and setting one up costs more than the rest of our own
        work on a call: tenacity is asked only after a blip, which it is told as its first try.
        """
        try:
            return await attempt(call)
        except _BLIPS as error:
            if not self._worth(call.request, error):
                raise
            blips = [error]

        async def again(call: Call) -> OutboundAnswer:
            if blips:
                raise blips.pop()
            return await attempt(call)

        answer: OutboundAnswer = await self._retrying(call)(again, call)
        return answer

    def _retrying(self, call: Call) -> tenacity.AsyncRetrying:
        left = max(call.ends - asyncio.get_running_loop().time(), 0.0)
        return tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(self.tries) | tenacity.stop_before_delay(left),
            wait=_wait,
            retry=tenacity.retry_if_exception(lambda error: self._worth(call.request, error)),
            reraise=True,
        )

    def _worth(self, request: OutboundRequest, error: BaseException) -> bool:
        if not isinstance(error, _BLIPS):
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
