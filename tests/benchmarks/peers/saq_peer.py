"""SAQ on PostgreSQL or Redis, by its URL; its defaults, ten at a time."""

import asyncio
import math

import driver
from driver import SLOTS, OnJob, Payload
from saq import Queue, Worker


class SaqPeer:
    async def open(self, url: str) -> None:
        self.queue = Queue.from_url(url)
        await self.queue.connect()

    async def install(self) -> None:
        """Connecting laid out the tables."""

    async def enqueue(self, payload: Payload, due: float | None = None) -> None:
        # SAQ knows whole seconds; the next one, so that it is never early by our doing.
        when = {"scheduled": math.ceil(due)} if due else {}
        await self.queue.enqueue("run", payload=payload, **when)

    async def enqueue_many(self, payloads: list[Payload]) -> None:
        for first in range(0, len(payloads), 500):
            await asyncio.gather(*map(self.enqueue, payloads[first : first + 500]))

    async def work(self, on_job: OnJob) -> None:
        async def run(_: object, *, payload: Payload) -> None:
            on_job(payload)

        worker = Worker(self.queue, functions=[("run", run)], concurrency=SLOTS)
        await worker.start()

    async def unfinished(self) -> int:
        return await self.queue.count("incomplete")


if __name__ == "__main__":
    driver.main(SaqPeer())
