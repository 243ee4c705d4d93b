"""Institutions on the wire."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from homeroom.people.model.institutions import (
    Agreements,
    Institution,
    Plan,
    Subscription,
    SubscriptionStatus,
    Terms,
)
from homeroom.people.use_cases.institutions import Founded
from homeroom_entrypoints.web.wire import KeyAnswer, TellingSecrets, Wire

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
_Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class SubscriptionWire(Wire, frozen=True, kw_only=True):
    plan: Plan = Plan.BASIC
    status: SubscriptionStatus = SubscriptionStatus.ACTIVE
    until: _Instant | None = None

    def subscribed(self) -> Subscription:
        until = None if self.until is None else self.until.astimezone(UTC)
        return Subscription(plan=self.plan, status=self.status, until=until)


class AgreementsWire(Wire, frozen=True, kw_only=True):
    recording: bool = False
    ai: bool = False
    data_sharing: bool = False


class TermsWire(Wire, frozen=True, kw_only=True):
    retention_days: int = Terms().retention_days
    agreements: AgreementsWire = AgreementsWire()
    time_zone: Annotated[str, msgspec.Meta(max_length=64)] = Terms().time_zone

    def agreed(self) -> Terms:
        """Raises `BadInstitution`."""
        said = self.agreements
        flags = Agreements(recording=said.recording, ai=said.ai, data_sharing=said.data_sharing)
        return Terms.given(self.retention_days, flags, self.time_zone)


class _Asked(Wire, frozen=True, kw_only=True):
    subscription: SubscriptionWire | None = None
    terms: TermsWire | None = None

    def subscribed(self) -> Subscription | None:
        return self.subscription.subscribed() if self.subscription else None

    def agreed(self) -> Terms | None:
        """Raises `BadInstitution`."""
        return self.terms.agreed() if self.terms else None


class NewInstitution(_Asked, frozen=True, kw_only=True):
    name: _Name


class InstitutionChange(_Asked, frozen=True, kw_only=True):
    """What is left out stays as it is; what is said takes the place of the whole."""

    name: _Name | None = None


class InstitutionBrief(Wire, frozen=True):
    id: UUID
    name: str
    created_at: datetime

    @classmethod
    def of(cls, house: Institution) -> "InstitutionBrief":
        return cls(id=house.id, name=house.name, created_at=house.created_at)


class InstitutionsAnswer(Wire, frozen=True):
    data: list[InstitutionBrief]


class InstitutionAnswer(Wire, frozen=True):
    id: UUID
    name: str
    created_at: datetime
    subscription: SubscriptionWire
    terms: TermsWire
    district_id: UUID | None

    @classmethod
    def of(cls, house: Institution) -> "InstitutionAnswer":
        subscribed, terms = house.subscription, house.terms
        agreed = terms.agreed
        return cls(
            id=house.id,
            name=house.name,
            created_at=house.created_at,
            subscription=SubscriptionWire(
                plan=subscribed.plan, status=subscribed.status, until=subscribed.until
            ),
            terms=TermsWire(
                retention_days=terms.retention_days,
                agreements=AgreementsWire(
                    recording=agreed.recording, ai=agreed.ai, data_sharing=agreed.data_sharing
                ),
                time_zone=terms.time_zone,
            ),
            district_id=house.district_id,
        )


class FoundedAnswer(TellingSecrets, frozen=True):
    """The secret is shown here and never again."""

    institution: InstitutionAnswer
    key: KeyAnswer
    secret: str

    @classmethod
    def of(cls, founded: Founded) -> "FoundedAnswer":
        return cls(
            institution=InstitutionAnswer.of(founded.institution),
            key=KeyAnswer.of(founded.issued.key),
            secret=founded.issued.secret.text,
        )
