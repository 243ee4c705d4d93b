"""BullMQ's Python port on Redis."""

import asyncio
from typing import Any

import traces
from bullmq import Queue, Worker


class BullToiler:
    async def load(self, url: str, jobs: int) -> None:
        queue = Queue("toil", {"connection": url})
        await queue.addBulk([{"name": "run", "data": {"n": n}} for n in range(jobs)])
        await queue.close()

    async def work(self, url: str) -> None:
        async def run(job: Any, _: str) -> None:
            await traces.toil(job.data["n"])

        worker = Worker("toil", run, {"connection": url, "concurrency": traces.SLOTS})
        await asyncio.Event().wait()
        await worker.close()


if __name__ == "__main__":
    traces.main(BullToiler())
