"""Around every request: its trace, its line in the log, its numbers, its headers."""

import time
from collections.abc import Iterable

import attrs
import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from homeroom.kernel.tracing import is_trace_text, new_trace_id, parse_traceparent, tracing
from homeroom_entrypoints.web.metrics import HttpMeter

log = structlog.get_logger("homeroom.web")

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
_HSTS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


@attrs.frozen
class Gate:
    """The outermost layer. One pass, so that a small answer stays cheap."""

    app: ASGIApp
    meter: HttpMeter
    access_log: bool
    hsts: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        with tracing(trace_of(scope["headers"])) as trace_id:
            await _Passage(self, scope, send, trace_id).pass_on(receive)

    def headers_for(self, scope: Scope, trace_id: str) -> list[tuple[bytes, bytes]]:
        csp = _DOCS_CSP if scope["path"].startswith("/docs") else _API_CSP
        extra = [_HSTS] if self.hsts else []
        return [*_HEADERS, csp, *extra, (b"x-trace-id", trace_id.encode())]


@attrs.define
class _Passage:
    """One request on its way through."""

    gate: Gate
    scope: Scope
    send: Send
    trace_id: str
    started: float = attrs.field(factory=time.perf_counter)
    status: int = 500

    async def pass_on(self, receive: Receive) -> None:
        try:
            await self.gate.app(self.scope, receive, self._send)
        finally:
            self._note(time.perf_counter() - self.started)

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = self.gate.headers_for(self.scope, self.trace_id)
            message["headers"] = [*message["headers"], *own]
        await self.send(message)

    def _note(self, seconds: float) -> None:
        method = str(self.scope.get("method", ""))
        route = str(self.scope.get("path_template") or "unmatched")
        self.gate.meter.observe(method, route, self.status, seconds)
        if self.gate.access_log:
            log.info(
                "request",
                method=method,
                route=route,
                status=self.status,
                duration_ms=round(seconds * 1000, 2),
            )


def trace_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The caller's trace id if it sent a usable one, else a fresh one."""
    sent = {name: value for name, value in headers if name in _TRACE_HEADERS}
    for name in (b"x-request-id", b"x-trace-id"):
        text = sent.get(name, b"").decode("latin-1")
        if text and is_trace_text(text):
            return text
    parent = parse_traceparent(sent.get(b"traceparent", b"").decode("latin-1"))
    return parent.trace_id if parent is not None else new_trace_id()


_TRACE_HEADERS = frozenset({b"x-request-id", b"x-trace-id", b"traceparent"})
