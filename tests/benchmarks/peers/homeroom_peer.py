"""Ours, driven like the peers: the product's own composition and worker, on any storage URL.

With HOMEROOM_BENCH_KEYS=1 every job carries a dedupe key, so that a drain runs with every feature
on.
"""

import asyncio
import os
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import attrs
import driver
from driver import SLOTS, OnJob, Payload

from homeroom.kernel.jobs import JobRequest, Work, work
from homeroom.kernel.queue import Handlers, Run
from homeroom_entrypoints.composition.application import open_homeroom, storage_settings
from homeroom_entrypoints.composition.logs import configure_logs
from homeroom_entrypoints.composition.plugins import find_adapter
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.worker.service import run_worker
from homeroom_entrypoints.worker.settings import WorkerSettings

KEYED = os.environ.get("HOMEROOM_BENCH_KEYS") == "1"


@work("bench.no_op.v1")
@attrs.frozen(kw_only=True)
class NoOp(Work):
    n: float
    t: float


class HomeroomPeer:
    async def open(self, url: str) -> None:
        self.on_job: OnJob = lambda _: None
        settings = load_settings({"HOMEROOM_STORAGE__URL": url})
        configure_logs(settings.log)
        async with find_adapter("schema", settings.storage.adapter)(
            storage_settings(settings)
        ) as schema:
            await schema.upgrade()
        handlers = Handlers()
        handlers.add(NoOp, self.handle)
        self.stack = AsyncExitStack()
        self.homeroom = await self.stack.enter_async_context(
            open_homeroom(settings, handlers=handlers)
        )

    async def handle(self, job: NoOp, _: Run) -> None:
        self.on_job({"n": job.n, "t": job.t})

    async def install(self) -> None:
        """Opening brought the schema up to date."""

    async def enqueue(self, payload: Payload, due: float | None = None) -> None:
        run_at = datetime.fromtimestamp(due, UTC) if due else None
        async with self.homeroom.start() as unit:
            await unit.jobs.enqueue(JobRequest(work=NoOp(**payload), run_at=run_at))
            await unit.commit()

    async def enqueue_many(self, payloads: list[Payload]) -> None:
        requests = [
            JobRequest(work=NoOp(**payload), dedupe_key=f"job {payload['n']}" if KEYED else None)
            for payload in payloads
        ]
        async with self.homeroom.start() as unit:
            await unit.jobs.enqueue(*requests)
            await unit.commit()

    async def work(self, on_job: OnJob) -> None:
        self.on_job = on_job
        await run_worker(self.homeroom, WorkerSettings(concurrency=SLOTS), asyncio.Event())

    async def unfinished(self) -> int:
        reports = await self.homeroom.plant.storage.job_queries.queues()
        return sum(each.scheduled + each.ready + each.running for each in reports)


if __name__ == "__main__":
    driver.main(HomeroomPeer())
