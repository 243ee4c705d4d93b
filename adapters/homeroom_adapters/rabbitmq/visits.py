"""One wait at a queue: up to so many messages, and no consumer left behind.

A consumer that stayed would hoard messages for a worker that has no room for them.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue

_MOST = 65_535
"""Messages that RabbitMQ hands out ahead; it knows no larger number."""


class Visit:
    """Takes what a queue has, waiting for the first; whatever comes too late goes back."""

    def __init__(self, limit: int) -> None:
        self._limit = min(limit, _MOST)
        self._arrived: list[AbstractIncomingMessage] = []
        self._news = asyncio.Event()
        self._over = False
        self._tag = ""

    async def begin(self, channel: AbstractChannel, queue: AbstractQueue) -> None:
        """Ask for messages. No two visits may begin on one channel at the same time."""
        channel.close_callbacks.add(self._closed)
        await channel.set_qos(prefetch_count=self._limit)
        self._tag = await queue.consume(self._take)

    async def wait(self, at_most: float) -> None:
        """Until a message is there, the channel has closed, the visitor left or time is up."""
        with suppress(TimeoutError):
            async with asyncio.timeout(at_most):
                await self._news.wait()

    async def end(self, channel: AbstractChannel, queue: AbstractQueue) -> None:
        """Ask for no more. Whatever was on its way has arrived when this returns."""
        channel.close_callbacks.discard(self._closed)
        await queue.cancel(self._tag)
        self._over = True

    def leave(self) -> None:
        """Nobody waits any longer."""
        self._news.set()

    @property
    def arrived(self) -> Sequence[AbstractIncomingMessage]:
        return tuple(self._arrived)

    async def _take(self, message: AbstractIncomingMessage) -> None:
        if self._over:
            await message.nack(requeue=True)
            return
        self._arrived.append(message)
        self._news.set()

    def _closed(self, *_: object) -> None:
        self._news.set()
