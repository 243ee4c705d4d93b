"""A worker whose server goes away and returns, and what may be expected of it then."""

import asyncio
import math
import time
from bisect import bisect_left, bisect_right
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import attrs
from accounts import Account
from backends import Backend
from grounds import Ground, open_ground, under_load
from journal import Deed
from workers import WorkerProcess

from homeroom_testing.faults import TcpFaults, tcp_faults
from homeroom_testing.private_services import (
    PrivatePostgres,
    PrivateRabbit,
    PrivateRedis,
    PrivateServer,
    running,
)

RATE, LONGEST = 10.0, 0.05
"""Jobs a second, and seconds: few and short ones, so that a backlog is soon worked off."""

BEFORE, AFTER = 2.0, 6.5
"""Seconds of load before the first fault and after the last one."""

SOON = 1.0
"""Seconds within which a job starts when nothing is wrong."""

RECOVERY = 5.0
"""Seconds after the server is back until there must be full speed again."""

SERVERS = {"postgres": PrivatePostgres, "redis": PrivateRedis, "rabbitmq": PrivateRabbit}
_URLS = {"postgres": "storage__url", "redis": "jobs__url", "rabbitmq": "jobs__url"}


@attrs.frozen
class Strike:
    """When a fault struck, which takes a moment."""

    begun: float
    ended: float


@attrs.define
class Scene:
    """A worker on a server of our own; only the worker is on the line."""

    server: PrivateServer
    ground: Ground
    line: TcpFaults
    worker: WorkerProcess
    lease: float
    struck: list[Strike] = attrs.field(factory=list[Strike])
    back: float = math.inf
    """When the server was there again, for good."""

    @contextmanager
    def striking(self) -> Iterator[None]:
        """A fault strikes meanwhile."""
        begun = time.monotonic()
        yield
        self.struck.append(Strike(begun, time.monotonic()))

    def is_back(self) -> None:
        self.back = time.monotonic()

    @asynccontextmanager
    async def under_load(self) -> AsyncIterator[None]:
        """Jobs are asked for while this lasts, and for a while before and after."""
        async with under_load(self.ground, RATE, backlog=math.inf):
            await asyncio.sleep(BEFORE)
            yield
            await asyncio.sleep(AFTER)

    async def aftermath(self) -> Account:
        """What is known when all is settled: nothing is lost, and the worker never ended."""
        assert self.worker.running, self.worker.last_words()
        await self.ground.until_settled(within=60)
        assert self.worker.running, self.worker.last_words()
        await self.worker.terminate(within=30)
        account = self.ground.account()
        findings = account.findings(lease=0)
        assert not findings, findings
        assert len(account.times(Deed.UP)) == 1
        assert self.worker.exit_code == 0
        late = slow_to_return(account, self.struck, self.back, lease=self.lease)
        assert not late, f"{len(late)} jobs came too late: {late[:5]}"
        return account


def slow_to_return(
    account: Account, struck: Sequence[Strike], back: float, *, lease: float
) -> list[str]:
    """Jobs that had to wait though there should have been full speed, and how long.

    At full speed, a job starts `SOON`; or it waits for its turn behind a backlog, of which as many
    start in a second as are asked for. What was on its way to a worker when a fault *struck* may
    be lost on it, and is an orphan for a *lease* after that: it may have been offered in vain once
    more until there was full speed. A claim whose answer was lost makes orphans as well, known by
    more attempts than starts.
    """
    begun, starts, overtaken = account.first_starts(), account.starts(), account.overtaken()
    moments, full = sorted(begun.values()), back + RECOVERY
    late: list[str] = []
    for n, at in account.asked().items():
        on_its_way = any(at < one.ended and begun[n] > one.begun for one in struck)
        orphan = on_its_way or account.jobs[n].attempts > starts[n]
        due = max(at + SOON, full + lease if orphan else full)
        turns = bisect_right(moments, begun[n]) - bisect_left(moments, full)
        in_turn = turns >= RATE * (begun[n] - full) and (orphan or overtaken[n] <= SOON)
        if begun[n] > due and not in_turn:
            late.append(f"{n}: asked for at {at - back:+.2f} s, begun at {begun[n] - back:+.2f} s")
    return late


@asynccontextmanager
async def open_scene(
    backend: Backend, directory: Path, settings: Mapping[str, str], lease: float
) -> AsyncIterator[Scene]:
    """The scene of an outage, on *settings* for everything but the server that may be away."""
    async with (
        running(SERVERS[backend.server]()) as server,
        tcp_faults("127.0.0.1", server.port) as line,
    ):
        url = _URLS[backend.server]
        stage = {**settings, f"HOMEROOM_{url.upper()}": server.url}
        async with open_ground(directory, stage) as ground:
            by_the_line = server.url.replace(f":{server.port}/", f":{line.port}/")
            ground.client.longest = LONGEST
            worker = ground.worker(**{url: by_the_line}, jobs__lease_seconds=lease)
            await worker.until_up(ground.journal)
            yield Scene(server, ground, line, worker, lease)
