"""Node programs to meet ours, and houses whose jobs BullMQ carries."""

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import attrs
import pytest
from redis import Redis

from homeroom.kernel.ids import JobId, new_id
from homeroom.kernel.jobs import (
    Backoff,
    Job,
    JobRequest,
    JobState,
    Work,
    WorkPolicy,
    policy_of,
    work,
)
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.queue import Run
from homeroom.operations.model import JobFilter
from homeroom_adapters.bullmq.carrier import prefix_of
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.worker.service import run_worker
from homeroom_entrypoints.worker.settings import Pauses, WorkerSettings
from homeroom_testing.private_services import PrivateRedis, PrivateServer, running
from homeroom_testing.proof import PROOF

HERE = Path(__file__).parent
PINS = ("package.json", "package-lock.json")
HOUSE = "test"
"""The environment of a house opened by its settings."""


@attrs.define
class Peer:
    """A Node program that does what it is told; each call waits for its answer."""

    _process: asyncio.subprocess.Process

    async def __call__(self, verb: str, **given: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"verb": verb, **given}).encode() + b"\n")
        await self._process.stdin.drain()
        async with asyncio.timeout(15):
            line = await self._process.stdout.readline()
        assert line, "the Node program has ended"
        said = json.loads(line)
        assert "trouble" not in said, said["trouble"]
        return said["answer"]


OpenPeer = Callable[[str, str], AbstractAsyncContextManager[Peer]]


@pytest.fixture(scope="session")
def node_packages(node_program: str, request: pytest.FixtureRequest) -> Path:
    """Where the pinned packages are, fetched with npm unless an earlier session did."""
    pins = b"".join((HERE / name).read_bytes() for name in PINS)
    wanted = hashlib.sha256(pins).hexdigest()[:16]
    assert request.config.cache is not None
    cellar = request.config.cache.mkdir("interop") / wanted
    if not (cellar / "node_modules").exists():
        _fetch(request, cellar)
    return cellar / "node_modules"


def _fetch(request: pytest.FixtureRequest, cellar: Path) -> None:
    """Fetch aside and put in place whole: another session may be doing the same."""
    aside = cellar.with_name(f"{cellar.name}-{os.getpid()}")
    aside.mkdir()
    try:
        for name in PINS:
            shutil.copy(HERE / name, aside)
        words = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        fetched = subprocess.run(words, cwd=aside, capture_output=True, text=True, check=False)
        if fetched.returncode != 0:
            sentence = "node: npm cannot fetch the packages pinned in tests/interop"
            required = "node" in request.config.stash[PROOF].services.required
            (pytest.fail if required else pytest.skip)(f"{sentence}: {fetched.stderr[-500:]}")
        if not cellar.exists():
            aside.rename(cellar)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@pytest.fixture
def open_peer(node_program: str, node_packages: Path) -> OpenPeer:
    """Starts a Node program on the Redis at a URL, under a prefix."""

    @asynccontextmanager
    async def opening(url: str, prefix: str) -> AsyncIterator[Peer]:
        process = await asyncio.create_subprocess_exec(
            node_program,
            str(HERE / "peer.cjs"),
            env={
                "PATH": os.environ["PATH"],
                "NODE_PATH": str(node_packages),
                "BULL_REDIS": url,
                "BULL_PREFIX": prefix,
            },
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=2**20,
        )
        peer = Peer(process)
        try:
            yield peer
            await peer("end")
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()

    return opening


@pytest.fixture
def environment() -> str:
    """An environment that nobody else uses."""
    return f"test-{new_id()}"


@pytest.fixture
def forget(redis_url: str, environment: str) -> Iterator[Callable[[], None]]:
    """Deletes all keys of this test's environment, now and afterwards."""

    def sweep() -> None:
        with Redis.from_url(redis_url) as client:
            for key in client.scan_iter(f"{prefix_of(environment)}:*", count=1000):
                client.delete(key)

    yield sweep
    sweep()


@pytest.fixture
async def peer(
    open_peer: OpenPeer, redis_url: str, environment: str, forget: Callable[[], None]
) -> AsyncIterator[Peer]:
    """A Node program in this test's environment."""
    async with open_peer(redis_url, prefix_of(environment)) as peer:
        yield peer


class Eventually(Protocol):
    """What *holds* answers once that is true."""

    async def __call__(
        self, holds: Callable[[], Awaitable[Any]], *, at_most: float = ...
    ) -> Any: ...


@pytest.fixture
def eventually() -> Eventually:
    async def waiting(holds: Callable[[], Awaitable[Any]], *, at_most: float = 10.0) -> Any:
        end = time.monotonic() + at_most
        while not (answer := await holds()):
            assert time.monotonic() < end, "it never came to that"
            await asyncio.sleep(0.02)
        return answer

    return waiting


@work("interop.song.v1", WorkPolicy(backoff=Backoff(base=0.05, jitter=0.0), max_attempts=2))
@attrs.frozen(kw_only=True)
class Song(Work):
    """Work that Node's programs and ours both know how to do."""

    title: str
    does: str = "sing"


@attrs.define
class Choir:
    """A house whose jobs BullMQ carries, and what its own workers sang."""

    homeroom: Homeroom
    eventually: Eventually
    sung: list[str] = attrs.field(factory=list[str])
    takes: float = 0.0
    """Seconds that a song takes here."""

    async def sing(self, song: Song, _run: Run) -> None:
        self.sung.append(song.title)
        await asyncio.sleep(self.takes)

    async def ask(self, *titles: str, queue: str = "default", does: str = "sing") -> list[JobId]:
        """Enqueue one song for each title, in one unit of work."""
        policy = attrs.evolve(policy_of(Song), queue=queue)
        songs = [Song(title=title, does=does) for title in titles]
        async with self.homeroom.start() as unit:
            ids = await unit.jobs.enqueue(*(JobRequest(work=one, policy=policy) for one in songs))
            await unit.commit()
        return list(ids)

    async def job(self, job_id: JobId) -> Job:
        return await self.homeroom.plant.storage.job_queries.get(job_id, reach=None)

    async def all_become(self, ids: Sequence[JobId], state: JobState) -> list[Job]:
        async def all_in_it() -> list[Job] | None:
            jobs = [await self.job(job_id) for job_id in ids]
            return jobs if all(job.state is state for job in jobs) else None

        jobs: list[Job] = await self.eventually(all_in_it, at_most=30.0)
        return jobs

    async def adopted(self) -> list[Job]:
        """The songs that others asked for, and that the house has made its own."""
        request = CursorRequest(limit=100)
        found = JobFilter(reach=None, name="interop.song.v1")
        page = await self.homeroom.plant.storage.job_queries.find(found, request)
        return list(page.items)

    @asynccontextmanager
    async def working(self, **settings: Any) -> AsyncIterator[None]:
        """A worker at work until the block ends."""
        stop = asyncio.Event()
        given = {"grace": 2.0, "pauses": Pauses(poll=0.3, reoffer=1.0), **settings}
        running = asyncio.create_task(run_worker(self.homeroom, WorkerSettings(**given), stop))
        try:
            yield
        finally:
            stop.set()
            async with asyncio.timeout(15):
                await running


OpenChoir = Callable[..., AbstractAsyncContextManager[Choir]]


@pytest.fixture
def open_choir(tmp_path: Path, eventually: Eventually) -> OpenChoir:
    """Opens a house by its settings, with BullMQ on the Redis at a URL, which it has for itself."""

    @asynccontextmanager
    async def opening(url: str, *, knows: bool = True) -> AsyncIterator[Choir]:
        settings = load_settings(
            {
                "HOMEROOM_DATA_DIR": str(tmp_path),
                "HOMEROOM_ENVIRONMENT": HOUSE,
                "HOMEROOM_JOBS__CARRIER": "bullmq",
                "HOMEROOM_JOBS__URL": url,
            }
        )
        async with open_homeroom(settings) as homeroom:
            choir, plant = Choir(homeroom, eventually), homeroom.plant
            if knows:
                plant.handlers.add(Song, choir.sing)
            yield choir

    return opening


@pytest.fixture
async def server() -> AsyncIterator[PrivateServer]:
    """A Redis of this test alone."""
    async with running(PrivateRedis()) as private:
        yield private
