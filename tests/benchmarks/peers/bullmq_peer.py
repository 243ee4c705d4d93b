"""BullMQ's Python port on Redis, its defaults, ten at a time."""

import asyncio
import time

import driver
from bullmq import Queue, Worker
from driver import SLOTS, OnJob, Payload


class BullPeer:
    async def open(self, url: str) -> None:
        self.url = url
        self.queue = Queue("bench", {"connection": url})

    async def install(self) -> None:
        """Redis needs no tables."""

    async def enqueue(self, payload: Payload, due: float | None = None) -> None:
        options = {"delay": max(0, round((due - time.time()) * 1000))} if due else {}
        await self.queue.add("run", payload, options)

    async def enqueue_many(self, payloads: list[Payload]) -> None:
        for first in range(0, len(payloads), 1_000):
            some = payloads[first : first + 1_000]
            await self.queue.addBulk([{"name": "run", "data": payload} for payload in some])

    async def work(self, on_job: OnJob) -> None:
        async def run(job: object, _: str) -> None:
            on_job(job.data)  # type: ignore[attr-defined]

        worker = Worker("bench", run, {"connection": self.url, "concurrency": SLOTS})
        try:
            await asyncio.Event().wait()
        finally:
            await worker.close(force=True)

    async def unfinished(self) -> int:
        counts = await self.queue.getJobCounts("waiting", "active", "delayed", "prioritized")
        return sum(counts.values())


if __name__ == "__main__":
    driver.main(BullPeer())
