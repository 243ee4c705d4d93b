"""Entries on their way to the record, kept in this process: as good as a storage in memory."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from homeroom.kernel.audit import Entry
from homeroom.kernel.codec import Ambient
from homeroom.kernel.handover import DeadEntry, Handover, HandoverSettings, Write
from homeroom.kernel.waiting import Keeping, WaitingLine


class MemoryHandover:
    """A bounded line, and a list of the dead; both end with the process."""

    def __init__(self, settings: HandoverSettings) -> None:
        self._line = WaitingLine(settings)
        self._dead: list[DeadEntry] = []

    async def take(self, *entries: Entry) -> None:
        await self._line.room_for(len(entries))
        self._line.add(entries)

    def hand_on(self, write: Write) -> AbstractAsyncContextManager[None]:
        keeping = Keeping(written=self._wrote, away=_wait_for_it, look_around=_see_nobody)
        return self._line.handing_on(write, keeping)

    async def dead(self, *, limit: int) -> Sequence[DeadEntry]:
        return self._dead[:limit]

    async def replay(self) -> int:
        again, self._dead = self._dead, []
        self._line.add(one.entry for one in again)
        return len(again)

    async def ping(self) -> None:
        await self._line.room_for(1)

    def _wrote(self, _: Sequence[Entry], dead: Sequence[DeadEntry]) -> None:
        self._dead.extend(dead)


async def _wait_for_it() -> None:
    """What waits is nowhere else, and needs no care."""


def _see_nobody() -> None:
    """Nobody else can leave anything here."""


@asynccontextmanager
async def open_handover(settings: HandoverSettings, _ambient: Ambient) -> AsyncIterator[Handover]:
    """The handover behind entry point `homeroom.handover`, name `memory`."""
    yield MemoryHandover(settings)
