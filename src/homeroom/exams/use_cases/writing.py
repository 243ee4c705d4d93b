"""Authors write questions, revise them, and hand them in for review."""

from datetime import datetime
from typing import ClassVar

import attrs

from homeroom.exams.model import rights
from homeroom.exams.model.questions import Content, Question
from homeroom.exams.ports.unit import ExamsUnit, StartExamsUnit
from homeroom.exams.use_cases.pools import Pools
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import ExamId, ObjectiveId, QuestionId
from homeroom.kernel.rights import Right


@attrs.frozen
class WriteQuestion:
    """An author writes a question for one of an exam's objectives: a draft, served to nobody."""

    right: ClassVar[Right] = rights.WRITE_QUESTIONS
    start: StartExamsUnit
    clock: Clock

    async def __call__(
        self,
        actor: Actor,
        exam_id: ExamId,
        objective_id: ObjectiveId,
        content: Content,
        *,
        reference: str | None = None,
    ) -> Question:
        """Raises `ExamNotFound`, `ObjectiveNotFound`, `BadQuestion`, `QuestionExists`."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            exam = await unit.exams.get(exam_id, reach=actor.institution_id)
            exam.expect_objective(objective_id)
            question = Question.draft(
                exam.institution_id, exam.id, objective_id, content, at=now, reference=reference
            )
            await unit.questions.save(question)
            about = about_question(question)
            await unit.audit.note(entry_of(actor, self.right, about, at=now, after=question))
            await unit.commit()
        return question


@attrs.frozen
class ReviseQuestion:
    """An author changes what a question says: another edition. Who was served the last keeps it."""

    right: ClassVar[Right] = rights.WRITE_QUESTIONS
    start: StartExamsUnit
    pools: Pools
    clock: Clock

    async def __call__(self, actor: Actor, question_id: QuestionId, content: Content) -> Question:
        """Raises `QuestionNotFound`, `BadQuestion`, `QuestionElsewhere`."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            question = await unit.questions.get(question_id, reach=actor.reach)
            before = attrs.evolve(question)
            question.revise(content, at=now)
            kept = await keep_step(unit, actor, self.right, before, question, now)
        await self.pools.changed(question.exam_id)
        return kept


@attrs.frozen
class MoveQuestion:
    """An author has a question asked for another objective of its exam."""

    right: ClassVar[Right] = rights.WRITE_QUESTIONS
    start: StartExamsUnit
    pools: Pools
    clock: Clock

    async def __call__(
        self, actor: Actor, question_id: QuestionId, objective_id: ObjectiveId
    ) -> Question:
        """Raises `QuestionNotFound`, `ObjectiveNotFound`, `QuestionElsewhere`."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            question = await unit.questions.get(question_id, reach=actor.reach)
            before = attrs.evolve(question)
            exam = await unit.exams.get(question.exam_id, reach=question.institution_id)
            exam.expect_objective(objective_id)
            question.move(objective_id)
            kept = await keep_step(unit, actor, self.right, before, question, now)
        await self.pools.changed(question.exam_id)
        return kept


@attrs.frozen
class SubmitQuestion:
    """An author hands a question in: whoever reviews may look at it now."""

    right: ClassVar[Right] = rights.WRITE_QUESTIONS
    start: StartExamsUnit
    clock: Clock

    async def __call__(self, actor: Actor, question_id: QuestionId) -> Question:
        """Raises `QuestionNotFound`, `QuestionElsewhere`."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            question = await unit.questions.get(question_id, reach=actor.reach)
            before = attrs.evolve(question)
            question.submit()
            return await keep_step(unit, actor, self.right, before, question, now)


def about_question(question: Question) -> Subject:
    return Subject(kind="question", id=question.id, institution_id=question.institution_id)


async def keep_step(
    unit: ExamsUnit,
    actor: Actor,
    right: Right,
    before: Question,
    question: Question,
    now: datetime,
) -> Question:
    """Save, note and commit what changed; what did not is neither saved nor noted."""
    if question == before:
        return question
    await unit.questions.save(question)
    about = about_question(question)
    await unit.audit.note(entry_of(actor, right, about, at=now, before=before, after=question))
    await unit.commit()
    return question
