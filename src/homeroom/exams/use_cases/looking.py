"""Authors look through the bank of questions, keys and explanations included."""

from collections.abc import Sequence
from typing import ClassVar

import attrs

from homeroom.exams.model import rights
from homeroom.exams.model.questions import Content, Question, QuestionStatus
from homeroom.exams.ports.bank import BankQueries, QuestionFilter
from homeroom.kernel.actor import Actor
from homeroom.kernel.ids import ExamId, ObjectiveId, QuestionId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.rights import Right


@attrs.frozen(kw_only=True)
class Wanted:
    """Which questions an author looks for."""

    exam: ExamId | None = None
    objective: ObjectiveId | None = None
    status: QuestionStatus | None = None
    difficulty: int | None = None
    tag: str | None = None
    text: str = ""


@attrs.frozen
class FindQuestions:
    """An author looks through the bank, newest first."""

    right: ClassVar[Right] = rights.SEE_QUESTIONS
    bank: BankQueries

    async def __call__(
        self, actor: Actor, wanted: Wanted, page: CursorRequest
    ) -> CursorPage[Question]:
        actor.require(self.right)
        return await self.bank.questions(
            QuestionFilter(reach=actor.reach, **attrs.asdict(wanted)), page
        )


@attrs.frozen(kw_only=True)
class QuestionInFull:
    """A question, and what it said in each of its editions, the first one first."""

    question: Question
    editions: Sequence[Content]


@attrs.frozen
class GetQuestion:
    """An author looks at one question, and at what it said before."""

    right: ClassVar[Right] = rights.SEE_QUESTIONS
    bank: BankQueries

    async def __call__(self, actor: Actor, question_id: QuestionId) -> QuestionInFull:
        """Raises `QuestionNotFound`."""
        actor.require(self.right)
        question = await self.bank.question(question_id, reach=actor.reach)
        wanted = [(question.id, number) for number in range(1, question.edition + 1)]
        kept = await self.bank.editions(wanted)
        return QuestionInFull(question=question, editions=[kept[one] for one in wanted])
