"""Who writes exams decides that a sitting does not count, and may take that back."""

from typing import ClassVar

import attrs

from homeroom.exams.model import rights
from homeroom.exams.model.sittings import Summary
from homeroom.exams.model.summaries import Attempt
from homeroom.exams.ports.unit import StartExamsUnit
from homeroom.exams.use_cases.ending import about_sitting, end_if_run_out
from homeroom.exams.use_cases.rewards import settle_later
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import SittingId
from homeroom.kernel.rights import Right


@attrs.frozen
class InvalidateSitting:
    """A sitting that is over does not count, for a reason that its person is told."""

    right: ClassVar[Right] = rights.INVALIDATE
    start: StartExamsUnit
    clock: Clock

    async def __call__(
        self, actor: Actor, sitting_id: SittingId, reason: str, attempt: Attempt
    ) -> Summary:
        """Said again, it does no harm. Raises `SittingNotFound` and `BadSitting`."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            sitting = await unit.sittings.get(sitting_id, reach=actor.reach)
            await end_if_run_out(unit, sitting, at=now)
            before = attrs.evolve(sitting)
            sitting.invalidate(reason, attempt, at=now)
            if sitting != before:
                await unit.sittings.save(sitting)
                await settle_later(unit, sitting)
                about = about_sitting(sitting)
                await unit.audit.note(
                    entry_of(actor, self.right, about, at=now, before=before, after=sitting)
                )
            await unit.commit()
        return sitting.summary


@attrs.frozen
class RestoreSitting:
    """A sitting that did not count counts again."""

    right: ClassVar[Right] = rights.INVALIDATE
    start: StartExamsUnit
    clock: Clock

    async def __call__(self, actor: Actor, sitting_id: SittingId) -> Summary:
        """Said again, it does no harm. Raises `SittingNotFound`."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            sitting = await unit.sittings.get(sitting_id, reach=actor.reach)
            before = attrs.evolve(sitting)
            sitting.restore(at=now)
            if sitting == before:
                return sitting.summary
            await unit.sittings.save(sitting)
            await settle_later(unit, sitting)
            about = about_sitting(sitting)
            await unit.audit.note(
                entry_of(actor, self.right, about, at=now, before=before, after=sitting)
            )
            await unit.commit()
        return sitting.summary
