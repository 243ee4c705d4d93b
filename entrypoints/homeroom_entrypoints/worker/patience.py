"""How a loop outlives what it works with: log, wait a little longer each time, go on."""

import asyncio
import random
import traceback
from collections.abc import Awaitable, Callable

import attrs
import structlog

from homeroom.kernel.queue import reason_of
from homeroom_entrypoints.worker.meter import Meter

log: structlog.stdlib.BoundLogger = structlog.get_logger("homeroom.worker")


@attrs.define
class Patience:
    """How long to wait after a failure: twice as long each time, jittered, capped."""

    base: float = 0.05
    cap: float = 2.0
    _luck: Callable[[], float] = attrs.field(default=random.random, alias="luck")
    _failures: int = attrs.field(default=0, init=False)

    def wait(self) -> float:
        """The wait after one more failure; never less than half of its ceiling."""
        ceiling = min(self.cap, self.base * 2.0 ** min(self._failures, 30))
        self._failures += 1
        return ceiling * (0.5 + 0.5 * self._luck())

    def calm(self) -> None:
        """It went well: begin small again."""
        self._failures = 0


def place_of(error: BaseException) -> str:
    """Where *error* was raised. Its own text may quote a person, so it is left out."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "unknown"
    return f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno} in {frames[-1].name}"


def complain(loop: str, error: BaseException, meter: Meter) -> None:
    """Say that a round of *loop* failed."""
    meter.troubled(loop)
    log.warning("worker.trouble", loop=loop, reason=reason_of(error), place=place_of(error))


def end_if_cancelled() -> None:
    """End this task if it was told to: a driver in mid-call may have made an error of that."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def keep_at(
    loop: str, step: Callable[[], Awaitable[object]], meter: Meter, patience: Patience | None = None
) -> None:
    """Do *step* again and again, whatever happens to it; only cancelling ends this."""
    patience = patience or Patience()
    while True:
        try:
            await step()
        except Exception as error:  # noqa: BLE001 - the process boundary: a worker outlives its storage
            end_if_cancelled()
            complain(loop, error, meter)
            await asyncio.sleep(patience.wait())
        else:
            patience.calm()
