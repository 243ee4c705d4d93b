"""Tiers: administrators say who may do how much, and everybody sees what is left of it."""

from typing import ClassVar

import attrs

from homeroom.exams.model import rights
from homeroom.exams.model.tiers import Learner, Quotas, Tier
from homeroom.exams.ports.unit import StartExamsUnit
from homeroom.exams.use_cases.counting import Allowance, allowance
from homeroom.exams.use_cases.sittings import own
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import PersonId
from homeroom.kernel.looks import Looks
from homeroom.kernel.rights import Right


@attrs.frozen(kw_only=True)
class SetTier:
    """An administrator says how much somebody may do, and in which zone their day is counted."""

    right: ClassVar[Right] = rights.SET_TIER
    start: StartExamsUnit
    quotas: Quotas
    clock: Clock

    async def __call__(
        self, actor: Actor, person_id: PersonId, tier: Tier | None, zone: str | None = None
    ) -> Allowance:
        """None is the usual tier, and the institution's zone.

        Raises `LearnerNotFound`, `BadTier` and `StaleLearner`.
        """
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            learner = await unit.learners.get(person_id, reach=actor.reach)
            before = attrs.evolve(learner)
            learner.rank(tier, zone, at=now)
            if learner != before:
                await unit.learners.save(learner)
                about = about_learner(learner)
                done = entry_of(actor, self.right, about, at=now, before=before, after=learner)
                await unit.audit.note(done)
                await unit.commit()
        async with self.start() as unit:
            return await allowance(unit, person_id, self.quotas, at=now)


@attrs.frozen(kw_only=True)
class SeeTier:
    """An administrator looks how much somebody may do, and how much of it is left."""

    right: ClassVar[Right] = rights.SEE_TIER
    start: StartExamsUnit
    quotas: Quotas
    looks: Looks
    clock: Clock

    async def __call__(self, actor: Actor, person_id: PersonId) -> Allowance:
        """Raises `LearnerNotFound`."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            learner = await unit.learners.get(person_id, reach=actor.reach)
            found = await allowance(unit, person_id, self.quotas, at=now)
        await self.looks.note(entry_of(actor, self.right, about_learner(learner), at=now))
        return found


@attrs.frozen(kw_only=True)
class SeeOwnAllowance:
    """Somebody looks how much they may still do today."""

    right: ClassVar[Right] = rights.SIT
    start: StartExamsUnit
    quotas: Quotas
    clock: Clock

    async def __call__(self, actor: Actor) -> Allowance:
        """Raises `Unauthenticated` for a key: it stands for no person."""
        actor.require(self.right)
        person_id = own(actor)
        async with self.start() as unit:
            return await allowance(unit, person_id, self.quotas, at=self.clock.now())


def about_learner(learner: Learner) -> Subject:
    return Subject(kind="learner", id=learner.person_id, institution_id=learner.institution_id)
