"""The place for regrades, and reads of them that take no locks."""

from collections.abc import Collection, Sequence
from typing import Protocol, runtime_checkable

from homeroom.exams.model.regrading import Regrade
from homeroom.kernel.ids import InstitutionId, QuestionId, RegradeId, SittingId


class Regrades(Protocol):
    """What was decided on keys that were wrong. Released events go to the outbox, atomically.

    Conformance: `homeroom_testing.conformance.regrades.RegradesConformance`.
    """

    async def get(self, regrade_id: RegradeId, *, reach: InstitutionId | None) -> Regrade:
        """It is held until the unit ends. Raises `RegradeNotFound`, also for one out of *reach*."""
        ...

    async def of(self, question_ids: Collection[QuestionId]) -> Sequence[Regrade]:
        """Those of these questions, in the order in which they were decided."""
        ...

    async def save(self, regrade: Regrade) -> None:
        """Raises `StaleRegrade` after a newer save."""
        ...


@runtime_checkable
class RegradeQueries(Protocol):
    """Reads that take no locks.

    Conformance: `homeroom_testing.conformance.regrades.RegradeQueriesConformance`.
    """

    async def regrade(self, regrade_id: RegradeId, *, reach: InstitutionId | None) -> Regrade:
        """Raises `RegradeNotFound`."""
        ...

    async def of(self, question_ids: Collection[QuestionId]) -> Sequence[Regrade]:
        """Those of these questions, in the order in which they were decided."""
        ...

    async def answered(
        self, question_id: QuestionId, *, after: SittingId | None, limit: int
    ) -> Sequence[SittingId]:
        """Sittings in which something is kept of that question, be they over or not: in the
        order of their ids, from the one *after* that."""
        ...
