"""One id for all that one request set in motion, wherever it goes on.

The id travels in a context variable, so that nobody has to hand it through; tasks started
inside inherit it. On the wire it is W3C trace context, version 00.
"""

import re
import secrets
from contextvars import ContextVar

import attrs

_trace: ContextVar[str] = ContextVar("homeroom_trace", default="")

_SAFE = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
_TRACEPARENT = re.compile(
    r"(?P<version>(?!ff)[0-9a-f]{2})-(?P<trace_id>(?!0{32})[0-9a-f]{32})"
    r"-(?P<span_id>(?!0{16})[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})(?P<rest>-.*)?"
)


def new_trace_id() -> str:
    """A fresh id of 32 hexadecimal digits."""
    return secrets.token_hex(16)


def new_span_id() -> str:
    """A fresh id of 16 hexadecimal digits, for one step of a trace."""
    return secrets.token_hex(8)


def current_trace() -> str:
    """The trace we are part of; empty outside of any."""
    return _trace.get()


def tracing(trace_id: str) -> "Tracing":
    """Everything inside belongs to *trace_id*; an empty one begins a trace of its own."""
    if trace_id and not is_trace_text(trace_id):
        raise ValueError("a trace id is 1 to 128 letters, digits, '.', '_', ':' or '-'")
    return Tracing(trace_id or new_trace_id())


class Tracing:
    """What `tracing` gives, to be entered once: each request goes through one."""

    __slots__ = ("_token", "_trace_id")

    def __init__(self, trace_id: str) -> None:
        self._trace_id = trace_id

    def __enter__(self) -> str:
        self._token = _trace.set(self._trace_id)
        return self._trace_id

    def __exit__(self, *_: object) -> None:
        _trace.reset(self._token)


def is_trace_text(text: str) -> bool:
    """Whether *text* may be kept as a trace id: short, and harmless in a header or a log."""
    return _SAFE.fullmatch(text) is not None


@attrs.frozen
class TraceParent:
    """Whose child a request is, as `traceparent` says it."""

    trace_id: str = attrs.field(validator=attrs.validators.matches_re(_TRACE_ID))
    span_id: str = attrs.field(validator=attrs.validators.matches_re(r"(?!0{16})[0-9a-f]{16}"))
    sampled: bool = True


def parse_traceparent(header: str) -> TraceParent | None:
    """What the header says; None when it says nothing, so that a new trace begins.

    Versions after 00 may carry more at the end; 00 may not.
    """
    found = _TRACEPARENT.fullmatch(header.strip(" \t"))
    if found is None or (found["version"] == "00" and found["rest"]):
        return None
    return TraceParent(found["trace_id"], found["span_id"], bool(int(found["flags"], 16) & 1))


def format_traceparent(parent: TraceParent) -> str:
    """The header for *parent*, version 00."""
    return f"00-{parent.trace_id}-{parent.span_id}-{'01' if parent.sampled else '00'}"


def traceparent_for(trace_id: str) -> str:
    """The header for a new step of *trace_id*; empty when that is not a W3C trace id.

    A UUID is one with its dashes taken out.
    """
    digits = trace_id.replace("-", "").lower()
    if not _TRACE_ID.fullmatch(digits):
        return ""
    return format_traceparent(TraceParent(digits, new_span_id()))
