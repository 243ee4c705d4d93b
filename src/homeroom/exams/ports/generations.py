"""The places for orders to a question writer, and for what is spent on them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from homeroom.exams.model.budgets import Ceiling, Reservation, Spent
from homeroom.exams.model.generations import Generation
from homeroom.kernel.ids import ExamId, GenerationId, InstitutionId


class Generations(Protocol):
    """Every order to a question writer.

    Conformance: `homeroom_testing.conformance.generations.GenerationsConformance`.
    """

    async def get(self, generation_id: GenerationId, *, reach: InstitutionId | None) -> Generation:
        """Raises `GenerationNotFound`, also for one of an institution out of *reach*."""
        ...

    async def save(self, generation: Generation) -> None:
        """Raises `StaleGeneration` after a newer save."""
        ...

    async def newest(
        self, exam_id: ExamId, *, reach: InstitutionId | None, limit: int
    ) -> Sequence[Generation]:
        """The last ones that were ordered for that exam, newest first, without their sources."""
        ...


class WritingSpending(Protocol):
    """What institutions spend on questions that machines write.

    Whoever reserves keeps everybody else of the institution from reserving until the unit ends,
    so that two never share what is left for one. A reservation whose time is up counts no more.

    Conformance: `homeroom_testing.conformance.writing_spending.WritingSpendingConformance`.
    """

    async def reserve(self, wanted: Reservation, ceilings: Sequence[Ceiling]) -> None:
        """Keep an amount free; what the same generation had reserved before is given up.

        Raises `WritingBudgetUsedUp` where that would be more than a ceiling; nothing changes then.
        """
        ...

    async def settle(self, generation_id: GenerationId, cost: int) -> None:
        """This was spent, whatever was reserved, which is free again; more than once it adds up.
        It counts from when it was reserved last. What never was reserved changes nothing."""
        ...

    async def charge(self, generation_id: GenerationId) -> None:
        """What is reserved for it counts as spent: nobody knows whether it was, but it may be."""
        ...

    async def spent(self, institution_id: InstitutionId, *, since: datetime, at: datetime) -> Spent:
        """What was spent from *since* on, and what is reserved *at* that instant."""
        ...
