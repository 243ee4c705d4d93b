"""The sql storage signs the suites about jobs, on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.jobs import Limits
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.sql.storage import open_storage
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.carrier import CarriedStoreConformance
from homeroom_testing.conformance.jobs import JobsConformance
from homeroom_testing.conformance.leases import LeasesConformance
from homeroom_testing.conformance.operations import JobRecordsConformance
from homeroom_testing.conformance.queue import JobQueueConformance
from homeroom_testing.conformance.queue_limits import QueueLimitsConformance
from homeroom_testing.conformance.wakeups import WakeupsConformance


class OnSqlite:
    @pytest.fixture
    async def storage(
        self, sqlite_store: str, clock: SteppingClock, limits: Limits
    ) -> AsyncIterator[Storage]:
        settings = StorageSettings(url=sqlite_store, limits=limits)
        async with open_storage(settings, Ambient(clock, JsonCodec())) as opened:
            yield opened


@pytest.mark.service("postgres")
class OnPostgres:
    @pytest.fixture
    async def storage(
        self, postgres_store: str, clock: SteppingClock, limits: Limits
    ) -> AsyncIterator[Storage]:
        settings = StorageSettings(url=postgres_store, limits=limits)
        async with open_storage(settings, Ambient(clock, JsonCodec())) as opened:
            yield opened


class TestJobsOnSqlite(OnSqlite, JobsConformance): ...


class TestJobsOnPostgres(OnPostgres, JobsConformance): ...


class TestJobQueueOnSqlite(OnSqlite, JobQueueConformance): ...


class TestJobQueueOnPostgres(OnPostgres, JobQueueConformance): ...


class TestLeasesOnSqlite(OnSqlite, LeasesConformance): ...


class TestLeasesOnPostgres(OnPostgres, LeasesConformance): ...


class TestQueueLimitsOnSqlite(OnSqlite, QueueLimitsConformance): ...


class TestQueueLimitsOnPostgres(OnPostgres, QueueLimitsConformance): ...


class TestWakeupsOnSqlite(OnSqlite, WakeupsConformance): ...


class TestWakeupsOnPostgres(OnPostgres, WakeupsConformance): ...


class TestJobRecordsOnSqlite(OnSqlite, JobRecordsConformance): ...


class TestJobRecordsOnPostgres(OnPostgres, JobRecordsConformance): ...


class TestCarriedStoreOnSqlite(OnSqlite, CarriedStoreConformance): ...


class TestCarriedStoreOnPostgres(OnPostgres, CarriedStoreConformance): ...
