"""A key was wrong: who changes by the right one is told first, and then they are judged again."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import ClassVar

import attrs

from homeroom.exams.errors import SittingNotFound
from homeroom.exams.model import rights
from homeroom.exams.model.forms import Contents
from homeroom.exams.model.questions import Content, Question
from homeroom.exams.model.regrading import Change, Correction, Outcome, Regrade
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.ports.bank import BankQueries, Edition
from homeroom.exams.ports.regrades import RegradeQueries
from homeroom.exams.ports.sittings import SittingQueries
from homeroom.exams.ports.unit import ExamsUnit, StartExamsUnit
from homeroom.exams.use_cases.ending import about_sitting
from homeroom.exams.use_cases.judging import ReadEditions, contents_of, contents_with_keys
from homeroom.exams.use_cases.reviews import count_judged
from homeroom.exams.use_cases.rewards import settle_later
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Entry, Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import QuestionId, RegradeId, SittingId
from homeroom.kernel.jobs import JobRequest, Work, WorkPolicy, work
from homeroom.kernel.looks import Looks
from homeroom.kernel.queue import Run
from homeroom.kernel.rights import Right

MOST_EXAMINED = 200
"""How many sittings are gone through at once to tell what would change."""

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
    next: SittingId | None
    """Up to which sitting one has gone: whoever wants to know of the others asks for what comes
    after it. None where there are no others."""

    @property
    def is_whole(self) -> bool:
        return self.next is None


@attrs.frozen
class PlanRegrade:
    """Who writes exams asks who would have another score by another key. Nothing is done."""

    right: ClassVar[Right] = rights.SEE_SITTINGS
    bank: BankQueries
    regrades: RegradeQueries
    sittings: SittingQueries
    looks: Looks
    clock: Clock

    async def __call__(
        self,
        actor: Actor,
        question_id: QuestionId,
        wanted: Correction,
        *,
        after: SittingId | None = None,
    ) -> Plan:
        """Of `MOST_EXAMINED` sittings at once, those that come *after* one, in the order of their
        ids: however many there are, nobody waits for long. Raises `QuestionNotFound` and
        `BadRegrade`."""
        actor.require(self.right)
        now = self.clock.now()
        question = await self.bank.question(question_id, reach=actor.reach)
        contents = await _every_edition(self.bank.editions, question)
        regrade = Regrade.decide(question, contents, wanted, at=now)
        await self.looks.note(entry_of(actor, self.right, _about(question), at=now))
        limit = MOST_EXAMINED + 1
        found = await self.regrades.answered(question_id, after=after, limit=limit)
        changes, outcome = list[Change](), Outcome()
        known = _Planned(self.bank, self.regrades, regrade)
        for sitting_id in found[:MOST_EXAMINED]:
            change = await self._change(sitting_id, known, at=now)
            outcome = outcome.with_one(None if change is None else (change.before, change.after))
            changes += [] if change is None else [change]
        more = found[MOST_EXAMINED - 1] if len(found) == limit else None
        return Plan(regrade=regrade, outcome=outcome, changes=changes, next=more)

    async def _change(
        self, sitting_id: SittingId, known: "_Planned", *, at: datetime
    ) -> Change | None:
        regrade = known.regrade
        try:
            sitting = await self.sittings.sitting(sitting_id, reach=regrade.institution_id)
        except SittingNotFound:  # erased meanwhile
            return None
        served = [item.key for item in sitting.form.items]
        contents = await contents_with_keys(served, known.editions, known.of)
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
        """All of them are held, in the order of their ids, before anything else is.

        Whoever answers holds their sitting first, too, and only then what is counted and noted
        of it: so neither waits for the other with something in their hands that the other needs.
        """
        outcome, now = regrade.outcome, self.clock.now()
        every = [await _held_again(unit, sitting_id) for sitting_id in found]
        changed = list[Sitting]()
        for sitting in every:
            change = None
            if sitting is not None:
                contents = await contents_of(unit, sitting)
                change = _judged_again(sitting, regrade, contents, at=now)
                changed += [] if change is None else [sitting]
            outcome = outcome.with_one(None if change is None else (change.before, change.after))
        over = [one for one in every if one is not None and not one.is_active]
        for sitting in over:
            await unit.sittings.save(sitting)
        for sitting in over:
            await count_judged(unit, sitting)
        for sitting in changed:
            await settle_later(unit, sitting)
            await unit.audit.note(_noted(sitting, at=now))
        return outcome


@attrs.frozen
class _Planned:
    """What was decided, and *regrade* as if it were, too. What was read once is remembered: most
    sittings ask the same questions."""

    bank: BankQueries
    regrades: RegradeQueries
    regrade: Regrade
    _contents: dict[Edition, Content] = attrs.field(factory=dict[Edition, Content], init=False)
    _decided: dict[QuestionId, Sequence[Regrade]] = attrs.field(
        factory=dict[QuestionId, Sequence[Regrade]], init=False
    )

    async def of(self, question_ids: Collection[QuestionId]) -> Sequence[Regrade]:
        if unread := [one for one in question_ids if one not in self._decided]:
            found = await self.regrades.of(unread)
            for wanted in unread:
                self._decided[wanted] = [one for one in found if one.question_id == wanted]
        known = (one for wanted in question_ids for one in self._decided[wanted])
        return [*sorted(known, key=lambda one: one.id), self.regrade]

    async def editions(self, wanted: Collection[Edition]) -> Contents:
        if unread := [one for one in wanted if one not in self._contents]:
            self._contents.update(await self.bank.editions(unread))
        return {one: self._contents[one] for one in wanted if one in self._contents}


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


async def _held_again(unit: ExamsUnit, sitting_id: SittingId) -> Sitting | None:
    """None for one that was erased meanwhile."""
    try:
        return await unit.sittings.get(sitting_id, reach=None)
    except SittingNotFound:
        return None


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
