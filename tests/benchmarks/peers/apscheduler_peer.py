"""APScheduler 3 with recurring tasks in memory or on PostgreSQL, and how fast and late it fires.

    python apscheduler_peer.py STORE drain URL TASKS IDLE          all due at one instant
    python apscheduler_peer.py STORE paced URL RATE SECONDS IDLE   so many due a second, evenly

STORE is `memory` or `postgres`; IDLE tasks more are active and due tomorrow. Its defaults, but
for one: a firing that is late by more than a second would be dropped, and is kept here. Tasks
are put into the store in bulk beforehand, for its own `add_job` takes a transaction for each. The
last line printed is a JSON object.
"""

import asyncio
import json
import os
import pickle
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import uvloop
from apscheduler.job import Job
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import text

LEAD = 3.0
PATIENCE = 120.0
PERIOD = timedelta(days=1)
PAGE = 5_000

fired: list[tuple[int, float]] = []


async def fire(n: int) -> None:
    fired.append((n, time.time()))


def tasks(scheduler: AsyncIOScheduler, due: Sequence[float], idle: int) -> Iterator[Job]:
    """One task for each instant of *due*, and those that are only there."""
    tomorrow = time.time() + PERIOD.total_seconds()
    for n in range(len(due) + idle):
        at = datetime.fromtimestamp(due[n] if n < len(due) else tomorrow, UTC)
        yield Job(
            scheduler,
            id=f"task-{n}",
            func=fire,
            args=(n,),
            kwargs={},
            name="fire",
            trigger=IntervalTrigger(days=1, start_date=at, timezone=UTC),
            executor="default",
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
            next_run_time=at,
        )


class InMemory:
    def __init__(self) -> None:
        self.jobs = MemoryJobStore()

    def put(self, jobs: Iterator[Job]) -> None:
        for job in jobs:
            job._jobstore_alias = "default"
            self.jobs.add_job(job)


class OnPostgres:
    def __init__(self, url: str) -> None:
        self.jobs = SQLAlchemyJobStore(url=url.replace("postgresql://", "postgresql+psycopg://"))

    def put(self, jobs: Iterator[Job]) -> None:
        table = self.jobs.jobs_t
        table.create(self.jobs.engine, checkfirst=True)
        rows = [
            {
                "id": job.id,
                "next_run_time": job.next_run_time.timestamp(),
                "job_state": pickle.dumps(job.__getstate__(), self.jobs.pickle_protocol),
            }
            for job in jobs
        ]
        with self.jobs.engine.begin() as connection:
            for first in range(0, len(rows), PAGE):
                connection.execute(table.insert(), rows[first : first + PAGE])
            connection.execute(text("ANALYZE"))  # as the server itself would before long


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def centile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


async def run(store: InMemory | OnPostgres, due: list[float], idle: int) -> dict[str, float]:
    """Fires what is *due* so many seconds after a beginning that leaves time to prepare it."""
    scheduler = AsyncIOScheduler(timezone=UTC)
    starts = time.time() + LEAD + (len(due) + idle) / 2_000
    instants = [starts + offset for offset in due]
    store.put(tasks(scheduler, instants, idle))
    scheduler.add_jobstore(store.jobs, "default")
    scheduler.start()
    if time.time() > starts:
        raise SystemExit("putting the tasks into the store took too long")
    await asyncio.sleep(starts - time.time() - 0.1)
    used = cpu()
    deadline = instants[-1] + PATIENCE
    while len(fired) < len(due) and time.time() < deadline:  # noqa: ASYNC110 - its own loop fires
        await asyncio.sleep(0.01)
    if len(fired) < len(due):
        raise SystemExit(f"{len(due) - len(fired)} of {len(due)} were never fired")
    late = [at - instants[n] for n, at in fired]
    return {
        "fired/s": (len(fired) - 1) / (fired[-1][1] - instants[0]),
        "p50 ms": centile(late, 0.5) * 1e3,
        "p99 ms": centile(late, 0.99) * 1e3,
        "early": float(sum(one < -0.000_5 for one in late)),
        "CPU µs/firing": (cpu() - used) / len(fired) * 1e6,
    }


async def answer(kind: str, command: str, url: str, *amounts: str) -> None:
    store = InMemory() if kind == "memory" else OnPostgres(url)
    if command == "drain":
        count, idle = map(int, amounts)
        figures = await run(store, [0.0] * count, idle)
    else:
        rate, seconds, idle = int(amounts[0]), float(amounts[1]), int(amounts[2])
        figures = await run(store, [n / rate for n in range(int(rate * seconds))], idle)
    print(json.dumps(figures), flush=True)
    os._exit(0)


if __name__ == "__main__":
    uvloop.run(answer(*sys.argv[1:]))
