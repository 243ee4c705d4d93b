"""Passwords: which ones are good enough, and what is kept of them."""

from datetime import datetime
from typing import Self

import attrs

from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import InstitutionId, PersonId
from homeroom.people.errors import BadPassword
from homeroom.published.people import PasswordChanged

SHORTEST, LONGEST = 10, 255


def check_password(password: str, *, never: frozenset[str] = frozenset()) -> None:
    """Raises `BadPassword`. Length counts, not kinds of characters; names of theirs do not.

    *never* is what this password must not be, such as their user name, written small.
    """
    wrong = ""
    if not SHORTEST <= len(password) <= LONGEST:
        wrong = f"must be {SHORTEST} to {LONGEST} characters"
    elif len(set(password)) < SHORTEST // 2:
        wrong = "repeats too few characters; a few words in a row are better"
    elif password.casefold() in never:
        wrong = "is a name of theirs; choose words that others would not guess"
    if wrong:
        raise BadPassword(problems=[Problem("password", wrong)])


@attrs.define(kw_only=True)
class Credential(Aggregate):
    """Somebody's password, as its hash; kept apart from the person, so that few reads carry it."""

    person_id: PersonId
    institution_id: InstitutionId
    hashed: str = attrs.field(repr=False)
    must_change: bool
    """Somebody else chose it: it opens one door, behind which they choose their own."""

    changed_at: datetime

    @classmethod
    def of(
        cls,
        person_id: PersonId,
        institution_id: InstitutionId,
        hashed: str,
        *,
        must_change: bool,
        at: datetime,
    ) -> Self:
        return cls(
            person_id=person_id,
            institution_id=institution_id,
            hashed=hashed,
            must_change=must_change,
            changed_at=at,
        )

    def change(self, hashed: str, *, must_change: bool, at: datetime) -> None:
        self.hashed, self.must_change, self.changed_at = hashed, must_change, at
        self.record(
            PasswordChanged(
                occurred_at=at, institution_id=self.institution_id, person_id=self.person_id
            )
        )

    def strengthen(self, hashed: str) -> None:
        """The same password, hashed as it is hashed today."""
        self.hashed = hashed
