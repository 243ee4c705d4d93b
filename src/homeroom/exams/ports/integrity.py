"""The place for what happened beside sittings, and reads of it that take no locks."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import attrs

from homeroom.exams.model.integrity import Counts, Flagged, IntegrityEvent, IntegrityPolicy
from homeroom.kernel.ids import ExamId, InstitutionId, PersonId, SittingId
from homeroom.kernel.page import CursorPage, CursorRequest


class IntegrityEvents(Protocol):
    """What was told of sittings. It never changes, and goes only when its sitting goes.

    Conformance: `homeroom_testing.conformance.integrity.IntegrityEventsConformance`.
    """

    async def add(self, events: Sequence[IntegrityEvent]) -> int:
        """Keep these; how many are new. One that has the mark of another of its sitting is it."""
        ...

    async def counts(self, sitting_id: SittingId) -> Counts:
        """How many of each kind that sitting has; kinds of which it has none are left out."""
        ...

    async def of(self, person_id: PersonId) -> Sequence[IntegrityEvent]:
        """Those of all their sittings, newest first."""
        ...


@attrs.frozen(kw_only=True)
class FlagFilter:
    """Which sittings are looked for: those whose events come to a flag by *policy*."""

    reach: InstitutionId | None
    policy: IntegrityPolicy
    exam: ExamId | None = None


@runtime_checkable
class IntegrityQueries(Protocol):
    """Reads that take no locks.

    Conformance: `homeroom_testing.conformance.integrity.IntegrityQueriesConformance`.
    """

    async def events(
        self, sitting_id: SittingId, page: CursorRequest
    ) -> CursorPage[IntegrityEvent]:
        """Newest first."""
        ...

    async def counts(self, sitting_id: SittingId) -> Counts:
        """How many of each kind that sitting has; kinds of which it has none are left out."""
        ...

    async def flagged(self, wanted: FlagFilter, page: CursorRequest) -> CursorPage[Flagged]:
        """Newest first, by the sitting."""
        ...
