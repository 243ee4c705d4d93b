"""The place for sittings and what was answered in them, and reads of them that take no locks."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

import attrs

from homeroom.exams.model.sittings import Sitting, SittingStatus, Summary
from homeroom.kernel.ids import ExamId, InstitutionId, PersonId, QuestionId, SittingId
from homeroom.kernel.page import CursorPage, CursorRequest


class Sittings(Protocol):
    """Everybody's sittings. What a unit gets here it holds: nobody else changes it until the unit
    ends. Released events go to the outbox, atomically.

    Conformance: `homeroom_testing.conformance.sittings.SittingsConformance`.
    """

    async def get(self, sitting_id: SittingId, *, reach: InstitutionId | None) -> Sitting:
        """Raises `SittingNotFound`, also for one of an institution out of *reach*."""
        ...

    async def add(self, sitting: Sitting, *, attempts: int | None = None) -> None:
        """Keep a new one.

        Of timed sittings a person has one active one at most for each exam, and *attempts* at
        most in all, however many ask at once: raises `SittingUnderWay`, which names the one that
        is active, and `AttemptsUsedUp`. After `AttemptsUsedUp` the unit is not to be committed.
        """
        ...

    async def save(self, sitting: Sitting) -> None:
        """Keep a changed one, with every reply in it. Raises `StaleSitting` after a newer save."""
        ...

    async def of(self, person_id: PersonId) -> Sequence[Sitting]:
        """Theirs, newest first."""
        ...

    async def remove(self, person_id: PersonId) -> int:
        """Take away all of theirs, with what they answered; how many."""
        ...


@attrs.frozen(kw_only=True)
class SittingFilter:
    """Which sittings are looked for."""

    reach: InstitutionId | None
    person: PersonId | None = None
    exam: ExamId | None = None
    status: SittingStatus | None = None


@runtime_checkable
class SittingQueries(Protocol):
    """Reads that take no locks.

    Conformance: `homeroom_testing.conformance.sitting_queries.SittingQueriesConformance`.
    """

    async def sitting(self, sitting_id: SittingId, *, reach: InstitutionId | None) -> Sitting:
        """Raises `SittingNotFound`."""
        ...

    async def sittings(self, wanted: SittingFilter, page: CursorRequest) -> CursorPage[Summary]:
        """Newest first."""
        ...

    async def run_out(self, *, at: datetime, limit: int) -> Sequence[SittingId]:
        """Active ones whose time is up *at* that instant, the earliest first."""
        ...

    async def versions(self, wanted: Collection[SittingId]) -> Mapping[SittingId, int]:
        """How often each of these was saved; those that are gone are not among them."""
        ...

    async def missed(self, person_id: PersonId, exam_id: ExamId) -> frozenset[QuestionId]:
        """What they did not get wholly right when they answered it last, once it was judged."""
        ...
