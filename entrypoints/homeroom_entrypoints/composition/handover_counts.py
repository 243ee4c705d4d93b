"""What becomes of entries on their way to the record, in numbers: around any handover."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime

import attrs

from homeroom.kernel.audit import Entry
from homeroom.kernel.clock import Clock
from homeroom.kernel.errors import Refusal, Stale, Unavailable
from homeroom.kernel.handover import DeadEntry, Handover, Write


@attrs.define
class HandoverTally:
    """What one process saw of one way, since it began."""

    taken: int = 0
    refused: int = 0
    """Entries that nobody could keep, so that what they tell of was not done."""

    written: int = 0
    dead: int = 0
    failures: int = 0
    """Times that the record could not be written to; the entries are tried again."""

    _oldest: datetime | None = attrs.field(default=None, init=False)
    """Of the entries that the record did not take when it was last asked."""

    def behind(self, now: datetime) -> float:
        """Seconds for which the oldest entry that is known to wait has waited."""
        return 0.0 if self._oldest is None else max(0.0, (now - self._oldest).total_seconds())

    def failed(self, entries: Sequence[Entry]) -> None:
        self.failures += 1
        self._oldest = min(one.at for one in entries)

    def settled(self, *, written: int = 0, dead: int = 0) -> None:
        self.written += written
        self.dead += dead
        self._oldest = None


@attrs.frozen
class CountedHandover:
    """Another handover, which hears nothing of it that somebody counts."""

    name: str
    """By which adapter entries go."""

    way: Handover
    clock: Clock
    tally: HandoverTally = attrs.field(factory=HandoverTally, init=False)

    async def take(self, *entries: Entry) -> None:
        try:
            await self.way.take(*entries)
        except Unavailable:
            self.tally.refused += len(entries)
            raise
        self.tally.taken += len(entries)

    def hand_on(self, write: Write) -> AbstractAsyncContextManager[None]:
        return self.way.hand_on(self._counting(write))

    async def dead(self, *, limit: int) -> Sequence[DeadEntry]:
        return await self.way.dead(limit=limit)

    async def replay(self) -> int:
        return await self.way.replay()

    async def ping(self) -> None:
        await self.way.ping()

    def behind(self) -> float:
        return self.tally.behind(self.clock.now())

    def _counting(self, write: Write) -> Write:
        async def counted(entries: Sequence[Entry]) -> None:
            try:
                await write(entries)
            except Refusal as refusal:
                # One that is refused alone and for good is dead; many are asked for one by one.
                if isinstance(refusal, (Unavailable, Stale)):
                    self.tally.failed(entries)
                elif len(entries) == 1:
                    self.tally.settled(dead=1)
                raise
            except Exception:
                self.tally.failed(entries)
                raise
            self.tally.settled(written=len(entries))

        return counted
