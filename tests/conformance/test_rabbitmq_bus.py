"""The event bus in RabbitMQ signs the port's contract, and keeps what nobody could hear."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from urllib.parse import urlsplit

import aio_pika
import pytest

from homeroom.kernel.bus import BusSettings, EventBus, Subscription
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Unavailable
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.bus import MemoryBus
from homeroom_adapters.rabbitmq.bus import RabbitBus, open_bus
from homeroom_adapters.rabbitmq.connection import BadAddress
from homeroom_adapters.rabbitmq.hearing import Habits
from homeroom_adapters.rabbitmq.queues import name_in
from homeroom_testing.conformance.bus import (
    EventBusConformance,
    Listener,
    fact,
    subscription,
    until,
)
from homeroom_testing.conformance.contract import Capabilities
from homeroom_testing.sabotage import broken_clauses

AMBIENT = Ambient(SystemClock(), JsonCodec())
OTHER = "testing.moved.v1"


@pytest.fixture
def settings(rabbitmq_url: str, rabbitmq_prefix: str) -> BusSettings:
    return BusSettings(url=rabbitmq_url, environment=rabbitmq_prefix)


@pytest.fixture
async def bus(settings: BusSettings) -> AsyncIterator[EventBus]:
    async with open_bus(settings, AMBIENT) as bus:
        yield bus


@pytest.mark.adapter("rabbitmq bus")
class TestRabbitBus(EventBusConformance):
    capabilities = Capabilities(durable=True)

    @pytest.fixture
    async def bus(self, settings: BusSettings) -> AsyncIterator[EventBus]:
        async with open_bus(settings, AMBIENT) as bus:
            yield bus


@pytest.mark.anyio
@pytest.mark.adapter("rabbitmq bus")
class TestBesidesTheContract:
    async def test_processes_that_share_a_consumer_share_its_events(
        self, settings: BusSettings
    ) -> None:
        one, other = Listener(), Listener()
        events = [fact() for _ in range(60)]
        async with (
            open_bus(settings, AMBIENT) as here,
            open_bus(settings, AMBIENT) as there,
            here.subscribe(subscription(one)),
            there.subscribe(subscription(other)),
        ):
            await here.publish(events)
            await until(lambda: len(one.heard) + len(other.heard) >= len(events))
        assert one.heard
        assert other.heard
        assert {e.id for e in (*one.heard, *other.heard)} == {e.id for e in events}

    async def test_a_consumer_s_processes_may_ask_for_different_names(self, bus: EventBus) -> None:
        old, new = Listener(), Listener()
        noted, moved = [fact() for _ in range(5)], [fact(OTHER) for _ in range(5)]
        async with (
            bus.subscribe(subscription(old)),
            bus.subscribe(subscription(new, name=OTHER)),
        ):
            await bus.publish([*noted, *moved])
            await until(lambda: len(old.heard) == len(new.heard) == 5)
        assert (old.heard, new.heard) == (noted, moved)

    async def test_one_subscription_hears_several_names(self, bus: EventBus) -> None:
        listener, events = Listener(), [fact(), fact(OTHER)]
        both = Subscription(
            consumer="both", names=frozenset({events[0].name, OTHER}), hear=listener.hear
        )
        async with bus.subscribe(both):
            await bus.publish(events)
            await until(lambda: all(event in listener.heard for event in events))

    async def test_what_is_left_behind_is_found_by_a_bus_opened_later(
        self, settings: BusSettings
    ) -> None:
        listener, event = Listener(), fact()
        async with open_bus(settings, AMBIENT) as bus, bus.subscribe(subscription(Listener())):
            pass
        async with open_bus(settings, AMBIENT) as bus:
            await bus.publish([event])
        async with open_bus(settings, AMBIENT) as bus, bus.subscribe(subscription(listener)):
            await until(lambda: listener.heard == [event])

    async def test_environments_are_apart(self, settings: BusSettings) -> None:
        elsewhere = BusSettings(url=settings.url, environment=settings.environment + "elsewhere")
        here, there, event = Listener(), Listener(), fact()
        async with (
            open_bus(settings, AMBIENT) as bus,
            open_bus(elsewhere, AMBIENT) as foreign,
            bus.subscribe(subscription(here)),
            foreign.subscribe(subscription(there)),
        ):
            await foreign.publish([fact()])
            await bus.publish([event])
            await until(lambda: bool(here.heard and there.heard))
        assert here.heard == [event]
        assert event not in there.heard

    async def test_what_fails_for_long_lies_aside_and_lets_others_pass(
        self, settings: BusSettings
    ) -> None:
        poison, harmless = fact(), fact()
        heard: list[str] = []

        async def hear(event: object) -> None:
            if event == poison and heard.count("poison") < 2:
                heard.append("poison")
                raise Unavailable("not now")
            heard.append("harmless" if event == harmless else "poison at last")

        habits = Habits(pauses=(), aside=0.8, at_once=1)
        stubborn = Subscription(consumer="one", names=frozenset({poison.name}), hear=hear)
        async with (
            aclosing(RabbitBus(settings, AMBIENT.luck, habits)) as bus,
            bus.subscribe(stubborn),
        ):
            await bus.publish([poison, harmless])
            await until(lambda: heard[-1:] == ["poison at last"])
        assert heard == ["poison", "harmless", "poison", "poison at last"]

    async def test_what_nobody_can_read_is_kept_for_an_operator_and_the_rest_is_heard(
        self, bus: EventBus, settings: BusSettings
    ) -> None:
        listener, event = Listener(), fact()
        async with (
            bus.subscribe(subscription(listener)),
            await aio_pika.connect(settings.url) as connection,
        ):
            channel = await connection.channel()
            events = await channel.get_exchange(name_in(settings.environment, "events"))
            await events.publish(aio_pika.Message(b"\xff junk"), event.name)
            await bus.publish([event])
            await until(lambda: listener.heard == [event])
            unread = await channel.get_queue(name_in(settings.environment, "unreadable"))
            async with asyncio.timeout(3), unread.iterator() as messages:
                junk = await anext(messages)
                await junk.ack()
        assert junk.body == b"\xff junk"

    async def test_a_queue_that_somebody_removed_is_made_anew(
        self, bus: EventBus, settings: BusSettings
    ) -> None:
        listener, name = Listener(), fact().name
        async with bus.subscribe(subscription(listener)):
            async with await aio_pika.connect(settings.url) as connection:
                channel = await connection.channel()
                queue = name_in(settings.environment, "events", "reports", name)
                await channel.queue_delete(queue)
            async with asyncio.timeout(5):
                while not listener.heard:
                    await bus.publish([fact()])
                    await asyncio.sleep(0.02)

    async def test_what_is_being_heard_may_end_before_the_subscription_does(
        self, bus: EventBus
    ) -> None:
        begun, ended = asyncio.Event(), asyncio.Event()

        async def hear(_: object) -> None:
            begun.set()
            await asyncio.sleep(0.1)
            ended.set()

        slow = Subscription(consumer="reports", names=frozenset({fact().name}), hear=hear)
        again = Listener()
        async with bus.subscribe(slow):
            await bus.publish([fact()])
            await begun.wait()
        assert ended.is_set()
        last = fact()
        async with bus.subscribe(subscription(again)):
            await bus.publish([last])
            await until(lambda: bool(again.heard))
        assert again.heard == [last]


@pytest.mark.anyio
class TestAddresses:
    @pytest.mark.parametrize(
        "url", ["redis://localhost", "amqp://", "localhost:5672", "amqp://u:secret@h:x/"]
    )
    async def test_what_is_no_address_is_told_without_its_password(self, url: str) -> None:
        with pytest.raises(BadAddress) as refusal:
            async with open_bus(BusSettings(url=url), AMBIENT):
                pass
        assert "secret" not in refusal.value.message

    async def test_a_wrong_password_is_named(self, settings: BusSettings) -> None:
        parts = urlsplit(settings.url)
        wrong = parts._replace(netloc=f"guest:wrong@{parts.hostname}:{parts.port or 5672}")
        async with open_bus(BusSettings(url=wrong.geturl()), AMBIENT) as bus:
            with pytest.raises(Unavailable, match="check the user and the password"):
                await bus.ping()

    async def test_an_unknown_virtual_host_is_named(self, settings: BusSettings) -> None:
        nowhere = urlsplit(settings.url)._replace(path="/homeroom-nowhere").geturl()
        async with open_bus(BusSettings(url=nowhere), AMBIENT) as bus:
            with pytest.raises(Unavailable, match="virtual host"):
                await bus.ping()


class ForgetfulBusSuite(EventBusConformance):
    """A bus in memory that claims to be durable."""

    capabilities = Capabilities(durable=True)

    @pytest.fixture
    def bus(self) -> EventBus:
        return MemoryBus()


@pytest.mark.parametrize(
    "clause",
    [
        "test_a_consumer_hears_later_what_was_published_while_it_was_away",
        "test_what_a_consumer_failed_to_hear_before_it_left_it_hears_when_it_returns",
    ],
)
def test_a_bus_that_only_claims_to_be_durable_is_caught(clause: str) -> None:
    assert clause in broken_clauses(ForgetfulBusSuite, only=clause)
