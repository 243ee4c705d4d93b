"""Published facts in Redis: a stream for each name, a group for each consumer.

An event stays until every known consumer has heard it, so one that was away hears it later.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis

from homeroom.kernel.bus import BusSettings, Envelope, EventBus, Hear, Subscription
from homeroom.kernel.codec import Ambient, Undecodable
from homeroom.kernel.errors import Unavailable
from homeroom_adapters.redis.connection import REST, Line, bounded_pool, own_connection
from homeroom_adapters.redis.member import FROM_NOW, FROM_THE_START, Member
from homeroom_adapters.redis.streams import TRIM, Entry, Habits, read, stream_of, written

PATIENCE = 2.0
"""Seconds after which a Redis that does not answer counts as away."""

_CONNECTIONS = 8
_GOODBYE = 1.0  # whoever leaves does not wait longer; what it held is due after its lease

_log = logging.getLogger(__name__)


class RedisBus:
    """Events are safe as far as Redis keeps its own promises: with appendonly on, over restarts."""

    def __init__(self, client: Redis, settings: BusSettings, habits: Habits | None = None) -> None:
        self._client = client
        self._settings = settings
        self._habits = habits or Habits()
        self._line = Line("event bus", "events wait in the outbox")

    async def publish(self, events: Sequence[Envelope]) -> None:
        streams = Counter(self._stream(event.name) for event in events)
        bounds = (self._habits.kept_unheard, self._habits.kept_unwanted)
        with self._line.speaking():
            async with self._client.pipeline(transaction=True) as steps:
                for event in events:
                    steps.xadd(self._stream(event.name), written(event))
                for stream in streams:
                    steps.eval(TRIM, 1, stream, *bounds)
                answers = await steps.execute()
        for stream, dropped in zip(streams, answers[len(events) :], strict=True):
            if dropped:
                _log.warning("%s is too long: %d unheard events were dropped", stream, dropped)

    @asynccontextmanager
    async def subscribe(self, subscription: Subscription) -> AsyncIterator[None]:
        streams = sorted(map(self._stream, subscription.names))
        if not streams:
            yield
            return
        line_of_its_own = own_connection(
            self._settings.url, patience=PATIENCE, silence=self._habits.silence
        )
        async with line_of_its_own as client:
            line = Line("event bus", f"{subscription.consumer} hears nothing until it is back")
            member = Member(client, line, streams, subscription.consumer, self._habits)
            async with Listening(member, subscription.hear, self._habits).going_on():
                yield

    async def ping(self) -> None:
        with self._line.speaking():
            await self._client.ping()

    def _stream(self, name: str) -> str:
        return stream_of(self._settings.environment, name)


class Listening:
    """Takes events one after the other and lets them be heard, whatever becomes of Redis."""

    def __init__(self, member: Member, hear: Hear, habits: Habits) -> None:
        self._member = member
        self._hear = hear
        self._habits = habits
        self._at_work = False

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Listen while this is open; a Redis that is away then is waited for behind the scenes."""
        with suppress(Unavailable):
            await self._member.join(FROM_NOW)
        tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._hold_on())]
        try:
            yield
        finally:
            await self._end(tasks)
            # The connection that listened is closed by now, so Redis hands nothing to it any more.
            with suppress(Unavailable, TimeoutError):
                async with asyncio.timeout(_GOODBYE):
                    await self._member.leave()

    async def _listen(self) -> None:
        while True:
            try:
                # A group that is not there any more was lost with the data: whatever lies in the
                # stream came after that, and was not heard.
                await self._member.join(FROM_THE_START)
                while True:
                    for entry in await self._member.take():
                        await self._tell(entry)
            except Unavailable:
                _log.debug("listening was interrupted; it begins anew")
            except Exception:  # noqa: BLE001 - nobody awaits this task: it must outlive its mistakes
                _log.exception("listening failed; it begins anew")
            await asyncio.sleep(REST)

    async def _tell(self, entry: Entry) -> None:
        try:
            event = read(entry)
        except Undecodable as error:  # a stranger wrote it: to look again would not help
            _log.error("passed over: %s", error.message)
            await self._member.heard(entry)
            return
        if await self._is_heard(event):
            await self._member.heard(entry)
        else:
            await self._member.put_off(entry)

    async def _is_heard(self, event: Envelope) -> bool:
        self._at_work = True
        try:
            await self._hear(event)
        except Exception as error:  # noqa: BLE001 - whatever a listener raises means: again, later
            failed = (event.name, event.id, type(error).__name__)
            _log.warning("%s %s was not heard (%s); it will be heard again", *failed)
            return False
        finally:
            self._at_work = False
        return True

    async def _hold_on(self) -> None:
        while True:
            await asyncio.sleep(self._habits.lease / 3)
            with suppress(Unavailable):  # the listener notices, too, and begins anew
                await self._member.hold_on()

    async def _end(self, tasks: Iterable[asyncio.Task[None]]) -> None:
        """Wait for the end of *tasks*; a listener at work is disturbed once and may tidy up."""
        ending = set(tasks)
        while ending:
            for task in ending:
                # The driver loses a cancellation that meets an answer: it is told again.
                if not self._at_work or not task.cancelling():
                    task.cancel()
            _, ending = await asyncio.wait(ending, timeout=0.02)


@asynccontextmanager
async def open_bus(settings: BusSettings, _ambient: Ambient) -> AsyncIterator[EventBus]:
    """The bus behind entry point `homeroom.bus`, name `redis`.

    It connects when first asked: a Redis that is down never stops a start.
    """
    pool = bounded_pool(settings.url, timeout=PATIENCE, size=_CONNECTIONS)
    async with Redis.from_pool(pool) as client:
        yield RedisBus(client, settings)
