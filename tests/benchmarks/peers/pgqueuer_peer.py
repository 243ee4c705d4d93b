"""PgQueuer on PostgreSQL through asyncpg, its defaults."""

import json
from datetime import timedelta

import asyncpg
import driver
from driver import OnJob, Payload
from pgqueuer import Job, PgQueuer, Queries


class PgQueuerPeer:
    async def open(self, url: str) -> None:
        self.url = url
        self.pool = await asyncpg.create_pool(url, min_size=4, max_size=4)
        self.queries = Queries.from_asyncpg_pool(self.pool)

    async def install(self) -> None:
        await self.queries.install()

    async def enqueue(self, payload: Payload, due: float | None = None) -> None:
        delay = timedelta(seconds=due - driver.time.time()) if due else None
        await self.queries.enqueue("job", json.dumps(payload).encode(), execute_after=delay)

    async def enqueue_many(self, payloads: list[Payload]) -> None:
        bodies: list[bytes | None] = [json.dumps(payload).encode() for payload in payloads]
        await self.queries.enqueue(["job"] * len(bodies), bodies, [0] * len(bodies))

    async def work(self, on_job: OnJob) -> None:
        connection = await asyncpg.connect(self.url)
        queuer = PgQueuer.from_asyncpg_connection(connection)

        @queuer.entrypoint("job")
        async def run(job: Job) -> None:
            on_job(json.loads(job.payload or b"{}"))

        await queuer.run()

    async def unfinished(self) -> int:
        return await self.pool.fetchval("SELECT count(*) FROM pgqueuer") or 0


if __name__ == "__main__":
    driver.main(PgQueuerPeer())
