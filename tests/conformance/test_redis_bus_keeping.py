"""The bus on Redis streams keeps what somebody has yet to hear, and no more than it must."""

import logging
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from redis_ground import NAME, OnRedis

from homeroom.kernel.bus import Envelope, EventBus, Subscription
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.redis.bus import open_bus
from homeroom_adapters.redis.streams import Habits
from homeroom_testing.conformance.bus import Listener, fact, subscription, until

pytestmark = [pytest.mark.anyio, pytest.mark.service("redis")]


@pytest.fixture
async def bus(here: OnRedis) -> AsyncIterator[EventBus]:
    async with open_bus(here.settings, Ambient(SystemClock(), JsonCodec())) as bus:
        yield bus


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
