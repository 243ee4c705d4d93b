"""How far somebody is with an exam, what they should see again, and when they are examined."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar

import attrs

from homeroom.exams.errors import BadExamDate, ExamNotFound
from homeroom.exams.model import rights
from homeroom.exams.model.catalogue import Exam, ExamStatus
from homeroom.exams.model.overviews import Overview, evidence_of, judged, predicted
from homeroom.exams.model.progress import Due, Study
from homeroom.exams.model.summaries import SittingStatus, Summary
from homeroom.exams.ports.catalogue import CatalogueQueries
from homeroom.exams.ports.sittings import SittingFilter, SittingQueries
from homeroom.exams.ports.unit import StartExamsUnit
from homeroom.exams.use_cases.pools import Pools
from homeroom.exams.use_cases.reviews import Lessons, Reviews
from homeroom.exams.use_cases.sittings import own
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import ExamId, PersonId
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import Right

MOST_DUE = 500
_TESTS, _PAGE, _PAGES = 10, 200, 10
_FURTHEST = timedelta(days=3653)


@attrs.frozen(kw_only=True)
class MyProgress:
    """Somebody looks how far they are with an exam."""

    right: ClassVar[Right] = rights.SIT
    exams: CatalogueQueries
    sittings: SittingQueries
    pools: Pools
    lessons: Lessons
    clock: Clock

    async def __call__(self, actor: Actor, exam_id: ExamId) -> Overview:
        """Raises `ExamNotFound`, and `Unauthenticated` for a key."""
        actor.require(self.right)
        person_id = own(actor)
        return await self.of(person_id, await exam_to_study(self.exams, actor, exam_id))

    async def of(self, person_id: PersonId, exam: Exam) -> Overview:
        """How far they are; who may ask is decided elsewhere."""
        now = self.clock.now()
        due = await self.lessons.due(person_id, exam.id, limit=MOST_DUE)
        standing = await self.lessons.queries.standing(person_id, exam.id)
        masteries = await self.lessons.masteries(person_id, exam)
        tests = await self._tests(person_id, exam)
        days = 0 if standing.first_at is None else (now - standing.first_at).days
        seen = evidence_of(standing, [*masteries.values()], tests, days=days)
        readiness, ready_on = judged(seen, now.date())
        every = {one.id for pool in (await self.pools.of(exam.id)).values() for one in pool}
        return Overview(
            exam=exam,
            standing=standing,
            masteries=masteries,
            covered=100 * len(every & standing.seen) / len(every) if every else 0.0,
            readiness=readiness,
            prediction=predicted(masteries, exam.outline.weights),
            ready_on=ready_on,
            tests=tests,
            streak=await self.lessons.streak(person_id),
            due=len(due),
        )

    async def _tests(self, person_id: PersonId, exam: Exam) -> Sequence[Summary]:
        """The last of their timed sittings that are over, the newest first."""
        wanted = SittingFilter(reach=exam.institution_id, person=person_id, exam=exam.id)
        found, page = list[Summary](), CursorRequest(None, _PAGE)
        for _ in range(_PAGES):
            some = await self.sittings.sittings(wanted, page)
            found += [one for one in some.items if _is_test(one)]
            if some.next is None or len(found) >= _TESTS:
                break
            page = CursorRequest(some.next, _PAGE)
        return found[:_TESTS]


@attrs.frozen(kw_only=True)
class DueQuestions:
    """Somebody looks which questions of an exam they should see again now."""

    right: ClassVar[Right] = rights.SIT
    exams: CatalogueQueries
    lessons: Lessons

    async def __call__(self, actor: Actor, exam_id: ExamId, *, limit: int = 50) -> Sequence[Due]:
        """What has waited longest first, 500 at most. Raises `ExamNotFound`, `Unauthenticated`."""
        actor.require(self.right)
        person_id = own(actor)
        exam = await exam_to_study(self.exams, actor, exam_id)
        return await self.lessons.due(person_id, exam.id, limit=min(limit, MOST_DUE))


@attrs.frozen(kw_only=True)
class SetExamDate:
    """Somebody says on which day they are examined, so that all is seen again before."""

    right: ClassVar[Right] = rights.SIT
    start: StartExamsUnit
    exams: CatalogueQueries
    reviews: Reviews
    clock: Clock

    async def __call__(self, actor: Actor, exam_id: ExamId, day: date | None) -> Study:
        """The day begins at midnight where they live; None for no day at all.

        Raises `ExamNotFound`, `Unauthenticated`, and `BadExamDate` for a day that is over.
        """
        actor.require(self.right)
        person_id, now = own(actor), self.clock.now()
        exam = await exam_to_study(self.exams, actor, exam_id)
        async with self.start() as unit:
            learner = await unit.learners.get(person_id, reach=actor.institution_id)
            today = learner.day(now)
            if day is not None and not today <= day <= today + _FURTHEST:
                wanted = "must be today or later, within ten years"
                raise BadExamDate(problems=[Problem("examDate", wanted)])
            before = await self.reviews.plan(unit, person_id, exam.id)
            midnight = None if day is None else datetime.combine(day, time(), learner.clocks)
            study = attrs.evolve(
                before, examined_at=None if midnight is None else midnight.astimezone(UTC)
            )
            if study == before:
                await unit.commit()
                return study
            await unit.progress.save(study)
            about = Subject(kind="exam", id=exam.id, institution_id=exam.institution_id)
            await unit.audit.note(entry_of(actor, self.right, about, at=now))
            await unit.commit()
        return study


async def exam_to_study(exams: CatalogueQueries, actor: Actor, exam_id: ExamId) -> Exam:
    """One that is, or was, to be studied for. Raises `ExamNotFound`, also for a draft."""
    exam = await exams.exam(exam_id, reach=actor.institution_id)
    if exam.status is ExamStatus.DRAFT:
        raise ExamNotFound
    return exam


def _is_test(summary: Summary) -> bool:
    over = summary.status in (SittingStatus.SUBMITTED, SittingStatus.EXPIRED)
    return over and summary.mode.is_timed and summary.score is not None
