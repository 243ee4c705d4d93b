"""How one worker process works."""

import enum
import os
import socket
from collections.abc import Mapping, Sequence
from typing import Self

import attrs
from attrs.validators import ge, gt, le

from homeroom.kernel.ids import new_id


class Part(enum.Enum):
    """What a worker process does. Each part may run alone or beside the others."""

    JOBS = "jobs"
    SCHEDULER = "scheduler"
    RELAY = "relay"
    CHORES = "chores"


def worker_name() -> str:
    """A name no other worker has: host, process, and a few digits for a process started anew."""
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{new_id().hex[-6:]}"


@attrs.frozen(kw_only=True)
class Pauses:
    """Seconds between looks nobody asked for. Hints and timers make them rare."""

    poll: float = attrs.field(default=5.0, validator=gt(0))
    limited_poll: float = attrs.field(default=1.0, validator=gt(0))
    """For queues with limits: nobody hints that a limit has room again."""

    reoffer: float = attrs.field(default=15.0, validator=gt(0))
    """When a job that a carrier was told of, and that never came, is offered again. Like a
    lease: so long may a job lie idle that died with whoever should have passed it on."""


@attrs.frozen(kw_only=True)
class WorkerSettings:
    """What to do, how much at once, and how patiently."""

    parts: frozenset[Part] = frozenset(Part)
    queues: frozenset[str] = frozenset()
    """None named: the queues the handlers' work goes to."""

    only_offer: frozenset[str] = frozenset()
    """Queues that other programs work off: offered to the carrier, never taken here."""

    limited_queues: frozenset[str] = frozenset()
    concurrency: int = attrs.field(default=10, validator=[ge(1), le(10_000)])
    apart: Mapping[str, int] = attrs.field(factory=dict)
    """Queues with slots of their own, and how many: work that mostly waits for others must not
    keep the rest from its turn, and the rest must not run as often at once."""

    most_ahead: int = attrs.field(default=500, validator=ge(0))
    """Jobs claimed ahead at most, however fast they go."""

    lease: float = attrs.field(default=15.0, validator=gt(0))
    grace: float = attrs.field(default=25.0, validator=ge(0))
    pauses: Pauses = Pauses()
    name: str = attrs.field(factory=worker_name)

    def taken(self, known: frozenset[str]) -> frozenset[str]:
        """The queues whose jobs are run here, when *known* are those of the handlers' work."""
        return (self.queues or known) - self.only_offer

    def stations(self, known: frozenset[str]) -> Sequence[Self]:
        """How each station works: one for every queue apart, and one for all others."""
        taken = self.taken(known)
        apart = [
            attrs.evolve(self, queues=frozenset({queue}), concurrency=slots)
            for queue, slots in sorted(self.apart.items())
            if queue in taken
        ]
        rest = taken.difference(self.apart)
        if not apart:
            return [self]
        return [*apart, attrs.evolve(self, queues=rest)] if rest else apart

    def offered(self, known: frozenset[str]) -> frozenset[str]:
        """The queues whose ready jobs a carrier is told of."""
        return (self.queues or known) | self.only_offer
