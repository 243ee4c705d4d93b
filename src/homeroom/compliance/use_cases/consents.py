"""What people agreed to: noted, withdrawn, and looked at."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import ClassVar, Generic, TypeVar

import attrs

from homeroom.compliance.model import rights
from homeroom.compliance.model.age import AgeBand, AgeRules, band_of, missing_consents
from homeroom.compliance.model.consents import Agreement, Consent, ConsentKind
from homeroom.compliance.ports.record import ComplianceUnit, StartComplianceUnit
from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import ConsentId, PersonId
from homeroom.kernel.looks import Looks
from homeroom.kernel.personal_data import DataSubject, FindAge, FindSubject, KnownAge
from homeroom.kernel.rights import Right

U = TypeVar("U", bound=ComplianceUnit)


@attrs.frozen
class GiveConsent(Generic[U]):
    """An administrator notes that somebody agreed to something, with what proves it."""

    right: ClassVar[Right] = rights.GIVE_CONSENT
    start: Callable[[], U]
    find: FindSubject[U]
    clock: Clock

    async def __call__(self, actor: Actor, person_id: PersonId, agreed: Agreement) -> Consent:
        """Raises a `NotFound` for somebody out of reach, and `BadConsent`."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            subject = await self.find(unit, person_id, reach=actor.reach)
            consent = Consent.give(subject, agreed, at=now)
            await unit.consents.save(consent)
            await unit.audit.note(
                entry_of(actor, self.right, about_consent(consent), at=now, after=consent)
            )
            await unit.commit()
        return consent


@attrs.frozen
class WithdrawConsent:
    """An administrator notes that somebody agrees no more. That they did, stays on record."""

    right: ClassVar[Right] = rights.WITHDRAW_CONSENT
    start: StartComplianceUnit
    clock: Clock

    async def __call__(self, actor: Actor, consent_id: ConsentId) -> Consent:
        """Raises `ConsentNotFound`, `ConsentAlreadyWithdrawn`."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            consent = await unit.consents.get(consent_id, reach=actor.reach)
            before = attrs.evolve(consent)
            consent.withdraw(at=now)
            await unit.consents.save(consent)
            about = about_consent(consent)
            await unit.audit.note(
                entry_of(actor, self.right, about, at=now, before=before, after=consent)
            )
            await unit.commit()
        return consent


@attrs.frozen
class ListConsents(Generic[U]):
    """An administrator looks at what somebody agreed to, newest first."""

    right: ClassVar[Right] = rights.SEE_CONSENTS
    start: Callable[[], U]
    find: FindSubject[U]
    looks: Looks
    clock: Clock

    async def __call__(self, actor: Actor, person_id: PersonId) -> Sequence[Consent]:
        """Raises a `NotFound` for somebody out of reach."""
        actor.require(self.right)
        async with self.start() as unit:
            subject = await self.find(unit, person_id, reach=actor.reach)
            found = await unit.consents.of(subject.person_id)
        looked = entry_of(actor, self.right, about_subject(subject), at=self.clock.now())
        await self.looks.note(looked)
        return found


@attrs.frozen(kw_only=True)
class Cleared:
    """Whether something may be done with somebody's data, and what is missing if not."""

    band: AgeBand
    missing: frozenset[ConsentKind]

    @property
    def allowed(self) -> bool:
        """Who is too young is let in by nobody's consent."""
        return not self.missing and self.band is not AgeBand.TOO_YOUNG


@attrs.frozen
class Ages(Generic[U]):
    """What the house knows of people's ages, and what it asks of whom because of it."""

    find: FindAge[U]
    rules: AgeRules

    async def cleared(
        self, unit: U, subject: DataSubject, wanted: ConsentKind, *, born: date | None, at: datetime
    ) -> Cleared:
        """*born* counts where the house knows no birth date."""
        known = await self.find(unit, subject.person_id)
        if known.born is None and born is not None:
            known = KnownAge(born=born)
        band = band_of(known, at=at, zone=subject.zone)
        given = await unit.consents.of(subject.person_id)
        missing = missing_consents(wanted, band, given, rules=self.rules, at=at)
        return Cleared(band=band, missing=missing)


@attrs.frozen
class CheckConsents(Generic[U]):
    """An administrator asks whether something may be done with somebody's data.

    By the birth date that the house keeps. Where it keeps none, whoever knows one says it, and
    it is forgotten at once.
    """

    right: ClassVar[Right] = rights.SEE_CONSENTS
    start: Callable[[], U]
    find: FindSubject[U]
    ages: Ages[U]
    clock: Clock
    looks: Looks

    async def __call__(
        self, actor: Actor, person_id: PersonId, wanted: ConsentKind, *, born: date | None = None
    ) -> Cleared:
        """Raises a `NotFound` for somebody out of reach."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            subject = await self.find(unit, person_id, reach=actor.reach)
            cleared = await self.ages.cleared(unit, subject, wanted, born=born, at=now)
        await self.looks.note(entry_of(actor, self.right, about_subject(subject), at=now))
        return cleared


def about_subject(subject: DataSubject) -> Subject:
    return Subject(kind="person", id=subject.person_id, institution_id=subject.institution_id)


def about_consent(consent: Consent) -> Subject:
    return Subject(kind="consent", id=consent.id, institution_id=consent.institution_id)
