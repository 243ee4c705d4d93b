"""A bare Litestar route with the same answer: no key, no tenancy, no trace, no log, no numbers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import asgi_driver
import msgspec
import web_store
from asgi_driver import Question
from litestar import Litestar, get
from litestar.params import FromPath


class JobAnswer(msgspec.Struct, rename="camel"):
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


@asynccontextmanager
async def opened(store: str) -> AsyncIterator[Question]:
    async with web_store.opened(store) as jobs:

        @get("/api/v1/ops/jobs/{job_id:uuid}")
        async def show(job_id: FromPath[UUID]) -> JobAnswer:
            row: Any = await jobs.job(job_id, web_store.SCHOOL)
            return JobAnswer(**row)

        app: Any = Litestar([show], openapi_config=None, logging_config=None)
        yield Question(app, f"/api/v1/ops/jobs/{web_store.JOB}", web_store.KEY)


if __name__ == "__main__":
    asgi_driver.main(opened)
