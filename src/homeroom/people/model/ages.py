"""What is known of somebody's age: a birth date under seal, or that somebody stands up for them."""

from datetime import date, datetime, timedelta
from typing import Annotated, Self

import attrs

from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import InstitutionId, PersonId
from homeroom.kernel.privacy import Personal
from homeroom.people.age_errors import BadAge, BirthDateKnown
from homeroom.people.model.persons import Person

_LONGEST_EVIDENCE, _OLDEST = 2_000, 130
_BREAKS = str.maketrans("", "", "\n\t")


@attrs.frozen(kw_only=True)
class Attestation:
    """Somebody's word that somebody else is 13 or older."""

    by: PersonId | None
    """None for a key, or the operator of the house."""

    at: datetime
    evidence: Annotated[str, Personal]
    """How they know it."""

    @classmethod
    def given(cls, evidence: str, *, by: PersonId | None, at: datetime) -> Self:
        """As somebody wrote it. Raises `BadAge`."""
        said = evidence.strip()
        if not 1 <= len(said) <= _LONGEST_EVIDENCE or not said.translate(_BREAKS).isprintable():
            wanted = f"must be 1 to {_LONGEST_EVIDENCE} printable characters"
            raise BadAge(problems=[Problem("evidence", wanted)])
        return cls(by=by, at=at, evidence=said)


@attrs.define(kw_only=True)
class AgeRecord(Aggregate):
    """All that is known of one person's age. It stands apart from the person: few need it."""

    person_id: PersonId
    institution_id: InstitutionId
    sealed: str | None = attrs.field(default=None, repr=False)
    """The birth date, under seal."""

    attestation: Attestation | None = None

    @classmethod
    def begin(cls, person: Person) -> Self:
        return cls(person_id=person.id, institution_id=person.institution_id)

    def attest(self, attestation: Attestation) -> None:
        """Raises `BirthDateKnown`: where there is a date, nobody's word is needed."""
        if self.sealed is not None:
            raise BirthDateKnown
        self.attestation = attestation


def expect_birth_date(born: date, *, at: datetime) -> None:
    """Raises `BadAge` for one that no living person has, wherever they are."""
    today = at.date()
    if not today - timedelta(days=366 * _OLDEST) <= born <= today + timedelta(days=1):
        wanted = f"must be a day of the last {_OLDEST} years, such as 2012-05-17"
        raise BadAge(problems=[Problem("birthDate", wanted)])
