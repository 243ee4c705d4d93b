"""The bus on Redis streams keeps the port's promises, and keeps no more than it must."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from typing import ClassVar

import attrs
import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.typing import EncodableT, FieldT

from homeroom.kernel.bus import BusSettings, Envelope, EventBus, Subscription
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.redis.bus import RedisBus, open_bus
from homeroom_adapters.redis.connection import Line
from homeroom_adapters.redis.member import FROM_THE_START, Member
from homeroom_adapters.redis.streams import Habits, stream_of
from homeroom_testing.conformance.bus import (
    EventBusConformance,
    Listener,
    fact,
    subscription,
    until,
)
from homeroom_testing.conformance.contract import Capabilities
from homeroom_testing.sandboxes import delete_keys, fresh_name

pytestmark = [pytest.mark.anyio, pytest.mark.service("redis")]

NAME = "testing.noted.v1"


@attrs.frozen
class OnRedis:
    """A Redis, and an environment in it that nobody else uses."""

    url: str
    client: "Redis"
    environment: str = attrs.field(factory=fresh_name)

    @property
    def settings(self) -> BusSettings:
        return BusSettings(url=self.url, environment=self.environment)

    @property
    def stream(self) -> str:
        return stream_of(self.environment, NAME)

    @property
    def kept(self) -> int:
        return self.client.xlen(self.stream)

    @property
    def pending(self) -> int:
        return sum(group["pending"] for group in self.client.xinfo_groups(self.stream))

    @property
    def members(self) -> list[bytes]:
        told = self.client.xinfo_consumers(self.stream, "reports")
        return [member["name"] for member in told]

    @asynccontextmanager
    async def bus(self, habits: Habits | None = None) -> AsyncIterator[EventBus]:
        """A bus with habits of its own."""
        async with AsyncRedis.from_url(self.url, protocol=2) as client:
            yield RedisBus(client, self.settings, habits)


@pytest.fixture
def here(redis_url: str) -> Iterator[OnRedis]:
    with Redis.from_url(redis_url) as client:
        here = OnRedis(redis_url, client)
        yield here
        delete_keys(redis_url, f"homeroom:{here.environment}")


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


class TestWhatIsKept:
    @staticmethod
    async def publish(bus: EventBus, number: int) -> list[Envelope]:
        events = [fact() for _ in range(number)]
        for start in range(0, number, 100):
            await bus.publish(events[start : start + 100])
        return events

    async def test_what_every_consumer_heard_is_let_go(self, here: OnRedis, bus: EventBus) -> None:
        one, other = Listener(), Listener()
        async with bus.subscribe(subscription(one)), bus.subscribe(subscription(other, "mail")):
            await self.publish(bus, 1000)
            await until(lambda: len(one.heard) == len(other.heard) == 1000 and here.pending == 0)
            await bus.publish([fact()])
        assert here.kept <= 200

    async def test_what_one_known_consumer_has_not_heard_stays(
        self, here: OnRedis, bus: EventBus
    ) -> None:
        swift, late = Listener(), Listener()
        async with bus.subscribe(subscription(late, "late")):
            pass
        async with bus.subscribe(subscription(swift)):
            events = await self.publish(bus, 1000)
            await until(lambda: len(swift.heard) == 1000)
            events += await self.publish(bus, 1)
        async with bus.subscribe(subscription(late, "late")):
            await until(lambda: len(late.heard) == 1001)
        assert late.heard == events

    async def test_what_a_consumer_took_and_could_not_hear_stays(self, bus: EventBus) -> None:
        poison, heard, returned = fact(), list[Envelope](), Listener()

        async def hear(event: Envelope) -> None:
            if event == poison:
                raise ValueError
            heard.append(event)

        picky = Subscription(consumer="reports", names=frozenset({NAME}), hear=hear)
        async with bus.subscribe(picky):
            await bus.publish([poison])
            await self.publish(bus, 1000)
            await until(lambda: len(heard) == 1000)
            await self.publish(bus, 1)
        async with bus.subscribe(subscription(returned)):
            await until(lambda: poison in returned.heard)

    async def test_a_consumer_that_never_returns_costs_a_stated_number_of_events(
        self, here: OnRedis, caplog: pytest.LogCaptureFixture
    ) -> None:
        gone = Listener()
        async with here.bus(Habits(kept_unheard=500)) as bus:
            async with bus.subscribe(subscription(gone)):
                pass
            with caplog.at_level(logging.WARNING):
                await self.publish(bus, 500)
                assert "dropped" not in caplog.text
                events = await self.publish(bus, 1000)
            assert 500 <= here.kept <= 600
            assert "unheard events were dropped" in caplog.text
            async with bus.subscribe(subscription(gone)):
                await until(lambda: len(gone.heard) >= 500)
            assert gone.heard[-500:] == events[-500:]

    async def test_events_that_nobody_wants_are_few(self, here: OnRedis) -> None:
        async with here.bus(Habits(kept_unwanted=300)) as bus:
            await self.publish(bus, 2000)
        assert 300 <= here.kept <= 400

    async def test_a_consumer_that_fails_at_everything_takes_no_more_than_it_can_hold(
        self, here: OnRedis, bus: EventBus
    ) -> None:
        failing = Listener(failures=1_000_000)
        async with bus.subscribe(subscription(failing)):
            await self.publish(bus, 1000)
            with suppress(TimeoutError):
                await until(lambda: here.pending > 250)
            assert 200 <= here.pending <= 250


async def test_a_consumer_new_to_the_house_hears_from_now_on(bus: EventBus) -> None:
    listener, old, new = Listener(), fact(), fact()
    await bus.publish([old])
    async with bus.subscribe(subscription(listener)):
        await bus.publish([new])
        await until(lambda: bool(listener.heard))
    assert listener.heard == [new]
