"""With any carrier between, jobs behave as the model says, and none is lost or doubled."""

import itertools
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import aio_pika
import pytest
from redis import Redis

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.carrier import Carrier, CarrierSettings, Parcel, Ready
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import JobId, new_id
from homeroom.kernel.queue import Claim, Lease
from homeroom_adapters.bullmq.carrier import open_carrier as open_bull
from homeroom_adapters.bullmq.carrier import prefix_of
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.carrier import Lane, MemoryBroker, MemoryCarrier
from homeroom_adapters.memory.leases import MemoryCarriedStore
from homeroom_adapters.memory.queue import take
from homeroom_adapters.memory.storage import open_storage
from homeroom_adapters.rabbitmq.carrier import open_carrier as open_rabbit
from homeroom_adapters.rabbitmq.queues import name_in
from homeroom_testing.carried_machine import Broker, prove_carried_jobs
from homeroom_testing.clock import SteppingClock
from homeroom_testing.machines import AS_IT_HAPPENED, QUEUES
from homeroom_testing.spoiled import spoil

AMBIENT = Ambient(SystemClock(), JsonCodec())


@asynccontextmanager
async def open_in_memory(clock: SteppingClock) -> AsyncIterator[Storage]:
    async with open_storage(StorageSettings(), Ambient(clock, JsonCodec())) as opened:
        yield opened


def memory_broker(carrier_type: type[MemoryCarrier] = MemoryCarrier) -> Broker:
    broker = MemoryBroker()

    @asynccontextmanager
    async def open_one() -> AsyncIterator[Carrier]:
        carrier = carrier_type(broker, "test")
        yield carrier
        carrier.close()

    async def empty() -> None:
        broker.empty()

    return Broker(open_one, empty, a_moment=0.001)


@pytest.mark.adapter("memory carrier")
def test_jobs_carried_in_memory_are_neither_lost_nor_doubled() -> None:
    prove_carried_jobs(open_in_memory, memory_broker, lives=15)


@pytest.fixture
def bull_mark(redis_url: str) -> Iterator[str]:
    """What every environment of this test begins with; its keys are deleted afterwards."""
    mark = f"test-{new_id()}"
    yield mark
    forget_keys(redis_url, f"{prefix_of(mark)}-")


def forget_keys(redis_url: str, prefix: str) -> None:
    with Redis.from_url(redis_url) as client:
        for key in client.scan_iter(f"{prefix}*", count=1000):
            client.delete(key)


@pytest.mark.service("redis")
@pytest.mark.adapter("bullmq carrier")
def test_jobs_carried_by_bullmq_are_neither_lost_nor_doubled(
    redis_url: str, bull_mark: str
) -> None:
    lives = itertools.count()

    def new_broker() -> Broker:
        environment = f"{bull_mark}-{next(lives)}"
        settings = CarrierSettings(url=redis_url, environment=environment)

        async def empty() -> None:
            forget_keys(redis_url, f"{prefix_of(environment)}:")

        return Broker(lambda: open_bull(settings, AMBIENT), empty)

    prove_carried_jobs(open_in_memory, new_broker, lives=6, phases=AS_IT_HAPPENED)


@pytest.mark.service("rabbitmq")
@pytest.mark.adapter("rabbitmq carrier")
def test_jobs_carried_by_rabbitmq_are_neither_lost_nor_doubled(
    rabbitmq_url: str, rabbitmq_prefix: str
) -> None:
    lives = itertools.count()

    def new_broker() -> Broker:
        environment = f"{rabbitmq_prefix}{next(lives)}"
        settings = CarrierSettings(url=rabbitmq_url, environment=environment)

        def open_one() -> AbstractAsyncContextManager[Carrier]:
            return open_rabbit(settings, AMBIENT)

        async def empty() -> None:
            async with await aio_pika.connect(rabbitmq_url) as connection:
                channel = await connection.channel()
                for queue in QUEUES:
                    await channel.queue_delete(name_in(environment, "jobs", queue))

        return Broker(open_one, empty)

    prove_carried_jobs(open_in_memory, new_broker, lives=6, phases=AS_IT_HAPPENED)


class RemembersForEver(MemoryCarrier):
    """Takes a job that it has carried once for one that is still under way."""

    async def finish(self, parcels: Sequence[Parcel]) -> None:
        for parcel in parcels:
            self._held.pop(parcel.tag, None)


class KeepsWhatIsGivenBack(MemoryCarrier):
    async def give_back(self, parcels: Sequence[Parcel]) -> None:
        for parcel in parcels:
            self._held.pop(parcel.tag, None)


class OneBigQueue(MemoryCarrier):
    """Brings what was offered for one queue to receivers of another."""

    def _lane(self, queue: str) -> Lane:
        return super()._lane("")


class ClaimsWhatIsNotReady(MemoryCarriedStore):
    async def claim_these(self, wanted: Sequence[JobId], lease: Lease) -> Sequence[Claim]:
        jobs = self._store.jobs
        return take(jobs, jobs.at(dict.fromkeys(wanted)), lease, self._clock.now())


class OffersOnce(MemoryCarriedStore):
    async def to_offer(self, queues: Sequence[str], *, limit: int, again: float) -> Sequence[Ready]:
        return await super().to_offer(queues, limit=limit, again=1e9)


@pytest.mark.timeout(300)  # a parcel that will never come is waited for, again and again
@pytest.mark.parametrize("broken", [RemembersForEver, KeepsWhatIsGivenBack, OneBigQueue])
def test_a_carrier_that_breaks_a_promise_is_caught(broken: type[MemoryCarrier]) -> None:
    with pytest.raises(AssertionError):
        prove_carried_jobs(
            open_in_memory, lambda: memory_broker(broken), lives=400, phases=AS_IT_HAPPENED
        )


@pytest.mark.parametrize("broken", [ClaimsWhatIsNotReady, OffersOnce])
def test_a_storage_that_breaks_a_promise_is_caught(broken: type) -> None:
    @asynccontextmanager
    async def open_spoiled(clock: SteppingClock) -> AsyncIterator[Storage]:
        async with open_in_memory(clock) as honest:
            yield spoil(honest, broken)

    with pytest.raises(AssertionError):
        prove_carried_jobs(open_spoiled, memory_broker, lives=400, phases=AS_IT_HAPPENED)
