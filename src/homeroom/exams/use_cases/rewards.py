"""What a sitting came to is booked once it is over, and anew where it is judged otherwise."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

import attrs

from homeroom.exams.model.achievers import Achiever
from homeroom.exams.model.badges import Feats, has_weekend, hours_of, reached_by
from homeroom.exams.model.earnings import (
    Earner,
    earned_in,
    for_days,
    for_weeks,
    monday_of,
    run_through,
)
from homeroom.exams.model.experience import Award, Booking, Cause
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.model.streaks import ENOUGH
from homeroom.exams.ports.unit import ExamsUnit
from homeroom.kernel.ids import SittingId
from homeroom.kernel.jobs import JobRequest, Work, work

_WINDOW = 128
"""So many days before the first that changed are looked at; more, if a streak fills them."""


@work("exams.settle_awards.v1")
@attrs.frozen(kw_only=True)
class SettleAwards(Work):
    """Book what a sitting came to, and what its learner has come to by it."""

    sitting_id: SittingId


async def settle_later(unit: ExamsUnit, sitting: Sitting) -> None:
    """Have a worker look at it once the unit is committed."""
    asked = SettleAwards(sitting_id=sitting.id)
    await unit.jobs.enqueue(JobRequest(work=asked, institution_id=sitting.institution_id))


async def reward(unit: ExamsUnit, sitting: Sitting, *, at: datetime) -> Sequence[Award]:
    """Book what *sitting* came to: once, however often this is asked for. Answers what is new.

    One that goes on comes to nothing yet. Its person is held, and was before it was read: so
    whoever books last has read what came of it last.
    """
    if sitting.is_active:
        return []
    learner = await unit.learners.get(sitting.person_id, reach=None)
    earner = Earner(learner=learner, exam_id=sitting.exam_id, sitting_id=sitting.id, at=at)
    achiever = await unit.achievers.hold(sitting.person_id, sitting.institution_id)
    tried = await unit.awards.tried(
        sitting.person_id, sitting.replies.keys(), apart_from=sitting.id
    )
    booked = [*await unit.awards.book(achiever, earned_in(sitting, tried, earner))]
    achiever.take(booked, at=at)
    touched = sorted({one.award.day for one in booked if one.answered})
    studied = await _studied(unit, touched, earner) if touched else {}
    more = [
        *for_days(touched, studied, earner),
        *for_weeks(touched, studied, achiever.goals.weekly, earner),
    ]
    booked += await book(unit, achiever, more, at=at)
    feats = _feats(achiever, sitting, booked, studied, earner)
    booked += await give_badges(unit, achiever, feats, earner)
    await unit.achievers.save(achiever)
    return [one.award for one in booked if one.is_new]


async def book(
    unit: ExamsUnit, achiever: Achiever, awards: Sequence[Award], *, at: datetime
) -> Sequence[Booking]:
    """Book *awards* for somebody who is held, and add them up; what is new or changed."""
    booked = await unit.awards.book(achiever, awards) if awards else []
    achiever.take(booked, at=at)
    return booked


async def give_badges(
    unit: ExamsUnit, achiever: Achiever, feats: Feats, earner: Earner
) -> Sequence[Booking]:
    """Whatever *feats* are enough for and they have not yet."""
    earner = attrs.evolve(earner, exam_id=None)
    reached = {one.id: one for one in reached_by(feats)}
    awards = [earner.award(Cause.BADGE, one.id, one.points) for one in reached.values()]
    booked = await book(unit, achiever, awards, at=earner.at)
    new = [reached[one.award.key] for one in booked if one.is_new]
    achiever.earn(new, at=earner.at)
    return booked


async def _studied(unit: ExamsUnit, touched: Sequence[date], earner: Earner) -> Mapping[date, int]:
    """How much was answered on which days, as far back as any streak reaches."""
    window = _WINDOW
    while True:
        since = monday_of(touched[0]) - timedelta(days=window)
        studied = await unit.awards.days(earner.person_id, since=since)
        if all(run_through(studied, day).begins > since for day in touched):
            return studied
        window *= 4


def _feats(
    achiever: Achiever,
    sitting: Sitting,
    booked: Iterable[Booking],
    studied: Mapping[date, int],
    earner: Earner,
) -> Feats:
    """What they have done, all in all, and in *sitting* just now."""
    new = [one.award for one in booked if one.is_new]
    is_test = any(one.cause is Cause.TEST for one in new)
    days = [day for day, answered in studied.items() if answered >= ENOUGH]
    return attrs.evolve(
        achiever.feats,
        score=sitting.score.percent if is_test and sitting.score else None,
        hours=hours_of(new, earner.learner),
        has_weekend=has_weekend(days),
    )
