"""What is left behind by somebody who uses the house, and what becomes of it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from homeroom.kernel.ids import PersonId
from homeroom.people.model.sessions import Session
from homeroom.people.model.tickets import Ticket


class Traces(Protocol):
    """All that is kept because of a person, but for the person.

    Conformance: `homeroom_testing.conformance.traces.TracesConformance`.
    """

    async def sessions(self, person_id: PersonId) -> Sequence[Session]:
        """Every session of theirs that is not forgotten yet, also those that ended; oldest
        first."""
        ...

    async def tickets(self, person_id: PersonId) -> Sequence[Ticket]:
        """Every ticket that was ever made for them and is not forgotten yet, oldest first."""
        ...

    async def remove(self, person_id: PersonId) -> Mapping[str, int]:
        """Take away their password, sessions with every token, tickets, and accounts elsewhere:
        how many of each kind.

        Kinds of which there is nothing are counted too.
        """
        ...
