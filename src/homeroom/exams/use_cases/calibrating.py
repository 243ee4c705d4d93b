"""What is known of questions: looked at, said by who knows, or learnt from what was answered."""

import asyncio
import enum
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

import attrs

from homeroom.exams.errors import QuestionNotFound
from homeroom.exams.model import rights
from homeroom.exams.model.adaptive.calibration import Calibration, Person
from homeroom.exams.model.adaptive.curves import Curve
from homeroom.exams.model.questions import Question, QuestionStatus
from homeroom.exams.ports.adaptive import AdaptiveQueries, Calibrator, KnownCurve
from homeroom.exams.ports.bank import BankQueries, Candidate, Edition, QuestionFilter
from homeroom.exams.ports.catalogue import CatalogueQueries
from homeroom.exams.ports.unit import StartExamsUnit
from homeroom.exams.use_cases.adaptive_pools import curve_of
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import ExamId, JobId, ObjectiveId, QuestionId
from homeroom.kernel.jobs import JobRequest, Work, WorkPolicy, work
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.queue import Run
from homeroom.kernel.rights import Right

FEWEST_ANSWERS = 30
"""Of fewer answers nothing is learnt: the errors would be as large as what is learnt."""

_MOST_SITTINGS = 2000


class Source(enum.Enum):
    """How it is known what a question is like."""

    ASSUMED = "assumed"
    """By the difficulty that its author gave it."""

    SAID = "said"
    LEARNT = "learnt"


@attrs.frozen(kw_only=True)
class PoolEntry:
    """A question of a pool, and what is known of it."""

    question_id: QuestionId
    edition: int
    objective_id: ObjectiveId
    source: Source
    curve: Curve
    known: KnownCurve | None


@attrs.frozen(kw_only=True)
class SeePool:
    """An author looks through the questions that adaptive tests of an exam choose from."""

    right: ClassVar[Right] = rights.SEE_QUESTIONS
    exams: CatalogueQueries
    bank: BankQueries
    queries: AdaptiveQueries

    async def __call__(
        self, actor: Actor, exam_id: ExamId, page: CursorRequest
    ) -> CursorPage[PoolEntry]:
        """Newest first. Raises `ExamNotFound`."""
        actor.require(self.right)
        exam = await self.exams.exam(exam_id, reach=actor.reach)
        active = QuestionFilter(reach=actor.reach, exam=exam.id, status=QuestionStatus.ACTIVE)
        found = await self.bank.questions(active, page)
        curves = await self.queries.curves(exam.id, only=[one.id for one in found.items])
        return CursorPage([_entry(one, curves) for one in found.items], found.next)


@attrs.frozen(kw_only=True)
class SayCurves:
    """An author says what questions are like, in the editions that are active."""

    right: ClassVar[Right] = rights.CALIBRATE
    start: StartExamsUnit
    exams: CatalogueQueries
    bank: BankQueries
    clock: Clock

    async def __call__(
        self, actor: Actor, exam_id: ExamId, curves: Mapping[QuestionId, Curve]
    ) -> int:
        """How many are known now. All of them are kept, or none.

        Raises `ExamNotFound`, `BadParameters`, and `QuestionNotFound` for one that is not active.
        """
        actor.require(self.right)
        exam = await self.exams.exam(exam_id, reach=actor.reach)
        for curve in curves.values():
            curve.expect_sound()
        pools = await self.bank.pools(exam.id)
        editions = {one.id: one.edition for pool in pools.values() for one in pool}
        if not curves.keys() <= editions.keys():
            raise QuestionNotFound
        now = self.clock.now()
        said = [
            KnownCurve(edition=(one, editions[one]), curve=curve, at=now)
            for one, curve in curves.items()
        ]
        async with self.start() as unit:
            await unit.question_curves.keep(exam.id, said)
            about = Subject(kind="exam", id=exam.id, institution_id=exam.institution_id)
            await unit.audit.note(entry_of(actor, self.right, about, at=now))
            await unit.commit()
        return len(said)


@work("exams.learn_curves.v1", WorkPolicy(timeout=1800))
@attrs.frozen(kw_only=True)
class LearnCurves(Work):
    """Learn from what was answered what the questions of an exam are like."""

    exam_id: ExamId


@attrs.frozen(kw_only=True)
class CalibrateExam:
    """An author has a worker learn what the questions of an exam are like."""

    right: ClassVar[Right] = rights.CALIBRATE
    start: StartExamsUnit
    exams: CatalogueQueries
    clock: Clock

    async def __call__(self, actor: Actor, exam_id: ExamId) -> JobId:
        """While one is at it, asking again asks for nothing more. Raises `ExamNotFound`."""
        actor.require(self.right)
        exam = await self.exams.exam(exam_id, reach=actor.reach)
        request = JobRequest(
            work=LearnCurves(exam_id=exam.id),
            institution_id=exam.institution_id,
            dedupe_key=exam.id.hex,
        )
        async with self.start() as unit:
            (job_id,) = await unit.jobs.enqueue(request)
            about = Subject(kind="exam", id=exam.id, institution_id=exam.institution_id)
            await unit.audit.note(entry_of(actor, self.right, about, at=self.clock.now()))
            await unit.commit()
        return job_id


@attrs.frozen(kw_only=True)
class FitCurves:
    """A worker learns what questions are like: the handler of `LearnCurves`."""

    start: StartExamsUnit
    queries: AdaptiveQueries
    calibrator: Calibrator
    clock: Clock

    async def __call__(self, asked: LearnCurves, run: Run) -> None:
        """The same answers teach the same, so that doing it twice does no harm."""
        now = self.clock.now()
        judged = await self.queries.judged(asked.exam_id, most=_MOST_SITTINGS)
        counted = Counter(edition for one in judged for edition in one)
        editions = sorted(one for one, count in counted.items() if count >= FEWEST_ANSWERS)
        if not editions:
            return
        run.report(0.1)
        persons = _persons(judged, editions)
        found = await asyncio.to_thread(self.calibrator, persons, len(editions))
        run.report(0.9)
        async with self.start() as unit:
            await unit.question_curves.keep(asked.exam_id, _known(editions, found, now))
            await unit.commit()


def _known(editions: Sequence[Edition], found: Calibration, at: datetime) -> Sequence[KnownCurve]:
    """They are of the instant *at* which the answers were looked at: what was judged anew since
    is not in them."""
    return [
        KnownCurve(
            edition=edition,
            curve=one.curve,
            a_error=one.a_error,
            b_error=one.b_error,
            answers=one.answers,
            at=at,
        )
        for edition, one in zip(editions, found.items, strict=True)
    ]


def _persons(
    judged: Sequence[Mapping[Edition, bool]], editions: Sequence[Edition]
) -> Sequence[Person]:
    places = {edition: place for place, edition in enumerate(editions)}
    return [
        tuple((places[edition], right) for edition, right in one.items() if edition in places)
        for one in judged
    ]


def _entry(question: Question, curves: Mapping[Edition, KnownCurve]) -> PoolEntry:
    edition = question.id, question.edition
    served = Candidate(
        id=question.id, edition=question.edition, difficulty=question.content.difficulty
    )
    return PoolEntry(
        question_id=question.id,
        edition=question.edition,
        objective_id=question.objective_id,
        source=_source(curves.get(edition)),
        curve=curve_of(served, curves),
        known=curves.get(edition),
    )


def _source(known: KnownCurve | None) -> Source:
    if known is None:
        return Source.ASSUMED
    return Source.SAID if known.answers is None else Source.LEARNT
