"""Places for tickets."""

from datetime import datetime
from typing import Protocol, runtime_checkable

import attrs

from homeroom.kernel.ids import InstitutionId, PersonId, TicketId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.people.model.persons import Person
from homeroom.people.model.tickets import Ticket


class Tickets(Protocol):
    """Invitations and resets, of which only digests are kept. A person has one open at most.

    Conformance: `homeroom_testing.conformance.tickets.TicketsConformance`.
    """

    async def get(self, ticket_id: TicketId, *, reach: InstitutionId | None) -> Ticket:
        """Raises `TicketNotFound`, also for one of an institution out of *reach*."""
        ...

    async def by_digest(self, digest: str) -> Ticket | None:
        """Of several who ask at once, the next waits until the one before has committed."""
        ...

    async def save(self, ticket: Ticket) -> None:
        """Raises `StaleTicket` after a newer save, and if the person has another one open.

        Whoever is refused leaves the unit as it was.
        """
        ...

    async def revoke_all(self, person_id: PersonId, *, at: datetime) -> int:
        """Revoke what is open of theirs, also what is too old; how many that were."""
        ...

    async def forget(self, *, before: datetime, limit: int) -> int:
        """Remove at most *limit* resets that expired *before*; how many."""
        ...


@attrs.frozen(kw_only=True)
class Held:
    """A ticket, and whose it is."""

    ticket: Ticket
    person: Person


@runtime_checkable
class TicketQueries(Protocol):
    """Reads that take no locks.

    Conformance: `homeroom_testing.conformance.ticket_queries.TicketQueriesConformance`.
    """

    async def held(self, digest: str) -> Held | None: ...

    async def invitations(
        self, page: CursorRequest, *, reach: InstitutionId | None
    ) -> CursorPage[Held]:
        """Invitations within *reach*, those that are over too, newest first."""
        ...
