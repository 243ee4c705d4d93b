"""Which jobs an operator means, and how queues do."""

from datetime import datetime

import attrs

from homeroom.kernel.ids import InstitutionId
from homeroom.kernel.jobs import JobState, Work, WorkPolicy, work


@attrs.frozen(kw_only=True)
class JobFilter:
    """Which jobs. `reach` is the one institution looked at; None is every one."""

    reach: InstitutionId | None
    queue: str | None = None
    name: str | None = None
    state: JobState | None = None


@attrs.frozen(kw_only=True)
class QueueReport:
    """How one queue does."""

    name: str
    scheduled: int
    ready: int
    running: int
    dead: int
    oldest_ready_at: datetime | None
    """Since when its oldest ready job has been due."""

    finished_last_minute: int
    workers: int
    """Workers that hold a lease in it."""

    paused: bool = False


@work("operations.tidy_up.v1", WorkPolicy(timeout=600.0))
@attrs.frozen(kw_only=True)
class TidyUp(Work):
    """Forget finished jobs and told events once nobody will ask for them."""


@work(
    "operations.checkup.v1",
    WorkPolicy(priority=50, max_attempts=3, timeout=10.0),
    askable=True,
)
@attrs.frozen(kw_only=True)
class Checkup(Work):
    """Proves that jobs flow: does nothing, as soon as a worker gets to it."""

    note: str = attrs.field(default="", validator=attrs.validators.max_len(200))
