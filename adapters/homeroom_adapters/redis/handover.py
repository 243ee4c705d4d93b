"""Entries on their way to the record, in a Redis stream that every process works off together."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis

from homeroom.kernel.audit import Entry
from homeroom.kernel.codec import Ambient
from homeroom.kernel.handover import (
    DeadEntry,
    Handover,
    HandoverSettings,
    RecordBehind,
    Write,
    read,
    written,
)
from homeroom_adapters.redis.connection import USUAL_PLACE, Line, bounded_pool, own_connection
from homeroom_adapters.redis.handing import Gang, Place, Worker
from homeroom_adapters.redis.pipe import Pipe, Script

PATIENCE = 1.0
"""Seconds after which a Redis that does not answer counts as away: somebody waits for it."""

_CONNECTIONS = 8
_LOOK_FOR_ROOM = 0.02
_PAGE = 500

# All of them or none, and none when it is full: what was written is no longer in the stream.
_TAKE = Script("""
if redis.call('XLEN', KEYS[1]) + #ARGV - 1 > tonumber(ARGV[1]) then return 0 end
for i = 2, #ARGV do redis.call('XADD', KEYS[1], '*', 'entry', ARGV[i]) end
return 1
""")

_log = logging.getLogger(__name__)


class RedisHandover:
    """As safe as Redis is: what may not be lost with it goes another way.

    An entry leaves the stream when it stands in the record, so that the stream's length is what
    is on its way.
    """

    def __init__(
        self, client: Redis, pipe: Pipe, settings: HandoverSettings, gang: Gang | None = None
    ) -> None:
        self._client = client
        self._pipe = pipe
        self._settings = settings
        self._gang = gang or Gang()
        self._place = Place.of(settings.environment)
        self._line = Line("handover", "entries go the safe way")

    async def take(self, *entries: Entry) -> None:
        texts = [written(entry) for entry in entries]
        if not await self._is_taken(texts):
            await self._wait_for_room(lambda: self._is_taken(texts))

    @asynccontextmanager
    async def hand_on(self, write: Write) -> AsyncIterator[None]:
        line_of_its_own = own_connection(
            self._settings.url, patience=PATIENCE, silence=self._gang.silence
        )
        async with line_of_its_own as client:
            worker = Worker(client, self._place, self._gang, self._settings.batch)
            async with worker.at_work(write):
                yield

    async def dead(self, *, limit: int) -> Sequence[DeadEntry]:
        with self._line.speaking():
            found: Any = await self._client.xrange(self._place.dead, count=limit)
        return [_dead(fields) for _, fields in found]

    async def replay(self) -> int:
        """Each is taken and no longer dead in one step, so that none is lost in between."""
        total = 0
        while True:
            with self._line.speaking():
                found: Any = await self._client.xrange(self._place.dead, count=_PAGE)
                async with self._client.pipeline(transaction=True) as steps:
                    for one, fields in found:
                        steps.xadd(self._place.stream, {"entry": fields[b"entry"]})
                        steps.xdel(self._place.dead, one)
                    await steps.execute()
            total += len(found)
            if len(found) < _PAGE:
                return total

    async def ping(self) -> None:
        if not await self._is_taken([], more=1):
            raise RecordBehind(retry_after=self._settings.patience)

    async def _is_taken(self, texts: Sequence[str], *, more: int = 0) -> bool:
        said: list[str | int] = [self._settings.most - more, *texts]
        with self._line.speaking():
            return await self._pipe.run(_TAKE, [self._place.stream], said) == b":1"

    async def _wait_for_room(self, is_taken: Callable[[], Awaitable[bool]]) -> None:
        # No time-out around it: the driver may lose the one cancellation that it would send.
        loop = asyncio.get_running_loop()
        end = loop.time() + self._settings.patience
        while loop.time() < end:
            await asyncio.sleep(_LOOK_FOR_ROOM)
            if await is_taken():
                return
        raise RecordBehind(retry_after=self._settings.patience)


def _dead(fields: Mapping[bytes, bytes]) -> DeadEntry:
    return DeadEntry(entry=read(fields[b"entry"]), reason=fields[b"reason"].decode())


@asynccontextmanager
async def open_handover(settings: HandoverSettings, _ambient: Ambient) -> AsyncIterator[Handover]:
    """The handover behind entry point `homeroom.handover`, name `redis`.

    It connects when first asked: a Redis that is down never stops a start.
    """
    pool = bounded_pool(settings.url, timeout=PATIENCE, size=_CONNECTIONS)
    pipe = Pipe(settings.url or USUAL_PLACE, PATIENCE)
    async with Redis.from_pool(pool) as client:
        try:
            yield RedisHandover(client, pipe, settings)
        finally:
            pipe.close()
