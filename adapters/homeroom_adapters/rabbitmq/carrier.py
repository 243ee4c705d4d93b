"""Ready jobs by way of RabbitMQ: a quorum queue for each of our queues, and nothing but ids in it.

RabbitMQ 3.10 keeps no priorities in quorum queues, so jobs come in the order of their offers.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from uuid import UUID

import attrs
from aio_pika import Message
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue

from homeroom.kernel.carrier import Carrier, CarrierSettings, Parcel, Ready
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.ids import JobId
from homeroom_adapters.rabbitmq.connection import KeptChannel, Line, parting
from homeroom_adapters.rabbitmq.queues import (
    declare_unreadable,
    lasting,
    name_in,
    post,
    quorum_queue,
    unreadable_in,
)
from homeroom_adapters.rabbitmq.visits import Visit

MOST_WAITING = 100_000
"""Ids in one queue; more are refused, and the storage offers them again later."""

_MUTE = 2.0
"""Seconds after which a queue is suspected to answer nobody."""

_REMOVAL = 15.0

_log = logging.getLogger(__name__)


@asynccontextmanager
async def open_carrier(settings: CarrierSettings, ambient: Ambient) -> AsyncIterator[Carrier]:
    """The carrier behind entry point `homeroom.carrier`, name `rabbitmq`.

    It connects when first asked: a RabbitMQ that is down never stops a start.
    """
    # One connection offers and one receives, because a RabbitMQ that is short of memory or disk
    # stops listening to connections that publish: what is done could not be finished either.
    meanwhile = "jobs wait in the storage"
    async with (
        aclosing(Line(settings.url, "carrier", meanwhile, ambient.luck)) as offering,
        aclosing(Line(settings.url, "carrier's receiver", meanwhile, ambient.luck)) as receiving,
    ):
        yield RabbitCarrier(offering, receiving, settings.environment)


class RabbitCarrier:
    """Carries ids of jobs; what it held when it closes is for the others."""

    def __init__(
        self,
        offering: Line,
        receiving: Line,
        environment: str,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._offering = offering
        self._receiving = receiving
        self._environment = environment
        self._most_waiting = most_waiting
        self._out = KeptChannel(offering, self._prepare, confirms=True)
        self._in = KeptChannel(receiving, self._prepare, confirms=False)
        self._entering = asyncio.Lock()
        self._suspects = set[str]()

    async def offer(self, ready: Sequence[Ready]) -> None:
        if not ready:
            return
        by_queue: defaultdict[str, list[Ready]] = defaultdict(list)
        for one in ready:
            by_queue[one.queue].append(one)
        async with self._offering.speaking():
            channel = await self._out.open()
            for name, jobs in by_queue.items():
                queue = await self._declared(channel, name)
                posts = [(_written(job), queue.name) for job in jobs]
                await post(channel.default_exchange, posts, mandatory=True)

    async def receive(self, queue: str, *, limit: int, at_most: float) -> Sequence[Parcel]:
        if limit < 1:  # to RabbitMQ, none would be any number
            return ()
        visit = Visit(limit)
        visiting = asyncio.create_task(self._visit(visit, queue, at_most))
        try:
            return await asyncio.shield(visiting)
        except asyncio.CancelledError:
            visit.leave()
            self._receiving.in_background(self._return_all(visiting))
            raise

    async def finish(self, parcels: Sequence[Parcel]) -> None:
        async with parting():
            for held in map(_held, parcels):
                await held.finish()

    async def give_back(self, parcels: Sequence[Parcel]) -> None:
        async with parting():
            for held in map(_held, parcels):
                await held.give_back()

    async def ping(self) -> None:
        await self._offering.ping()

    async def _visit(self, visit: Visit, name: str, at_most: float) -> Sequence[Parcel]:
        async with self._receiving.speaking(), self._entering:
            channel = await self._in.open()
            queue = await self._declared(channel, name)
            await self._begin(visit, channel, queue)
        await visit.wait(at_most)
        async with self._receiving.speaking():
            await visit.end(channel, queue)
            return await _opened(visit.arrived)

    async def _begin(self, visit: Visit, channel: AbstractChannel, queue: AbstractQueue) -> None:
        try:
            async with asyncio.timeout(_MUTE):
                await visit.begin(channel, queue)
        except TimeoutError:
            if queue.name not in self._suspects:
                self._suspects.add(queue.name)
                self._offering.in_background(self._remove_if_mute(queue.name))
            raise

    async def _prepare(self, channel: AbstractChannel) -> None:
        await declare_unreadable(channel, self._environment)

    async def _declared(self, channel: AbstractChannel, queue: str) -> AbstractQueue:
        """The queue, made anew if somebody removed it."""
        return await quorum_queue(
            channel,
            name_in(self._environment, "jobs", queue),
            max_length=self._most_waiting,
            overflow="reject-publish",
            dead_letter_exchange=unreadable_in(self._environment),
        )

    async def _remove_if_mute(self, name: str) -> None:
        """Remove a queue that is silent while RabbitMQ speaks; it is made anew when needed.

        RabbitMQ 3.10 leaves such a queue behind when it is killed just after it made it. All
        that may be lost are ids, and the storage offers them again.
        """
        try:
            async with parting(_REMOVAL):
                if await self._is_mute(name):
                    _log.warning("RabbitMQ's queue %s is mute; it is removed and made anew", name)
                    channel = await self._offering.channel(confirms=False)
                    await channel.queue_delete(name)
                    await channel.close()
        finally:
            self._suspects.discard(name)

    async def _is_mute(self, name: str) -> bool:
        channel = await self._offering.channel(confirms=False)
        queue = await channel.get_queue(name)
        try:
            await queue.get(fail=False, timeout=_MUTE)
        except TimeoutError:
            return True
        await channel.close()  # what we got goes back
        return False

    async def _return_all(self, visiting: asyncio.Task[Sequence[Parcel]]) -> None:
        """Nobody waits any longer for what this visit brings."""
        with suppress(Unavailable):
            await self.give_back(await visiting)


@attrs.define(eq=False)
class Held:
    """A message in our hands, until it is finished or given back."""

    _message: AbstractIncomingMessage | None

    async def finish(self) -> None:
        message, self._message = self._message, None
        if message is not None:
            await message.ack()

    async def give_back(self) -> None:
        message, self._message = self._message, None
        if message is not None:
            await message.nack(requeue=True)


def _held(parcel: Parcel) -> Held:
    if not isinstance(parcel.tag, Held):
        raise TypeError("this parcel came by another carrier")
    return parcel.tag


def _written(job: Ready) -> Message:
    """The id alone decides; the rest is for people who look into the queue."""
    return lasting(str(job.id), {"name": job.name, "trace_id": job.trace_id})


async def _opened(messages: Sequence[AbstractIncomingMessage]) -> Sequence[Parcel]:
    """The parcels in *messages*; what nobody can read is put aside for an operator to see."""
    parcels: list[Parcel] = []
    for message in messages:
        try:
            job_id = JobId(UUID(message.body.decode()))
        except ValueError:
            _log.warning("a message in %s names no job; it is put aside", message.routing_key)
            await message.reject(requeue=False)
        else:
            parcels.append(Parcel(tag=Held(message), job_id=job_id))
    return parcels
