"""Orders for questions on the wire: what is asked for, what became of each, and what it cost."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from homeroom.exams.model.budgets import DOLLAR
from homeroom.exams.model.generations import Generation, Outcome, Wish
from homeroom.exams.use_cases.generating import Budget
from homeroom_entrypoints.web.wire import Wire


class OrderBody(Wire, frozen=True, kw_only=True):
    exam_id: UUID
    objective_id: UUID
    source: Annotated[
        str, msgspec.Meta(description="What the questions are to be about, as text or Markdown.")
    ]
    origin: Annotated[
        str, msgspec.Meta(description="What the source is called; it is cited with each.")
    ] = ""
    count: int = 10
    difficulty: int = 3

    def wish(self) -> Wish:
        return Wish(
            source=self.source, origin=self.origin, count=self.count, difficulty=self.difficulty
        )


class OutcomeAnswer(Wire, frozen=True, kw_only=True):
    status: str
    question_id: UUID | None
    words: str
    """How it begins."""

    remarks: list[str]
    like: UUID | None
    """A question that says the same, or nearly."""

    @classmethod
    def of(cls, outcome: Outcome) -> "OutcomeAnswer":
        return cls(
            status=outcome.fate.value,
            question_id=outcome.question_id,
            words=outcome.words,
            remarks=list(outcome.remarks),
            like=outcome.like,
        )


class GenerationAnswer(Wire, frozen=True, kw_only=True):
    id: UUID
    exam_id: UUID
    objective_id: UUID
    status: str
    origin: str
    count: int
    difficulty: int
    model: str
    cost_dollars: float
    code: str
    reason: str
    """Why it failed; empty unless it did."""

    created_at: datetime
    finished_at: datetime | None
    questions: list[OutcomeAnswer]

    @classmethod
    def of(cls, generation: Generation) -> "GenerationAnswer":
        return cls(
            id=generation.id,
            exam_id=generation.exam_id,
            objective_id=generation.objective_id,
            status=generation.status.value,
            origin=generation.wish.origin,
            count=generation.wish.count,
            difficulty=generation.wish.difficulty,
            model=generation.model,
            cost_dollars=generation.cost / DOLLAR,
            code=generation.code,
            reason=generation.reason,
            created_at=generation.created_at,
            finished_at=generation.finished_at,
            questions=[OutcomeAnswer.of(one) for one in generation.outcomes],
        )


class GenerationsAnswer(Wire, frozen=True):
    data: list[GenerationAnswer]


class BudgetAnswer(Wire, frozen=True, kw_only=True):
    since: datetime
    most_dollars: float
    spent_dollars: float
    reserved_dollars: float
    left_dollars: float
    nearly_used: bool
    """Whether 80 % are spent or reserved."""

    @classmethod
    def of(cls, budget: Budget) -> "BudgetAnswer":
        return cls(
            since=budget.ceiling.since,
            most_dollars=budget.ceiling.most / DOLLAR,
            spent_dollars=budget.spent.settled / DOLLAR,
            reserved_dollars=budget.spent.reserved / DOLLAR,
            left_dollars=budget.left / DOLLAR,
            nearly_used=budget.is_nearly_used,
        )


class BudgetsAnswer(Wire, frozen=True, kw_only=True):
    day: BudgetAnswer
    month: BudgetAnswer
