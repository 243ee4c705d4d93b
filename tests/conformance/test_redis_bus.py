"""The bus on Redis streams keeps the port's promises, and keeps no more than it must."""

import asyncio
import time
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import ClassVar

import attrs
import pytest
from redis.asyncio import Redis as AsyncRedis
from redis.typing import EncodableT, FieldT
from redis_ground import NAME, OnRedis

from homeroom.kernel.bus import Envelope, EventBus, Subscription
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.redis.bus import open_bus
from homeroom_adapters.redis.connection import Line
from homeroom_adapters.redis.member import FROM_THE_START, Member
from homeroom_adapters.redis.streams import Habits
from homeroom_testing.conformance.bus import (
    EventBusConformance,
    Listener,
    fact,
    subscription,
    until,
)
from homeroom_testing.conformance.contract import Capabilities

pytestmark = [pytest.mark.anyio, pytest.mark.service("redis")]


@pytest.fixture
async def bus(here: OnRedis) -> AsyncIterator[EventBus]:
    async with open_bus(here.settings, Ambient(SystemClock(), JsonCodec())) as bus:
        yield bus


class TestRedisBus(EventBusConformance):
    capabilities: ClassVar[Capabilities] = Capabilities(durable=True)

    @pytest.fixture
    async def bus(self, here: OnRedis) -> AsyncIterator[EventBus]:
        async with open_bus(here.settings, Ambient(SystemClock(), JsonCodec())) as bus:
            yield bus


class Stuck:
    """Never done with its first event."""

    def __init__(self) -> None:
        self.began = asyncio.Event()

    async def hear(self, _: Envelope) -> None:
        self.began.set()
        await asyncio.Event().wait()


async def test_another_process_hears_what_this_one_published(here: OnRedis, bus: EventBus) -> None:
    listener, event = Listener(), fact()
    async with here.bus() as other, other.subscribe(subscription(listener)):
        await bus.publish([event])
        await until(lambda: listener.heard == [event])


async def test_environments_hear_nothing_of_each_other(here: OnRedis, bus: EventBus) -> None:
    listener, ours, theirs = Listener(), fact(), fact()
    elsewhere = attrs.evolve(here, environment=here.environment + "-other")
    async with elsewhere.bus() as other, bus.subscribe(subscription(listener)):
        await other.publish([theirs])
        await bus.publish([ours])
        await until(lambda: bool(listener.heard))
    assert listener.heard == [ours]


async def test_a_subscription_hears_all_its_names(bus: EventBus) -> None:
    listener = Listener()
    events = [fact(f"testing.kind_{n}.v1") for n in range(5)]
    names = frozenset(event.name for event in events)
    async with bus.subscribe(Subscription(consumer="all", names=names, hear=listener.hear)):
        await bus.publish(events)
        await until(lambda: len(listener.heard) == 5)
    assert {event.id for event in listener.heard} == {event.id for event in events}


async def test_a_subscription_to_nothing_hears_nothing(bus: EventBus) -> None:
    listener = Listener()
    async with bus.subscribe(Subscription(consumer="x", names=frozenset(), hear=listener.hear)):
        await bus.publish([fact()])
    assert listener.heard == []


async def test_events_of_one_name_are_heard_in_the_order_they_were_published(
    bus: EventBus,
) -> None:
    listener, events = Listener(), [fact() for _ in range(100)]
    async with bus.subscribe(subscription(listener)):
        await bus.publish(events)
        await until(lambda: len(listener.heard) == 100)
    assert listener.heard == events


async def test_whoever_comes_and_goes_leaves_no_event_with_nobody(bus: EventBus) -> None:
    listener, events = Listener(), [fact() for _ in range(30)]
    for event in events:
        async with bus.subscribe(subscription(listener)):
            pass
        await bus.publish([event])
    async with bus.subscribe(subscription(listener)):
        await until(lambda: {e.id for e in listener.heard} == {e.id for e in events})


class TestADeadMember:
    @staticmethod
    async def dies(here: OnRedis) -> None:
        """Takes what there is, as a process does that is killed right then."""
        async with AsyncRedis.from_url(here.url, protocol=2) as client:
            dead = Member(client, Line("test", "fails"), [here.stream], "reports", Habits())
            await dead.join(FROM_THE_START)
            assert len(await dead.take()) == 3

    async def test_leaves_its_events_to_the_living_once_its_lease_is_over(
        self, here: OnRedis
    ) -> None:
        events, listener = [fact() for _ in range(3)], Listener()
        async with here.bus(Habits(lease=0.5, silence=0.1)) as bus:
            await bus.publish(events)
            await self.dies(here)
            died = time.monotonic()
            async with bus.subscribe(subscription(listener)):
                await until(lambda: listener.heard == events)
            assert time.monotonic() - died > 0.4
        assert here.pending == 0

    async def test_keeps_its_events_as_long_as_its_lease_runs(
        self, here: OnRedis, bus: EventBus
    ) -> None:
        later, listener = fact(), Listener()
        await bus.publish([fact() for _ in range(3)])
        await self.dies(here)
        async with bus.subscribe(subscription(listener)):
            await bus.publish([later])
            await until(lambda: bool(listener.heard))
        assert listener.heard == [later]

    async def test_is_forgotten_when_it_holds_nothing_any_more(self, here: OnRedis) -> None:
        async with here.bus(Habits(lease=0.1, silence=0.05)) as bus:
            await bus.publish([fact() for _ in range(3)])
            await self.dies(here)
            listener = Listener()
            async with bus.subscribe(subscription(listener)):
                await until(lambda: len(listener.heard) == 3)
                assert len(here.members) == 2
        assert len(here.members) == 1, "whoever leaves in order is forgotten at once"


async def test_whoever_is_long_at_work_keeps_what_it_took(here: OnRedis) -> None:
    stuck, idle, event = Stuck(), Listener(), fact()
    async with here.bus(Habits(lease=0.3, silence=0.05)) as bus:
        slow = Subscription(consumer="reports", names=frozenset({NAME}), hear=stuck.hear)
        async with bus.subscribe(slow):
            await bus.publish([event])
            await stuck.began.wait()
            async with bus.subscribe(subscription(idle)):
                await asyncio.sleep(1.0)
                assert idle.heard == []
        async with bus.subscribe(subscription(idle)):
            await until(lambda: idle.heard == [event])


async def test_whoever_leaves_at_work_may_tidy_up_and_the_next_hears_it(bus: EventBus) -> None:
    tidied, began, event, next_one = asyncio.Event(), asyncio.Event(), fact(), Listener()

    async def hear(_: Envelope) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.2)
            tidied.set()

    async with bus.subscribe(Subscription(consumer="reports", names=frozenset({NAME}), hear=hear)):
        await bus.publish([event])
        await began.wait()
    assert tidied.is_set()
    async with bus.subscribe(subscription(next_one)):
        await until(lambda: next_one.heard == [event])


async def test_the_pause_grows_with_every_failure(here: OnRedis) -> None:
    tries: list[float] = []

    async def fail(_: Envelope) -> None:
        tries.append(time.monotonic())
        raise ValueError

    async with here.bus(Habits(first_pause=0.1)) as bus:
        failing = Subscription(consumer="reports", names=frozenset({NAME}), hear=fail)
        async with bus.subscribe(failing):
            await bus.publish([fact()])
            await until(lambda: len(tries) == 5)
    pauses = [after - before for before, after in pairwise(tries)]
    at_least = (0.1, 0.2, 0.4, 0.8)
    assert all(pause >= least for pause, least in zip(pauses, at_least, strict=True)), pauses
    assert all(pause < least + 0.4 for pause, least in zip(pauses, at_least, strict=True)), pauses


async def test_an_event_that_fails_does_not_hold_up_the_next(bus: EventBus) -> None:
    poison, rest = fact(), [fact() for _ in range(50)]
    heard: list[Envelope] = []

    async def hear(event: Envelope) -> None:
        if event == poison:
            raise ValueError
        heard.append(event)

    picky = Subscription(consumer="reports", names=frozenset({NAME}), hear=hear)
    async with bus.subscribe(picky):
        await bus.publish([poison, *rest])
        await until(lambda: heard == rest)


async def test_what_a_stranger_wrote_is_passed_over(
    here: OnRedis, bus: EventBus, caplog: pytest.LogCaptureFixture
) -> None:
    listener, event = Listener(), fact()
    async with bus.subscribe(subscription(listener)):
        here.client.xadd(here.stream, {"hello": "world"})
        here.client.xadd(here.stream, {"id": "\N{WINKING FACE}", "name": b"\xff"})
        await bus.publish([event])
        await until(lambda: listener.heard == [event] and here.pending == 0)
    assert caplog.text.count("passed over") == 2


async def test_fields_of_a_later_release_are_no_trouble(here: OnRedis, bus: EventBus) -> None:
    listener, event = Listener(), fact()
    async with bus.subscribe(subscription(listener)):
        fields: dict[FieldT, EncodableT] = {
            "id": str(event.id),
            "name": event.name,
            "payload": event.payload,
            "occurred_at": event.occurred_at.isoformat(),
            "institution_id": str(event.institution_id),
            "trace_id": event.trace_id,
            "campus": "south",
        }
        here.client.xadd(here.stream, fields)
        await until(lambda: listener.heard == [event])


async def test_a_consumer_new_to_the_house_hears_from_now_on(bus: EventBus) -> None:
    listener, old, new = Listener(), fact(), fact()
    await bus.publish([old])
    async with bus.subscribe(subscription(listener)):
        await bus.publish([new])
        await until(lambda: bool(listener.heard))
    assert listener.heard == [new]
