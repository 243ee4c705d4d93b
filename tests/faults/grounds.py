"""A storage of our own, and a carrier if there is one: what workers are set to work on."""

import asyncio
import math
import random
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import attrs
from accounts import Account, Death
from asking import Client
from journal import Journal, Reader
from ledger import Ledger, ledger_of
from workers import WorkerProcess, until

from homeroom_entrypoints.composition.application import open_homeroom, storage_settings
from homeroom_entrypoints.composition.plugins import find_adapter
from homeroom_entrypoints.composition.settings import load_settings


@attrs.frozen
class Ground:
    """Where a fault test happens: settings in a directory, a client, and workers on demand."""

    directory: Path
    settings: Mapping[str, str]
    client: Client
    ledger: Ledger
    journal: Reader
    workers: list[WorkerProcess] = attrs.field(factory=list[WorkerProcess])
    deaths: list[Death] = attrs.field(factory=list[Death])

    def worker(self, **settings: object) -> WorkerProcess:
        """A worker, started; *settings* are its own."""
        own = {f"HOMEROOM_{name.upper()}": str(value) for name, value in settings.items()}
        worker = WorkerProcess({**self.settings, **own}, self.journal.path)
        self.workers.append(worker)
        worker.start()
        return worker

    @asynccontextmanager
    async def kept_up(self, worker: WorkerProcess) -> AsyncIterator[None]:
        """Start *worker* again whenever it ends, for as long as this lasts."""
        keeping = asyncio.create_task(self._keep_up(worker))
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    async def _keep_up(self, worker: WorkerProcess) -> None:
        while True:
            await until(lambda: not worker.running, within=math.inf, step=0.005)
            self.deaths.append(Death(worker.pid, time.monotonic()))
            worker.start()

    async def until_settled(self, within: float) -> None:
        """Wait until no job is unfinished."""

        async def settled() -> bool:
            return await asyncio.to_thread(self.ledger.unfinished) == 0

        await until(settled, within=within, step=0.1)

    def account(self) -> Account:
        self.journal.refresh()
        return Account(
            entries=self.journal.entries,
            deaths=self.deaths,
            effects=self.ledger.effects(),
            jobs=self.ledger.jobs(),
            epoch=time.time() - time.monotonic(),
        )

    def last_words(self) -> str:
        return self.workers[0].last_words() if self.workers else "no worker was started"


@asynccontextmanager
async def open_ground(
    directory: Path, given: Mapping[str, str], *, seed: int = 0
) -> AsyncIterator[Ground]:
    """An open ground under the settings *given*; no worker of it outlives the block."""
    written = {
        "HOMEROOM_DATA_DIR": str(directory),
        "HOMEROOM_ENVIRONMENT": "test",
        "HOMEROOM_LOG__LEVEL": "warning",
        "HOMEROOM_STORAGE__URL": f"sqlite:///{directory / 'house.sqlite3'}",
        **given,
    }
    settings = load_settings(written)
    url = settings.storage.url.reveal()
    path = directory / "journal"
    async with AsyncExitStack() as stack:
        wanted = storage_settings(settings)
        async with find_adapter("schema", settings.storage.adapter)(wanted) as schema:
            await schema.upgrade()
        homeroom = await stack.enter_async_context(open_homeroom(settings))
        client = Client(homeroom.start, Journal(path), random.Random(seed))
        ground = Ground(directory, written, client, ledger_of(url), Reader(path))
        stack.callback(_end, ground.workers)
        yield ground


@asynccontextmanager
async def under_load(ground: Ground, rate: float, backlog: float = 30) -> AsyncIterator[None]:
    """The client asks for *rate* jobs a second for as long as this lasts; see `keep_asking`."""
    enough = asyncio.Event()
    asking = asyncio.create_task(ground.client.keep_asking(rate, backlog, enough))
    try:
        yield
    finally:
        enough.set()
        await asking


def _end(workers: Sequence[WorkerProcess]) -> None:
    for worker in workers:
        worker.kill()
