"""The record: read, searched, and sealed; it is written through `homeroom.kernel.audit`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable
from uuid import UUID

import attrs

from homeroom.compliance.model.chain import Head, Sealed
from homeroom.compliance.ports.consents import Consents
from homeroom.kernel.audit import Entry, Outcome
from homeroom.kernel.ids import EntryId, InstitutionId, PersonId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.unit_of_work import UnitOfWork


@attrs.frozen(kw_only=True)
class EntryFilter:
    """Which entries are looked for; both ends of a range are inclusive."""

    reach: InstitutionId | None
    person_id: PersonId | None = None
    actor_name: str = ""
    """Somewhere in the user name of who did it, as it is today; to the letter, but for case."""

    action: str = ""
    resource: str = ""
    resource_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    outcome: Outcome | None = None
    text: str = ""
    """Somewhere in the action, the resource or the trace; `%` and `_` mean themselves."""


class Record(Protocol):
    """What is sealed of each institution's record, inside a unit.

    Conformance: `homeroom_testing.conformance.audit.RecordConformance`.
    """

    async def head(self, institution_id: InstitutionId) -> Head: ...

    async def unsealed(self, institution_id: InstitutionId, *, limit: int) -> Sequence[Entry]:
        """Oldest first."""
        ...

    async def seal(self, before: Head, after: Head, sealed: Sequence[Sealed]) -> None:
        """Raises `StaleHead` unless the chain still ends at *before*."""
        ...


class ComplianceUnit(UnitOfWork, Protocol):
    """One transaction over the record, and over what people agreed to."""

    @property
    def record(self) -> Record: ...

    @property
    def consents(self) -> Consents: ...


@runtime_checkable
class StartComplianceUnit(Protocol):
    def __call__(self) -> ComplianceUnit: ...


@runtime_checkable
class RecordQueries(Protocol):
    """Reads that take no locks.

    Conformance: `homeroom_testing.conformance.audit.RecordQueriesConformance`.
    """

    async def entries(self, wanted: EntryFilter, page: CursorRequest) -> CursorPage[Entry]:
        """Newest first."""
        ...

    async def entry(self, entry_id: EntryId, *, reach: InstitutionId | None) -> Entry:
        """Raises `EntryNotFound`."""
        ...

    async def chain(
        self, institution_id: InstitutionId, *, after: int, limit: int
    ) -> Sequence[Sealed]:
        """Sealed entries by their places, beginning with the first one after *after*."""
        ...

    async def ends(self, institution_id: InstitutionId) -> tuple[Head, int]:
        """Where the chain ends, and how many entries are not sealed yet."""
        ...

    async def waiting(self, *, limit: int) -> Sequence[InstitutionId]:
        """Whose record has entries that are not sealed."""
        ...
