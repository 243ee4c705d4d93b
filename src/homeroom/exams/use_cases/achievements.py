"""Everybody looks what they earned, sets themselves goals, and says whether boards show them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import ClassVar

import attrs

from homeroom.exams.model import rights
from homeroom.exams.model.achievers import Achiever, Goals
from homeroom.exams.model.badges import BADGES, Earned, earned_among
from homeroom.exams.model.boards import Sums, alias_from
from homeroom.exams.model.earnings import monday_of
from homeroom.exams.model.experience import Award, Cause
from homeroom.exams.model.streaks import Streak
from homeroom.exams.ports.achievements import AchievementQueries, AwardFilter
from homeroom.exams.ports.unit import ExamsUnit, StartExamsUnit
from homeroom.exams.use_cases.reviews import Lessons
from homeroom.exams.use_cases.sittings import own
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import ExamId, PersonId, new_id
from homeroom.kernel.rights import Right

_RECENT = 20


@attrs.frozen(kw_only=True)
class Achievements:
    """All that somebody came to."""

    achiever: Achiever
    badges: Sequence[Earned]
    """The newest first."""

    recent: Sequence[Award]
    """What was booked last, the newest first; single answers are left out."""

    exams: Mapping[ExamId, Sums]
    streak: Streak
    this_week: int
    """How many answers they gave since Monday, as it is where they live."""


@attrs.frozen(kw_only=True)
class MyAchievements:
    """Somebody looks what they earned."""

    right: ClassVar[Right] = rights.SIT
    queries: AchievementQueries
    lessons: Lessons
    clock: Clock

    async def __call__(self, actor: Actor) -> Achievements:
        """Raises `Unauthenticated` for a key: it stands for no person."""
        actor.require(self.right)
        person_id = own(actor)
        known = await self.queries.achiever(person_id)
        badges = AwardFilter(person_id=person_id, cause=Cause.BADGE)
        return Achievements(
            achiever=known or Achiever(person_id=person_id, institution_id=actor.institution_id),
            badges=earned_among(await self.queries.awards(badges, limit=len(BADGES))),
            recent=await self._recent(person_id),
            exams=await self.queries.exams(person_id),
            streak=await self.lessons.streak(person_id),
            this_week=await self._this_week(person_id),
        )

    async def _recent(self, person_id: PersonId) -> Sequence[Award]:
        found = list[Award]()
        for cause in Cause:
            if cause not in (Cause.ANSWER, Cause.DAY):
                wanted = AwardFilter(person_id=person_id, cause=cause)
                found += await self.queries.awards(wanted, limit=_RECENT)
        return sorted(found, key=lambda one: one.at, reverse=True)[:_RECENT]

    async def _this_week(self, person_id: PersonId) -> int:
        now = self.clock.now()
        learner = await self.lessons.learner(person_id)
        monday = datetime.combine(monday_of(learner.day(now)), time(), learner.clocks)
        later = now + timedelta(days=1)
        return len(await self.lessons.queries.times(person_id, since=monday, before=later))


@attrs.frozen(kw_only=True)
class SetGoals:
    """Somebody says how much they want to answer in a day, and in a week."""

    right: ClassVar[Right] = rights.SIT
    start: StartExamsUnit
    clock: Clock

    async def __call__(self, actor: Actor, goals: Goals) -> Achiever:
        """Raises `BadGoals`, and `Unauthenticated` for a key."""
        actor.require(self.right)
        person_id = own(actor)
        async with self.start() as unit:
            achiever = await unit.achievers.hold(person_id, actor.institution_id)
            before = attrs.evolve(achiever)
            achiever.aim(goals)
            if achiever != before:
                await unit.achievers.save(achiever)
                await _note(unit, actor, self.right, at=self.clock.now())
            await unit.commit()
        return achiever


@attrs.frozen(kw_only=True)
class ShowOnBoards:
    """Somebody says whether boards show them. They never do unless somebody says so."""

    right: ClassVar[Right] = rights.SIT
    start: StartExamsUnit
    clock: Clock

    async def __call__(self, actor: Actor, *, listed: bool, anew: bool = False) -> Achiever:
        """Boards call them by an alias that is drawn for them; by another one, if asked *anew*.

        Raises `Unauthenticated` for a key.
        """
        actor.require(self.right)
        person_id = own(actor)
        async with self.start() as unit:
            achiever = await unit.achievers.hold(person_id, actor.institution_id)
            before = attrs.evolve(achiever)
            if not listed:
                achiever.hide()
            elif anew or not achiever.listed:
                achiever.come_out(alias_from(new_id()))
            if achiever != before:
                await unit.achievers.show(achiever)
                await _note(unit, actor, self.right, at=self.clock.now())
            await unit.commit()
        return achiever


async def _note(unit: ExamsUnit, actor: Actor, right: Right, *, at: datetime) -> None:
    about = Subject(kind="achiever", id=own(actor), institution_id=actor.institution_id)
    await unit.audit.note(entry_of(actor, right, about, at=at))
