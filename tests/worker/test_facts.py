"""Facts on their way out: relayed after the commit, heard once as far as any effect shows."""

import asyncio

import attrs
import pytest

from homeroom.kernel.aggregates import Event, event
from homeroom.kernel.bus import Subscription
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.ids import EventId, new_id
from homeroom_adapters.memory.bus import MemoryBus
from homeroom_entrypoints.worker.consumers import Consumer
from homeroom_entrypoints.worker.settings import Part

pytestmark = pytest.mark.anyio


@event("workshop.bell_rang.v1")
@attrs.frozen(kw_only=True)
class BellRang(Event):
    times: int


def a_ring(shop, times=1, **named):
    school = EventId(new_id())
    return BellRang(
        occurred_at=shop.ambient.clock.now(), institution_id=school, times=times, **named
    )


async def tell(shop, *events):
    async with shop.storage.start() as unit:
        await unit.outbox.put(*events)
        await unit.commit()


class TestTheRelay:
    async def test_tells_committed_facts_in_order(self, shop):
        heard = []

        async def hear(envelope):
            heard.append(envelope.id)

        ours = Subscription(consumer="ear", names=frozenset({"workshop.bell_rang.v1"}), hear=hear)
        rings = [a_ring(shop, n) for n in range(5)]
        async with shop.working(subscriptions=(ours,)):
            await tell(shop, *rings)
            await shop.until(lambda: len(heard) >= 5)
        assert heard == [ring.event_id for ring in rings]

    async def test_keeps_facts_while_the_bus_is_away(self, shop):
        bus, told = SlowBus(), []

        async def hear(envelope):
            told.append(envelope.id)

        ours = Subscription(consumer="ear", names=frozenset({"workshop.bell_rang.v1"}), hear=hear)
        ring = a_ring(shop)
        async with shop.working(bus=bus, subscriptions=(ours,)):
            await tell(shop, ring)
            await shop.until(lambda: bus.refusals >= 2)
            bus.away = False
            await shop.until(lambda: told == [ring.event_id])

    async def test_runs_alone_when_only_it_was_asked_for(self, shop):
        heard = []

        async def hear(envelope):
            heard.append(envelope.id)

        ours = Subscription(consumer="ear", names=frozenset({"workshop.bell_rang.v1"}), hear=hear)
        await shop.ask("nothing")
        await tell(shop, a_ring(shop))
        async with shop.working(subscriptions=(ours,), parts=frozenset({Part.RELAY})):
            await shop.until(lambda: len(heard) == 1)
            await asyncio.sleep(0.1)
        assert shop.starts == []


class TestAConsumer:
    async def test_lets_an_event_that_comes_twice_have_its_effect_once(self, shop):
        effects = []

        async def count(unit, ring):
            effects.append(ring.times)

        consumer = self.consumer(shop, count)
        envelope = await one_envelope(shop, a_ring(shop, 3))
        await consumer.hear(envelope)
        await consumer.hear(envelope)
        assert effects == [3]

    async def test_hears_again_what_failed(self, shop):
        tries = []

        async def stumble(unit, ring):
            tries.append(ring.times)
            if len(tries) == 1:
                raise Unavailable

        consumer = self.consumer(shop, stumble)
        envelope = await one_envelope(shop, a_ring(shop))
        with pytest.raises(Unavailable):
            await consumer.hear(envelope)
        await consumer.hear(envelope)
        assert len(tries) == 2

    @pytest.mark.parametrize("change", [{"payload": "{"}, {"name": "workshop.nobody_knows.v1"}])
    async def test_passes_over_what_it_cannot_read(self, shop, change):
        async def count(unit, ring):
            raise NotImplementedError

        consumer = self.consumer(shop, count)
        envelope = await one_envelope(shop, a_ring(shop))
        await consumer.hear(attrs.evolve(envelope, **change))

    async def test_subscribes_to_the_names_of_its_kinds(self, shop):
        async def nothing(unit, ring): ...

        subscription = self.consumer(shop, nothing).subscription()
        assert subscription.names == {"workshop.bell_rang.v1"}

    @staticmethod
    def consumer(shop, effect):
        return Consumer("bell ringer", [BellRang], shop.storage.start, shop.ambient.codec, effect)


async def one_envelope(shop, ring):
    found = []

    async def take(envelopes):
        found.extend(envelopes)

    await tell(shop, ring)
    await shop.storage.outbox.deliver(take, limit=1)
    return found[0]


class SlowBus(MemoryBus):
    """A bus that takes a while to come up."""

    away = True
    refusals = 0

    async def publish(self, events):
        if self.away:
            self.refusals += 1
            raise Unavailable
        await super().publish(events)
