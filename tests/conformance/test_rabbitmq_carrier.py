"""The carrier in RabbitMQ keeps every promise of the port but those about rank and strangers."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.carrier import Carrier, CarrierSettings
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Unavailable
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.rabbitmq.carrier import RabbitCarrier, open_carrier
from homeroom_adapters.rabbitmq.connection import Line
from homeroom_adapters.rabbitmq.queues import name_in
from homeroom_testing.conformance.carriers import CarrierConformance
from homeroom_testing.conformance.carriers_ground import (
    QUEUE,
    Empty,
    OpenHere,
    a_job,
    collect,
    ids,
    nothing_for,
)
from homeroom_testing.conformance.contract import Capabilities

AMBIENT = Ambient(SystemClock(), JsonCodec())


@pytest.mark.adapter("rabbitmq carrier")
class TestRabbitCarrier(CarrierConformance):
    capabilities = Capabilities(priorities=False, strangers=False)

    @pytest.fixture
    def open_here(self, rabbitmq_url: str, rabbitmq_prefix: str) -> OpenHere:
        def open_one(environment: str = "test") -> AbstractAsyncContextManager[Carrier]:
            apart = rabbitmq_prefix + environment
            return open_carrier(CarrierSettings(url=rabbitmq_url, environment=apart), AMBIENT)

        return open_one

    @pytest.fixture
    def empty(self, rabbitmq_url: str, rabbitmq_prefix: str) -> Empty:
        async def remove() -> None:
            async with await aio_pika.connect(rabbitmq_url) as connection:
                channel = await connection.channel()
                await channel.queue_delete(name_in(rabbitmq_prefix + "test", "jobs", QUEUE))

        return remove


@pytest.fixture
def settings(rabbitmq_url: str, rabbitmq_prefix: str) -> CarrierSettings:
    return CarrierSettings(url=rabbitmq_url, environment=rabbitmq_prefix)


@pytest.fixture
async def backdoor(rabbitmq_url: str) -> AsyncIterator[AbstractChannel]:
    async with await aio_pika.connect(rabbitmq_url) as connection:
        yield await connection.channel()


@pytest.mark.anyio
@pytest.mark.adapter("rabbitmq carrier")
class TestBesidesTheContract:
    async def test_a_full_queue_refuses_and_keeps_what_it_has(
        self, settings: CarrierSettings
    ) -> None:
        async with (
            aclosing(Line(settings.url, "carrier", "", AMBIENT.luck)) as out,
            aclosing(Line(settings.url, "carrier", "", AMBIENT.luck)) as back,
        ):
            carrier = RabbitCarrier(out, back, settings.environment, most_waiting=5)
            first = a_job()
            await carrier.offer([first])
            with pytest.raises(Unavailable, match="full"):
                await offering_without_end(carrier)
            assert ids(await collect(carrier, 1)) == [first.id]

    async def test_what_names_no_job_is_kept_for_an_operator(
        self, settings: CarrierSettings, backdoor: AbstractChannel
    ) -> None:
        async with open_carrier(settings, AMBIENT) as carrier:
            await nothing_for(carrier)
            queue = name_in(settings.environment, "jobs", QUEUE)
            await backdoor.default_exchange.publish(aio_pika.Message(b"\xff junk"), queue)
            job = a_job()
            await carrier.offer([job])
            assert ids(await collect(carrier, 1)) == [job.id]
            unread = await backdoor.get_queue(name_in(settings.environment, "unreadable"))
            async with asyncio.timeout(3), unread.iterator() as messages:
                junk = await anext(messages)
                await junk.ack()
        assert junk.body == b"\xff junk"

    async def test_a_receiver_leaves_no_consumer_behind(
        self, settings: CarrierSettings, backdoor: AbstractChannel
    ) -> None:
        name = name_in(settings.environment, "jobs", QUEUE)
        async with open_carrier(settings, AMBIENT) as carrier:
            await nothing_for(carrier)
            waiting = asyncio.ensure_future(carrier.receive(QUEUE, limit=3, at_most=30))
            await asyncio.wait([waiting], timeout=0.3)
            assert await consumers(backdoor, name) == 1
            waiting.cancel()
            async with asyncio.timeout(3):
                while await consumers(backdoor, name):  # noqa: ASYNC110 - no event tells
                    await asyncio.sleep(0.02)

    async def test_what_was_held_at_the_end_comes_to_others_at_once(
        self, settings: CarrierSettings
    ) -> None:
        jobs = [a_job() for _ in range(3)]
        async with open_carrier(settings, AMBIENT) as stays:
            async with open_carrier(settings, AMBIENT) as leaves:
                await leaves.offer(jobs)
                assert len(await collect(leaves, 3)) == 3
                await nothing_for(stays)
            assert ids(await collect(stays, 3)) == [job.id for job in jobs]

    async def test_a_closed_carrier_opens_no_connection_any_more(
        self, settings: CarrierSettings
    ) -> None:
        async with open_carrier(settings, AMBIENT) as carrier:
            await carrier.ping()
        with pytest.raises(Unavailable, match="closed"):
            await carrier.offer([a_job()])


async def offering_without_end(carrier: Carrier) -> None:
    for _ in range(100):
        await carrier.offer([a_job() for _ in range(10)])


async def consumers(channel: AbstractChannel, name: str) -> int:
    queue = await channel.declare_queue(name, passive=True)
    return queue.declaration_result.consumer_count or 0


class TestNames:
    @given(
        st.lists(st.tuples(st.text(), st.text(max_size=64)), min_size=2, max_size=2, unique=True)
    )
    def test_no_two_queues_share_a_name(self, pair: list[tuple[str, str]]) -> None:
        (one, queue), (other, another) = pair
        assert name_in(one, "jobs", queue) != name_in(other, "jobs", another)

    @given(st.text(), st.text())
    def test_every_name_is_one_that_clients_allow(self, environment: str, queue: str) -> None:
        assert re.fullmatch(r"[a-zA-Z0-9\-_.:@#,/+ ]{1,127}", name_in(environment, queue))

    def test_a_dot_in_an_environment_s_name_leads_nowhere_else(self) -> None:
        assert name_in("a", "b.jobs", "c") != name_in("a.b", "jobs", "c")
