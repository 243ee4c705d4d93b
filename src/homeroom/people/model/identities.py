"""Who somebody is elsewhere: accounts in a Moodle or at Google that are known to be theirs."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Self

import attrs

from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.ids import InstitutionId, PersonId
from homeroom.kernel.privacy import Personal
from homeroom.people.model.persons import Person
from homeroom.published.people import EnrolmentsFound, IdentityLinked


@attrs.define(kw_only=True)
class Account(Aggregate):
    """An account of somebody's in another house. No two persons share one."""

    person_id: PersonId
    institution_id: InstitutionId
    provider: str
    """Which house, by the name of the way to sign in through it, such as `moodle`."""

    subject: Annotated[str, Personal]
    """What never changes of the account there, and is nobody else's."""

    sealed: str | None = attrs.field(default=None, repr=False)
    """What may be done there in their name, such as a token: under seal, or not kept at all."""

    linked_at: datetime
    used_at: datetime

    @classmethod
    def link(
        cls,
        person: Person,
        provider: str,
        subject: str,
        *,
        at: datetime,
        sealed: str | None = None,
    ) -> Self:
        """From now on who proves this account there is *person* here."""
        account = cls(
            person_id=person.id,
            institution_id=person.institution_id,
            provider=provider,
            subject=subject,
            sealed=sealed,
            linked_at=at,
            used_at=at,
        )
        account.record(
            IdentityLinked(
                occurred_at=at,
                institution_id=person.institution_id,
                person_id=person.id,
            )
        )
        return account

    def use(self, *, at: datetime, sealed: str | None = None) -> None:
        """It was proven again; what came along replaces what was kept, even by nothing."""
        self.used_at, self.sealed = at, sealed

    def find_courses(self, teaches: Iterable[int], attends: Iterable[int], *, at: datetime) -> None:
        """The other house told what courses they are in, by its numbers."""
        self.record(
            EnrolmentsFound(
                occurred_at=at,
                institution_id=self.institution_id,
                person_id=self.person_id,
                teaches=tuple(sorted(teaches)),
                attends=tuple(sorted(attends)),
            )
        )
