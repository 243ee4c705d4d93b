"""A workshop: a fresh storage, work whose doing each test decides, and workers on demand."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import attrs
import pytest

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.bus import Subscription
from homeroom.kernel.carrier import Carrier
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import InstitutionId, JobId
from homeroom.kernel.jobs import Backoff, Job, JobRequest, Work, WorkPolicy, work
from homeroom.kernel.queue import Claim, Handlers, Run
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.bus import MemoryBus
from homeroom_adapters.sql.storage import open_storage
from homeroom_entrypoints.worker.meter import DeafMeter
from homeroom_entrypoints.worker.service import Equipment, WorkerService
from homeroom_entrypoints.worker.settings import WorkerSettings

SCHOOL = InstitutionId(UUID(int=7))


@work("workshop.chore.v1")
@attrs.frozen(kw_only=True)
class Chore(Work):
    """Whatever the test says that *does* means."""

    does: str
    n: int = 0


@work("workshop.unheard_of.v1")
@attrs.frozen(kw_only=True)
class UnheardOf(Work):
    """Work that nobody here knows how to do."""


Do = Callable[[Chore, Run], Awaitable[None]]

QUICK = WorkPolicy(backoff=Backoff(base=0.02, jitter=0.0))


class Tally(DeafMeter):
    """Remembers how attempts ended."""

    def __init__(self) -> None:
        self.outcomes: list[str] = []

    def finished(self, claim: Claim, outcome: str, seconds: float) -> None:
        self.outcomes.append(outcome)


@attrs.define
class Workshop:
    """A storage with work in it; `starts` says which chores were begun, in order."""

    storage: Storage
    ambient: Ambient
    does: dict[str, Do] = attrs.field(factory=dict[str, Do])
    starts: list[int] = attrs.field(factory=list[int])
    tally: Tally = attrs.field(factory=Tally)
    chore: type[Chore] = Chore
    unheard_of: type[UnheardOf] = UnheardOf

    async def ask(self, does: str, n: int = 0, policy: WorkPolicy = QUICK, **named: Any) -> JobId:
        """Enqueue one chore."""
        return await self.enqueue(JobRequest(work=Chore(does=does, n=n), policy=policy, **named))

    async def enqueue(self, request: JobRequest) -> JobId:
        async with self.storage.start() as unit:
            (job_id,) = await unit.jobs.enqueue(request)
            await unit.commit()
        return job_id

    async def job(self, job_id: JobId) -> Job:
        return await self.storage.job_queries.get(job_id, reach=None)

    async def becomes(self, job_id: JobId, state: str, at_most: float = 5.0) -> Job:
        """The job once it is in *state*."""
        until = time.monotonic() + at_most
        while (job := await self.job(job_id)).state.value != state:
            assert time.monotonic() < until, f"still {job.state} and not {state}: {job}"
            await asyncio.sleep(0.01)
        return job

    async def reports(self, job_id: JobId, progress: float, at_most: float = 15.0) -> None:
        """Wait until the job has come that far."""
        until = time.monotonic() + at_most
        while (come := (await self.job(job_id)).progress) != pytest.approx(progress):
            assert time.monotonic() < until, f"it came to {come}, not to {progress}"
            await asyncio.sleep(0.01)

    async def until(self, holds: Callable[[], bool], at_most: float = 5.0) -> None:
        end = time.monotonic() + at_most
        while not holds():
            assert time.monotonic() < end, "it never came to that"
            await asyncio.sleep(0.005)

    def service(
        self,
        storage: Storage | None = None,
        *,
        carrier: Carrier | None = None,
        bus: MemoryBus | None = None,
        subscriptions: tuple[Subscription, ...] = (),
        **settings: Any,
    ) -> WorkerService:
        """A worker on this workshop's storage, or on *storage*."""
        handlers = Handlers()
        handlers.add(Chore, self._do)
        equipment = Equipment(
            storage=storage or self.storage,
            bus=bus or MemoryBus(),
            ambient=self.ambient,
            handlers=handlers,
            carrier=carrier,
            subscriptions=subscriptions,
            meter=self.tally,
        )
        return WorkerService(equipment, WorkerSettings(**{"grace": 1.0, **settings}))

    @asynccontextmanager
    async def working(self, *given: Any, **settings: Any) -> AsyncIterator[asyncio.Event]:
        """A worker at work; setting the event stops it, and so does leaving."""
        stop = asyncio.Event()
        running = asyncio.create_task(self.service(*given, **settings).run(stop))
        try:
            yield stop
        finally:
            stop.set()
            async with asyncio.timeout(10):
                await running

    async def _do(self, chore: Chore, run: Run) -> None:
        self.starts.append(chore.n)
        await self.does[chore.does](chore, run)


async def _nothing(_chore: Chore, _run: Run) -> None:
    return None


@pytest.fixture(scope="session")
def blank_house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the newest schema and nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("house") / "blank.sqlite3"

    async def build() -> None:
        ambient = Ambient(SystemClock(), JsonCodec())
        async with open_storage(StorageSettings(url=f"sqlite:///{path}"), ambient):
            pass

    asyncio.run(build())
    return path


@pytest.fixture
def open_fresh(
    blank_house: Path, tmp_path: Path
) -> Iterator[Callable[[], AbstractAsyncContextManager[Storage]]]:
    """Opens an empty storage, another one each time."""
    opened = 0

    @asynccontextmanager
    async def opening() -> AsyncIterator[Storage]:
        nonlocal opened
        opened += 1
        path = tmp_path / f"house-{opened}.sqlite3"
        shutil.copy(blank_house, path)
        ambient = Ambient(SystemClock(), JsonCodec())
        async with open_storage(StorageSettings(url=f"sqlite:///{path}"), ambient) as storage:
            yield storage

    return opening


@pytest.fixture
def furnish() -> Callable[[Storage], Workshop]:
    """A workshop around any storage."""

    def around(storage: Storage) -> Workshop:
        return Workshop(storage, Ambient(SystemClock(), JsonCodec()), {"nothing": _nothing})

    return around


@pytest.fixture
async def shop(
    open_fresh: Callable[[], AbstractAsyncContextManager[Storage]],
    furnish: Callable[[Storage], Workshop],
) -> AsyncIterator[Workshop]:
    async with open_fresh() as storage:
        yield furnish(storage)
