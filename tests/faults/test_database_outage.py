"""A PostgreSQL that dies, returns, and is reached over a bad line: workers sit it out."""

import asyncio
import math
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import pytest
from accounts import Account
from grounds import Ground, open_ground, under_load
from journal import Deed
from workers import WorkerProcess

from homeroom_testing.faults import TcpFaults, tcp_faults
from homeroom_testing.private_services import PrivatePostgres, PrivateServer, in_thread, running

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.service("postgres-programs"),
    pytest.mark.adapter("sql on PostgreSQL"),
]

RATE = 20.0
BEFORE, AFTER = 2.0, 9.0
"""Seconds of load before the first fault and after the last one."""

SOON = 1.0
"""Seconds within which a job starts when nothing is wrong."""

LEASE = 15.0
"""Seconds: the default."""

RECOVERY = 5.0
"""Seconds after the database is back until there must be full speed again."""


@attrs.frozen
class Scene:
    """A worker on a database of our own; only the worker is on the line."""

    server: PrivateServer
    ground: Ground
    line: TcpFaults
    worker: WorkerProcess

    async def aftermath(self, back: float) -> Account:
        """What is known when all is settled; *back* is when the database was there again."""
        await self.ground.until_settled(within=60)
        assert self.worker.running, self.worker.last_words()
        await self.worker.terminate(within=30)
        account = self.ground.account()
        assert account.findings(lease=0) == []
        assert len(account.times(Deed.UP)) == 1
        assert self.worker.exit_code == 0
        assert slow_to_return(account, back) == {}
        return account


def slow_to_return(account: Account, back: float) -> dict[int, float]:
    """Jobs that still had to wait when there should have been full speed, and how long.

    A claim whose answer was lost holds its jobs until their lease runs out: they are orphans,
    known by more attempts than starts.
    """
    asked = {entry.n: entry.at for entry in account.entries if entry.deed is Deed.ASKED}
    begun, starts = account.first_starts(), account.starts()
    waits: dict[int, float] = {}
    for n, at in asked.items():
        orphan = account.jobs[n].attempts > starts[n]
        allowed = back + (LEASE + 1 if orphan else RECOVERY)
        waits[n] = begun[n] - max(at + SOON, allowed)
    return {n: wait for n, wait in waits.items() if wait > 0}


@pytest.fixture
async def scene(tmp_path: Path, anyio_backend: str) -> AsyncIterator[Scene]:
    async with (
        running(PrivatePostgres()) as server,
        tcp_faults("127.0.0.1", server.port) as line,
        open_ground(tmp_path, {"HOMEROOM_STORAGE__URL": server.url}) as ground,
    ):
        by_the_line = server.url.replace(f":{server.port}/", f":{line.port}/")
        worker = ground.worker(storage__url=by_the_line)
        await worker.until_up(ground.journal)
        yield Scene(server, ground, line, worker)


@asynccontextmanager
async def busy(scene: Scene) -> AsyncIterator[None]:
    async with under_load(scene.ground, RATE, backlog=math.inf):
        await asyncio.sleep(BEFORE)
        yield
        await asyncio.sleep(AFTER)


async def test_a_database_that_is_killed_and_restarted_loses_nothing(scene: Scene) -> None:
    back = math.inf
    async with busy(scene):
        for away in (0.2, 2.0, 8.0):
            await in_thread(scene.server.kill)
            await asyncio.sleep(away)
            await in_thread(scene.server.restart)
            back = time.monotonic()
            await asyncio.sleep(2.0)
    await scene.aftermath(back)


async def test_connections_that_are_reset_lose_nothing(scene: Scene, seed: int) -> None:
    luck = random.Random(seed)
    cut = 0
    async with busy(scene):
        for _ in range(20):
            cut += scene.line.reset()
            await asyncio.sleep(luck.uniform(0.02, 0.5))
        back = time.monotonic()
    await scene.aftermath(back)
    assert cut > 20


async def test_packets_dropped_for_five_seconds_lose_nothing(scene: Scene) -> None:
    async with busy(scene):
        scene.line.drop = True
        await asyncio.sleep(5.0)
        scene.line.heal()
        back = time.monotonic()
    account = await scene.aftermath(back)
    during = [at for at in account.times(Deed.DONE) if back - 4 < at < back]
    assert during == [], "the line was not cut: nothing should have been done meanwhile"


async def test_a_line_that_goes_silent_and_is_then_cut_loses_nothing(scene: Scene) -> None:
    async with busy(scene):
        scene.line.drop = True
        await asyncio.sleep(5.0)
        scene.line.reset()
        scene.line.heal()
        back = time.monotonic()
    await scene.aftermath(back)
