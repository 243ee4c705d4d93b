"""Ready jobs carried by BullMQ: Node's workers and Bull Board see the same queues.

    new Worker("default", work, {prefix: "homeroom-production", connection})

Queues keep their names, but for `:` and `%`, which are written `%3A` and `%25`. What Node's workers
make of our jobs is told in `elsewhere`. A producer's own job is adopted, and completed here when
it is over, whether it went well or not: its row knows more. Jobs of BullMQ's schedulers need a
Node worker, which alone plans the next one; for work of ours there is the house's own schedule.
"""

import asyncio
import itertools
import secrets
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

import attrs

from homeroom.kernel.carrier import Carrier, CarrierSettings, Parcel, Ready
from homeroom.kernel.clock import Clock
from homeroom.kernel.codec import Ambient
from homeroom_adapters.bullmq.elsewhere import Collector
from homeroom_adapters.bullmq.jobs import entry_of, parcel_of
from homeroom_adapters.bullmq.keeper import LOCK, Keeper
from homeroom_adapters.bullmq.library import BullQueue, Ending, Queues, Tag, open_queues, plain
from homeroom_adapters.bullmq.wire import Wire, open_wire, plain_words

PATIENCE = 3.0
"""Seconds after which a Redis that does not answer counts as away."""

_SILENCE = 2.0
"""Seconds without news after which we look for ourselves; news may get lost."""


@asynccontextmanager
async def open_carrier(settings: CarrierSettings, ambient: Ambient) -> AsyncIterator[Carrier]:
    """The carrier behind entry point `homeroom.carrier`, name `bullmq`.

    It connects when first asked: a Redis that is down never stops a start.
    """
    wire = open_wire(settings.url, timeout=PATIENCE, silence=_SILENCE)
    async with aclosing(wire):
        queues = open_queues(wire.client, prefix_of(settings.environment))
        collector = Collector(wire.client, queues, ambient.codec)
        keeper = Keeper(wire.client, queues, collector, name=secrets.token_hex(8))
        carrier = BullCarrier(wire, queues, keeper, ambient.clock)
        async with keeper.at_work(), aclosing(carrier):
            yield carrier


def prefix_of(environment: str) -> str:
    """What BullMQ's keys of one environment begin with; its Node workers are told this prefix.

    Without a colon of its own: BullMQ's flows take its keys apart at their colons.
    """
    return f"homeroom-{plain(environment)}"


@attrs.frozen
class Haul:
    """What came of one look into a queue."""

    parcels: Sequence[Parcel]
    pause: float = _SILENCE
    """Seconds until it makes sense to look again, unless there is news."""


class BullCarrier:
    """Offers and receives jobs in BullMQ's queues, as one of its workers."""

    def __init__(self, wire: Wire, queues: Queues, keeper: Keeper, clock: Clock) -> None:
        self._wire = wire
        self._queues = queues
        self._keeper = keeper
        self._clock = clock
        self._numbers = itertools.count()
        self._looks = set[asyncio.Task[Haul]]()

    async def offer(self, ready: Sequence[Ready]) -> None:
        if not ready:
            return
        self._keeper.known.update(one.queue for one in ready)
        with plain_words():
            async with self._wire.client.pipeline(transaction=False) as steps:
                for one in ready:
                    await self._queues(one.queue).add(steps, entry_of(one))
                await steps.execute()

    async def receive(self, queue: str, *, limit: int, at_most: float) -> Sequence[Parcel]:
        until = time.monotonic() + at_most
        self._keeper.known.add(queue)
        while True:
            haul = await self._look(queue, limit)
            left = until - time.monotonic()
            if haul.parcels or left <= 0:
                return haul.parcels
            await self._listen(self._queues(queue), min(left, haul.pause, _SILENCE))

    async def finish(self, parcels: Sequence[Parcel]) -> None:
        await self._keeper.end(_tags(parcels), Ending.COMPLETED)

    async def give_back(self, parcels: Sequence[Parcel]) -> None:
        await self._keeper.end(_tags(parcels), Ending.AGAIN)

    async def ping(self) -> None:
        with plain_words():
            await self._wire.client.ping()

    async def aclose(self) -> None:
        """Wait for looks that nobody waits for any more; the keeper puts back what they found."""
        await asyncio.gather(*self._looks, return_exceptions=True)

    async def _look(self, queue: str, limit: int) -> Haul:
        """What is there now. A look is never broken off: it may have locked jobs for us."""
        look = asyncio.create_task(self._take(queue, limit))
        self._looks.add(look)
        look.add_done_callback(self._looks.discard)
        try:
            haul = await asyncio.shield(look)
        except BaseException:
            look.add_done_callback(lambda over: self._doubt(queue, over))
            raise
        self._keeper.held.update(_tags(haul.parcels))
        return haul

    def _doubt(self, queue: str, over: asyncio.Task[Haul]) -> None:
        """Nobody will hear of this look, whether it found something or failed."""
        self._keeper.doubtful.add(queue)
        if not over.cancelled():
            over.exception()

    async def _take(self, queue: str, limit: int) -> Haul:
        with plain_words():
            first, waiting = await self._first(queue)
            if not first.fields:
                return Haul([], first.pause)
            more = await self._moved(queue, min(limit - 1, waiting))
        found = {
            move.tag: parcel_of(move.tag, move.fields, now=self._clock.now())
            for move in [first, *more]
            if move.fields
        }
        await self._keeper.end([tag for tag, one in found.items() if one is None], Ending.COMPLETED)
        return Haul([parcel for parcel in found.values() if parcel is not None])

    async def _first(self, queue: str) -> "tuple[Move, int]":
        """The first job, and how many more there are: most looks find none."""
        bull, token = self._queues(queue), self._token()
        async with self._wire.client.pipeline(transaction=False) as steps:
            await bull.take(steps, token, lock=LOCK)
            steps.llen(bull.key("wait"))
            steps.zcard(bull.key("prioritized"))
            reply, listed, ranked = await steps.execute()
        return _move(queue, token, reply), listed + ranked

    async def _moved(self, queue: str, count: int) -> "list[Move]":
        tokens = [self._token() for _ in range(count)]
        if not tokens:
            return []
        async with self._wire.client.pipeline(transaction=False) as steps:
            for token in tokens:
                await self._queues(queue).take(steps, token, lock=LOCK)
            replies = await steps.execute()
        return [_move(queue, *pair) for pair in zip(tokens, replies, strict=True)]

    async def _listen(self, bull: BullQueue, at_most: float) -> None:
        with plain_words():
            # No time at all would mean for ever.
            await self._wire.listener.bzpopmin(bull.key("marker"), timeout=max(0.001, at_most))

    def _token(self) -> str:
        return f"{self._keeper.name}:{next(self._numbers)}"


@attrs.frozen
class Move:
    """What BullMQ answered when it was asked for the next job."""

    tag: Tag
    fields: Mapping[bytes, bytes]
    pause: float
    """Seconds until a job may be had, if none could."""


def _move(queue: str, token: str, reply: Sequence[Any]) -> Move:
    fields, bull_id, limited, due = reply
    if not fields:
        waits = [limited / 1000 if limited else None, _until(due) if due else None]
        return Move(Tag(queue, "", token), {}, min((w for w in waits if w), default=_SILENCE))
    pairs = dict(zip(fields[::2], fields[1::2], strict=True))
    return Move(Tag(queue, bull_id.decode(errors="replace"), token), pairs, 0.0)


def _until(milliseconds: float) -> float:
    return max(0.001, milliseconds / 1000 - time.time())


def _tags(parcels: Sequence[Parcel]) -> list[Tag]:
    return [parcel.tag for parcel in parcels if isinstance(parcel.tag, Tag)]
