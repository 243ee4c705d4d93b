"""What every event bus promises."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import ClassVar

import pytest

from homeroom.kernel.bus import Envelope, EventBus, Subscription
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.ids import EventId, InstitutionId, new_id
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.contract import Capabilities, Conformance

_PATIENCE = 3.0


def fact(name: str = "testing.noted.v1") -> Envelope:
    """A fact nobody has heard yet."""
    return Envelope(
        id=EventId(new_id()),
        name=name,
        payload="{}",
        occurred_at=NOON,
        institution_id=InstitutionId(new_id()),
        trace_id="0" * 32,
    )


class Listener:
    """Remembers what it heard; fails as often as it was told to."""

    def __init__(self, *, failures: int = 0) -> None:
        self.heard: list[Envelope] = []
        self.failures = failures

    async def hear(self, event: Envelope) -> None:
        if self.failures:
            self.failures -= 1
            raise Unavailable("not now")
        self.heard.append(event)


def subscription(
    listener: Listener, consumer: str = "reports", name: str = "testing.noted.v1"
) -> Subscription:
    return Subscription(consumer=consumer, names=frozenset({name}), hear=listener.hear)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what a bus does in its own time."""
    async with asyncio.timeout(_PATIENCE):
        while not condition():  # noqa: ASYNC110 - the bus under test has no event to wait for
            await asyncio.sleep(0.005)


async def tell(bus: EventBus, *events: Envelope) -> None:
    """Publish as the relay does: again, as long as the bus says not now."""
    for _ in range(10):
        with suppress(Unavailable):
            await bus.publish(events)
            return
    raise AssertionError("the bus never took the events")


class EventBusConformance(Conformance):
    """Subclass, provide `bus`, inherit the proof.

    A bus that keeps events for consumers who are away declares ``Capabilities(durable=True)``.
    """

    capabilities: ClassVar[Capabilities] = Capabilities(durable=False)

    @pytest.fixture
    def bus(self) -> EventBus:
        raise NotImplementedError("return a bus nobody has used")

    async def test_what_is_published_is_heard_as_it_was(self, bus: EventBus) -> None:
        listener, event = Listener(), fact()
        async with bus.subscribe(subscription(listener)):
            await tell(bus, event)
            await until(lambda: listener.heard == [event])

    async def test_each_consumer_hears_for_itself(self, bus: EventBus) -> None:
        one, other, event = Listener(), Listener(), fact()
        async with bus.subscribe(subscription(one)), bus.subscribe(subscription(other, "mail")):
            await tell(bus, event)
            await until(lambda: one.heard == [event] and other.heard == [event])

    async def test_subscriptions_of_one_consumer_share_the_events(self, bus: EventBus) -> None:
        one, other = Listener(), Listener()
        events = [fact() for _ in range(20)]
        async with bus.subscribe(subscription(one)), bus.subscribe(subscription(other)):
            await tell(bus, *events)
            await until(lambda: len(one.heard) + len(other.heard) >= len(events))
        assert {event.id for event in (*one.heard, *other.heard)} == {e.id for e in events}
        assert len(one.heard) + len(other.heard) == len(events)

    async def test_only_subscribed_names_are_heard(self, bus: EventBus) -> None:
        listener, wanted = Listener(), fact()
        async with bus.subscribe(subscription(listener)):
            await tell(bus, fact("testing.ignored.v1"), wanted)
            await until(lambda: bool(listener.heard))
        assert listener.heard == [wanted]

    async def test_what_could_not_be_heard_is_heard_again(self, bus: EventBus) -> None:
        listener, event = Listener(failures=2), fact()
        async with bus.subscribe(subscription(listener)):
            await tell(bus, event)
            await until(lambda: listener.heard == [event])

    async def test_who_fails_disturbs_nobody_else(self, bus: EventBus) -> None:
        failing, calm, event = Listener(failures=2), Listener(), fact()
        async with (
            bus.subscribe(subscription(failing, "failing")),
            bus.subscribe(subscription(calm, "calm")),
        ):
            await tell(bus, event)
            await until(lambda: failing.heard == [event] and calm.heard == [event])

    async def test_whoever_left_hears_no_more(self, bus: EventBus) -> None:
        gone, stays, event = Listener(), Listener(), fact()
        async with bus.subscribe(subscription(stays, "stays")):
            async with bus.subscribe(subscription(gone, "gone")):
                pass
            await tell(bus, event)
            await until(lambda: stays.heard == [event])
        assert gone.heard == []

    async def test_a_consumer_hears_later_what_was_published_while_it_was_away(
        self, bus: EventBus
    ) -> None:
        self.require("durable")
        before, after = Listener(), Listener()
        first, *missed = [fact() for _ in range(6)]
        async with bus.subscribe(subscription(before)):
            await tell(bus, first)
            await until(lambda: before.heard == [first])
        await tell(bus, *missed)
        async with bus.subscribe(subscription(after)):
            await until(lambda: all(event in after.heard for event in missed))
        assert before.heard == [first]

    async def test_what_a_consumer_failed_to_hear_before_it_left_it_hears_when_it_returns(
        self, bus: EventBus
    ) -> None:
        self.require("durable")
        failing, returned, event = Listener(failures=1_000_000), Listener(), fact()
        untroubled = failing.failures
        async with bus.subscribe(subscription(failing)):
            await tell(bus, event)
            await until(lambda: failing.failures < untroubled)
        async with bus.subscribe(subscription(returned)):
            await until(lambda: returned.heard == [event])

    async def test_a_bus_nobody_listens_to_takes_events(self, bus: EventBus) -> None:
        await bus.publish([fact()])

    async def test_a_bus_that_works_answers_a_ping(self, bus: EventBus) -> None:
        await bus.ping()
