"""The place for what people agreed to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from homeroom.compliance.model.consents import Consent
from homeroom.kernel.ids import ConsentId, InstitutionId, PersonId


class Consents(Protocol):
    """Everybody's consents, also those that count no more; `save` puts released events in the
    outbox, atomically.

    Conformance: `homeroom_testing.conformance.consents.ConsentsConformance`.
    """

    async def get(self, consent_id: ConsentId, *, reach: InstitutionId | None) -> Consent:
        """Raises `ConsentNotFound`, also for one of an institution out of *reach*."""
        ...

    async def of(self, person_id: PersonId) -> Sequence[Consent]:
        """Theirs, newest first."""
        ...

    async def save(self, consent: Consent) -> None:
        """Raises `StaleConsent` after a newer save."""
        ...

    async def over(
        self, institution_id: InstitutionId, *, before: datetime, limit: int
    ) -> Sequence[Consent]:
        """At most *limit* of theirs that did not count any more *before*, and are not bare; those
        that were over first come first.

        Another who asks at the same time may be given others, or none.
        """
        ...
