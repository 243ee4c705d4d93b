"""What is reachable on PostgreSQL with what a real queue needs per job, and nothing else.

A registry, decoding, a time limit, attempts counted at the claim, a lease, ten slots, at most 200
claimed ahead, acknowledgements flushed every 2 ms, wake-up by LISTEN and a timer to the next due
row. It has no dedupe, no priorities, no dead letters, no trace: the limit, not a rival.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import asyncpg
import driver
import msgspec
from driver import SLOTS, OnJob, Payload

TABLE = """
CREATE TABLE job (id bigserial PRIMARY KEY, name text NOT NULL, payload bytea NOT NULL,
  free_at timestamptz NOT NULL DEFAULT now(), attempts int NOT NULL DEFAULT 0);
CREATE INDEX ON job (free_at, id);
"""
INSERT = "INSERT INTO job (name, payload, free_at) VALUES ($1, $2, coalesce($3, now()))"
CLAIM = """
WITH picked AS (SELECT id FROM job WHERE free_at <= now() ORDER BY free_at, id LIMIT $1
                FOR UPDATE SKIP LOCKED)
UPDATE job SET attempts = attempts + 1, free_at = now() + interval '15 s'
FROM picked WHERE job.id = picked.id RETURNING job.id, name, payload, attempts
"""
NEXT = "SELECT extract(epoch FROM min(free_at) - clock_timestamp())::float FROM job"
AHEAD = 200

Handler = Callable[[Payload], Awaitable[None]]


class Prototype:
    def __init__(self) -> None:
        self.decode = msgspec.json.Decoder(dict[str, float]).decode
        self.encode = msgspec.json.Encoder().encode
        self.done: list[int] = []
        self.ready: asyncio.Queue[asyncpg.Record] = asyncio.Queue()
        self.wake = asyncio.Event()
        self.room = asyncio.Event()

    async def open(self, url: str) -> None:
        self.pool = await asyncpg.create_pool(url, min_size=4, max_size=4)

    async def install(self) -> None:
        await self.pool.execute(TABLE)

    async def enqueue(self, payload: Payload, due: float | None = None) -> None:
        at = datetime.fromtimestamp(due, UTC) if due else None
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(INSERT, "run", self.encode(payload), at)
            await connection.execute("NOTIFY job")

    async def enqueue_many(self, payloads: list[Payload]) -> None:
        rows = [("run", self.encode(payload)) for payload in payloads]
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.copy_records_to_table("job", records=rows, columns=("name", "payload"))
            await connection.execute("NOTIFY job")

    async def work(self, on_job: OnJob) -> None:
        async def run(payload: Payload) -> None:
            on_job(payload)

        listener = await self.pool.acquire()
        await listener.add_listener("job", lambda *_: self.wake.set())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.claim())
            tasks.create_task(self.flush())
            for _ in range(SLOTS):
                tasks.create_task(self.slot({"run": run}))

    async def claim(self) -> None:
        async with self.pool.acquire() as connection:
            claim = await connection.prepare(CLAIM)
            while True:
                self.wake.clear()
                wanted = AHEAD - self.ready.qsize()
                claimed = await claim.fetch(wanted)
                for row in claimed:
                    self.ready.put_nowait(row)
                if len(claimed) == wanted:
                    self.room.clear()
                    await self.room.wait()
                else:
                    pause = await connection.fetchval(NEXT)
                    await self.sleep(1.0 if pause is None else min(1.0, max(0.0, pause)))

    async def sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.wake.wait()
        except TimeoutError:
            pass

    async def slot(self, registry: dict[str, Handler]) -> None:
        while True:
            number, name, payload, attempts = await self.ready.get()
            try:
                async with asyncio.timeout(30):
                    await registry[name](self.decode(payload))
            except Exception:
                await self.back_off(number, attempts)
            else:
                self.done.append(number)
            if self.ready.qsize() <= AHEAD // 2:
                self.room.set()

    async def back_off(self, number: int, attempts: int) -> None:
        await self.pool.execute(
            "UPDATE job SET free_at = now() + $2 * interval '1 s' WHERE id = $1",
            number,
            min(300.0, 2.0**attempts),
        )

    async def flush(self) -> None:
        async with self.pool.acquire() as connection:
            while True:
                await asyncio.sleep(0.002)
                if self.done:
                    batch, self.done = self.done, []
                    await connection.execute("DELETE FROM job WHERE id = ANY($1)", batch)

    async def unfinished(self) -> int:
        return await self.pool.fetchval("SELECT count(*) FROM job") or 0


class Floor(Prototype):
    """The bare round trips: claim a hundred, run them, acknowledge a hundred."""

    async def work(self, on_job: OnJob) -> None:
        listener = await self.pool.acquire()
        await listener.add_listener("job", lambda *_: self.wake.set())
        async with self.pool.acquire() as connection:
            while True:
                self.wake.clear()
                claimed = await connection.fetch(CLAIM, 100)
                for row in claimed:
                    on_job(self.decode(row["payload"]))
                if claimed:
                    done = [row["id"] for row in claimed]
                    await connection.execute("DELETE FROM job WHERE id = ANY($1)", done)
                else:
                    await self.sleep(0.5)


if __name__ == "__main__":
    chosen = driver.sys.argv.pop(1) if driver.sys.argv[1] == "floor" else "prototype"
    driver.main(Floor() if chosen == "floor" else Prototype())
