"""The place for what is known of people's ages."""

from typing import Protocol

from homeroom.kernel.ids import PersonId
from homeroom.people.model.ages import AgeRecord


class AgeRecords(Protocol):
    """What is known of ages, one record a person at most.

    Conformance: `homeroom_testing.conformance.ages.AgeRecordsConformance`.
    """

    async def of(self, person_id: PersonId) -> AgeRecord | None: ...

    async def save(self, record: AgeRecord) -> None:
        """Raises `StaleAge` after a newer save."""
        ...

    async def remove(self, person_id: PersonId) -> int:
        """How many were there."""
        ...
