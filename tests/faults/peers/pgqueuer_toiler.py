"""PgQueuer on PostgreSQL."""

import json

import asyncpg
import traces
from pgqueuer import Job, PgQueuer, Queries


class PgQueuerToiler:
    async def load(self, url: str, jobs: int) -> None:
        async with asyncpg.create_pool(url, min_size=1, max_size=1) as pool:
            queries = Queries.from_asyncpg_pool(pool)
            await queries.install()
            bodies: list[bytes | None] = [json.dumps(n).encode() for n in range(jobs)]
            await queries.enqueue(["job"] * jobs, bodies, [0] * jobs)

    async def work(self, url: str) -> None:
        connection = await asyncpg.connect(url)
        queuer = PgQueuer.from_asyncpg_connection(connection)

        @queuer.entrypoint("job", concurrency_limit=traces.SLOTS)
        async def run(job: Job) -> None:
            await traces.toil(json.loads(job.payload or b"0"))

        await queuer.run()


if __name__ == "__main__":
    traces.main(PgQueuerToiler())
