"""The numbers of a worker, as Prometheus reads them."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from homeroom.kernel.errors import Invalid, Unavailable
from homeroom.kernel.jobs import Backoff, JobRequest, Work, WorkPolicy, work
from homeroom.kernel.queue import Handlers, Lease, Run
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.numbers import Numbers
from homeroom_entrypoints.composition.settings import Settings, load_settings
from homeroom_entrypoints.worker.measured import WorkerMeter
from homeroom_entrypoints.worker.service import run_worker, worker_settings
from homeroom_entrypoints.worker.watched import Watched

pytestmark = pytest.mark.anyio

NAME = "measured.errand.v1"
Samples = dict[tuple[str, ...], float]


@work(NAME, WorkPolicy(backoff=Backoff(base=0.01, jitter=0.0)))
@attrs.frozen(kw_only=True)
class Errand(Work):
    """Ends as *ends* says."""

    ends: str = "well"


@work("measured.stranger.v1")
@attrs.frozen(kw_only=True)
class Stranger(Work):
    """Work that nobody here knows how to do."""


async def run_errand(errand: Errand, run: Run) -> None:
    if errand.ends == "badly":
        raise Invalid("it will never do")
    if errand.ends == "later" and run.attempt == 1:
        raise Unavailable


@attrs.frozen
class Post:
    """An open Homeroom whose work is errands, and the page of its numbers."""

    homeroom: Homeroom
    settings: Settings
    numbers: Numbers
    meter: WorkerMeter

    async def ask(self, errand: Work, **named: Any) -> None:
        async with self.homeroom.start() as unit:
            await unit.jobs.enqueue(JobRequest(work=errand, **named))
            await unit.commit()

    async def shown(self, name: str) -> Samples:
        """The samples of *name* by the values of their labels, ordered by the labels' names."""
        return samples(await self.numbers.page(), name)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        stop = asyncio.Event()
        settings = worker_settings(self.settings)
        running = asyncio.create_task(run_worker(self.homeroom, settings, stop, self.meter))
        try:
            yield
        finally:
            stop.set()
            await running

    async def until(self, name: str, labels: tuple[str, ...], value: float) -> None:
        end = time.monotonic() + 10
        while (shown := (await self.shown(name)).get(labels)) != value:
            assert time.monotonic() < end, f"{name}{labels} is {shown} and not {value}"
            await asyncio.sleep(0.01)

    def over(self, line: Any) -> "Post":
        """The same post with *line* between the numbers and the storage."""
        plant = self.homeroom.plant
        line.ask = plant.storage.job_queries.queues
        storage = attrs.evolve(plant.storage, job_queries=line)
        numbers = Numbers(attrs.evolve(plant, storage=storage), self.settings)
        return attrs.evolve(self, numbers=numbers, meter=WorkerMeter(numbers, plant.handlers))


def samples(page: bytes, name: str) -> Samples:
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page.decode())
        for sample in family.samples
        if sample.name == name
    }


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    settings = load_settings({"HOMEROOM_DATA_DIR": str(tmp_path)})
    handlers = Handlers()
    handlers.add(Errand, run_errand)
    async with open_homeroom(settings, handlers=handlers) as homeroom:
        numbers = Numbers(homeroom.plant, settings)
        yield Post(homeroom, settings, numbers, WorkerMeter(numbers, homeroom.plant.handlers))


class TestCounters:
    async def test_of_what_may_happen_stand_at_zero_from_the_start(self, post: Post) -> None:
        finished = await post.shown("homeroom_jobs_finished_total")
        for outcome in ("succeeded", "retry", "dead", "released", "lost"):
            assert finished[NAME, outcome, "default"] == 0
        claimed = await post.shown("homeroom_jobs_claimed_total")
        queues = ("alerts", "default", "deliveries", "writing")
        assert claimed == {(queue,): 0 for queue in queues}
        swept = await post.shown("homeroom_jobs_swept_total")
        assert swept == {("promoted",): 0, ("rescued",): 0, ("buried",): 0}

    async def test_tell_how_attempts_ended(self, post: Post) -> None:
        for ends in ("well", "well", "badly", "later"):
            await post.ask(Errand(ends=ends))
        async with post.working():
            await post.until("homeroom_jobs_finished_total", (NAME, "succeeded", "default"), 3)
            await post.until("homeroom_jobs_finished_total", (NAME, "dead", "default"), 1)
        finished = await post.shown("homeroom_jobs_finished_total")
        assert finished[NAME, "retry", "default"] == 1
        assert await post.shown("homeroom_job_seconds_count") == {(NAME,): 5}
        assert (await post.shown("homeroom_jobs_claimed_total"))["default",] == 5

    async def test_share_one_label_for_work_nobody_knows(self, post: Post) -> None:
        await post.ask(Stranger())
        async with post.working():
            await post.until("homeroom_jobs_finished_total", ("other", "dead", "default"), 1)
        assert b"measured.stranger" not in await post.numbers.page()

    async def test_tell_of_jobs_taken_back_from_the_dead(self, post: Post) -> None:
        await post.ask(Errand())
        await post.homeroom.plant.storage.queue.claim(
            "default", limit=1, lease=Lease(worker="killed", seconds=0.05)
        )
        async with post.working():
            await post.until("homeroom_jobs_swept_total", ("rescued",), 1)
            await post.until("homeroom_jobs_finished_total", (NAME, "succeeded", "default"), 1)

    async def test_tell_of_lost_leases_and_failed_rounds(self, post: Post) -> None:
        post.meter.lost(3)
        post.meter.troubled("claiming")
        assert await post.shown("homeroom_leases_lost_total") == {(): 3}
        assert await post.shown("homeroom_worker_troubles_total") == {("claiming",): 1}


class TestQueues:
    async def test_show_their_jobs_by_state(self, post: Post) -> None:
        await post.ask(Errand())
        now = post.homeroom.plant.ambient.clock.now()
        await post.ask(Errand(), run_at=now + timedelta(hours=1))
        shown = await post.shown("homeroom_queue_jobs")
        assert (shown["default", "ready"], shown["default", "scheduled"]) == (1, 1)

    async def test_show_how_long_the_oldest_has_been_due(self, post: Post) -> None:
        now = post.homeroom.plant.ambient.clock.now()
        await post.ask(Errand(), run_at=now - timedelta(minutes=5))
        (age,) = (await post.shown("homeroom_queue_oldest_ready_seconds")).values()
        assert 300 <= age < 360

    async def test_nobody_here_works_on_share_one_label(self, post: Post) -> None:
        for n in range(5):
            await post.ask(Errand(), policy=WorkPolicy(queue=f"made-up-{n}"))
        shown = await post.shown("homeroom_queue_jobs")
        assert shown["other", "ready"] == 5
        assert {queue for queue, _ in shown} <= {"default", "other"}


async def well() -> None: ...


async def away() -> None:
    raise Unavailable("nobody answers")


async def silent() -> None:
    await asyncio.Event().wait()


@attrs.define
class Line:
    """How questions about queues reach the storage, and how many did."""

    goes: Callable[[], Awaitable[None]] = well
    ask: Callable[[], Awaitable[Any]] = well
    asked: int = 0

    async def queues(self) -> Any:
        self.asked += 1
        await self.goes()
        return await self.ask()


class TestThePage:
    @pytest.mark.parametrize("goes", [away, silent])
    async def test_is_readable_while_the_storage_is_away(self, post: Post, goes: Any) -> None:
        blind = post.over(Line(goes))
        blind.meter.told(7)
        async with asyncio.timeout(5):
            assert await blind.shown("homeroom_storage_up") == {(): 0}
        assert await blind.shown("homeroom_events_told_total") == {(): 7}
        assert await blind.shown("homeroom_queue_jobs") == {}

    async def test_asks_the_storage_once_however_many_look_together(self, post: Post) -> None:
        line = Line()
        watched = post.over(line)
        await asyncio.gather(*(watched.numbers.page() for _ in range(20)))
        assert line.asked == 1


class TestWatched:
    @asynccontextmanager
    async def looking(self, post: Post, ping: Any = None) -> AsyncIterator[httpx.AsyncClient]:
        app: Any = Watched(post.numbers, ping or post.homeroom.plant.storage.ping)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://worker") as client:
            yield client

    async def test_shows_the_numbers(self, post: Post) -> None:
        post.meter.told(1)
        async with self.looking(post) as client:
            page = await client.get("/metrics")
        assert page.headers["content-type"].startswith("text/plain")
        assert samples(page.content, "homeroom_events_told_total") == {(): 1}

    async def test_lives_and_is_ready(self, post: Post) -> None:
        async with self.looking(post) as client:
            for path in ("/health", "/health/live", "/health/ready"):
                answer = await client.get(path)
                assert (answer.status_code, answer.json()["status"]) == (200, "ok")

    async def test_lives_but_is_not_ready_while_the_storage_is_away(self, post: Post) -> None:
        async with self.looking(post, away) as client:
            assert (await client.get("/health/live")).status_code == 200
            assert (await client.get("/health/ready")).status_code == 503

    async def test_answers_nothing_else(self, post: Post) -> None:
        async with self.looking(post) as client:
            assert (await client.get("/api/v1/keys")).status_code == 404
            assert (await client.post("/metrics")).status_code == 405
