"""The memory storage signs the suites about jobs."""

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import ClassVar

import pytest

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import JobId, new_id
from homeroom.kernel.jobs import JobRequest, Limits
from homeroom.kernel.queue import Fence
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.carrier import CarriedStoreConformance
from homeroom_testing.conformance.contract import Capabilities
from homeroom_testing.conformance.jobs import LEASE, JobsConformance, Recital
from homeroom_testing.conformance.leases import LeasesConformance
from homeroom_testing.conformance.operations import JobRecordsConformance
from homeroom_testing.conformance.queue import JobQueueConformance
from homeroom_testing.conformance.queue_ground import look, one_claim
from homeroom_testing.conformance.queue_limits import QueueLimitsConformance
from homeroom_testing.conformance.wakeups import WakeupsConformance

pytestmark = pytest.mark.adapter("memory")


NOBODY = JobId(new_id())


class InMemory:
    capabilities: ClassVar[Capabilities] = Capabilities(durable=False)

    @pytest.fixture
    async def storage(self, clock: SteppingClock, limits: Limits) -> AsyncIterator[Storage]:
        settings = StorageSettings(limits=limits)
        async with open_storage(settings, Ambient(clock, JsonCodec())) as opened:
            yield opened


class TestJobsInMemory(InMemory, JobsConformance): ...


class TestJobQueueInMemory(InMemory, JobQueueConformance): ...


class TestLeasesInMemory(InMemory, LeasesConformance):
    async def test_a_thread_renews_while_a_unit_writes_and_the_loop_stands_still(
        self, storage: Storage, clock: SteppingClock
    ) -> None:
        claim = await one_claim(storage)
        clock.step(seconds=LEASE.seconds - 1)
        lost: list[Fence] = []

        async def renew() -> None:
            async with storage.open_leases() as leases:
                lost.extend(await leases.renew([(claim.id, claim.token), (NOBODY, 1)], LEASE))

        async with storage.start() as unit:
            await unit.jobs.enqueue(JobRequest(work=Recital()))
            keeper = threading.Thread(target=asyncio.run, args=[renew()], daemon=True)
            keeper.start()
            keeper.join(timeout=5)
        assert lost == [(NOBODY, 1)]
        assert (await look(storage, claim)).lease_until == clock.now() + timedelta(seconds=30)


class TestQueueLimitsInMemory(InMemory, QueueLimitsConformance): ...


class TestWakeupsInMemory(InMemory, WakeupsConformance): ...


class TestJobRecordsInMemory(InMemory, JobRecordsConformance): ...


class TestCarriedStoreInMemory(InMemory, CarriedStoreConformance): ...
