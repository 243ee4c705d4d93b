"""Tests that adapt: to begin, to answer, to leave off. What is kept decides what comes next."""

from datetime import datetime
from typing import ClassVar

import attrs

from homeroom.exams.errors import (
    ExamNotFound,
    ExamNotOpen,
    NoQuestions,
    SittingExpired,
    SittingNotFound,
    SittingUnderWay,
)
from homeroom.exams.model import rights
from homeroom.exams.model.adaptive.rules import Rules, Stop
from homeroom.exams.model.adaptive.selection import Chooser
from homeroom.exams.model.adaptive.sheets import AdaptiveSheet, adaptive_sheet
from homeroom.exams.model.adaptive.sittings import AdaptiveSitting, Terms
from homeroom.exams.model.answers import Answer
from homeroom.exams.model.catalogue import Exam, ExamStatus
from homeroom.exams.model.forms import order_of
from homeroom.exams.model.questions import Content
from homeroom.exams.model.tiers import Quotas
from homeroom.exams.ports.adaptive import AdaptiveQueries
from homeroom.exams.ports.bank import BankQueries
from homeroom.exams.ports.catalogue import CatalogueQueries
from homeroom.exams.ports.sittings import SittingQueries
from homeroom.exams.ports.unit import ExamsUnit, StartExamsUnit
from homeroom.exams.use_cases.adaptive_pools import AdaptivePools, Laid
from homeroom.exams.use_cases.counting import count_answers
from homeroom.exams.use_cases.examined import Invigilator, expect_not_examined
from homeroom.exams.use_cases.judging import contents_with_keys
from homeroom.exams.use_cases.sittings import own
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Entry, Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import ExamId, PersonId, QuestionId, SittingId, new_id
from homeroom.kernel.rights import Right

MOST_A_DAY = 20
"""Tests of one exam that a person may begin within a day: each shows questions to be kept."""


@attrs.frozen(kw_only=True)
class BeginAdaptive:
    """Somebody begins an adaptive test, or goes on with the one they have begun."""

    right: ClassVar[Right] = rights.SIT
    start: StartExamsUnit
    exams: CatalogueQueries
    pools: AdaptivePools
    sittings: SittingQueries
    clock: Clock

    async def __call__(
        self, actor: Actor, exam_id: ExamId, rules: Rules | None = None
    ) -> AdaptiveSheet:
        """Whichever device asks is put the same question. Who goes on does so by the rules of
        their beginning.

        Raises `ExamNotFound`, `ExamNotOpen`, `ExamUnderWay`, `BadSitting`, `NoQuestions` and
        `TooManyAdaptive`.
        """
        actor.require(self.right)
        person_id = own(actor)
        rules = rules or Rules()
        rules.expect_sound()
        exam = await self.exams.exam(exam_id, reach=actor.institution_id)
        _expect_open(exam)
        await expect_not_examined(self.sittings, person_id, exam_id, at=self.clock.now())
        laid = await self.pools.of(exam_id)
        terms = _terms(exam, rules, laid)
        async with self.start() as unit:
            new = AdaptiveSitting.begin(
                SittingId(new_id()), exam, person_id, terms, at=self.clock.now()
            )
            sitting = await self._seated(unit, actor, new)
            content = await _open_content(unit, sitting)
            if content is None:
                content = await put_next(unit, sitting, laid, at=self.clock.now())
                await unit.adaptive.save(sitting)
            await unit.commit()
        return adaptive_sheet(sitting, content)

    async def _seated(
        self, unit: ExamsUnit, actor: Actor, sitting: AdaptiveSitting
    ) -> AdaptiveSitting:
        """The new one, or the one that is under way."""
        try:
            await unit.adaptive.add(sitting, most=MOST_A_DAY)
        except SittingUnderWay as before:
            other = await unit.adaptive.get(before.sitting_id, reach=sitting.institution_id)
            if not await end_if_run_out(unit, other, at=self.clock.now()):
                return other
            await unit.adaptive.add(sitting, most=MOST_A_DAY)
        begun = entry_of(actor, self.right, about_adaptive(sitting), at=sitting.began_at)
        await unit.audit.note(begun)
        return sitting


@attrs.frozen(kw_only=True)
class SeeAdaptive:
    """Somebody looks at an adaptive test of theirs: the question that waits, or the outcome."""

    right: ClassVar[Right] = rights.SIT
    start: StartExamsUnit
    queries: AdaptiveQueries
    bank: BankQueries
    invigilator: Invigilator

    async def __call__(self, actor: Actor, sitting_id: SittingId) -> AdaptiveSheet:
        """One whose time is up ends now, if it has not. Raises `SittingNotFound`, and
        `ExamUnderWay` while they take that exam: an outcome tells what was right."""
        actor.require(self.right)
        person_id = own(actor)
        sitting = await _apart(self.queries, self.invigilator, actor, sitting_id)
        now = self.invigilator.clock.now()
        if sitting.ran_out(at=now):
            async with self.start() as unit:
                sitting = await _held(unit, actor, sitting_id, person_id)
                if await end_if_run_out(unit, sitting, at=now):
                    await unit.commit()
        step = sitting.open_step
        content = None if step is None else (await self.bank.editions([step.key]))[step.key]
        return adaptive_sheet(sitting, content)


@attrs.frozen(kw_only=True)
class AnswerAdaptive:
    """Somebody answers the question that waits, and is put the next one."""

    right: ClassVar[Right] = rights.SIT
    start: StartExamsUnit
    pools: AdaptivePools
    quotas: Quotas
    invigilator: Invigilator

    async def __call__(
        self, actor: Actor, sitting_id: SittingId, question_id: QuestionId, answer: Answer
    ) -> AdaptiveSheet:
        """Once this returns, the answer counts, and the next question is kept. Saying the same
        again does no harm.

        Raises `SittingNotFound`, `QuestionNotFound`, `BadAnswer`, `AnsweredAlready`, `SittingOver`,
        `DailyLimitReached`, `ExamUnderWay` while they take that exam, and `SittingExpired`: then it
        counts by what was answered in time.
        """
        actor.require(self.right)
        person_id = own(actor)
        seen = await _apart(self.pools.queries, self.invigilator, actor, sitting_id)
        laid = await self.pools.of(seen.exam_id)
        async with self.start() as unit:
            sitting = await _held(unit, actor, sitting_id, person_id)
            now = self.invigilator.clock.now()
            if await end_if_run_out(unit, sitting, at=now):
                await unit.commit()
                raise SittingExpired
            key = sitting.step(question_id).key
            judged = await contents_with_keys([key], unit.questions.editions, unit.regrades.of)
            content = judged[key]
            waiting = await _open_content(unit, sitting)
            if sitting.answer(question_id, answer, content, at=now):
                await count_answers(unit, sitting, [question_id], self.quotas, at=now)
                waiting = await put_next(unit, sitting, laid, at=now)
                await unit.adaptive.save(sitting)
                if not sitting.is_active:
                    done = entry_of(actor, self.right, about_adaptive(sitting), at=now)
                    await unit.audit.note(done)
                await unit.commit()
        return adaptive_sheet(sitting, waiting)


@attrs.frozen(kw_only=True)
class LeaveAdaptive:
    """Somebody leaves an adaptive test off, and learns what it came to so far."""

    right: ClassVar[Right] = rights.SIT
    start: StartExamsUnit
    queries: AdaptiveQueries
    invigilator: Invigilator

    async def __call__(self, actor: Actor, sitting_id: SittingId) -> AdaptiveSheet:
        """However often this is asked for, there is one outcome. Raises `SittingNotFound`, and
        `ExamUnderWay` while they take that exam."""
        actor.require(self.right)
        person_id = own(actor)
        await _apart(self.queries, self.invigilator, actor, sitting_id)
        async with self.start() as unit:
            sitting = await _held(unit, actor, sitting_id, person_id)
            now = self.invigilator.clock.now()
            if not await end_if_run_out(unit, sitting, at=now) and sitting.is_active:
                sitting.end(Stop.LEFT, at=now)
                await unit.adaptive.save(sitting)
                await unit.audit.note(entry_of(actor, self.right, about_adaptive(sitting), at=now))
            await unit.commit()
        return adaptive_sheet(sitting, None)


async def put_next(
    unit: ExamsUnit, sitting: AdaptiveSitting, laid: Laid, *, at: datetime
) -> Content | None:
    """Put the next question to *sitting*, which the unit holds; what it says. Where none is left
    the sitting ends."""
    if not sitting.is_active:
        return None
    chooser = Chooser(
        pool=laid.pool,
        rules=sitting.terms.rules,
        weights=sitting.terms.weights,
        exposure=laid.exposure,
    )
    asked = [(step.question_id, step.objective_id) for step in sitting.steps]
    item = chooser.next_item(sitting.ability.value, asked, sitting.id.hex)
    if item is None:
        sitting.end(Stop.NOTHING_LEFT, at=at)
        return None
    key = item.question_id, item.edition
    content = (await unit.questions.editions([key]))[key]
    sitting.put(item, order_of(content.body, f"{sitting.id.hex}:{item.question_id}"))
    return content


async def end_if_run_out(unit: ExamsUnit, sitting: AdaptiveSitting, *, at: datetime) -> bool:
    """Whether *sitting*, which the unit holds, had to be ended; it is saved then."""
    if not sitting.ran_out(at=at):
        return False
    sitting.end(Stop.TIME, at=at)
    await unit.adaptive.save(sitting)
    await unit.audit.note(
        Entry(
            at=at,
            institution_id=sitting.institution_id,
            action="exams.sitting_ran_out",
            resource="adaptive_sitting",
            resource_id=sitting.id,
        )
    )
    return True


def about_adaptive(sitting: AdaptiveSitting) -> Subject:
    return Subject(kind="adaptive_sitting", id=sitting.id, institution_id=sitting.institution_id)


async def _open_content(unit: ExamsUnit, sitting: AdaptiveSitting) -> Content | None:
    """What the question says that waits for an answer."""
    step = sitting.open_step
    return None if step is None else (await unit.questions.editions([step.key]))[step.key]


async def _apart(
    queries: AdaptiveQueries, invigilator: Invigilator, actor: Actor, sitting_id: SittingId
) -> AdaptiveSitting:
    """Their own sitting, of an exam that they do not take. Raises `SittingNotFound` and
    `ExamUnderWay`."""
    sitting = await queries.adaptive(sitting_id, reach=actor.institution_id)
    _expect_own(sitting, own(actor))
    await invigilator.expect_not_examined(sitting.person_id, sitting.exam_id)
    return sitting


async def _held(
    unit: ExamsUnit, actor: Actor, sitting_id: SittingId, person_id: PersonId
) -> AdaptiveSitting:
    """Their own sitting, held. Raises `SittingNotFound`."""
    sitting = await unit.adaptive.get(sitting_id, reach=actor.institution_id)
    _expect_own(sitting, person_id)
    return sitting


def _expect_own(sitting: AdaptiveSitting, person_id: PersonId) -> None:
    """Raises `SittingNotFound`."""
    if sitting.person_id != person_id:
        raise SittingNotFound


def _expect_open(exam: Exam) -> None:
    """Raises `ExamNotFound` and `ExamNotOpen`."""
    if exam.status is ExamStatus.DRAFT:
        raise ExamNotFound
    if exam.status is ExamStatus.RETIRED:
        raise ExamNotOpen


def _terms(exam: Exam, rules: Rules, laid: Laid) -> Terms:
    """Raises `NoQuestions`."""
    weights = {one: weight for one, weight in exam.outline.weights.items() if weight > 0}
    if not weights.keys() & set(laid.pool.objectives):
        raise NoQuestions
    passing = float(exam.outline.terms.passing) / 100
    return Terms(rules=rules, cut=laid.pool.cut(weights, passing), weights=weights)
