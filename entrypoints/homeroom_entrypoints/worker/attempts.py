"""One claimed job in this process, from the claim until its end is on record."""

import enum
import math
from collections.abc import Callable

from homeroom.kernel.queue import Claim


class Interrupt(enum.Enum):
    """Why a running attempt was stopped from outside."""

    TIMEOUT = "timeout"
    LOST = "lost"
    RELEASE = "release"


class Attempt:
    """A claim and what this process knows about it. All times are of the monotonic clock.

    Compared by identity: sets of these are on the path of every job. The lease keeper's
    thread reads all fields and writes `until` and `lost` only.
    """

    __slots__ = ("claim", "deadline", "interrupt", "lost", "since", "stop", "until")

    def __init__(self, claim: Claim, *, since: float, lease: float) -> None:
        self.claim = claim
        self.since = since
        self.until = since + lease
        self.deadline = math.inf
        """When the attempt has taken too long; infinite until it is started."""

        self.lost = False
        self.interrupt: Interrupt | None = None
        self.stop: Callable[[Interrupt], None] | None = None
        """Stops the handler; None unless it runs."""

    @property
    def started(self) -> bool:
        return self.deadline != math.inf
