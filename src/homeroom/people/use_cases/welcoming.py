"""Welcoming whoever proved in another house who they are: known again, or taken in."""

import re
from datetime import datetime
from typing import Annotated

import attrs

from homeroom.kernel.audit import Entry, changes_between
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import InstitutionId
from homeroom.kernel.privacy import Contact, Personal
from homeroom.kernel.rights import Role
from homeroom.people.errors import (
    BadPerson,
    IdentityTaken,
    NotLinked,
    PersonExists,
    StaleIdentity,
    StalePerson,
)
from homeroom.people.model.identities import Account
from homeroom.people.model.persons import Identity, Person
from homeroom.people.ports.persons import PersonQueries
from homeroom.people.ports.repositories import PeopleUnit, StartPeopleUnit
from homeroom.people.use_cases.recognising import How, Namesake, Register, Trust, Vouched

HIGH = frozenset({Role.SUPER_ADMIN, Role.ADMIN})
"""What nobody becomes, or is taken for, because another house says so."""

_PATIENCE = 5
"""Times that it is begun again because they come in elsewhere in the same moment."""

_LONGEST = 100
_STRANGE = re.compile(r"[^a-z0-9._@+-]")


@attrs.frozen(kw_only=True)
class Courses:
    """What another house told of somebody's courses, by its numbers."""

    teaches: frozenset[int] = frozenset()
    attends: frozenset[int] = frozenset()


@attrs.frozen(kw_only=True)
class Proven:
    """What another house says of somebody who proved there who they are."""

    provider: str
    """Which house, by the name of the way to sign in."""

    subject: Annotated[str, Personal]
    user_name: Annotated[str, Personal]
    first_name: Annotated[str, Personal]
    last_name: Annotated[str, Personal]
    email: Annotated[str | None, Contact] = None
    """Only if it is proven that it is theirs: by it, people are known again."""

    roles: frozenset[Role] | None = None
    """What they are there; None if that could not be found out. Administrators' roles are
    left out."""

    sealed: str | None = attrs.field(default=None, repr=False)
    """What may be done there in their name, under seal."""

    courses: Courses | None = None

    @property
    def trust(self) -> Trust:
        """An administrator took somebody in to come this way: they have neither a password nor an
        account elsewhere. Whoever has either has proven who they are by it, and no other house may
        speak for them. Nor may one for administrators."""
        return Trust(
            owns_institution=False,
            over_passwords=False,
            beside_others=False,
            beyond=HIGH,
            namesake=Namesake.NEWCOMER,
            newcomers=(self.roles or frozenset()) - HIGH,
        )

    def vouched(self, house: InstitutionId) -> Vouched:
        return Vouched(
            provider=self.provider,
            subject=self.subject,
            house=house,
            email=self.identity().email,
            called=self.identity,
        )

    def identity(self, *, but: "Identity | None" = None) -> Identity:
        """What they are called here from now on; their user name stays what it was."""
        user_name = but.user_name if but else _user_name(self.user_name, self.email)
        said = Identity(
            user_name=user_name,
            first_name=_name(self.first_name) or user_name,
            last_name=_name(self.last_name) or "-",
        )
        try:
            return Identity.given(user_name, said.first_name, said.last_name, self.email)
        except BadPerson:
            return said  # all but the address was made to fit


@attrs.frozen
class Welcome:
    """Whoever proved who they are elsewhere is somebody here: known again, or taken in."""

    start: StartPeopleUnit
    queries: PersonQueries
    clock: Clock

    async def take(self, proven: Proven, house: InstitutionId) -> Person:
        """Who they are here; newcomers become persons of *house*.

        Raises `WrongCredentials` for who may not come in this way: they were stopped, or have a
        password here. Raises `NotLinked` if their user name is somebody else's.
        """
        for attempt in range(_PATIENCE):
            try:
                return await self._take(proven, house)
            except (StaleIdentity, StalePerson, IdentityTaken):
                continue
            except PersonExists:
                if attempt:  # not they themselves, who came in elsewhere in the same moment
                    raise NotLinked from None
        return await self._take(proven, house)

    async def _take(self, proven: Proven, house: InstitutionId) -> Person:
        now, register = self.clock.now(), Register(self.queries)
        async with self.start() as unit:
            found = await register.look_up(unit, proven.vouched(house), proven.trust, at=now)
            before = None if found.how is How.BEGUN else attrs.evolve(found.person)
            await _Visit(found.person, found.account, before).bring_up_to_date(unit, proven, now)
            await unit.commit()
        return found.person


@attrs.frozen
class _Visit:
    person: Person
    account: Account
    before: Person | None
    """As they were; None for a newcomer."""

    async def bring_up_to_date(self, unit: PeopleUnit, proven: Proven, now: datetime) -> None:
        """What is known of them here becomes what the other house says, and is saved."""
        self.account.use(at=now, sealed=proven.sealed)
        if proven.courses is not None:
            self.account.find_courses(proven.courses.teaches, proven.courses.attends, at=now)
        if proven.roles is not None:
            self.person.find(proven.roles - HIGH, at=now)
        if self.before is None:
            await self._save_new(unit)
        else:
            await self._save_known(unit, proven, self.before)
        await unit.identities.save(self.account)
        if self.person != self.before or self.account.version == 1:
            await unit.audit.note(self._noted(proven, now))

    async def _save_new(self, unit: PeopleUnit) -> None:
        """An address that is somebody's here is left to them; a user name is not."""
        person = self.person
        try:
            await unit.persons.save(person)
        except PersonExists:
            if person.identity.email is None:
                raise
            person.identity = attrs.evolve(person.identity, email=None)
            await unit.persons.save(person)

    async def _save_known(self, unit: PeopleUnit, proven: Proven, before: Person) -> None:
        """What is not said stays as it is; so does an address whose successor is somebody's."""
        person, said = self.person, proven.identity(but=before.identity)
        kept = attrs.evolve(said, email=before.identity.email)
        person.identity = said if said.email is not None else kept
        if person == before:
            return
        try:
            await unit.persons.save(person)
        except PersonExists:
            person.identity = kept
            if person != before:
                await unit.persons.save(person)

    def _noted(self, proven: Proven, now: datetime) -> Entry:
        return Entry(
            at=now,
            institution_id=self.person.institution_id,
            person_id=self.person.id,
            action=f"people.welcome_from_{proven.provider}",
            resource="person",
            resource_id=self.person.id,
            changes=changes_between(self.before, self.person),
        )


def _user_name(said: str, email: str | None) -> str:
    """*said* as user names are written here; only a proven address may look like one."""
    name = _STRANGE.sub("-", said.strip().lower()).lstrip("._@+-")[:_LONGEST]
    if email is None or name != email.strip().lower():
        name = name.replace("@", "-")
    return name or "somebody"


def _name(said: str) -> str:
    """*said* on one line, and not too long."""
    printable = "".join(one if one.isprintable() else " " for one in said)
    return printable.strip()[:_LONGEST].strip()
