"""A key was wrong: who changes by the right one is told first, and then they are judged again."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import ClassVar

import attrs

from homeroom.exams.errors import SittingNotFound
from homeroom.exams.model import rights
from homeroom.exams.model.forms import Contents
from homeroom.exams.model.questions import Question
from homeroom.exams.model.regrading import Change, Correction, Outcome, Regrade
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.ports.bank import BankQueries
from homeroom.exams.ports.regrades import RegradeQueries
from homeroom.exams.ports.sittings import SittingQueries
from homeroom.exams.ports.unit import ExamsUnit, StartExamsUnit
from homeroom.exams.use_cases.ending import about_sitting
from homeroom.exams.use_cases.judging import ReadEditions, contents_of, contents_with_keys
from homeroom.exams.use_cases.reviews import count_judged
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Entry, Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import QuestionId, RegradeId, SittingId
from homeroom.kernel.jobs import JobRequest, Work, WorkPolicy, work
from homeroom.kernel.looks import Looks
from homeroom.kernel.queue import Run
from homeroom.kernel.rights import Right

MOST_EXAMINED, MOST_SHOWN = 2000, 200
"""How many sittings are gone through to tell what would change, and how many changes are told."""

_PORTION = 50


@work("exams.regrade_sittings.v1", WorkPolicy(timeout=3600))
@attrs.frozen(kw_only=True)
class JudgeAgain(Work):
    """Judge the sittings again that a regrade is about."""

    regrade_id: RegradeId


@attrs.frozen(kw_only=True)
class Plan:
    """What a regrade would do, if it were decided on now."""

    regrade: Regrade
    outcome: Outcome
    changes: Sequence[Change]
    """The first of them."""

    is_whole: bool
    """Whether every sitting was gone through."""


@attrs.frozen
class PlanRegrade:
    """Who writes exams asks who would have another score by another key. Nothing is done."""

    right: ClassVar[Right] = rights.SEE_SITTINGS
    bank: BankQueries
    regrades: RegradeQueries
    sittings: SittingQueries
    looks: Looks
    clock: Clock

    async def __call__(self, actor: Actor, question_id: QuestionId, wanted: Correction) -> Plan:
        """Raises `QuestionNotFound` and `BadRegrade`."""
        actor.require(self.right)
        now = self.clock.now()
        question = await self.bank.question(question_id, reach=actor.reach)
        contents = await _every_edition(self.bank.editions, question)
        regrade = Regrade.decide(question, contents, wanted, at=now)
        await self.looks.note(entry_of(actor, self.right, _about(question), at=now))
        found = await self._answered(question_id)
        changes, outcome = list[Change](), Outcome()
        for sitting_id in found[:MOST_EXAMINED]:
            change = await self._change(sitting_id, regrade, at=now)
            outcome = outcome.with_one(None if change is None else (change.before, change.after))
            changes += [] if change is None else [change]
        return Plan(
            regrade=regrade,
            outcome=outcome,
            changes=changes[:MOST_SHOWN],
            is_whole=len(found) <= MOST_EXAMINED,
        )

    async def _answered(self, question_id: QuestionId) -> Sequence[SittingId]:
        return await self.regrades.answered(question_id, after=None, limit=MOST_EXAMINED + 1)

    async def _change(
        self, sitting_id: SittingId, regrade: Regrade, *, at: datetime
    ) -> Change | None:
        try:
            sitting = await self.sittings.sitting(sitting_id, reach=regrade.institution_id)
        except SittingNotFound:  # erased meanwhile
            return None
        served = [item.key for item in sitting.form.items]
        contents = await contents_with_keys(
            served, self.bank.editions, _Planned(self.regrades, regrade).of
        )
        return _judged_again(sitting, regrade, contents, at=at)


@attrs.frozen
class RegradeQuestion:
    """Who writes exams has answers judged again by another key; a worker does it."""

    right: ClassVar[Right] = rights.REGRADE
    start: StartExamsUnit
    clock: Clock

    async def __call__(self, actor: Actor, question_id: QuestionId, wanted: Correction) -> Regrade:
        """From now on that key counts for whoever ends; who has ended is judged again.

        Raises `QuestionNotFound` and `BadRegrade`.
        """
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            question = await unit.questions.get(question_id, reach=actor.reach)
            contents = await _every_edition(unit.questions.editions, question)
            regrade = Regrade.decide(question, contents, wanted, at=now)
            await unit.regrades.save(regrade)
            done = entry_of(actor, self.right, _about(question), at=now, after=regrade)
            await unit.audit.note(done)
            await unit.jobs.enqueue(
                JobRequest(
                    work=JudgeAgain(regrade_id=regrade.id),
                    institution_id=regrade.institution_id,
                )
            )
            await unit.commit()
        return regrade


@attrs.frozen
class FindRegrades:
    """Who writes exams looks when answers to a question were judged again, newest first."""

    right: ClassVar[Right] = rights.SEE_QUESTIONS
    bank: BankQueries
    regrades: RegradeQueries

    async def __call__(self, actor: Actor, question_id: QuestionId) -> Sequence[Regrade]:
        """Raises `QuestionNotFound`."""
        actor.require(self.right)
        question = await self.bank.question(question_id, reach=actor.reach)
        return (await self.regrades.of([question.id]))[::-1]


@attrs.frozen
class RegradeSittings:
    """A worker judges sittings again, portion by portion: the handler of `JudgeAgain`.

    Each portion is one transaction, and says how far one is; so whoever begins again goes on.
    """

    start: StartExamsUnit
    regrades: RegradeQueries
    clock: Clock

    async def __call__(self, asked: JudgeAgain, run: Run) -> None:
        while await self._portion(asked.regrade_id):
            run.report(0.5)

    async def _portion(self, regrade_id: RegradeId) -> bool:
        """Whether there may be more."""
        seen = await self.regrades.regrade(regrade_id, reach=None)
        if seen.is_done:
            return False
        found = await self.regrades.answered(seen.question_id, after=seen.reached, limit=_PORTION)
        async with self.start() as unit:
            regrade = await unit.regrades.get(regrade_id, reach=None)
            if regrade.reached != seen.reached or regrade.is_done:
                return True  # somebody else was faster
            if found:
                regrade.go_on(found, await self._judge(unit, regrade, found))
            else:
                regrade.finish(at=self.clock.now())
            await unit.regrades.save(regrade)
            await unit.commit()
        return bool(found)

    async def _judge(
        self, unit: ExamsUnit, regrade: Regrade, found: Sequence[SittingId]
    ) -> Outcome:
        outcome, now = regrade.outcome, self.clock.now()
        for sitting_id in found:
            change = await self._judge_one(unit, regrade, sitting_id, at=now)
            outcome = outcome.with_one(None if change is None else (change.before, change.after))
        return outcome

    async def _judge_one(
        self, unit: ExamsUnit, regrade: Regrade, sitting_id: SittingId, *, at: datetime
    ) -> Change | None:
        try:
            sitting = await unit.sittings.get(sitting_id, reach=None)
        except SittingNotFound:  # erased meanwhile
            return None
        change = _judged_again(sitting, regrade, await contents_of(unit, sitting), at=at)
        if not sitting.is_active:
            await unit.sittings.save(sitting)
            await count_judged(unit, sitting)
        if change is not None:
            await unit.audit.note(_noted(sitting, at=at))
        return change


@attrs.frozen
class _Planned:
    """What was decided, and *regrade* as if it were, too."""

    regrades: RegradeQueries
    regrade: Regrade

    async def of(self, question_ids: Collection[QuestionId]) -> Sequence[Regrade]:
        return [*await self.regrades.of(question_ids), self.regrade]


def _judged_again(
    sitting: Sitting, regrade: Regrade, contents: Contents, *, at: datetime
) -> Change | None:
    before = sitting.score
    changed = sitting.regrade(regrade.id, contents, at=at)
    if not changed or before is None or sitting.score is None:
        return None
    return Change(
        sitting_id=sitting.id,
        person_id=sitting.person_id,
        before=before,
        after=sitting.score,
    )


async def _every_edition(editions: ReadEditions, question: Question) -> Contents:
    wanted = [(question.id, number) for number in range(1, question.edition + 1)]
    return await editions(wanted)


def _about(question: Question) -> Subject:
    return Subject(kind="question", id=question.id, institution_id=question.institution_id)


def _noted(sitting: Sitting, *, at: datetime) -> Entry:
    about = about_sitting(sitting)
    return Entry(
        at=at,
        institution_id=about.institution_id,
        action="exams.sitting_regraded",
        resource=about.kind,
        resource_id=sitting.id,
    )
