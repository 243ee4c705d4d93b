"""What people agreed to, on the wire."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from homeroom.compliance.model.consents import Consent, ConsentKind
from homeroom.compliance.use_cases.consents import Cleared
from homeroom_entrypoints.web.wire import Wire


class NewConsentBody(Wire, frozen=True):
    kind: ConsentKind
    given_by: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    """Who agreed: the person, or who may speak for them."""

    evidence: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    """What proves it: its words, or where the paper lies."""

    expires_at: datetime | None = None


class CheckBody(Wire, frozen=True):
    kind: ConsentKind
    birth_date: date | None = None
    """Counts where the house knows none, and is not kept. Without any, one is taken for a child."""


class ClearedAnswer(Wire, frozen=True):
    """`ageBand` is too_young, child, teen or adult; what is missing must be agreed to first."""

    allowed: bool
    age_band: str
    missing: list[str]

    @classmethod
    def of(cls, cleared: Cleared) -> "ClearedAnswer":
        return cls(
            allowed=cleared.allowed,
            age_band=cleared.band.value,
            missing=sorted(one.value for one in cleared.missing),
        )


class ConsentAnswer(Wire, frozen=True):
    """`givenBy` and `evidence` are empty once nobody need prove it any more."""

    id: UUID
    person_id: UUID
    institution_id: UUID
    kind: str
    given_by: str
    evidence: str
    given_at: datetime
    expires_at: datetime | None
    withdrawn_at: datetime | None
    counts: bool
    """Whether it counts at this moment."""

    @classmethod
    def of(cls, consent: Consent, *, at: datetime) -> "ConsentAnswer":
        return cls(
            id=consent.id,
            person_id=consent.person_id,
            institution_id=consent.institution_id,
            kind=consent.kind.value,
            given_by=consent.given_by,
            evidence=consent.evidence,
            given_at=consent.given_at,
            expires_at=consent.expires_at,
            withdrawn_at=consent.withdrawn_at,
            counts=consent.counts(at=at),
        )


class ConsentsAnswer(Wire, frozen=True):
    data: list[ConsentAnswer]
