"""Looks after what a carrier holds: its locks stay fresh, and nothing is left lying about."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

import attrs
from redis.asyncio import Redis

from homeroom.kernel.errors import Unavailable
from homeroom_adapters.bullmq.library import Ending, Queues, Tag
from homeroom_adapters.bullmq.wire import plain_words

TICK = 2.0
"""Seconds between looks."""

LOCK = 6.0
"""Seconds for which a job is ours unless we say so again.

Short, so that what a killed process held is soon with another. A lock that is lost costs one
parcel in vain: the storage's lease, not this lock, decides who runs a job.
"""

_FAREWELL = 1.0

_log = logging.getLogger(__name__)


class Chore(Protocol):
    """Something else to be done at every look."""

    async def __call__(self, queues: Collection[str]) -> None: ...


@attrs.define
class Keeper:
    """The jobs in our hands, and the queues we have to do with."""

    _client: Redis
    _queues: Queues
    _chore: Chore
    name: str
    """Our locks' tokens begin with it, and nobody else's do."""

    known: set[str] = attrs.field(factory=set[str], init=False)
    held: set[Tag] = attrs.field(factory=set[Tag], init=False)
    doubtful: set[str] = attrs.field(factory=set[str], init=False)
    """Queues where we may have locked jobs and never heard of it."""

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Keep what is held until the block ends; then the others may have it."""
        over = asyncio.Event()
        looking = asyncio.create_task(self._keep_looking(over))
        try:
            yield
        finally:
            over.set()
            await asyncio.gather(looking, return_exceptions=True)
            with contextlib.suppress(Exception):  # their locks will run out anyway
                async with asyncio.timeout(_FAREWELL):
                    await self._find_lost()
                    await self.end(list(self.held), Ending.AGAIN)

    async def end(self, tags: Sequence[Tag], ending: Ending) -> None:
        """Let go of *tags*; those we have lost already are somebody else's to end."""
        if tags:
            with plain_words():
                async with self._client.pipeline(transaction=False) as steps:
                    for tag in tags:
                        await self._queues(tag.queue).end(steps, tag, ending)
                    await steps.execute()
            self.held.difference_update(tags)

    async def _keep_looking(self, over: asyncio.Event) -> None:
        while not await _set_within(over, TICK):
            with _surviving():
                await self._tend()
                await self._find_lost()
                await self._chore(sorted(self.known))

    async def _tend(self) -> None:
        with plain_words():
            async with self._client.pipeline(transaction=False) as steps:
                for queue in sorted(self.known):
                    ours = [tag for tag in self.held if tag.queue == queue]
                    await self._queues(queue).tend(steps, ours, lock=LOCK, every=TICK)
                await steps.execute()

    async def _find_lost(self) -> None:
        """Let those jobs wait again that were locked for us while the line broke."""
        for queue in sorted(self.doubtful):
            self.doubtful.discard(queue)
            try:
                await self.end(await self._locked_unheard(queue), Ending.AGAIN)
            except BaseException:
                self.doubtful.add(queue)
                raise

    async def _locked_unheard(self, queue: str) -> list[Tag]:
        key = self._queues(queue).key
        with plain_words():
            active: Any = await self._client.lrange(key("active"), 0, -1)
            ids = [one.decode(errors="replace") for one in active]
            locks: Any = await self._client.mget([key(f"{one}:lock") for one in ids]) if ids else []
        tokens = [lock.decode(errors="replace") if lock else "" for lock in locks]
        tags = {Tag(queue, *found) for found in zip(ids, tokens, strict=True)}
        return [tag for tag in tags - self.held if tag.token.startswith(self.name)]


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            return await event.wait()
    return False


@contextlib.contextmanager
def _surviving() -> Iterator[None]:
    """One look that fails is not the last one."""
    try:
        yield
    except Unavailable:  # whoever asks Redis for something is told
        return
    except Exception:  # noqa: BLE001 - the process boundary: the next look comes
        _log.exception("jobs held in BullMQ could not be looked after")
