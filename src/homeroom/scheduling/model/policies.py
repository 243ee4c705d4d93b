"""How a task behaves when things go wrong, overlap, or come too late."""

import enum
from datetime import datetime, timedelta

import attrs
from attrs.validators import ge, instance_of, le, max_len, optional

from homeroom.kernel.clock import is_instant
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import TaskId
from homeroom.kernel.jobs import Backoff
from homeroom.scheduling.errors import BadTask

MOST_RETRIES = 10
MOST_CHAINED = 10
MOST_CAUGHT_UP = 100
"""So many missed firings are made up for at most; beyond that they are noted as skipped."""


class TaskStatus(enum.Enum):
    """Whether a task fires. A failed one waits for somebody to look at it."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    FAILED = "FAILED"


class Overlap(enum.Enum):
    """What happens when a task falls due while an earlier run of it is unfinished."""

    SKIP = "skip"
    BUFFER_ONE = "bufferOne"
    BUFFER_ALL = "bufferAll"
    CANCEL_OTHER = "cancelOther"
    ALLOW_ALL = "allowAll"


class Missed(enum.Enum):
    """What happens to firings that nobody was there for."""

    SKIP = "skip"
    FIRE_ONCE = "fireOnce"
    ALL = "all"


@attrs.frozen(kw_only=True)
class Retries:
    """How often, and after how long, a delivery that failed is tried again."""

    most: int = attrs.field(default=3, validator=[ge(0), le(MOST_RETRIES)])
    """0 means none."""

    backoff: Backoff = Backoff(base=1.0, cap=300.0, jitter=0.0)
    """1, 2, 4 … seconds."""


@attrs.frozen(kw_only=True)
class CatchUp:
    """What is done about missed firings, and how far back."""

    missed: Missed = attrs.field(default=Missed.FIRE_ONCE, validator=instance_of(Missed))
    window: timedelta | None = attrs.field(
        default=None, validator=optional(ge(timedelta(seconds=10)))
    )
    """Older ones are only noted; None looks back without end."""


@attrs.frozen(kw_only=True)
class Chain:
    """The tasks that run once when this one has ended well, or badly."""

    on_success: tuple[TaskId, ...] = attrs.field(default=(), validator=max_len(MOST_CHAINED))
    on_failure: tuple[TaskId, ...] = attrs.field(default=(), validator=max_len(MOST_CHAINED))

    def after(self, *, success: bool) -> tuple[TaskId, ...]:
        return self.on_success if success else self.on_failure


@attrs.frozen(kw_only=True)
class Pause:
    """A rest somebody ordered. What falls into it is not caught up."""

    note: str = attrs.field(default="", validator=max_len(500))
    until: datetime | None = None
    """None is until somebody resumes it."""

    def __attrs_post_init__(self) -> None:
        if self.until is not None and not is_instant(self.until):
            raise BadTask(problems=[Problem("until", "needs a time zone, and a year to come")])

    def covers(self, instant: datetime) -> bool:
        return self.until is None or instant < self.until


@attrs.frozen(kw_only=True)
class Policies:
    """All of them, as one task has them."""

    overlap: Overlap = attrs.field(default=Overlap.SKIP, validator=instance_of(Overlap))
    catch_up: CatchUp = CatchUp()
    retries: Retries = Retries()
    chain: Chain = Chain()


@attrs.frozen(kw_only=True)
class SealedTarget:
    """Where a task's messages go: kept sealed, shown masked, compared by fingerprint."""

    sealed: str = attrs.field(repr=False)
    mask: str
    fingerprint: str
    """The same for every task that sends to the same end."""
