"""FastAPI doing the same as ours, as its own documentation shows each of it.

Key check (remembered for five seconds, as ours), tenancy, trace id, one structured line per
request, numbers for Prometheus. With `plain` in front, the middleware is written without the
framework's decorator, by hand and as cheap as it gets.
"""

import os
import sys
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TextIO
from uuid import UUID

import asgi_driver
import structlog
import web_store
from asgi_driver import Question
from fastapi import Depends, FastAPI, HTTPException, Request, Response, Security
from fastapi.security import APIKeyHeader
from prometheus_client import CollectorRegistry, Counter, Histogram
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from starlette.datastructures import MutableHeaders
from structlog.contextvars import bind_contextvars, clear_contextvars, merge_contextvars

log = structlog.get_logger()
registry = CollectorRegistry()
LABELS = ("method", "route", "status")
REQUESTS = Counter("http_requests", "Requests answered.", LABELS, registry=registry)
SECONDS = Histogram("http_request_duration_seconds", "How long.", LABELS, registry=registry)
REMEMBERED_SECONDS = 5.0


class Job(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    id: UUID
    institution_id: UUID | None
    name: str
    queue: str
    priority: int
    state: str
    run_at: datetime
    attempts: int
    max_attempts: int
    progress: float
    worker: str | None
    lease_until: datetime | None
    last_error: str | None
    trace_id: str
    created_at: datetime
    finished_at: datetime | None


class Keys:
    """Who a key speaks for, asked of the store once in five seconds."""

    def __init__(self, store: web_store.Store) -> None:
        self._store = store
        self._known: dict[str, tuple[float, uuid.UUID]] = {}

    async def school(self, secret: str) -> uuid.UUID:
        now = time.monotonic()
        known = self._known.get(secret)
        if known is not None and known[0] > now:
            return known[1]
        school = await self._store.school_of(web_store.digest_of(secret))
        if school is None:
            raise HTTPException(401)
        self._known[secret] = (now + REMEMBERED_SECONDS, school)
        return school


def note(request: Any, status: int, began: float) -> None:
    """The numbers and the line of one request."""
    route = getattr(request.scope.get("route"), "path", "unmatched")
    seconds = time.perf_counter() - began
    labels = (request.method, route, str(status))
    REQUESTS.labels(*labels).inc()
    SECONDS.labels(*labels).observe(seconds)
    log.info(
        "request",
        method=request.method,
        route=route,
        status=status,
        duration_ms=round(seconds * 1000, 2),
    )


async def told(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """The documented way to do something around every request."""
    began = time.perf_counter()
    trace_id = request.headers.get("x-trace-id") or uuid.uuid4().hex
    clear_contextvars()
    bind_contextvars(trace_id=trace_id)
    response = await call_next(request)
    response.headers["x-trace-id"] = trace_id
    note(request, response.status_code, began)
    return response


class PlainTold:
    """The same by hand, without the framework's help and its cost."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        began, status = time.perf_counter(), 500
        request = Request(scope)
        trace_id = request.headers.get("x-trace-id") or uuid.uuid4().hex
        clear_contextvars()
        bind_contextvars(trace_id=trace_id)

        async def sending(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-trace-id"] = trace_id
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            note(request, status, began)


def application(store: web_store.Store, *, plain: bool) -> FastAPI:
    app = FastAPI()
    if plain:
        app.add_middleware(PlainTold)
    else:
        app.middleware("http")(told)
    keys = Keys(store)
    header = APIKeyHeader(name="X-API-Key")

    async def school_of(secret: Annotated[str, Security(header)]) -> uuid.UUID:
        return await keys.school(secret)

    async def show(job_id: UUID, school: Annotated[uuid.UUID, Depends(school_of)]) -> Job:
        row = await store.job(job_id, school)
        if row is None:
            raise HTTPException(404)
        return Job.model_validate(row)

    app.get("/api/v1/ops/jobs/{job_id}", response_model=Job)(show)
    return app


def configure_logs(nowhere: TextIO) -> None:
    structlog.configure(
        processors=[
            merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(nowhere),
        cache_logger_on_first_use=True,
    )


@asynccontextmanager
async def opened(store: str) -> AsyncIterator[Question]:
    with Path(os.devnull).open("w") as nowhere:
        configure_logs(nowhere)
        async with web_store.opened(store) as jobs:
            app: Any = application(jobs, plain=PLAIN)
            yield Question(app, f"/api/v1/ops/jobs/{web_store.JOB}", web_store.KEY)


if __name__ == "__main__":
    PLAIN = sys.argv[1] == "plain"
    if PLAIN:
        sys.argv.pop(1)
    asgi_driver.main(opened)
