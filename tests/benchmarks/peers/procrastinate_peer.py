"""Procrastinate on PostgreSQL, its defaults, ten at a time."""

from datetime import UTC, datetime

import driver
from driver import SLOTS, OnJob, Payload
from procrastinate import App, PsycopgConnector


class ProcrastinatePeer:
    async def open(self, url: str) -> None:
        self.on_job: OnJob = lambda _: None
        self.app = App(connector=PsycopgConnector(conninfo=url))
        await self.app.open_async()

        @self.app.task(name="run")
        async def run(n: int, t: float) -> None:
            self.on_job({"n": n, "t": t})

        self.task = run

    async def install(self) -> None:
        await self.app.schema_manager.apply_schema_async()

    async def enqueue(self, payload: Payload, due: float | None = None) -> None:
        if due is None:
            await self.task.defer_async(**payload)
        else:
            at = datetime.fromtimestamp(due, UTC)
            await self.task.configure(schedule_at=at).defer_async(**payload)

    async def enqueue_many(self, payloads: list[Payload]) -> None:
        for first in range(0, len(payloads), 5_000):
            await self.task.batch_defer_async(*payloads[first : first + 5_000])

    async def work(self, on_job: OnJob) -> None:
        self.on_job = on_job
        await self.app.run_worker_async(concurrency=SLOTS, install_signal_handlers=False)

    async def unfinished(self) -> int:
        row = await self.app.connector.execute_query_one_async(
            "SELECT count(*) AS left FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
        )
        return int(row["left"])


if __name__ == "__main__":
    driver.main(ProcrastinatePeer())
