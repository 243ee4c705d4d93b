"""What people agreed to, in memory, inside a unit."""

from collections.abc import Sequence
from datetime import datetime

import attrs

from homeroom.compliance.errors import ConsentNotFound, StaleConsent
from homeroom.compliance.model.consents import Consent
from homeroom.kernel.errors import Conflict
from homeroom.kernel.ids import ConsentId, InstitutionId, PersonId
from homeroom_adapters.memory.outbox import MemoryOutbox
from homeroom_adapters.memory.transaction import Transaction


@attrs.frozen
class MemoryConsents:
    """The consents, inside a unit."""

    _transaction: Transaction
    _outbox: MemoryOutbox

    async def get(self, consent_id: ConsentId, *, reach: InstitutionId | None) -> Consent:
        found = self._transaction.reading().consents.get(consent_id)
        if found is None or reach not in (None, found.institution_id):
            raise ConsentNotFound
        return found

    async def of(self, person_id: PersonId) -> Sequence[Consent]:
        every = self._transaction.reading().consents
        theirs = every.select(lambda one: one.person_id == person_id)
        return sorted(theirs, key=lambda one: one.id, reverse=True)

    async def save(self, consent: Consent) -> None:
        drafts = await self._transaction.writing()
        known = drafts.consents.get(consent.id)
        if (0 if known is None else known.version) != consent.version:
            raise StaleConsent
        if drafts.persons.get(consent.person_id) is None:
            raise Conflict("the person of this consent is not there; save the person first")
        consent.version += 1
        drafts.consents.put(consent)
        await self._outbox.put(*consent.release_events())

    async def over(
        self, institution_id: InstitutionId, *, before: datetime, limit: int
    ) -> Sequence[Consent]:
        drafts = await self._transaction.writing()
        theirs = drafts.consents.select(lambda one: one.institution_id == institution_id)
        found = [one for one in theirs if not one.is_bare and _was_over(one, before)]
        return sorted(found, key=lambda one: (one.over_at, one.id))[:limit]


def _was_over(consent: Consent, before: datetime) -> bool:
    return consent.over_at is not None and consent.over_at < before
