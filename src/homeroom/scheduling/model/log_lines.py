"""Lines of a task's log: what was done for an execution, and when."""

import enum
from datetime import datetime

import attrs


class LogStatus(enum.Enum):
    """What one line of a task's log says."""

    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    RETRYING = "RETRYING"
    WAITING = "WAITING"
    """The other end asked us to come later; that was no failure."""

    SKIPPED_OVERLAP = "SKIPPED_OVERLAP"
    SKIPPED_MISSED = "SKIPPED_MISSED"
    CANCELLED = "CANCELLED"


@attrs.frozen(kw_only=True)
class LogLine:
    """One attempt, or one thing that was done instead of it."""

    at: datetime
    status: LogStatus
    retry_count: int = 0
    response_code: int | None = None
    latency: float | None = None
    """Seconds."""

    reason: str = ""
    message: str = ""
    snippet: str = attrs.field(default="", repr=False)
