"""Authors have questions written by a machine, and look at what came of it."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

import attrs

from homeroom.exams.model import rights
from homeroom.exams.model.budgets import Ceiling, Spent, WritingRules, is_nearly_used
from homeroom.exams.model.catalogue import Exam
from homeroom.exams.model.generations import Generation, Wish
from homeroom.exams.ports.catalogue import CatalogueQueries
from homeroom.exams.ports.unit import ExamsUnit, StartExamsUnit
from homeroom.exams.ports.writer import Brief, QuestionWriter
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import ExamId, GenerationId, InstitutionId, ObjectiveId
from homeroom.kernel.jobs import Backoff, JobRequest, Work, WorkPolicy, work
from homeroom.kernel.rights import Right
from homeroom.published.exams import WritingBudgetNearlyUsed

_MOST_LISTED = 50
_PERIODS, _WARNED = ("day", "month"), "exams.writing_budget"
_log = logging.getLogger(__name__)


@work(
    "exams.write_questions.v1",
    WorkPolicy(queue="writing", timeout=900, max_attempts=4, backoff=Backoff(base=20.0, cap=600.0)),
)
@attrs.frozen(kw_only=True)
class WriteOrdered(Work):
    """Write the questions that were ordered."""

    generation_id: GenerationId


@work("exams.forget_source.v1")
@attrs.frozen(kw_only=True)
class ForgetSource(Work):
    """Forget what an order was to be made from, if nobody tried again in time."""

    generation_id: GenerationId


@attrs.frozen
class GenerateQuestions:
    """An author orders questions about a text. What they may cost is kept free at once."""

    right: ClassVar[Right] = rights.GENERATE_QUESTIONS
    start: StartExamsUnit
    writer: QuestionWriter
    rules: WritingRules
    clock: Clock

    async def __call__(
        self, actor: Actor, exam_id: ExamId, objective_id: ObjectiveId, wish: Wish
    ) -> Generation:
        """Raises `ExamNotFound`, `ObjectiveNotFound`, `BadGeneration`, `WritingBudgetUsedUp`."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            exam = await unit.exams.get(exam_id, reach=actor.institution_id)
            exam.expect_objective(objective_id)
            generation = Generation.order(exam.institution_id, exam.id, objective_id, wish, at=now)
            amount = self.writer.estimate(brief_of(exam, generation))
            wanted = self.rules.reservation(generation.id, exam.institution_id, amount, now)
            await unit.writing_spending.reserve(wanted, self.rules.ceilings(now))
            warned = await self._warned(unit, exam.institution_id, at=now)
            await unit.generations.save(generation)
            await unit.jobs.enqueue(
                JobRequest(
                    work=WriteOrdered(generation_id=generation.id),
                    institution_id=exam.institution_id,
                )
            )
            about = about_generation(generation)
            await unit.audit.note(entry_of(actor, self.right, about, at=now))
            await unit.commit()
        for period in warned:
            _log.warning("of the %s's budget for questions 80 %% are used", period)
        return generation

    async def _warned(
        self, unit: ExamsUnit, institution_id: InstitutionId, *, at: datetime
    ) -> Sequence[str]:
        """For which periods it was told now that little is left: once for each of them."""
        told = []
        for period, ceiling in zip(_PERIODS, self.rules.ceilings(at), strict=True):
            spent = await unit.writing_spending.spent(institution_id, since=ceiling.since, at=at)
            named = f"{institution_id.hex}:{period}:{ceiling.since.isoformat()}"
            if is_nearly_used(ceiling, spent) and await unit.inbox.first_time(_WARNED, named):
                told.append(period)
                happened = WritingBudgetNearlyUsed(
                    occurred_at=at,
                    institution_id=institution_id,
                    since=ceiling.since,
                    until=ceiling.until,
                )
                await unit.outbox.put(happened)
        return told


@attrs.frozen
class SeeGeneration:
    """An author looks at what came of an order."""

    right: ClassVar[Right] = rights.SEE_GENERATIONS
    start: StartExamsUnit

    async def __call__(self, actor: Actor, generation_id: GenerationId) -> Generation:
        """Raises `GenerationNotFound`."""
        actor.require(self.right)
        async with self.start() as unit:
            return await unit.generations.get(generation_id, reach=actor.reach)


@attrs.frozen
class FindGenerations:
    """An author looks at the last orders for an exam, newest first."""

    right: ClassVar[Right] = rights.SEE_GENERATIONS
    start: StartExamsUnit
    catalogue: CatalogueQueries

    async def __call__(self, actor: Actor, exam_id: ExamId) -> Sequence[Generation]:
        """Raises `ExamNotFound`."""
        actor.require(self.right)
        exam = await self.catalogue.exam(exam_id, reach=actor.reach)
        async with self.start() as unit:
            return await unit.generations.newest(exam.id, reach=actor.reach, limit=_MOST_LISTED)


@attrs.frozen(kw_only=True)
class Budget:
    """What may be spent from an instant on, and what is left of it."""

    ceiling: Ceiling
    spent: Spent

    @property
    def left(self) -> int:
        return max(0, self.ceiling.most - self.spent.together)

    @property
    def is_nearly_used(self) -> bool:
        return is_nearly_used(self.ceiling, self.spent)


@attrs.frozen
class SeeWritingBudget:
    """An author looks at what questions cost today and this month, and what is left."""

    right: ClassVar[Right] = rights.SEE_GENERATIONS
    start: StartExamsUnit
    rules: WritingRules
    clock: Clock

    async def __call__(self, actor: Actor) -> tuple[Budget, Budget]:
        """That of the day, and that of the month."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            day, month = [
                Budget(
                    ceiling=one,
                    spent=await unit.writing_spending.spent(
                        actor.institution_id, since=one.since, at=now
                    ),
                )
                for one in self.rules.ceilings(now)
            ]
        return day, month


def brief_of(exam: Exam, generation: Generation) -> Brief:
    """What a writer is told: nothing but what it is to write about."""
    wish = generation.wish
    every = {one.id: one for one in exam.outline.objectives}
    objective = every[generation.objective_id]
    return Brief(
        exam=exam.outline.name,
        objective=f"{objective.code} {objective.name}",
        source=wish.source,
        count=wish.count,
        difficulty=wish.difficulty,
    )


def about_generation(generation: Generation) -> Subject:
    return Subject(kind="generation", id=generation.id, institution_id=generation.institution_id)
