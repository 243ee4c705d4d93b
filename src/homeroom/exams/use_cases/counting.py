"""Answers are counted as they are given, towards the day of whoever gives them."""

from collections.abc import Collection
from datetime import datetime

import attrs

from homeroom.exams.model.adaptive.sittings import AdaptiveSitting
from homeroom.exams.model.catalogue import Exam
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.model.tiers import Learner, Quota, Quotas, Tally, Tier
from homeroom.exams.model.wishes import USUAL_QUESTIONS, Wish
from homeroom.exams.ports.unit import ExamsUnit, StartExamsUnit
from homeroom.kernel.ids import PersonId, QuestionId


@attrs.frozen(kw_only=True)
class Allowance:
    """What somebody may do, and how much of it is left."""

    learner: Learner
    tier: Tier
    """Theirs, or the usual one."""

    quota: Quota
    answered: int
    """Counted today, where they live; nothing is counted where any number will do."""

    day_ends: datetime

    @property
    def left(self) -> int | None:
        """How many more they may answer today; None for any number."""
        most = self.quota.answers
        return None if most is None else max(0, most - self.answered)


async def allowance(
    unit: ExamsUnit, person_id: PersonId, quotas: Quotas, *, at: datetime
) -> Allowance:
    """Raises `LearnerNotFound`."""
    learner = await unit.learners.get(person_id, reach=None)
    today = learner.day(at)
    counted = await unit.learners.counted(person_id, since=today)
    return Allowance(
        learner=learner,
        tier=learner.tier or quotas.usual,
        quota=quotas.of(learner.tier),
        answered=counted.get(today, 0),
        day_ends=learner.day_ends(at),
    )


async def count_answers(
    unit: ExamsUnit,
    sitting: Sitting | AdaptiveSitting,
    answered: Collection[QuestionId],
    quotas: Quotas,
    *,
    at: datetime,
) -> None:
    """Count what is answered in *sitting*, which the unit holds, towards its learner's day.

    Raises `DailyLimitReached`: then the unit is not to be committed.
    """
    if not answered:
        return
    learner = await unit.learners.get(sitting.person_id, reach=None)
    most = quotas.of(learner.tier).answers
    if most is None:
        return
    for question_id in answered:
        tally = Tally(
            person_id=learner.person_id,
            day=learner.day(at),
            sitting_id=sitting.id,
            question_id=question_id,
        )
        if not await unit.learners.count(tally, most=most):
            raise learner.over(at)


async def expect_fits(
    start: StartExamsUnit, exam: Exam, wish: Wish, person_id: PersonId, quotas: Quotas
) -> None:
    """Raises `TierTooLow` where somebody asks for more questions at once than they may have."""
    asked = wish.questions or USUAL_QUESTIONS
    if wish.mode.is_timed:
        asked = exam.outline.terms.questions
    if not quotas.may_refuse(asked):
        return
    async with start() as unit:
        learner = await unit.learners.get(person_id, reach=None)
    learner.expect_fits(asked, quotas.of(learner.tier))
