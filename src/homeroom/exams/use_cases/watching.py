"""To watch a sitting as it goes on: how much time is left, what is kept, and that it is over."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import ClassVar

import attrs

from homeroom.exams.errors import SittingNotFound
from homeroom.exams.model import rights
from homeroom.exams.model.live import News, Story
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.ports.sittings import SittingQueries
from homeroom.exams.ports.unit import StartExamsUnit
from homeroom.exams.use_cases.ending import about_sitting, ended
from homeroom.exams.use_cases.lookout import Bell, Lookout
from homeroom.kernel.actor import Actor, NotAllowed
from homeroom.kernel.audit import entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import InstitutionId, PersonId, SittingId
from homeroom.kernel.looks import Looks
from homeroom.kernel.rights import Right


@attrs.frozen(kw_only=True)
class WatchSitting:
    """Somebody watches a sitting of theirs, or who writes exams watches somebody else's."""

    right: ClassVar[Right] = rights.SIT
    right_for_others: ClassVar[Right] = rights.SEE_SITTINGS
    start: StartExamsUnit
    queries: SittingQueries
    lookout: Lookout
    looks: Looks
    clock: Clock

    @asynccontextmanager
    async def __call__(self, actor: Actor, sitting_id: SittingId) -> AsyncIterator["Watch"]:
        """Raises `SittingNotFound`, also for another's, where they may see none but their own."""
        actor.require(self.right)
        async with self.lookout.over(sitting_id) as bell:
            sitting = await self.queries.sitting(sitting_id, reach=actor.reach)
            self._expect_shown(actor, sitting.person_id, sitting.institution_id)
            if sitting.person_id != actor.person_id:
                about, at = about_sitting(sitting), self.clock.now()
                await self.looks.note(entry_of(actor, self.right_for_others, about, at=at))
            yield Watch(steps=self, bell=bell, sitting=sitting)

    async def expect_still(self, actor: Actor, watch: "Watch") -> None:
        """Whether they may still watch it, as they are now. Raises as at the beginning."""
        actor.require(self.right)
        self._expect_shown(actor, watch.sitting.person_id, watch.sitting.institution_id)

    def _expect_shown(self, actor: Actor, person_id: PersonId, place: InstitutionId) -> None:
        if actor.person_id == person_id and actor.institution_id == place:
            return
        try:
            actor.require(self.right_for_others)
        except NotAllowed:
            raise SittingNotFound from None
        if actor.reach not in (None, place):
            raise SittingNotFound

    async def seen(self, sitting_id: SittingId) -> Sitting:
        """The sitting as it is now; one whose time is up ends, if it has not."""
        sitting = await self.queries.sitting(sitting_id, reach=None)
        if sitting.ran_out(at=self.clock.now()):
            sitting = await ended(self.start, sitting_id, clock=self.clock)
        return sitting


@attrs.define(kw_only=True, eq=False)
class Watch:
    """One who watches one sitting."""

    steps: WatchSitting
    bell: Bell
    sitting: Sitting
    """As it was seen last."""

    _story: Story = attrs.field(factory=Story, init=False, alias="story")

    @property
    def is_over(self) -> bool:
        """Whether all was told that there will ever be to tell."""
        return self._story.is_over

    async def news(self, at_most: float) -> Sequence[News]:
        """What is new, as soon as there is something; nothing after *at_most* seconds without.

        Raises `SittingNotFound` once it is gone, and `Unavailable`.
        """
        clock = self.steps.clock
        rang = await self.bell.wait(min(at_most, self._story.due_in(at=clock.now())))
        if rang or self.sitting.ran_out(at=clock.now()):
            self.sitting = await self.steps.seen(self.sitting.id)
        return self._story.goes_on(self.sitting, at=clock.now())
