"""A RabbitMQ that is killed, frozen or was never there: what was confirmed stays."""

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import attrs
import pytest

from homeroom.kernel.bus import BusSettings, Envelope, EventBus, Subscription
from homeroom.kernel.carrier import Carrier, CarrierSettings, Parcel
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.ids import EventId
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.rabbitmq.bus import open_bus
from homeroom_adapters.rabbitmq.carrier import open_carrier
from homeroom_testing.children import free_port
from homeroom_testing.conformance.bus import fact
from homeroom_testing.conformance.carriers_ground import QUEUE, a_job
from homeroom_testing.installed import program
from homeroom_testing.private_services import PrivateRabbit, PrivateServer, in_thread, running

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.slow,
    pytest.mark.timeout(180),
    pytest.mark.service("rabbitmq-programs"),
]

AMBIENT = Ambient(SystemClock(), JsonCodec())
RETURN = 5.0
"""Seconds after which everything must work again."""


@pytest.fixture
async def rabbit() -> AsyncIterator[PrivateServer]:
    async with running(PrivateRabbit()) as server:
        yield server


@pytest.fixture
async def bus(rabbit: PrivateServer) -> AsyncIterator[EventBus]:
    async with open_bus(BusSettings(url=rabbit.url), AMBIENT) as bus:
        yield bus


@pytest.fixture
async def carrier(rabbit: PrivateServer) -> AsyncIterator[Carrier]:
    async with open_carrier(CarrierSettings(url=rabbit.url), AMBIENT) as carrier:
        yield carrier


@attrs.define
class Listener:
    heard: set[EventId] = attrs.field(factory=set[EventId])

    def subscription(self) -> Subscription:
        return Subscription(consumer="reports", names=frozenset({fact().name}), hear=self.hear)

    async def hear(self, event: Envelope) -> None:
        self.heard.add(event.id)

    async def has_heard(self, events: set[EventId], *, within: float) -> bool:
        deadline = time.monotonic() + within
        while not events <= self.heard and time.monotonic() < deadline:  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.02)
        return events <= self.heard


async def insisting(attempt: Callable[[], Awaitable[object]], *, within: float) -> None:
    """Try until it is no longer refused."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        with suppress(Unavailable):
            await attempt()
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"still refused after {within} seconds")


async def growing(events: set[EventId], *, by: int, within: float) -> None:
    """Wait until there are so many events more: we are in the midst of it then."""
    wanted = len(events) + by
    async with asyncio.timeout(within):
        while len(events) < wanted:  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.001)


async def refused_in_time(attempt: Callable[[], Awaitable[object]]) -> str:
    """The sentence of the refusal, which must not keep us waiting."""
    since = time.monotonic()
    with pytest.raises(Unavailable) as refusal:
        await attempt()
    assert time.monotonic() - since < 6
    return refusal.value.message


async def received(carrier: Carrier, count: int, *, within: float) -> list[Parcel]:
    """So many parcels, whatever refusals come in between."""
    parcels: list[Parcel] = []
    deadline = time.monotonic() + within
    while len(parcels) < count and time.monotonic() < deadline:
        with suppress(Unavailable):
            parcels += await carrier.receive(QUEUE, limit=count - len(parcels), at_most=0.5)
    return parcels


async def settled_on_disk() -> None:
    """RabbitMQ 3.10 forgets who leads a quorum queue when killed right after making it.

    A second is enough on a quiet machine; a busy disk takes a few.
    """
    await asyncio.sleep(2.5)


def tell(rabbit: PrivateServer, *words: str) -> None:
    """Give an order to our own RabbitMQ, and to no other."""
    assert isinstance(rabbit, PrivateRabbit)
    # The script on the path changes user; the one it wraps does not, and reads our cookie.
    ctl = program("rabbitmqctl").replace("/usr/sbin/", "/usr/lib/rabbitmq/bin/")
    environment = os.environ | rabbit.environment
    subprocess.run([ctl, "-q", *words], env=environment, check=True, timeout=30)


async def test_a_rabbit_that_was_never_there_stops_no_start() -> None:
    nowhere = f"amqp://guest:guest@127.0.0.1:{free_port()}/"
    async with (
        open_bus(BusSettings(url=nowhere), AMBIENT) as bus,
        open_carrier(CarrierSettings(url=nowhere), AMBIENT) as carrier,
        bus.subscribe(Listener().subscription()),
    ):
        assert "is it running" in await refused_in_time(bus.ping)
        assert "failed a moment ago" in await refused_in_time(lambda: bus.publish([fact()]))
        assert "is it running" in await refused_in_time(lambda: carrier.offer([a_job()]))
        assert "is it running" in await refused_in_time(
            lambda: carrier.receive(QUEUE, limit=1, at_most=1)
        )


async def test_what_was_published_before_the_kill_is_heard_after_it(
    rabbit: PrivateServer, bus: EventBus, caplog: pytest.LogCaptureFixture
) -> None:
    listener = Listener()
    async with bus.subscribe(listener.subscription()):
        await settled_on_disk()
    events = [fact() for _ in range(50)]
    await bus.publish(events)
    await in_thread(rabbit.kill)
    assert "is it running" in await refused_in_time(bus.ping)
    async with bus.subscribe(listener.subscription()):
        await in_thread(rabbit.start)
        again = fact()
        await insisting(lambda: bus.publish([again]), within=RETURN)
        wanted = {event.id for event in (*events, again)}
        assert await listener.has_heard(wanted, within=RETURN)
    assert caplog.text.count("events wait in the outbox") == 1
    assert not [record for record in caplog.records if record.name.startswith("aio")]


async def test_a_listener_lives_through_kills_in_the_midst_of_the_news(
    rabbit: PrivateServer, bus: EventBus
) -> None:
    listener, confirmed, stop = Listener(), set[EventId](), asyncio.Event()

    async def relay() -> None:
        while not stop.is_set():
            batch = [fact() for _ in range(20)]
            with suppress(Unavailable):
                await bus.publish(batch)
                confirmed.update(event.id for event in batch)
            await asyncio.sleep(0.005)

    async with bus.subscribe(listener.subscription()):
        await settled_on_disk()
        relaying = asyncio.create_task(relay())
        for _ in range(2):
            await growing(confirmed, by=100, within=RETURN)
            await in_thread(rabbit.kill)
            await in_thread(rabbit.start)
        await growing(confirmed, by=100, within=RETURN)
        stop.set()
        await relaying
        assert await listener.has_heard(confirmed, within=3 * RETURN)


async def test_ids_outlive_a_kill_and_what_was_held_comes_again(
    rabbit: PrivateServer, carrier: Carrier
) -> None:
    await carrier.receive(QUEUE, limit=1, at_most=0.05)
    await settled_on_disk()
    jobs = [a_job() for _ in range(30)]
    await carrier.offer(jobs)
    done = await received(carrier, 10, within=RETURN)
    held = await received(carrier, 10, within=RETURN)
    await carrier.finish(done)
    await carrier.ping()
    await in_thread(rabbit.kill)
    assert "RabbitMQ" in await refused_in_time(lambda: carrier.offer([a_job()]))
    assert "RabbitMQ" in await refused_in_time(lambda: carrier.receive(QUEUE, limit=1, at_most=1))
    await carrier.finish(held[:5])
    await carrier.give_back(held[5:])
    await in_thread(rabbit.start)
    again = a_job()
    await insisting(lambda: carrier.offer([again]), within=RETURN)
    wanted = {job.id for job in (*jobs, again)} - {parcel.job_id for parcel in done}
    async with asyncio.timeout(2 * RETURN):
        while wanted:
            wanted -= {parcel.job_id for parcel in await received(carrier, len(wanted), within=1)}


async def test_a_receiver_that_waits_notices_the_kill_and_may_ask_again(
    rabbit: PrivateServer, carrier: Carrier
) -> None:
    await carrier.receive(QUEUE, limit=1, at_most=0.05)
    await settled_on_disk()
    waiting = asyncio.ensure_future(carrier.receive(QUEUE, limit=1, at_most=60))
    await asyncio.wait([waiting], timeout=0.3)
    await in_thread(rabbit.kill)
    with pytest.raises(Unavailable):
        await asyncio.wait_for(waiting, timeout=5)
    await in_thread(rabbit.start)
    job = a_job()
    await insisting(lambda: carrier.offer([job]), within=RETURN)
    assert [parcel.job_id for parcel in await received(carrier, 1, within=RETURN)] == [job.id]


async def test_a_rabbit_that_hangs_costs_a_bounded_wait_and_is_used_again(
    rabbit: PrivateServer, bus: EventBus, carrier: Carrier
) -> None:
    await bus.publish([fact()])
    await carrier.receive(QUEUE, limit=1, at_most=0.05)
    rabbit.freeze()
    try:
        sentences = await asyncio.gather(
            refused_in_time(lambda: bus.publish([fact()])),
            refused_in_time(lambda: carrier.offer([a_job()])),
            refused_in_time(lambda: carrier.receive(QUEUE, limit=1, at_most=0.1)),
        )
    finally:
        rabbit.thaw()
    assert all("takes too long" in sentence for sentence in sentences)
    await insisting(lambda: bus.publish([fact()]), within=RETURN)
    job = a_job()
    await insisting(lambda: carrier.offer([job]), within=RETURN)
    assert job.id in {parcel.job_id for parcel in await received(carrier, 2, within=2)}


async def test_a_rabbit_short_of_memory_refuses_news_and_lets_what_was_begun_end(
    rabbit: PrivateServer, bus: EventBus, carrier: Carrier
) -> None:
    listener, done, left, event = Listener(), a_job(), a_job(), fact()
    async with bus.subscribe(listener.subscription()):
        await bus.publish([event])
        assert await listener.has_heard({event.id}, within=RETURN)
        await carrier.offer([done, left])
        (parcel,) = await received(carrier, 1, within=RETURN)
        await in_thread(lambda: tell(rabbit, "set_vm_memory_high_watermark", "0.000001"))
        sentences = await asyncio.gather(
            refused_in_time(lambda: bus.publish([event])),
            refused_in_time(lambda: carrier.offer([done])),
        )
        await carrier.finish([parcel])
        assert [one.job_id for one in await received(carrier, 2, within=1)] == [left.id]
        await in_thread(lambda: tell(rabbit, "set_vm_memory_high_watermark", "0.9"))
        assert all("takes too long" in sentence for sentence in sentences)
        last = fact()
        await insisting(lambda: bus.publish([last]), within=RETURN)
        assert await listener.has_heard({last.id}, within=RETURN)


async def test_a_queue_that_the_kill_left_mute_is_made_anew(
    rabbit: PrivateServer, carrier: Carrier
) -> None:
    await carrier.receive(QUEUE, limit=1, at_most=0.01)
    await in_thread(rabbit.kill)
    await in_thread(rabbit.start)
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        job = a_job()  # as the storage does: whatever did not come is offered again
        with suppress(Unavailable):
            await carrier.offer([job])
        if job.id in {parcel.job_id for parcel in await received(carrier, 9, within=1)}:
            return
    pytest.fail("the queue never carried anything again")
