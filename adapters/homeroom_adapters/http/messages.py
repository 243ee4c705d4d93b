"""What is asked and what is answered, without any client library's types."""

import re
from collections.abc import Mapping

import attrs

from homeroom_adapters.http.errors import RequestRefused
from homeroom_adapters.http.targets import Target, read_target

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

    deadline: float | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.gt(0))
    )
    """Seconds for everything, tries and waits included; None for the usual."""

    max_body: int | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.ge(0))
    )
    """Bytes of answer we take; None for the usual."""

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
        for name, value in self.all_headers().items():
            _check_header(name, value)
        return read_target(self.url)

    def all_headers(self) -> dict[str, str]:
        """The caller's headers, and the key if there is one."""
        key = {"Idempotency-Key": self.idempotency_key} if self.idempotency_key else {}
        return {**self.headers, **key}


def _check_header(name: str, value: str) -> None:
    if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
        raise RequestRefused("a header is a word and one line of ASCII text")
    if name.lower() in _OURS:
        raise RequestRefused(f"the header {name} is not the caller's to set")


@attrs.frozen(kw_only=True)
class OutboundAnswer:
    """What came back, whole: a 1xx, a redirect, a 429 or a 5xx is never among it."""

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
