"""Published facts in RabbitMQ: one topic exchange, and a queue for each consumer and name.

What is published is on disk when `publish` returns. A consumer that was away finds in its queues
what it missed; one that stays away for a month is forgotten.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager

from homeroom.kernel.bus import BusSettings, Envelope, EventBus, Subscription
from homeroom.kernel.codec import Ambient
from homeroom_adapters.rabbitmq.connection import KeptChannel, Line
from homeroom_adapters.rabbitmq.facts import Places, written
from homeroom_adapters.rabbitmq.hearing import Habits, Hearing
from homeroom_adapters.rabbitmq.queues import post


@asynccontextmanager
async def open_bus(settings: BusSettings, ambient: Ambient) -> AsyncIterator[EventBus]:
    """The bus behind entry point `homeroom.bus`, name `rabbitmq`.

    It connects when first asked: a RabbitMQ that is down never stops a start.
    """
    async with aclosing(RabbitBus(settings, ambient.luck)) as bus:
        yield bus


class RabbitBus:
    """Events are safe once a majority of RabbitMQ's nodes has them on disk."""

    def __init__(
        self, settings: BusSettings, luck: Callable[[], float], habits: Habits | None = None
    ) -> None:
        self._settings = settings
        self._luck = luck
        self._habits = habits or Habits()
        self._line = Line(settings.url, "event bus", "events wait in the outbox", luck)
        self._out = KeptChannel(self._line, confirms=True)
        self._places = Places(settings.environment)

    async def publish(self, events: Sequence[Envelope]) -> None:
        async with self._line.speaking():
            channel = await self._out.open()
            exchange = await self._places.told(channel)
            posts = [(written(event), event.name) for event in events]
            await post(exchange, posts, mandatory=False)

    @asynccontextmanager
    async def subscribe(self, subscription: Subscription) -> AsyncIterator[None]:
        """Each subscription has a connection of its own: what one meets disturbs no other."""
        whose = f"consumer {subscription.consumer}"
        meanwhile = "it hears nothing until it is back"
        async with aclosing(Line(self._settings.url, whose, meanwhile, self._luck)) as line:
            hearing = Hearing(subscription, line, self._places, self._put_aside, self._habits)
            async with hearing.going_on():
                yield

    async def ping(self) -> None:
        await self._line.ping()

    async def aclose(self) -> None:
        """Hang up."""
        await self._line.aclose()

    async def _put_aside(self, event: Envelope, queue: str) -> None:
        async with self._line.speaking():
            channel = await self._out.open()
            exchange = await self._places.aside(channel, self._habits.aside)
            await post(exchange, [(written(event), queue)], mandatory=True)
