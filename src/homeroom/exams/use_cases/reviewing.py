"""Reviewers say of a question that it may be served, needs another look, or will never do."""

from collections.abc import Sequence
from typing import ClassVar

import attrs

from homeroom.exams.model import rights
from homeroom.exams.model.questions import Question, QuestionStatus
from homeroom.exams.ports.bank import BankQueries, QuestionFilter
from homeroom.exams.ports.catalogue import CatalogueQueries
from homeroom.exams.ports.unit import ExamsUnit, StartExamsUnit
from homeroom.exams.use_cases.pools import Pools
from homeroom.exams.use_cases.writing import about_question, keep_step
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.errors import Conflict, NotFound
from homeroom.kernel.ids import ExamId, QuestionId
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import Right

MOST_AT_ONCE = 1000
"""So many questions are approved in one go; whoever wants more asks again."""

_TOGETHER = 100
"""So many of them in one transaction."""


@attrs.frozen
class ApproveQuestion:
    """A reviewer says that a question may be served from now on."""

    right: ClassVar[Right] = rights.REVIEW_QUESTIONS
    start: StartExamsUnit
    pools: Pools
    clock: Clock

    async def __call__(self, actor: Actor, question_id: QuestionId, note: str = "") -> Question:
        """Raises `QuestionNotFound`, `QuestionElsewhere`."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            question = await unit.questions.get(question_id, reach=actor.reach)
            before = attrs.evolve(question)
            question.activate(at=now, note=note)
            kept = await keep_step(unit, actor, self.right, before, question, now)
        await self.pools.changed(question.exam_id)
        return kept


@attrs.frozen
class SendBackQuestion:
    """A reviewer sends a question back to who wrote it, and says what is wrong."""

    right: ClassVar[Right] = rights.REVIEW_QUESTIONS
    start: StartExamsUnit
    clock: Clock

    async def __call__(self, actor: Actor, question_id: QuestionId, note: str) -> Question:
        """Raises `QuestionNotFound`, `QuestionElsewhere`, `BadQuestion` without a note."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            question = await unit.questions.get(question_id, reach=actor.reach)
            before = attrs.evolve(question)
            question.send_back(note)
            return await keep_step(unit, actor, self.right, before, question, now)


@attrs.frozen
class RejectQuestion:
    """A reviewer turns a question down for good, and says why."""

    right: ClassVar[Right] = rights.REVIEW_QUESTIONS
    start: StartExamsUnit
    clock: Clock

    async def __call__(self, actor: Actor, question_id: QuestionId, note: str) -> Question:
        """Raises `QuestionNotFound`, `QuestionElsewhere`, `BadQuestion` without a note."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            question = await unit.questions.get(question_id, reach=actor.reach)
            before = attrs.evolve(question)
            question.reject(note)
            return await keep_step(unit, actor, self.right, before, question, now)


@attrs.frozen
class RetireQuestion:
    """A reviewer has a question served to nobody new; whoever sits with it goes on."""

    right: ClassVar[Right] = rights.REVIEW_QUESTIONS
    start: StartExamsUnit
    pools: Pools
    clock: Clock

    async def __call__(self, actor: Actor, question_id: QuestionId) -> Question:
        """Raises `QuestionNotFound`, `QuestionElsewhere`."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            question = await unit.questions.get(question_id, reach=actor.reach)
            before = attrs.evolve(question)
            question.retire(at=now)
            kept = await keep_step(unit, actor, self.right, before, question, now)
        await self.pools.changed(question.exam_id)
        return kept


@attrs.frozen(kw_only=True)
class LeftOut:
    """A question that was not approved with the others, and why."""

    question_id: QuestionId
    code: str
    reason: str


@attrs.frozen(kw_only=True)
class Approval:
    """What came of approving all that waited."""

    approved: Sequence[QuestionId]
    left_out: Sequence[LeftOut]
    is_whole: bool
    """Whether nothing waits behind these; else ask again."""


@attrs.frozen
class ApproveAll:
    """A reviewer approves all questions of an exam that wait for it, and is told what came of it.

    A question that somebody else decided on meanwhile is left out, and holds up no other.
    """

    right: ClassVar[Right] = rights.REVIEW_QUESTIONS
    start: StartExamsUnit
    pools: Pools
    catalogue: CatalogueQueries
    bank: BankQueries
    clock: Clock

    async def __call__(self, actor: Actor, exam_id: ExamId) -> Approval:
        """Raises `ExamNotFound`."""
        actor.require(self.right)
        await self.catalogue.exam(exam_id, reach=actor.reach)
        waiting = QuestionFilter(reach=actor.reach, exam=exam_id, status=QuestionStatus.IN_REVIEW)
        approved, left_out = list[QuestionId](), list[LeftOut]()
        page: CursorRequest | None = CursorRequest(limit=_TOGETHER)
        while page is not None and len(approved) + len(left_out) < MOST_AT_ONCE:
            found = await self.bank.questions(waiting, page)
            async with self.start() as unit:
                for one in found.items:
                    try:
                        approved.append(await self._approve(unit, actor, one.id))
                    except (Conflict, NotFound) as refused:
                        left_out.append(
                            LeftOut(question_id=one.id, code=refused.code, reason=refused.message)
                        )
                await unit.commit()
            await self.pools.changed(exam_id)
            page = CursorRequest(found.next, _TOGETHER) if found.next else None
        return Approval(approved=approved, left_out=left_out, is_whole=page is None)

    async def _approve(self, unit: ExamsUnit, actor: Actor, question_id: QuestionId) -> QuestionId:
        now = self.clock.now()
        question = await unit.questions.get(question_id, reach=actor.reach)
        before = attrs.evolve(question)
        question.activate(at=now)
        await unit.questions.save(question)
        about = about_question(question)
        done = entry_of(actor, self.right, about, at=now, before=before, after=question)
        await unit.audit.note(done)
        return question_id
