"""Entries that the record refused on their way: seen, and taken anew."""

from collections.abc import Sequence
from typing import ClassVar

import attrs

from homeroom.compliance.model import rights
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Subject, counted, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.handover import DeadEntry
from homeroom.kernel.looks import Looks
from homeroom.kernel.rights import Right


@attrs.frozen
class ListDeadEntries:
    """The operator looks at what the record refused, of every institution."""

    right: ClassVar[Right] = rights.REPLAY_ENTRIES
    looks: Looks

    async def __call__(self, actor: Actor, *, limit: int) -> Sequence[DeadEntry]:
        actor.require(self.right)
        found = [dead for way in self.looks.ways for dead in await way.dead(limit=limit)]
        return found[:limit]


@attrs.frozen
class ReplayDeadEntries:
    """The operator has them taken anew, once what kept them out is mended."""

    right: ClassVar[Right] = rights.REPLAY_ENTRIES
    looks: Looks
    clock: Clock

    async def __call__(self, actor: Actor) -> int:
        """How many; one that is refused again is dead again."""
        actor.require(self.right)
        total = 0
        for way in self.looks.ways:
            total += await way.replay()
        record = Subject(kind="record", institution_id=actor.institution_id)
        done = entry_of(actor, self.right, record, at=self.clock.now())
        await self.looks.note(counted(done, entries=total))
        return total
