"""What every job passes through goes by an index, whatever PostgreSQL believes of the table.

Prepared statements keep their plans: one that was made for an empty table serves a full one too.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import attrs
import psycopg
import pytest

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.jobs import JobRequest, Work, work
from homeroom.kernel.queue import Lease, succeed
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.sql.storage import open_schema, open_storage
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.scheduling_ground import a_run, a_task
from homeroom_testing.conformance.storage import an_institution
from homeroom_testing.sandboxes import postgres_database
from homeroom_testing.services import Found, services_of_this_machine

pytestmark = [pytest.mark.anyio, pytest.mark.service("postgres")]

LEASE = Lease(worker="me", seconds=60)


@work("test.planned.v1")
@attrs.frozen(kw_only=True)
class Chore(Work):
    number: int


@attrs.frozen
class Scans:
    """How often the table was read from end to end, and how often the index over all leases was."""

    whole: int
    leases: int

    def __sub__(self, before: "Scans") -> "Scans":
        return Scans(self.whole - before.whole, self.leases - before.leases)


@pytest.fixture
async def settings() -> AsyncIterator[StorageSettings]:
    found = services_of_this_machine().look_for("postgres")
    if not isinstance(found, Found):
        pytest.skip(str(found))
    with postgres_database(found.at) as own:
        settings = StorageSettings(url=own)
        async with open_schema(settings) as schema:
            await schema.upgrade()
        yield settings


def opened(settings: StorageSettings) -> AbstractAsyncContextManager[Storage]:
    return open_storage(settings, Ambient(SystemClock(), JsonCodec()))


async def scans(settings: StorageSettings) -> Scans:
    """What PostgreSQL counted: every connection tells when it ends."""
    await asyncio.sleep(0.5)
    async with await psycopg.AsyncConnection.connect(settings.url) as connection:
        counted = await connection.execute(
            "SELECT (SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'jobs'),"
            " (SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'ix_jobs_leased')"
        )
        found = await counted.fetchone()
    assert found is not None
    return Scans(*found)


async def pass_through(storage: Storage, jobs: int, at_once: int) -> None:
    """Let so many jobs be asked for, claimed, held on to, and done."""
    async with storage.start() as unit:
        await unit.jobs.enqueue(*(JobRequest(work=Chore(number=n)) for n in range(jobs)))
        await unit.commit()
    async with storage.open_leases() as leases:
        for _ in range(jobs // at_once):
            claims = await storage.queue.claim("default", limit=at_once, lease=LEASE)
            assert len(claims) == at_once
            assert not await leases.renew([(one.id, one.token) for one in claims], LEASE)
            assert not await storage.queue.settle([succeed(one) for one in claims])


async def test_plans_made_for_a_small_table_read_no_large_one_from_end_to_end(
    settings: StorageSettings,
) -> None:
    before = await scans(settings)
    async with opened(settings) as storage:
        await pass_through(storage, jobs=20, at_once=1)  # by now every plan is made, and kept
        await pass_through(storage, jobs=3000, at_once=300)
    assert await scans(settings) - before == Scans(whole=0, leases=0)


async def test_a_sweep_looks_only_at_what_may_be_due(settings: StorageSettings) -> None:
    before = await scans(settings)
    async with opened(settings) as storage:
        for _ in range(10):
            await storage.queue.sweep()
            await storage.queue.next_due()
    swept = await scans(settings) - before
    assert swept.whole == 0
    assert swept.leases > 0


async def test_runs_of_others_are_not_gone_through_for_those_of_some_tasks(
    settings: StorageSettings,
) -> None:
    async with await psycopg.AsyncConnection.connect(settings.url, autocommit=True) as connection:
        await connection.execute("VACUUM (ANALYZE) executions")  # known to be empty
    house = an_institution()
    busy, idle = a_task(house), [a_task(house) for _ in range(20)]
    runs = [a_run(busy, NOON + timedelta(seconds=n)) for n in range(500)]
    async with opened(settings) as storage:
        async with storage.start() as unit:
            await unit.institutions.add(house)
            await unit.tasks.save(busy)
            await unit.executions.add(*runs)
            await unit.commit()
        async with storage.start() as unit:
            assert not await unit.executions.unfinished(*(task.id for task in idle))
            assert not await unit.executions.unfinished(*(task.id for task in idle), waiting=1)
    assert await entries_read(settings, "ix_executions_unfinished") < len(runs)


async def entries_read(settings: StorageSettings, index: str) -> int:
    """What PostgreSQL counted: every connection tells when it ends."""
    await asyncio.sleep(0.5)
    async with await psycopg.AsyncConnection.connect(settings.url) as connection:
        counted = await connection.execute(
            "SELECT idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = %s", (index,)
        )
        found = await counted.fetchone()
    assert found is not None
    return int(found[0])
