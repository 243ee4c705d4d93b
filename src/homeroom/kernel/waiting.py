"""Entries of one process that wait for the record: in order, bounded, written in batches."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from itertools import islice

import attrs

from homeroom.kernel.audit import Entry
from homeroom.kernel.errors import Refusal, Stale, Unavailable
from homeroom.kernel.handover import DeadEntry, HandoverSettings, RecordBehind, Write

_TOGETHER = 0.02
"""Seconds for which the first entry waits for others to be written with."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0
_TRIES_AT_THE_END = 3

_log = logging.getLogger(__name__)


async def delivered(write: Write, batch: Sequence[Entry]) -> Sequence[DeadEntry]:
    """Have *batch* written, all at once or, where one of them is refused, one by one.

    Raises `Unavailable` and `Stale`, which pass.
    """
    try:
        await write(batch)
    except (Unavailable, Stale):
        raise
    except Refusal as refusal:
        if len(batch) == 1:
            return [DeadEntry(entry=batch[0], reason=refusal.code)]
    else:
        return []
    return [dead for entry in batch for dead in await delivered(write, [entry])]


@attrs.frozen(kw_only=True)
class Keeping:
    """What whoever keeps the entries does about what becomes of them."""

    written: Callable[[Sequence[Entry], Sequence[DeadEntry]], None]
    """These stand in the record, or among the dead."""

    away: Callable[[], Awaitable[None]]
    """The record cannot be reached just now."""

    look_around: Callable[[], None]
    """Now and then: whether others left something behind."""

    every: float = 30.0
    """Seconds between two looks around."""


class WaitingLine:
    """Whoever comes first is written first; who finds no room waits for it, and not for ever."""

    def __init__(self, settings: HandoverSettings) -> None:
        self._settings = settings
        self._waiting: deque[Entry] = deque()
        self._news, self._room, self._leaving = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    async def room_for(self, many: int) -> None:
        """Wait until there is room. Raises `RecordBehind` when there is none in time."""
        try:
            async with asyncio.timeout(self._settings.patience):
                while self._waiting and len(self._waiting) + many > self._settings.most:
                    self._room.clear()
                    await self._room.wait()
        except TimeoutError:
            raise RecordBehind(retry_after=self._settings.patience) from None

    def add(self, entries: Iterable[Entry]) -> None:
        self._waiting.extend(entries)
        self._news.set()

    @asynccontextmanager
    async def handing_on(self, write: Write, keeping: Keeping) -> AsyncIterator[None]:
        """Hand on in a task of its own; at the end, what is left, unless the record is away."""
        self._leaving.clear()
        task = asyncio.create_task(self._hand_on(write, keeping))
        try:
            yield
        finally:
            self._leaving.set()
            self._news.set()
            await task

    async def _hand_on(self, write: Write, keeping: Keeping) -> None:
        _look_around(keeping)
        failures = 0
        while self._waiting or not self._leaving.is_set():
            if not self._waiting:
                await self._news_or_a_look(keeping)
                continue
            try:
                await self._hand_on_some(write, keeping)
            except Exception as error:  # noqa: BLE001 - nobody may end this: entries wait for it
                failures += 1
                await self._put_up_with(error, failures, keeping)
                if self._leaving.is_set() and failures >= _TRIES_AT_THE_END:
                    _log.warning("%d entries are left behind: the record is away", len(self))
                    return
            else:
                failures = 0

    async def _hand_on_some(self, write: Write, keeping: Keeping) -> None:
        await self._wait(self._leaving, _TOGETHER)
        batch = list(islice(self._waiting, self._settings.batch))
        dead = await delivered(write, batch)
        keeping.written(batch, dead)
        for _ in batch:
            self._waiting.popleft()
        self._room.set()

    async def _news_or_a_look(self, keeping: Keeping) -> None:
        self._news.clear()
        if self._leaving.is_set():
            return
        if not await self._wait(self._news, keeping.every):
            _look_around(keeping)

    async def _put_up_with(self, error: Exception, failures: int, keeping: Keeping) -> None:
        if failures == 1 or not isinstance(error, Refusal):
            _log.warning("the record takes nothing just now (%s)", type(error).__name__)
        await keeping.away()
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(failures - 1, 10))
        if self._leaving.is_set():
            await asyncio.sleep(_FIRST_PAUSE)
        else:
            await self._wait(self._leaving, pause)

    async def _wait(self, event: asyncio.Event, seconds: float) -> bool:
        """Whether *event* came in time."""
        try:
            async with asyncio.timeout(seconds):
                return await event.wait()
        except TimeoutError:
            return False


def _look_around(keeping: Keeping) -> None:
    try:
        keeping.look_around()
    except Exception as error:  # noqa: BLE001 - what others left waits for the next look
        _log.warning("could not look for entries that others left (%s)", type(error).__name__)
