"""What is known of somebody's age, on the wire."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from homeroom.people.model.ages import Attestation
from homeroom.people.use_cases.ages import AgeInFull
from homeroom_entrypoints.web.wire import TellingSecrets, Wire


class BirthDateBody(Wire, frozen=True):
    """Null has the house forget it."""

    birth_date: date | None


class AttestationBody(Wire, frozen=True):
    evidence: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    """How one knows that they are 13 or older."""


class AttestationAnswer(Wire, frozen=True):
    """That somebody is 13 or older; `attestedBy` is null for a key, or the operator."""

    attested_by: UUID | None
    attested_at: datetime
    evidence: str

    @classmethod
    def of(cls, word: Attestation) -> "AttestationAnswer":
        return cls(attested_by=word.by, attested_at=word.at, evidence=word.evidence)


class AgeAnswer(TellingSecrets, frozen=True):
    """A birth date is for whoever asked, and nobody on its way keeps it."""

    birth_date: date | None
    attestation: AttestationAnswer | None

    @classmethod
    def of(cls, age: AgeInFull) -> "AgeAnswer":
        word = AttestationAnswer.of(age.attestation) if age.attestation else None
        return cls(birth_date=age.born, attestation=word)
