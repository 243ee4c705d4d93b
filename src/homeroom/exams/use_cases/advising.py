"""What somebody should study next, how much of it, and what a session came to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

import attrs

from homeroom.exams.errors import SittingNotFound
from homeroom.exams.model import rights
from homeroom.exams.model.badges import Earned, earned_among
from homeroom.exams.model.catalogue import Exam
from homeroom.exams.model.experience import Award, Cause, points_in
from homeroom.exams.model.mastery import LAST, LATELY
from homeroom.exams.model.overviews import Overview
from homeroom.exams.model.plans import (
    Aim,
    Plan,
    Tip,
    daily_target,
    difficulty_of,
    plan_of,
    tips_for,
)
from homeroom.exams.model.questions import QuestionStatus
from homeroom.exams.model.sheets import Sheet
from homeroom.exams.ports.achievements import AchievementQueries, AwardFilter
from homeroom.exams.ports.bank import BankQueries, QuestionFilter
from homeroom.exams.use_cases.progress import MyProgress, exam_to_study
from homeroom.exams.use_cases.settling import Settle
from homeroom.exams.use_cases.sittings import expect_own, own
from homeroom.kernel.actor import Actor
from homeroom.kernel.ids import ExamId, ObjectiveId, PersonId, SittingId
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import Right

_FOCUS, _TAGS, _LOOKED_AT = 5, 5, 50
_MOST_AWARDS = 600


@attrs.frozen(kw_only=True)
class Advice:
    """What somebody should do next for an exam."""

    seen: Overview
    plan: Plan
    focus: Sequence[ObjectiveId]
    """What to study next: what is weak, the weakest first, or else what is known least."""

    chapters: Mapping[ObjectiveId, Sequence[str]]
    """What the questions of these are filed under, what is most common first."""

    difficulty: float
    """How hard the next questions should be, from 1 to 5."""

    tips: Sequence[Tip]

    @property
    def daily_questions(self) -> int:
        return daily_target(self.plan)


@attrs.frozen(kw_only=True)
class PlanStudy:
    """Somebody asks what to study for an exam, and how long it takes."""

    right: ClassVar[Right] = rights.SIT
    progress: MyProgress

    async def __call__(
        self, actor: Actor, exam_id: ExamId, aim: Aim | None = None
    ) -> tuple[Overview, Plan]:
        """Without another date, until the day before they are examined.

        Raises `ExamNotFound`, `BadPlan`, and `Unauthenticated` for a key.
        """
        actor.require(self.right)
        person_id = own(actor)
        exam = await exam_to_study(self.progress.exams, actor, exam_id)
        return await planned(self.progress, person_id, exam, aim or Aim())


async def planned(
    progress: MyProgress, person_id: PersonId, exam: Exam, aim: Aim
) -> tuple[Overview, Plan]:
    """How far they are, and what is left to do. Raises `BadPlan`."""
    learner = await progress.lessons.learner(person_id)
    today = learner.day(progress.clock.now())
    aim.expect_sound(today)
    seen = await progress.of(person_id, exam)
    examined_at = seen.standing.examined_at
    if aim.until is None and examined_at is not None:
        day_before = learner.day(examined_at) - timedelta(days=1)
        aim = attrs.evolve(aim, until=day_before if day_before >= today else None)
    return seen, plan_of(seen.masteries, aim, today)


@attrs.frozen(kw_only=True)
class Advise:
    """Somebody asks what to do next for an exam."""

    right: ClassVar[Right] = rights.SIT
    progress: MyProgress
    bank: BankQueries

    async def __call__(self, actor: Actor, exam_id: ExamId) -> Advice:
        """Raises `ExamNotFound`, and `Unauthenticated` for a key."""
        actor.require(self.right)
        person_id = own(actor)
        exam = await exam_to_study(self.progress.exams, actor, exam_id)
        return await self.of(person_id, exam)

    async def of(self, person_id: PersonId, exam: Exam) -> Advice:
        """What to do next; who may ask is decided elsewhere."""
        seen, plan = await planned(self.progress, person_id, exam, Aim())
        least_known = sorted(seen.masteries, key=lambda one: seen.masteries[one].percent)
        focus = (seen.weak or least_known)[:_FOCUS]
        return Advice(
            seen=seen,
            plan=plan,
            focus=focus,
            chapters={one: await self._tags(exam, one) for one in focus},
            difficulty=await self._difficulty(person_id, exam, focus),
            tips=tips_for(seen),
        )

    async def _tags(self, exam: Exam, objective_id: ObjectiveId) -> Sequence[str]:
        wanted = QuestionFilter(
            reach=exam.institution_id,
            exam=exam.id,
            objective=objective_id,
            status=QuestionStatus.ACTIVE,
        )
        found = await self.bank.questions(wanted, CursorRequest(None, _LOOKED_AT))
        counted = Counter(tag for one in found.items for tag in one.content.tags)
        in_order = sorted(counted, key=lambda tag: (-counted[tag], tag))
        return in_order[:_TAGS]

    async def _difficulty(
        self, person_id: PersonId, exam: Exam, focus: Sequence[ObjectiveId]
    ) -> float:
        """Of the first of these: what they study next."""
        since = self.progress.clock.now() - LATELY
        latest = await self.progress.lessons.queries.latest(
            person_id, exam.id, since=since, most=LAST
        )
        return difficulty_of(latest.get(focus[0], ()) if focus else ())


@attrs.frozen(kw_only=True)
class Earnings:
    """What a sitting brought, the newest first."""

    awards: Sequence[Award]
    badges: Sequence[Earned]

    @property
    def points(self) -> int:
        return points_in(self.awards)

    @property
    def streak_bonus(self) -> int:
        return points_in(one for one in self.awards if one.cause is Cause.STREAK)


@attrs.frozen(kw_only=True)
class SeeEarnings:
    """Somebody looks what a sitting of theirs brought them."""

    right: ClassVar[Right] = rights.SIT
    settling: Settle
    queries: AchievementQueries

    async def __call__(self, actor: Actor, sitting_id: SittingId) -> Earnings:
        """What no worker has booked yet is booked now; one that goes on brought nothing yet.

        Raises `SittingNotFound`, and `Unauthenticated` for a key.
        """
        actor.require(self.right)
        person_id = own(actor)
        known = self.settling.progress.sittings
        expect_own(await known.sitting(sitting_id, reach=actor.institution_id), person_id)
        return await self.of(person_id, sitting_id)

    async def of(self, person_id: PersonId, sitting_id: SittingId) -> Earnings:
        """What it brought, booked; who may ask is decided elsewhere."""
        await self.settling.settle(sitting_id)
        brought = AwardFilter(person_id=person_id, sitting_id=sitting_id)
        awards = await self.queries.awards(brought, limit=_MOST_AWARDS)
        return Earnings(awards=awards, badges=earned_among(awards))


@attrs.frozen(kw_only=True)
class Completion:
    """What a session came to, what it brought, and what to do next."""

    sheet: Sheet
    earnings: Earnings
    advice: Advice


@attrs.frozen(kw_only=True)
class SeeCompletion:
    """Somebody who is through with a session learns what it brought, and what to do next."""

    right: ClassVar[Right] = rights.SIT
    see_earnings: SeeEarnings
    advise: Advise

    async def __call__(self, actor: Actor, sheet: Sheet) -> Completion:
        """Of a session of theirs, as it is told to them. Asked again, it tells the same earnings.

        Raises `SittingNotFound` for another's, and `Unauthenticated` for a key.
        """
        actor.require(self.right)
        person_id, exams = own(actor), self.advise.progress.exams
        if sheet.summary.person_id != person_id:
            raise SittingNotFound
        exam = await exam_to_study(exams, actor, sheet.summary.exam_id)
        return Completion(
            sheet=sheet,
            earnings=await self.see_earnings.of(person_id, sheet.summary.id),
            advice=await self.advise.of(person_id, exam),
        )
