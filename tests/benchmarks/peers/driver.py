"""The pieces of work that every queue is given, and the line of figures it answers with.

    python <peer>.py drain    URL JOBS             bulk enqueue, then run all of them, 10 at a time
    python <peer>.py paced    URL RATE SECONDS     pick-up latency while another process enqueues
    python <peer>.py delayed  URL JOBS SECONDS     lateness of jobs due at random within a window
    python <peer>.py enqueue  URL ONE_BY_ONE BULK  what asking for a job costs
    python <peer>.py through  URL JOBS BATCH       asking in batches while a worker runs them

The store behind URL is empty and ours. The last line printed is a JSON object.
"""

import asyncio
import contextlib
import json
import os
import random
import resource
import shutil
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

import uvloop

SLOTS = 10
PATIENCE = 120.0
LEAD = 2.0

Payload = dict[str, float]
OnJob = Callable[[Payload], None]


class Peer(Protocol):
    """A queue, worn so that each may be driven alike; used as its own documentation shows."""

    async def open(self, url: str) -> None: ...

    async def install(self) -> None: ...

    async def enqueue(self, payload: Payload, due: float | None = None) -> None:
        """Ask for one job, now or at the wall-clock time *due*; durable on return."""
        ...

    async def enqueue_many(self, payloads: list[Payload]) -> None:
        """Ask for many, by the fastest documented way."""
        ...

    async def work(self, on_job: OnJob) -> None:
        """Run jobs, `SLOTS` at a time, until cancelled."""
        ...

    async def unfinished(self) -> int:
        """Jobs that the store does not know to be done."""
        ...


class Stuck(Exception):
    """The peer did not finish within our patience."""


def centile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@contextlib.asynccontextmanager
async def working(peer: Peer, on_job: OnJob) -> Any:
    worker = asyncio.create_task(peer.work(on_job))
    try:
        yield worker
    finally:
        worker.cancel()
        await asyncio.wait([worker], timeout=10)
        if worker.done() and not worker.cancelled() and (broke := worker.exception()):
            print(f"worker: {broke!r}", file=sys.stderr)


async def until(done: Callable[[], bool], *, within: float = PATIENCE, step: float = 0.002) -> None:
    deadline = time.monotonic() + within
    while not done():
        if time.monotonic() > deadline:
            raise Stuck("out of patience")
        await asyncio.sleep(step)


async def drain(peer: Peer, jobs: int) -> dict[str, float]:
    """Jobs per second, counted to the last execution and to the last acknowledgement."""
    await peer.install()
    await peer.enqueue_many([{"n": n, "t": 0.0} for n in range(jobs)])
    seen: list[float] = []
    used = cpu()
    async with working(peer, lambda _: seen.append(time.perf_counter())):
        await until(lambda: len(seen) >= jobs)
        while await peer.unfinished():  # noqa: ASYNC110 - the store is asked, it cannot tell
            await asyncio.sleep(0.005)
        acknowledged = time.perf_counter()
        used = cpu() - used
    return {
        "acked/s": (jobs - 1) / (acknowledged - seen[0]),
        "run/s": (jobs - 1) / (seen[jobs - 1] - seen[0]),
        "CPU µs/job": used / jobs * 1e6,
    }


async def paced(peer: Peer, url: str, rate: int, seconds: float) -> dict[str, float]:
    """From just before a job is asked for, in another process, to the start of its handler."""
    await peer.install()
    waits: list[float] = []
    async with working(peer, lambda job: waits.append(time.monotonic() - job["t"])):
        await asyncio.sleep(1.0)
        load = [sys.executable, sys.argv[0], "load", url, str(rate), str(seconds)]
        if shutil.which("taskset") and (os.cpu_count() or 1) > 1:
            load = ["taskset", "-c", "1", *load]
        child = await asyncio.create_subprocess_exec(*load, stdout=asyncio.subprocess.DEVNULL)
        expected = int(rate * seconds)
        try:
            await until(lambda: len(waits) >= expected, within=seconds + 60)
        finally:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    return {"p50 ms": centile(waits, 0.5) * 1e3, "p99 ms": centile(waits, 0.99) * 1e3}


async def load(peer: Peer, rate: int, seconds: float) -> dict[str, float]:
    """An open loop: the next job is asked for on time, however long the last one took."""
    began, tasks = time.monotonic() + 0.1, []
    for n in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + n / rate - time.monotonic()))
        tasks.append(asyncio.create_task(peer.enqueue({"n": n, "t": time.monotonic()})))
    await asyncio.gather(*tasks)
    return {}


async def delayed(peer: Peer, jobs: int, seconds: float) -> dict[str, float]:
    """How late each job of a window starts, in ms; negative is early."""
    await peer.install()
    luck = random.Random(20_000)
    late: list[float] = []
    opens = time.time() + LEAD
    for n in range(jobs):
        due = opens + luck.random() * seconds
        await peer.enqueue({"n": n, "t": due}, due)
    if time.time() > opens:
        raise Stuck("asking took longer than the lead")
    async with working(peer, lambda job: late.append(time.time() - job["t"])):
        await until(lambda: len(late) >= jobs, within=LEAD + seconds + 60)
    return {
        "p50 ms": centile(late, 0.5) * 1e3,
        "p99 ms": centile(late, 0.99) * 1e3,
        "early": float(sum(each < -0.000_5 for each in late)),
    }


async def enqueue(peer: Peer, one_by_one: int, bulk: int) -> dict[str, float]:
    """Jobs asked for per second, each in its own transaction and all at once."""
    await peer.install()
    began = time.perf_counter()
    for n in range(one_by_one):
        await peer.enqueue({"n": n, "t": 0.0})
    middle = time.perf_counter()
    await peer.enqueue_many([{"n": n, "t": 0.0} for n in range(bulk)])
    ended = time.perf_counter()
    return {"one by one/s": one_by_one / (middle - began), "bulk/s": bulk / (ended - middle)}


async def through(peer: Peer, jobs: int, batch: int) -> dict[str, float]:
    """Jobs per second from the first request to the last acknowledgement, both in one process."""
    await peer.install()
    seen: list[Payload] = []
    used = cpu()
    async with working(peer, seen.append):
        began = time.perf_counter()
        for first in range(0, jobs, batch):
            numbers = range(first, min(jobs, first + batch))
            await peer.enqueue_many([{"n": n, "t": 0.0} for n in numbers])
        await until(lambda: len(seen) >= jobs)
        while await peer.unfinished():  # noqa: ASYNC110 - the store is asked, it cannot tell
            await asyncio.sleep(0.005)
        seconds, used = time.perf_counter() - began, cpu() - used
    return {"jobs/s": jobs / seconds, "CPU µs/job": used / jobs * 1e6}


async def run(peer: Peer, words: list[str]) -> dict[str, float]:
    command, url, first, *rest = words
    await peer.open(url)
    match command:
        case "drain":
            return await drain(peer, int(first))
        case "paced":
            return await paced(peer, url, int(first), float(rest[0]))
        case "load":
            return await load(peer, int(first), float(rest[0]))
        case "delayed":
            return await delayed(peer, int(first), float(rest[0]))
        case "enqueue":
            return await enqueue(peer, int(first), int(rest[0]))
        case "through":
            return await through(peer, int(first), int(rest[0]))
        case _:
            raise SystemExit(f"unknown command {command!r}")


async def answer(peer: Peer) -> None:
    """Print the figures and end at once: closing pools in order is nobody's benchmark."""
    print(json.dumps(await run(peer, sys.argv[1:])), flush=True)
    os._exit(0)


def main(peer: Peer) -> None:
    """Do what the command line says."""
    uvloop.run(answer(peer))
