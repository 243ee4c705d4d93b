"""The way out: what is asked of other systems and answered, without any client's types."""

import enum
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import attrs
from attrs.validators import ge, gt, le, optional

from homeroom.kernel.outbound_addresses import AddressPolicy, Network
from homeroom.kernel.outbound_errors import RequestRefused
from homeroom.kernel.outbound_targets import Target, read_target
from homeroom.kernel.tracing import current_trace, new_trace_id, traceparent_for

_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_METHODS = _IDEMPOTENT | {"POST", "PATCH"}
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?|")
_OURS = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "te",
        "traceparent",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-trace-id",
    }
)


class Takes(enum.Enum):
    """Which answers count as answers, and how much of them."""

    USUAL = "usual"
    """Whole ones that say yes or no; "not now", a redirect and too large a body are refusals."""

    EVERY_STATUS = "every status"
    """All of them, for a caller who judges what a status means and wants no more than a snippet.

    The head is the answer. The body is what came of it in time, cut at `max_body`, and left out
    if it is packed. No status is followed, tried again, or held against the host.
    """


@attrs.frozen(kw_only=True)
class OutboundRequest:
    """One call to another system. Asking again is only safe where it says so."""

    method: str = "GET"
    url: str = attrs.field(repr=False)
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    body: bytes = attrs.field(default=b"", repr=False)
    idempotent: bool | None = None
    """Whether a second time changes nothing more; None leaves it to the method."""

    idempotency_key: str = ""
    """Sent as `Idempotency-Key`: the other side promises to do it once."""

    deadline: float | None = attrs.field(default=None, validator=optional(gt(0)))
    """Seconds for everything, tries and waits included; None for the usual."""

    max_body: int | None = attrs.field(default=None, validator=optional(ge(0)))
    """Bytes of answer we take; None for the usual."""

    takes: Takes = Takes.USUAL

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent again when nobody knows if it arrived."""
        if self.idempotent is not None:
            return self.idempotent or bool(self.idempotency_key)
        return self.method in _IDEMPOTENT or bool(self.idempotency_key)

    def target(self) -> Target:
        """Where it goes. Raises `UrlRefused`, and `RequestRefused` for what HTTP cannot say."""
        if self.method not in _METHODS:
            raise RequestRefused(f"the method is one of {', '.join(sorted(_METHODS))}")
        for name, value in self._own_headers().items():
            _check_header(name, value)
        return read_target(self.url)

    def all_headers(self) -> dict[str, str]:
        """What is sent: the house's headers, the caller's, and the key if there is one.

        They carry the trace we are part of, or begin one.
        """
        trace = current_trace() or new_trace_id()
        parent = traceparent_for(trace)
        ours = {"accept-encoding": "identity", "user-agent": "homeroom", "x-trace-id": trace}
        if parent:
            ours["traceparent"] = parent
        return ours | {name.lower(): value for name, value in self._own_headers().items()}

    def _own_headers(self) -> dict[str, str]:
        key = {"Idempotency-Key": self.idempotency_key} if self.idempotency_key else {}
        return {**self.headers, **key}


def _check_header(name: str, value: str) -> None:
    if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
        raise RequestRefused("a header is a word and one line of ASCII text")
    if name.lower() in _OURS:
        raise RequestRefused(f"the header {name} is not the caller's to set")


@attrs.frozen(kw_only=True)
class OutboundAnswer:
    """What came back, whole: a redirect, a 429 or a 5xx is among it only where it was asked for.

    A 1xx never is. Of an answer to a request that takes every status, the body is a snippet.
    """

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    """With names in lower case; a repeated one is joined by commas."""

    body: bytes = attrs.field(repr=False)
    elapsed: float
    """Seconds from the call to the last byte, tries and waits included."""

    @property
    def ok(self) -> bool:
        """Whether the other side says it did what we asked."""
        return 200 <= self.status < 300


def _ports(_: object, field: "attrs.Attribute[Any]", value: tuple[int, ...]) -> None:
    if strange := [port for port in value if not 1 <= port <= 65_535]:
        raise ValueError(f"outbound.{field.name}: {strange[0]} is not a port (1 to 65535)")


@attrs.frozen(kw_only=True)
class OutboundSettings:
    """What a way out is opened with, in seconds and bytes; each adapter reads what concerns it."""

    allow: tuple[Network, ...] = ()
    """Networks that may be called though they are not public, on any port."""

    deny: tuple[Network, ...] = ()
    """Networks that may never be called, not even if allowed."""

    ports: tuple[int, ...] = attrs.field(default=(80, 443), validator=_ports)
    """Ports of the public internet that may be called."""

    ca_file: Path | None = None
    """Certificates to trust beside the public ones, for a school's own authority."""

    deadline: float = attrs.field(default=15.0, validator=gt(0))
    """Everything together, tries and waits included, unless a request says otherwise."""

    max_body: int = attrs.field(default=64 * 1024, validator=ge(0))
    """The largest answer taken, unless a request says otherwise: who expects more says so."""

    max_headers: int = attrs.field(default=32 * 1024, validator=[gt(0), le(96 * 1024)])
    """At most 96 KiB, because common HTTP parsers themselves give up at 100."""

    connections: int = attrs.field(default=32, validator=[gt(0), le(512)])
    """Calls at the same time; more wait their turn."""

    connect_timeout: float = attrs.field(default=5.0, validator=gt(0))
    read_timeout: float = attrs.field(default=10.0, validator=gt(0))
    """The longest silence of the other side."""

    tries: int = attrs.field(default=3, validator=[gt(0), le(3)])
    """How often a blip is tried. What lasts longer is for a job's own backoff."""

    patience: float = attrs.field(default=2.0, validator=ge(0))
    """The longest wait between two tries; a `Retry-After` beyond it is left to the caller."""

    breaker_failures: int = attrs.field(default=5, validator=gt(0))
    """So many failures of one host in a row, and it is left alone."""

    breaker_rest: float = attrs.field(default=30.0, validator=gt(0))
    """For so long; then one call may try whether it is back."""

    def policy(self) -> AddressPolicy:
        """Which addresses may be dialled."""
        return AddressPolicy(self.allow, self.deny, frozenset(self.ports))


@runtime_checkable
class Outbound(Protocol):
    """Asks other systems, and comes back with a whole answer or a refusal in good time.

    What a host resolves to is judged where it is dialled: only the public internet on the
    operator's ports, and networks that the operator excepted, ever hear from us.
    Conformance: `homeroom_testing.conformance.outbound.OutboundConformance`.
    """

    async def send(self, request: OutboundRequest) -> OutboundAnswer:
        """The answer to *request*, whatever its status below 500 except 408, 425, 429 and
        redirects, which are never followed; to a request that `takes` every status, any answer.

        A blip is tried again, shortly and a few times, where nothing was sent or where the
        request is `repeatable`; any other is sent once. The deadline holds over all of it.

        Raises `UrlRefused`, `RequestRefused`, `AddressRefused`, `PeerUntrusted`,
        `AnswerRefused`, `Redirected`; and of the kind worth trying again, with the seconds to
        wait if they are known, `NotSent`, `Overloaded` and `OutcomeUnknown`.
        """
        ...

    async def ping(self) -> None:
        """Raises `Unavailable` with a sentence that says what to do; calls nobody."""
        ...
