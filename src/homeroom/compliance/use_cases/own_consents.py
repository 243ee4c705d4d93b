"""What people agreed to, in their own hands: looked at, and withdrawn."""

from collections.abc import Sequence
from typing import ClassVar

import attrs

from homeroom.compliance.errors import ConsentNotFound
from homeroom.compliance.model import rights
from homeroom.compliance.model.consents import Consent
from homeroom.compliance.ports.record import StartComplianceUnit
from homeroom.compliance.use_cases.consents import about_consent
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.errors import Unauthenticated
from homeroom.kernel.ids import ConsentId, PersonId
from homeroom.kernel.rights import Right


@attrs.frozen
class ListOwnConsents:
    """Somebody looks at what they agreed to, newest first, and at what counts no more."""

    right: ClassVar[Right] = rights.OWN_CONSENTS
    start: StartComplianceUnit

    async def __call__(self, actor: Actor) -> Sequence[Consent]:
        """Raises `Unauthenticated` for a key."""
        actor.require(self.right)
        person_id = themselves(actor)
        async with self.start() as unit:
            return await unit.consents.of(person_id)


@attrs.frozen
class WithdrawOwnConsent:
    """Somebody agrees no more, by themselves and at once. That they did, stays on record."""

    right: ClassVar[Right] = rights.OWN_CONSENTS
    start: StartComplianceUnit
    clock: Clock

    async def __call__(self, actor: Actor, consent_id: ConsentId) -> Consent:
        """Raises `ConsentNotFound`, also for somebody else's; `ConsentAlreadyWithdrawn`; and
        `NotTheirsToWithdraw` for a parent's."""
        actor.require(self.right)
        person_id, now = themselves(actor), self.clock.now()
        async with self.start() as unit:
            consent = await unit.consents.get(consent_id, reach=actor.institution_id)
            if consent.person_id != person_id:
                raise ConsentNotFound
            before = attrs.evolve(consent)
            consent.withdraw_oneself(at=now)
            await unit.consents.save(consent)
            about, action = about_consent(consent), "compliance.withdraw_own_consent"
            await unit.audit.note(
                entry_of(actor, action, about, at=now, before=before, after=consent)
            )
            await unit.commit()
        return consent


def themselves(actor: Actor) -> PersonId:
    """Raises `Unauthenticated` for a key: it stands for no person."""
    if actor.person_id is None:
        raise Unauthenticated("This is a person's own. Sign in; an API key is nobody.")
    return actor.person_id
