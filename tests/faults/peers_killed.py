"""What becomes of 200 jobs when their only worker is killed: ours beside the peers, in one run.

    python tests/faults/peers_killed.py

Each job takes 0.3 s, a worker runs ten at a time. As soon as 15 are done and 5 are running it is
killed, and another one started at once; then we wait until all are done, two minutes at most.
Everybody keeps the defaults, and the servers are our own.
"""

import asyncio
import importlib
import math
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import attrs

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "benchmarks")]  # safe paths leave both out

from grounds import Ground, open_ground  # noqa: E402
from journal import Deed, Entry, Reader  # noqa: E402
from toiling import Toil  # noqa: E402
from workers import Moment, NeverHappened, WorkerProcess, until  # noqa: E402

from homeroom_testing import sandboxes  # noqa: E402
from homeroom_testing.private_services import (  # noqa: E402
    PrivatePostgres,
    PrivateRedis,
    PrivateServer,
    running,
)

environments: Any = importlib.import_module("environments")
CannotRun: type[Exception] = environments.CannotRun

JOBS, SECONDS = 200, 0.3
HORIZON = 120.0


@attrs.frozen
class Fate:
    """What became of one queue's jobs."""

    done: int
    again: int
    """Jobs that were started more than once."""

    last: float
    """Seconds from the kill to the end of the last job."""

    def cells(self) -> list[str]:
        last = f"{self.last:.1f}" if self.done == JOBS else "-"
        return [str(self.done), str(JOBS - self.done), str(self.again), last]


@attrs.frozen
class Peer:
    """A queue of others: its environment's and its program's name, and the store it uses."""

    name: str
    store: str

    async def fate(self, directory: Path, servers: Mapping[str, PrivateServer]) -> Fate:
        python = await environments.python_of(self.name)
        script = str(HERE / "peers" / f"{self.name}_toiler.py")
        with _empty(self.store, servers[self.store].url) as url:
            worker = WorkerProcess(
                {"PYTHONPATH": str(HERE / "peers")},
                directory / "journal",
                (python, script, "work", url),
            )
            load = partial(_run, python, script, "load", url, str(JOBS))
            try:
                return await _fate(worker, load)
            finally:
                worker.kill()


@attrs.frozen
class Ours:
    """Homeroom on PostgreSQL, with the lease it has by default."""

    name: str = "homeroom"
    store: str = "postgres"

    async def fate(self, directory: Path, servers: Mapping[str, PrivateServer]) -> Fate:
        with _empty(self.store, servers[self.store].url) as url:
            async with open_ground(directory, {"HOMEROOM_STORAGE__URL": url}) as ground:
                worker = WorkerProcess(ground.settings, ground.journal.path)
                ground.workers.append(worker)
                return await _fate(worker, partial(_ask, ground))


CONTESTANTS: Sequence[Ours | Peer] = (
    Ours(),
    Peer("pgqueuer", "postgres"),
    Peer("bullmq", "redis"),
    Peer("saq", "postgres"),
    Peer("saq", "redis"),
)


async def _fate(worker: WorkerProcess, load: Callable[[], Awaitable[None]]) -> Fate:
    """Kill *worker* once and see what becomes of the jobs that *load* asked for."""
    await load()
    reader = Reader(worker.journal)
    worker.start()
    await until(lambda: _in_the_midst(reader), within=60, step=0.005)
    died_at = await worker.die(Moment.ANYWHERE)
    worker.start()
    try:
        await until(lambda: _done(reader) == JOBS, within=HORIZON, step=0.1)
    except NeverHappened:
        print(f"not all were done after {HORIZON:.0f} s", file=sys.stderr)
    starts = _counts(reader.entries, Deed.STARTED)
    ends = [entry.at for entry in reader.entries if entry.deed is Deed.DONE]
    again = sum(count > 1 for count in starts.values())
    return Fate(_done(reader), again, max(ends, default=math.inf) - died_at)


async def _ask(ground: Ground) -> None:
    await ground.client.ask(*(Toil(n=n, seconds=SECONDS) for n in range(JOBS)))


def _in_the_midst(reader: Reader) -> bool:
    done, begun = _done(reader), len(_counts(reader.entries, Deed.STARTED))
    return done >= 15 and begun - done >= 5


def _done(reader: Reader) -> int:
    reader.refresh()
    return len(_counts(reader.entries, Deed.DONE))


def _counts(entries: Sequence[Entry], deed: Deed) -> Counter[int]:
    return Counter(entry.n for entry in entries if entry.deed is deed)


def _empty(store: str, url: str) -> sandboxes.Sandbox:
    return (sandboxes.postgres_database if store == "postgres" else sandboxes.emptied_redis)(url)


async def _run(*command: str) -> None:
    environment = {"PYTHONPATH": str(HERE / "peers")}
    process = await asyncio.create_subprocess_exec(*command, env=environment)
    if await process.wait() != 0:
        raise CannotRun(f"{command[1]} could not ask for jobs")


async def _row(one: Ours | Peer, servers: Mapping[str, PrivateServer]) -> list[str]:
    directory = Path(tempfile.mkdtemp(prefix="homeroom-peers-"))
    try:
        return [f"{one.name} on {one.store}", *(await one.fate(directory, servers)).cells()]
    except (CannotRun, NeverHappened) as error:
        return [f"{one.name} on {one.store}", f"cannot run: {error}", "", "", ""]
    finally:
        shutil.rmtree(directory, ignore_errors=True)


async def main() -> None:
    """Print the table."""
    print(f"| queue | done of {JOBS} | not done | started again | last one done after, s |")
    print("|---|---|---|---|---|")
    async with running(PrivatePostgres()) as postgres, running(PrivateRedis()) as redis:
        servers = {"postgres": postgres, "redis": redis}
        for one in CONTESTANTS:
            print("|", " | ".join(await _row(one, servers)), "|", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
