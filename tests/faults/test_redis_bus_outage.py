"""A Redis that dies, forgets or is cut off: events wait, are heard afterwards, and nobody exits."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

import attrs
import pytest
from redis import Redis

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.aggregates import Event, event
from homeroom.kernel.bus import BusSettings, Envelope, EventBus, Subscription
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.ids import EventId, InstitutionId
from homeroom.kernel.rates import Rate, RatesSettings
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage
from homeroom_adapters.redis.bus import open_bus
from homeroom_adapters.redis.rates import open_rates
from homeroom_entrypoints.worker.meter import DeafMeter
from homeroom_entrypoints.worker.news import Bell
from homeroom_entrypoints.worker.patience import keep_at
from homeroom_entrypoints.worker.relay import Relay
from homeroom_testing.children import free_port
from homeroom_testing.conformance.bus import Listener, fact, subscription
from homeroom_testing.faults import TcpFaults, tcp_faults
from homeroom_testing.private_services import PrivateRedis, PrivateServer, in_thread, running

pytestmark = [pytest.mark.anyio, pytest.mark.service("redis-programs"), pytest.mark.slow]

SCHOOL = InstitutionId(UUID(int=7))
AMBIENT = Ambient(SystemClock(), JsonCodec())
NAME = "faults.bell_rang.v1"
AT_ONCE = 5.0
"""Seconds after its return within which all must work as before."""


@event(NAME)
@attrs.frozen(kw_only=True)
class BellRang(Event):
    times: int


@attrs.define
class Ear:
    """Remembers which events it heard."""

    heard: set[EventId] = attrs.field(factory=set[EventId])

    async def hear(self, envelope: Envelope) -> None:
        self.heard.add(envelope.id)

    def subscription(self, consumer: str = "ear") -> Subscription:
        return Subscription(consumer=consumer, names=frozenset({NAME}), hear=self.hear)


@attrs.define
class House:
    """A storage whose outbox a relay empties into the bus, as in a worker."""

    storage: Storage
    bus: EventBus
    rung: set[EventId] = attrs.field(factory=set[EventId])

    async def ring(self, times: int = 10) -> None:
        """Commit *times* events."""
        now = AMBIENT.clock.now()
        rings = [BellRang(occurred_at=now, institution_id=SCHOOL, times=n) for n in range(times)]
        async with self.storage.start() as unit:
            await unit.outbox.put(*rings)
            await unit.commit()
        self.rung |= {ring.event_id for ring in rings}

    @asynccontextmanager
    async def relaying(self) -> AsyncIterator[None]:
        relay = Relay(self.storage, self.bus, Bell(), DeafMeter())
        task = asyncio.create_task(keep_at("relay", relay.step, DeafMeter()))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def redis() -> AsyncIterator[PrivateServer]:
    async with running(PrivateRedis()) as server:
        yield server


@asynccontextmanager
async def bus_at(url: str) -> AsyncIterator[EventBus]:
    async with open_bus(BusSettings(url=url, environment="faults"), AMBIENT) as bus:
        yield bus


@asynccontextmanager
async def house_at(url: str) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        storage = await stack.enter_async_context(open_storage(StorageSettings(url=""), AMBIENT))
        house = House(storage, await stack.enter_async_context(bus_at(url)))
        await stack.enter_async_context(house.relaying())
        yield house


async def until(holds: Callable[[], bool], *, within: float) -> None:
    end = time.monotonic() + within
    while not holds():
        assert time.monotonic() < end, "it did not come to that in time"
        await asyncio.sleep(0.01)


async def is_away(bus: EventBus) -> str:
    """What whoever asks is told, once the bus has noticed that Redis is away."""
    for _ in range(50):
        try:
            await bus.ping()
        except Unavailable as refusal:
            return f"{refusal.message}, for {refusal.retry_after:.1f} s"
        await asyncio.sleep(0.05)
    raise AssertionError("nobody noticed that Redis is away")


async def test_a_redis_that_is_killed_and_returns_loses_nothing(redis: PrivateServer) -> None:
    ear = Ear()
    async with house_at(redis.url) as house, house.bus.subscribe(ear.subscription()):
        await house.ring()
        await until(lambda: ear.heard == house.rung, within=AT_ONCE)
        for _ in range(3):
            await house.ring(50)
            await in_thread(redis.kill)
            await house.ring(50)
            assert "Redis" in await is_away(house.bus)
            await in_thread(redis.restart)
            await house.ring(50)
            await until(lambda: ear.heard == house.rung, within=AT_ONCE)


async def test_a_redis_that_was_flushed_hears_of_every_consumer_again(
    redis: PrivateServer,
) -> None:
    ear, other = Ear(), Ear()
    async with (
        house_at(redis.url) as house,
        house.bus.subscribe(ear.subscription()),
        house.bus.subscribe(other.subscription("other")),
    ):
        await house.ring()
        await until(lambda: ear.heard == other.heard == house.rung, within=AT_ONCE)
        with Redis.from_url(redis.url) as client:
            for _ in range(3):
                client.flushall()
                await house.ring()
                await until(lambda: ear.heard == other.heard == house.rung, within=AT_ONCE)


async def test_what_was_published_before_the_consumers_noticed_the_flush_is_heard(
    redis: PrivateServer,
) -> None:
    listener, events = Listener(), [fact() for _ in range(21)]
    async with (
        bus_at(redis.url) as bus,
        bus_at(redis.url) as elsewhere,
        bus.subscribe(subscription(listener)),
    ):
        await elsewhere.publish(events[:1])
        await until(lambda: len(listener.heard) == 1, within=AT_ONCE)
        with Redis.from_url(redis.url) as client:
            client.flushall()
        await elsewhere.publish(events[1:])
        await until(lambda: len(listener.heard) >= 21, within=AT_ONCE)
    assert listener.heard == events


async def test_what_a_consumer_missed_waits_for_it_over_a_kill(redis: PrivateServer) -> None:
    events, listener = [fact() for _ in range(20)], Listener()
    async with bus_at(redis.url) as bus:
        async with bus.subscribe(subscription(Listener())):
            pass
        await bus.publish(events)
    await in_thread(redis.restart)
    async with bus_at(redis.url) as bus, bus.subscribe(subscription(listener)):
        await until(lambda: len(listener.heard) >= 20, within=AT_ONCE)
    assert listener.heard == events


async def test_connections_that_are_reset_all_the_time_lose_nothing(redis: PrivateServer) -> None:
    ear = Ear()
    async with (
        tcp_faults("127.0.0.1", redis.port) as line,
        house_at(f"redis://127.0.0.1:{line.port}/0") as house,
        house.bus.subscribe(ear.subscription()),
    ):
        cut = await ringing_while_cutting(house, line)
        await until(lambda: ear.heard == house.rung, within=AT_ONCE)
    assert cut >= 5
    assert len(ear.heard) == 600


async def ringing_while_cutting(house: House, line: TcpFaults) -> int:
    cut = 0
    for _ in range(60):
        await house.ring()
        await asyncio.sleep(0.05)
        cut += line.reset()
    return cut


async def test_a_line_that_drops_everything_holds_up_nobody_for_long(
    redis: PrivateServer,
) -> None:
    ear = Ear()
    async with (
        tcp_faults("127.0.0.1", redis.port) as line,
        house_at(f"redis://127.0.0.1:{line.port}/0") as house,
        house.bus.subscribe(ear.subscription()),
    ):
        line.drop = True
        await house.ring()
        began = time.monotonic()
        assert "takes too long to answer" in await is_away(house.bus)
        assert time.monotonic() - began < 8
        line.heal()
        await until(lambda: ear.heard == house.rung, within=AT_ONCE)


async def test_a_redis_that_hangs_is_heard_of_again_when_it_goes_on(redis: PrivateServer) -> None:
    ear = Ear()
    async with house_at(redis.url) as house, house.bus.subscribe(ear.subscription()):
        redis.freeze()
        await house.ring()
        await asyncio.sleep(5)
        redis.thaw()
        await until(lambda: ear.heard == house.rung, within=AT_ONCE)


async def test_whoever_leaves_while_redis_hangs_is_soon_gone(redis: PrivateServer) -> None:
    ear = Ear()
    async with bus_at(redis.url) as bus:
        async with bus.subscribe(ear.subscription()):
            await asyncio.sleep(0.1)
            redis.freeze()
            began = time.monotonic()
        assert time.monotonic() - began < 2
    redis.thaw()


async def test_whoever_comes_before_redis_does_hears_from_its_start_on(
    redis: PrivateServer, caplog: pytest.LogCaptureFixture
) -> None:
    await in_thread(redis.kill)
    ear = Ear()
    with caplog.at_level(logging.INFO, logger="homeroom_adapters"):
        async with house_at(redis.url) as house, house.bus.subscribe(ear.subscription()):
            await house.ring()
            with pytest.raises(Unavailable, match="event bus's Redis"):
                await house.bus.publish([fact()])
            assert "cannot be reached" in caplog.text or "fails" in caplog.text
            await in_thread(redis.start)
            await until(lambda: ear.heard == house.rung, within=AT_ONCE)
            await until(lambda: caplog.text.count("answers again") == 2, within=AT_ONCE)
    assert caplog.text.count("events wait in the outbox") == 1
    assert caplog.text.count("ear hears nothing until it is back") == 1


async def test_a_redis_that_was_never_there_is_told_in_plain_words() -> None:
    nowhere = f"redis://:hunter2@127.0.0.1:{free_port()}/0"
    async with bus_at(nowhere) as bus:
        with pytest.raises(Unavailable, match="cannot be reached: is it running") as refusal:
            await bus.ping()
        async with bus.subscribe(subscription(Listener())):
            pass
    assert "hunter2" not in refusal.value.message


async def test_a_full_redis_takes_no_event_and_says_so(redis: PrivateServer) -> None:
    ear = Ear()
    async with house_at(redis.url) as house, house.bus.subscribe(ear.subscription()):
        with Redis.from_url(redis.url) as client:
            client.config_set("maxmemory", 1)
            await house.ring()
            with pytest.raises(Unavailable, match="is full; give it more memory"):
                await house.bus.publish([fact()])
            client.config_set("maxmemory", 0)
        await until(lambda: ear.heard == house.rung, within=AT_ONCE)


class TestRates:
    RATE = Rate(1000, 60)

    async def test_a_limiter_whose_redis_is_away_says_so_at_once_and_counts_again_afterwards(
        self, redis: PrivateServer
    ) -> None:
        async with open_rates(RatesSettings(url=redis.url), AMBIENT) as limiter:
            await limiter.take("a", self.RATE)
            await in_thread(redis.kill)
            with pytest.raises(Unavailable, match="rate limiter's Redis cannot be reached"):
                await limiter.take("a", self.RATE)
            began = time.monotonic()
            for _ in range(100):
                with pytest.raises(Unavailable, match="Redis"):
                    await limiter.take("a", self.RATE)
            assert time.monotonic() - began < 1
            await in_thread(redis.restart)
            await asyncio.sleep(0.6)
            assert (await limiter.take("a", self.RATE)).allowed

    async def test_a_redis_that_hangs_keeps_a_caller_no_longer_than_its_patience(
        self, redis: PrivateServer
    ) -> None:
        async with open_rates(RatesSettings(url=redis.url), AMBIENT) as limiter:
            await limiter.take("a", self.RATE)
            redis.freeze()
            began = time.monotonic()
            with pytest.raises(Unavailable, match="takes too long to answer"):
                await limiter.take("a", self.RATE)
            assert time.monotonic() - began < 1.5
            redis.thaw()
            await asyncio.sleep(0.6)
            assert (await limiter.take("a", self.RATE)).allowed

    async def test_a_flushed_redis_begins_to_count_anew(self, redis: PrivateServer) -> None:
        once = Rate(1, 60)
        async with open_rates(RatesSettings(url=redis.url), AMBIENT) as limiter:
            assert (await limiter.take("a", once)).allowed
            with Redis.from_url(redis.url) as client:
                client.flushall()
            assert (await limiter.take("a", once)).allowed
            assert not (await limiter.take("a", once)).allowed
