"""Whose data is kept under seal: what must be sealed anew when keys change."""

from collections.abc import Sequence
from typing import Protocol

from homeroom.kernel.ids import PersonId


class SealedPeople(Protocol):
    """Reads that take no locks.

    Conformance: `homeroom_testing.conformance.sealed.SealedPeopleConformance`.
    """

    async def sealed_after(self, person_id: PersonId | None, limit: int) -> Sequence[PersonId]:
        """Persons of any institution of whom something is sealed, in the order of their ids:
        at most *limit* of those after *person_id*, or the first. Shorter means that was all."""
        ...
