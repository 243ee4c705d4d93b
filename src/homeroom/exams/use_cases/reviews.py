"""What was answered is counted and planned for, in the unit in which it was answered."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import attrs

from homeroom.exams.model.catalogue import Exam
from homeroom.exams.model.mastery import LAST, LATELY, Mastery, mastery_of
from homeroom.exams.model.progress import Due, Study, attempts_in
from homeroom.exams.model.recall import Recall
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.model.streaks import Streak, streak_of
from homeroom.exams.model.tiers import Learner
from homeroom.exams.ports.progress import ProgressQueries
from homeroom.exams.ports.reviews import ReviewScheduler
from homeroom.exams.ports.unit import ExamsUnit, StartExamsUnit
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import ExamId, ObjectiveId, PersonId, QuestionId

_WINDOW = timedelta(days=60)
"""Streaks are looked for in so many days at once."""


@attrs.frozen(kw_only=True)
class Reviews:
    """Counts what was judged, and plans when it is to be seen again."""

    scheduler: ReviewScheduler

    async def answered(
        self, unit: ExamsUnit, sitting: Sitting, only: Iterable[QuestionId] | None = None
    ) -> None:
        """Count and plan what was judged in *sitting*, which the unit holds, or *only* these."""
        if await count_judged(unit, sitting, only):
            await self.plan(unit, sitting.person_id, sitting.exam_id)

    async def plan(self, unit: ExamsUnit, person_id: PersonId, exam_id: ExamId) -> Study:
        """Plan all that waits, in the order in which it was answered; the study is held."""
        study = await unit.progress.hold(person_id, exam_id)
        if not study.waiting:
            return study
        known: dict[QuestionId, Recall] = dict(study.recalls)
        for one in study.waiting:
            known[one.question_id] = self.scheduler.after(
                known.get(one.question_id), one.rating, at=one.at, deadline=study.deadline
            )
        planned = attrs.evolve(study, recalls=known)
        await unit.progress.save(planned)
        return attrs.evolve(planned, waiting=(), recalls={})


@attrs.frozen(kw_only=True)
class Lessons:
    """What somebody should study, by what they answered."""

    start: StartExamsUnit
    queries: ProgressQueries
    reviews: Reviews
    clock: Clock

    async def due(self, person_id: PersonId, exam_id: ExamId, *, limit: int) -> Sequence[Due]:
        """What is to be seen again now, what has waited longest first."""
        now = self.clock.now()
        await self.catch_up(person_id, exam_id)
        return await self.queries.due(person_id, exam_id, at=now, limit=limit)

    async def catch_up(self, person_id: PersonId, exam_id: ExamId) -> None:
        """Plan what was counted when nobody was there to plan: at the end of time that ran out."""
        async with self.start() as unit:
            await self.reviews.plan(unit, person_id, exam_id)
            await unit.commit()

    async def masteries(self, person_id: PersonId, exam: Exam) -> Mapping[ObjectiveId, Mastery]:
        """Of each objective that the exam asks questions for."""
        since = self.clock.now() - LATELY
        latest = await self.queries.latest(person_id, exam.id, since=since, most=LAST)
        return {one: mastery_of(latest.get(one, ())) for one in exam.outline.weights}

    async def learner(self, person_id: PersonId) -> Learner:
        """Who they are, and where they live. Raises `LearnerNotFound`."""
        async with self.start() as unit:
            return await unit.learners.get(person_id, reach=None)

    async def streak(self, person_id: PersonId) -> Streak:
        """Looks back only as far as it reaches."""
        now, zone = self.clock.now(), (await self.learner(person_id)).clocks
        since, found = now + timedelta(days=1), list[datetime]()
        while True:
            before, since = since, since - _WINDOW
            found += await self.queries.times(person_id, since=since, before=before)
            streak = streak_of(found, zone, at=now)
            if streak.days < (now - since).days - 1:
                return streak


async def count_judged(
    unit: ExamsUnit, sitting: Sitting, only: Iterable[QuestionId] | None = None
) -> bool:
    """Whether anything was judged in *sitting*; it is counted then, once."""
    judged = [*attempts_in(sitting, only)]
    if judged:
        await unit.progress.count(judged)
    return bool(judged)
