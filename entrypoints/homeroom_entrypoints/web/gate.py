"""Around every request: its trace, its line in the log, its numbers, its headers."""

import time
from collections.abc import Iterable
from functools import cached_property

import attrs
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from homeroom.kernel.tracing import Tracing, is_trace_text, new_trace_id, parse_traceparent
from homeroom_entrypoints.composition.request_lines import RequestLines
from homeroom_entrypoints.web.metrics import HttpMeter
from homeroom_entrypoints.web.ticket_pages import ADDRESSES, CSP

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_API_CSP = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_DOCS_CSP = (
    b"content-security-policy",
    b"default-src 'self' data: 'unsafe-inline'; frame-ancestors 'none'",
)
_PAGES_CSP = (b"content-security-policy", CSP.encode())
_HSTS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


@attrs.frozen
class Gate:
    """The outermost layer. One pass, so that a small answer stays cheap."""

    app: ASGIApp
    meter: HttpMeter
    access_log: bool
    hsts: bool

    @cached_property
    def _lines(self) -> RequestLines:
        """Bound at the first request, for every request would pay for it again."""
        return RequestLines("homeroom.web")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        with Tracing(trace_of(scope["headers"])) as trace_id:
            started, passage = time.perf_counter(), _Passage(self, scope, send, trace_id)
            try:
                await self.app(scope, receive, passage.send_on)
            finally:
                method = str(scope.get("method", ""))
                route = str(scope.get("path_template") or "unmatched")
                self.note(method, route, passage.status, time.perf_counter() - started)

    @cached_property
    def _of_api(self) -> tuple[tuple[bytes, bytes], ...]:
        return (*_HEADERS, _API_CSP, *([_HSTS] if self.hsts else []))

    def headers_for(self, scope: Scope, trace_id: str) -> list[tuple[bytes, bytes]]:
        csp = _csp(scope["path"])
        if csp is _API_CSP:
            return self.headers_of_api(trace_id)
        extra = [_HSTS] if self.hsts else []
        return [*_HEADERS, csp, *extra, (b"x-trace-id", trace_id.encode())]

    def headers_of_api(self, trace_id: str) -> list[tuple[bytes, bytes]]:
        """What every answer has that is no page."""
        return [*self._of_api, (b"x-trace-id", trace_id.encode())]

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count what was answered, and write its line."""
        self.meter.observe(method, route, status, seconds)
        if self.access_log:
            self._lines.tell(method, route, status, seconds)


@attrs.define
class _Passage:
    """One answer on its way out."""

    gate: Gate
    scope: Scope
    send: Send
    trace_id: str
    status: int = 500

    async def send_on(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = self.gate.headers_for(self.scope, self.trace_id)
            message["headers"] = [*message["headers"], *own]
        await self.send(message)


def _csp(path: str) -> tuple[bytes, bytes]:
    """What a browser may do with what is at *path*."""
    if path in ADDRESSES:
        return _PAGES_CSP
    return _DOCS_CSP if path.startswith("/docs") else _API_CSP


def trace_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The caller's trace id if it sent a usable one, else a fresh one."""
    sent = {name: value for name, value in headers if name in _TRACE_HEADERS}
    if not sent:
        return new_trace_id()
    for name in (b"x-request-id", b"x-trace-id"):
        text = sent.get(name, b"").decode("latin-1")
        if text and is_trace_text(text):
            return text
    parent = parse_traceparent(sent.get(b"traceparent", b"").decode("latin-1"))
    return parent.trace_id if parent is not None else new_trace_id()


_TRACE_HEADERS = frozenset({b"x-request-id", b"x-trace-id", b"traceparent"})
