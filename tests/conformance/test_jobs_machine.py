"""Every storage's jobs behave as the model says, whatever is done to them in whatever order."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import attrs
import psycopg
import pytest

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import JobId
from homeroom.kernel.jobs import Job, JobRequest
from homeroom.kernel.queue import Settlement, Swept
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.jobs import MemoryJobRecords, MemoryJobs
from homeroom_adapters.memory.queue import MemoryJobQueue
from homeroom_adapters.memory.storage import open_storage as open_memory
from homeroom_adapters.sql.storage import open_storage as open_sql
from homeroom_testing.clock import SteppingClock
from homeroom_testing.machines import AS_IT_HAPPENED, prove_jobs
from homeroom_testing.spoiled import spoil


@asynccontextmanager
async def open_in_memory(clock: SteppingClock) -> AsyncIterator[Storage]:
    async with open_memory(StorageSettings(), Ambient(clock, JsonCodec())) as opened:
        yield opened


@pytest.mark.adapter("memory")
def test_jobs_in_memory_behave_as_the_model_says() -> None:
    prove_jobs(open_in_memory, lives=100)


@pytest.mark.adapter("sql on SQLite")
def test_jobs_on_sqlite_behave_as_the_model_says(tmp_path: Path) -> None:
    @asynccontextmanager
    async def open_empty(clock: SteppingClock) -> AsyncIterator[Storage]:
        place = tempfile.mkdtemp(dir=tmp_path)
        settings = StorageSettings(url=f"sqlite:///{place}/homeroom.sqlite3")
        try:
            async with open_sql(settings, Ambient(clock, JsonCodec())) as opened:
                yield opened
        finally:
            shutil.rmtree(place)

    prove_jobs(open_empty, lives=12, phases=AS_IT_HAPPENED)


@pytest.mark.adapter("sql on PostgreSQL")
@pytest.mark.service("postgres")
def test_jobs_on_postgres_behave_as_the_model_says(postgres_store: str) -> None:
    @asynccontextmanager
    async def open_empty(clock: SteppingClock) -> AsyncIterator[Storage]:
        with psycopg.connect(postgres_store, autocommit=True) as connection:
            connection.execute("TRUNCATE jobs, queue_state")
        settings = StorageSettings(url=postgres_store)
        async with open_sql(settings, Ambient(clock, JsonCodec())) as opened:
            yield opened

    prove_jobs(open_empty, lives=12, phases=AS_IT_HAPPENED)


class SweepsNothing(MemoryJobQueue):
    async def sweep(self) -> Swept:
        return Swept()


class SettlesForAnybody(MemoryJobQueue):
    async def settle(self, settlements: Sequence[Settlement]) -> Sequence[JobId]:
        rows = self._store.jobs.rows
        known = [said for said in settlements if said.id in rows]
        return await super().settle(
            [attrs.evolve(said, token=rows[said.id].token) for said in known]
        )


class OverridesWorkers(MemoryJobRecords):
    async def save(self, job: Job) -> None:
        (await self._transaction.writing()).jobs.put(attrs.evolve(job, token=job.token - 1))


class AnswersNobodysKey(MemoryJobs):
    async def enqueue(self, *requests: JobRequest) -> tuple[JobId, ...]:
        return await super().enqueue(*(attrs.evolve(one, dedupe_key=None) for one in requests))


class ForgetsLeases(MemoryJobQueue):
    async def next_due(self) -> datetime | None:
        rank = self._store.jobs.scheduled.first()
        return None if rank is None else rank[1]


SABOTEURS = [SweepsNothing, SettlesForAnybody, OverridesWorkers, AnswersNobodysKey, ForgetsLeases]


@pytest.mark.parametrize("broken", SABOTEURS)
def test_a_storage_that_breaks_a_promise_is_caught(broken: type) -> None:
    @asynccontextmanager
    async def open_spoiled(clock: SteppingClock) -> AsyncIterator[Storage]:
        async with open_in_memory(clock) as honest:
            yield spoil(honest, broken)

    with pytest.raises(AssertionError):
        prove_jobs(open_spoiled, lives=400, phases=AS_IT_HAPPENED)
