"""A real worker over a real SQLite file: jobs are run, judged, given back."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest

from homeroom.kernel.elsewhere import DoneElsewhere
from homeroom.kernel.errors import Invalid, Unavailable
from homeroom.kernel.jobs import Backoff, Job, JobRequest, JobState, Work, WorkPolicy, work
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.queue import Handlers, Run
from homeroom.operations.model import JobFilter
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.settings import Settings, load_settings
from homeroom_entrypoints.worker.service import run_worker, worker_settings

pytestmark = pytest.mark.anyio

_QUICK = WorkPolicy(max_attempts=3, backoff=Backoff(base=0.01, cap=0.02), timeout=5.0)


@work("testing.errand.v1", _QUICK)
@attrs.frozen(kw_only=True)
class Errand(Work):
    """Something to do in a test."""

    note: str = ""


@work("testing.orphan.v1", _QUICK)
@attrs.frozen(kw_only=True)
class Orphan(Work):
    """Work that nobody handles."""


@attrs.define
class Errands:
    """A handler that does what a test tells it, and remembers."""

    does: Callable[[Errand, Run], Awaitable[None]]
    started: list[int] = attrs.field(factory=list)

    async def __call__(self, errand: Errand, run: Run) -> None:
        self.started.append(run.attempt)
        await self.does(errand, run)


def settings_in(directory: Path, **more: str) -> Settings:
    environ = {
        "HOMEROOM_DATA_DIR": str(directory),
        "HOMEROOM_LOG__LEVEL": "critical",
        "HOMEROOM_JOBS__GRACE_SECONDS": "1",
        **more,
    }
    return load_settings(environ)


@asynccontextmanager
async def working(homeroom: Homeroom, settings: Settings) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    task = asyncio.create_task(run_worker(homeroom, worker_settings(settings), stop))
    try:
        yield stop
    finally:
        stop.set()
        await task


async def ask(homeroom: Homeroom, *wanted: Work, **fields: Any) -> None:
    async with homeroom.start() as unit:
        await unit.jobs.enqueue(*(JobRequest(work=one, **fields) for one in wanted))
        await unit.commit()


async def every_job(homeroom: Homeroom) -> list[Job]:
    fits = JobFilter(reach=None)
    page = await homeroom.plant.storage.job_queries.find(fits, CursorRequest(limit=200))
    return list(page.items)


async def settled(homeroom: Homeroom, *, within: float = 10.0) -> list[Job]:
    """Every job, once none is under way."""
    over = {JobState.SUCCEEDED, JobState.DEAD, JobState.CANCELLED}
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        jobs = await every_job(homeroom)
        if all(job.state in over for job in jobs):
            return jobs
        await asyncio.sleep(0.02)
    raise AssertionError([(job.name, job.state, job.last_error) for job in jobs])


@asynccontextmanager
async def house(
    directory: Path, does: Callable[[Errand, Run], Awaitable[None]], **more: str
) -> AsyncIterator[tuple[Homeroom, Settings, Errands]]:
    errands, handlers = Errands(does), Handlers()
    handlers.add(Errand, errands)
    settings = settings_in(directory, **more)
    async with open_homeroom(settings, handlers=handlers) as homeroom:
        yield homeroom, settings, errands


async def at_once(errand: Errand, run: Run) -> None:
    await asyncio.sleep(0)


async def test_jobs_asked_before_and_while_it_works_are_done_once(tmp_path: Path) -> None:
    async with house(tmp_path, at_once) as (homeroom, settings, errands):
        await ask(homeroom, *(Errand(note=str(n)) for n in range(50)))
        async with working(homeroom, settings):
            await ask(homeroom, *(Errand(note=str(n)) for n in range(50)))
            jobs = await settled(homeroom)
    assert {job.state for job in jobs} == {JobState.SUCCEEDED}
    assert len(errands.started) == len(jobs) == 100


async def test_work_nobody_knows_is_parked_with_the_reason(tmp_path: Path) -> None:
    async with house(tmp_path, at_once) as (homeroom, settings, _errands):
        await ask(homeroom, Orphan(), Errand())
        async with working(homeroom, settings):
            jobs = {job.name: job for job in await settled(homeroom)}
    assert jobs["testing.orphan.v1"].state is JobState.DEAD
    assert "unknown_work" in (jobs["testing.orphan.v1"].last_error or "")
    assert jobs["testing.errand.v1"].state is JobState.SUCCEEDED


async def test_unavailable_is_tried_again_until_the_last_attempt(tmp_path: Path) -> None:
    async def away(errand: Errand, run: Run) -> None:
        raise Unavailable("not now")

    async with house(tmp_path, away) as (homeroom, settings, errands):
        await ask(homeroom, Errand())
        async with working(homeroom, settings):
            (job,) = await settled(homeroom)
    assert errands.started == [1, 2, 3]
    assert (job.state, job.last_error) == (JobState.DEAD, "unavailable: not now")


async def test_any_other_refusal_is_final(tmp_path: Path) -> None:
    async def refuse(errand: Errand, run: Run) -> None:
        raise Invalid("makes no sense")

    async with house(tmp_path, refuse) as (homeroom, settings, errands):
        await ask(homeroom, Errand())
        async with working(homeroom, settings):
            (job,) = await settled(homeroom)
    assert errands.started == [1]
    assert (job.state, job.last_error) == (JobState.DEAD, "invalid: makes no sense")


async def test_an_attempt_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    async def hang(errand: Errand, run: Run) -> None:
        await asyncio.sleep(60)

    async with house(tmp_path, hang) as (homeroom, settings, errands):
        policy = attrs.evolve(_QUICK, timeout=0.05, max_attempts=2)
        await ask(homeroom, Errand(), policy=policy)
        async with working(homeroom, settings):
            (job,) = await settled(homeroom)
    assert errands.started == [1, 2]
    assert (job.last_error or "").startswith("timeout")


async def test_a_handler_that_blocks_the_loop_for_three_leases_starts_once(
    tmp_path: Path,
) -> None:
    async def block(errand: Errand, run: Run) -> None:
        time.sleep(1.5)

    short = {"HOMEROOM_JOBS__LEASE_SECONDS": "0.5"}
    async with house(tmp_path, block, **short) as (homeroom, settings, errands):
        await ask(homeroom, Errand())
        async with working(homeroom, settings):
            (job,) = await settled(homeroom)
    assert errands.started == [1]
    assert (job.state, job.attempts) == (JobState.SUCCEEDED, 1)


async def test_what_runs_beyond_the_grace_is_given_back_uncounted(tmp_path: Path) -> None:
    begun = asyncio.Event()

    async def hang(errand: Errand, run: Run) -> None:
        begun.set()
        await asyncio.sleep(60)

    brief = {"HOMEROOM_JOBS__GRACE_SECONDS": "0.1", "HOMEROOM_JOBS__CONCURRENCY": "2"}
    async with house(tmp_path, hang, **brief) as (homeroom, settings, _errands):
        await ask(homeroom, *(Errand(note=str(n)) for n in range(6)), policy=WorkPolicy())
        async with working(homeroom, settings):
            await begun.wait()
        jobs = await every_job(homeroom)
    assert {(job.state, job.attempts) for job in jobs} == {(JobState.READY, 0)}


async def test_a_job_for_later_is_never_early_and_hardly_late(tmp_path: Path) -> None:
    moments: list[float] = []

    async def note(errand: Errand, run: Run) -> None:
        moments.append(time.time())

    async with house(tmp_path, note) as (homeroom, settings, _errands):
        due = homeroom.plant.ambient.clock.now().timestamp() + 0.4
        async with working(homeroom, settings):
            await asyncio.sleep(0.1)
            await ask(homeroom, Errand(), run_at=datetime.fromtimestamp(due, UTC))
            await settled(homeroom)
    assert 0 <= moments[0] - due < 1.0


async def test_a_queue_of_others_is_done_by_them_and_their_word_goes_on_record(
    tmp_path: Path,
) -> None:
    theirs = {"HOMEROOM_JOBS__CARRIER": "memory", "HOMEROOM_JOBS__ONLY_OFFER": "default"}
    async with house(tmp_path, at_once, **theirs) as (homeroom, settings, errands):
        await ask(homeroom, Errand())
        async with working(homeroom, settings):
            carrier = homeroom.plant.carrier
            assert carrier is not None
            (parcel,) = await carrier.receive("default", limit=1, at_most=10.0)
            assert parcel.job_id is not None
            await ask(homeroom, DoneElsewhere(job_id=parcel.job_id, token=0, succeeded=True))
            jobs = {job.name: job for job in await settled(homeroom)}
    assert jobs["testing.errand.v1"].state is JobState.SUCCEEDED
    assert errands.started == []
