"""One delivery: what is sent, what came back, and what that means for the next one."""

import enum
from datetime import datetime, timedelta

import attrs
from attrs.validators import ge, max_len

SNIPPET = 2_000
"""Bytes, as UTF-8, of an answer that are kept: enough to see why, too few to store a page."""


class Outcome(enum.Enum):
    """What an attempt came to, by what may be done next."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    """It will never take this message as it is: do not send it again."""

    GONE = "gone"
    """The other end is closed for good: send it nothing any more until its address changes."""

    DENIED = "denied"
    """It does not let us in: trying again now will not help, and often is held against us."""

    LIMITED = "limited"
    """Too much at once: it says when to come again, and this was not an attempt that failed."""

    FAILED = "failed"
    """It could not do it now: worth another try."""

    UNKNOWN = "unknown"
    """Sent, but nobody knows if it arrived: another try may make a duplicate."""


@attrs.frozen(kw_only=True)
class Allowance:
    """How much more the other end takes, as its last answer told."""

    limit: int = attrs.field(validator=ge(0))
    remaining: int = attrs.field(validator=ge(0))
    reset_after: float = attrs.field(validator=ge(0))
    """Seconds until `remaining` is `limit` again."""


@attrs.frozen(kw_only=True)
class Answer:
    """What one attempt brought back. It never holds a secret: no address, no header of ours."""

    outcome: Outcome
    reason: str = ""
    """A stable word such as `webhook_gone`, `timeout`, `ssrf_blocked`; empty when delivered."""

    message: str = ""
    """A sentence for whoever reads the log."""

    status: int | None = None
    """The other end's status code, if it answered with one."""

    latency: float = 0.0
    """Seconds from asking to knowing."""

    snippet: str = attrs.field(default="", validator=max_len(SNIPPET), repr=False)
    retry_after: float | None = None
    """Seconds that the other end asks us to wait."""

    everywhere: bool = False
    """Whether that wait is for all that goes to this kind of end, not for this one alone."""

    allowance: Allowance | None = None
    message_id: str = ""
    """What the other end calls the message it keeps."""

    @property
    def wait(self) -> timedelta:
        """How long to leave the other end alone: as it asks, or a second."""
        return timedelta(seconds=1.0 if self.retry_after is None else self.retry_after)


@attrs.frozen(kw_only=True)
class Message:
    """One message, ready for the wire: the target is opened, templates are filled."""

    target: str = attrs.field(repr=False)
    """A target's text, as `targets.read_target_text` reads it."""

    body: str = attrs.field(repr=False)
    """A JSON object; what it may hold is the notifier's kind to say."""

    delivery_id: str
    """The same for every attempt of one execution: receivers drop what they know by it."""

    at: datetime
