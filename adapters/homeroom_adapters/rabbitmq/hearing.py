"""One subscription: joins its queues, hears what comes, and joins again after an outage."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import attrs
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue
from attrs.validators import ge, gt

from homeroom.kernel.bus import Envelope, Hear, Subscription
from homeroom.kernel.codec import Undecodable
from homeroom.kernel.errors import Unavailable
from homeroom_adapters.rabbitmq.connection import PATIENCE, REST, Line, parting
from homeroom_adapters.rabbitmq.facts import Places, read
from homeroom_adapters.rabbitmq.queues import declare_unreadable

PutAside = Callable[[Envelope, str], Awaitable[None]]
"""Keeps an event for a while and then lets it go back to the queue of that name."""

_log = logging.getLogger(__name__)


@attrs.frozen(kw_only=True)
class Habits:
    """How a subscription hears, in seconds and in events."""

    pauses: tuple[float, ...] = (0.1, 0.3, 1.0)
    """Between the first attempts to hear an event; it stays in our hands so long."""

    aside: float = attrs.field(default=30.0, validator=gt(0))
    """After the last of them the event lies aside for so long, and others go on."""

    at_once: int = attrs.field(default=16, validator=ge(1))
    """Events of one name in the hands of one subscription."""

    farewell: float = attrs.field(default=5.0, validator=ge(0))
    """How long hearing that has begun may go on when the subscription ends."""


class Hearing:
    """Hears for one subscription, whatever becomes of RabbitMQ meanwhile."""

    def __init__(
        self,
        subscription: Subscription,
        line: Line,
        places: Places,
        put_aside: PutAside,
        habits: Habits,
    ) -> None:
        self._subscription = subscription
        self._line = line
        self._places = places
        self._put_aside = put_aside
        self._habits = habits
        self._leaving = asyncio.Event()
        self._over = asyncio.Event()

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Listen while this is open; a RabbitMQ that is away then is waited for meanwhile."""
        tried = asyncio.Event()
        listening = asyncio.create_task(self._listen(tried))
        try:
            await tried.wait()
            yield
        finally:
            self._leaving.set()
            self._over.set()
            await listening

    async def _listen(self, tried: asyncio.Event) -> None:
        while not self._leaving.is_set():
            try:
                await self._stay(tried)
            except Unavailable:
                await _is_set(self._leaving, within=REST)
            except Exception:  # noqa: BLE001 - nobody awaits this task: it must outlive its mistakes
                _log.exception("listening failed; it begins anew")
                await _is_set(self._leaving, within=REST)
            finally:
                tried.set()

    async def _stay(self, tried: asyncio.Event) -> None:
        """Listen until the channel closes, a queue is removed or the subscription ends."""
        self._over = over = asyncio.Event()
        telling = Telling(self._subscription.hear, self._put_aside, self._habits, over)
        async with self._line.speaking(PATIENCE + len(self._subscription.names)):
            channel = await self._line.channel(confirms=False)
            await declare_unreadable(channel, self._places.environment)
            channel.close_callbacks.add(lambda *_: over.set())
            underneath = await channel.get_underlay_channel()
            underneath.on_consumer_cancel_callbacks.add(lambda _: over.set())
            await channel.set_qos(prefetch_count=self._habits.at_once)
            names = sorted(self._subscription.names)
            joined = [await self._join(channel, name, telling) for name in names]
        tried.set()
        if not self._leaving.is_set():
            await over.wait()
        over.set()
        async with parting():
            for queue, tag in joined:
                await queue.cancel(tag)
        await telling.end()
        async with parting():
            await channel.close()

    async def _join(
        self, channel: AbstractChannel, name: str, telling: "Telling"
    ) -> tuple[AbstractQueue, str]:
        queue = await self._places.heard(channel, self._subscription.consumer, name)
        tag = await _consumed(queue, telling)
        # Only now: a queue that cannot be consumed from must not keep publishers waiting.
        await queue.bind(await self._places.told(channel), name)
        return queue, tag


class Telling:
    """Tells a listener what comes during a stay at RabbitMQ; what it has not heard goes back."""

    def __init__(
        self, hear: Hear, put_aside: PutAside, habits: Habits, over: asyncio.Event
    ) -> None:
        self._hear = hear
        self._put_aside = put_aside
        self._habits = habits
        self._over = over
        self._under_way = set[asyncio.Task[None]]()

    def begin(self, message: AbstractIncomingMessage, queue: str) -> None:
        """Tell *message*, in a task of ours: the library ends its own when a channel breaks."""
        telling = asyncio.create_task(self._tell(message, queue))
        self._under_way.add(telling)
        telling.add_done_callback(self._under_way.discard)

    async def end(self) -> None:
        """What is being heard may end; nothing else is begun."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=self._habits.farewell)
        for telling in self._under_way:
            telling.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _tell(self, message: AbstractIncomingMessage, queue: str) -> None:
        try:
            event = read(message)
        except Undecodable as error:  # a stranger wrote it: to look again would not help
            _log.error("put aside: %s", error.message)
            async with parting():
                await message.reject(requeue=False)
            return
        heard = await self._is_heard(event) or await self._is_put_aside(event, queue)
        async with parting():
            await (message.ack() if heard else message.nack(requeue=True))

    async def _is_heard(self, event: Envelope) -> bool:
        for pause in (*self._habits.pauses, 0.0):
            if self._over.is_set():
                return False
            try:
                await self._hear(event)
            except Exception as error:  # noqa: BLE001 - whatever a listener raises means: again, later
                failed = (event.name, event.id, type(error).__name__)
                _log.warning("%s %s was not heard (%s); it will be heard again", *failed)
            else:
                return True
            await _is_set(self._over, within=pause)
        return False

    async def _is_put_aside(self, event: Envelope, queue: str) -> bool:
        if self._over.is_set():
            return False
        try:
            await self._put_aside(event, queue)
        except Unavailable:
            await _is_set(self._over, within=REST)
            return False
        return True


async def _consumed(queue: AbstractQueue, telling: Telling) -> str:
    async def take(message: AbstractIncomingMessage) -> None:
        telling.begin(message, queue.name)

    try:
        async with asyncio.timeout(PATIENCE):
            return await queue.consume(take)
    except TimeoutError:
        # RabbitMQ 3.10 may leave such a queue behind if it is killed just after it made it.
        # It may also be looking for its other nodes, so we do not remove what events lie in.
        advice = "if all nodes run, remove the queue by hand"
        _log.warning("RabbitMQ answers, but its queue %s does not; %s", queue.name, advice)
        raise


async def _is_set(event: asyncio.Event, *, within: float) -> bool:
    """Wait for *event*, but not for long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            await event.wait()
    return event.is_set()
