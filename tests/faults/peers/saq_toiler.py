"""SAQ on PostgreSQL or Redis, by its URL."""

import traces
from saq import Queue, Worker


class SaqToiler:
    async def load(self, url: str, jobs: int) -> None:
        queue = Queue.from_url(url)
        await queue.connect()
        for n in range(jobs):
            await queue.enqueue("run", n=n)
        await queue.disconnect()

    async def work(self, url: str) -> None:
        async def run(_: object, *, n: int) -> None:
            await traces.toil(n)

        queue = Queue.from_url(url)
        await queue.connect()
        await Worker(queue, functions=[("run", run)], concurrency=traces.SLOTS).start()


if __name__ == "__main__":
    traces.main(SaqToiler())
