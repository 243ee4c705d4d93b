"""Administrators look after persons; everybody looks after their own password."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import ClassVar

import attrs

from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import MASKED, Change, Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import NodeId, PersonId
from homeroom.kernel.looks import Looks
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.rights import Right, Role
from homeroom.people.errors import WrongCredentials
from homeroom.people.model import rights
from homeroom.people.model.credentials import Credential
from homeroom.people.model.homes import Home
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Identity, Person, RoleSource
from homeroom.people.model.places import Place
from homeroom.people.model.sessions import Device
from homeroom.people.ports.persons import PersonFilter, PersonQueries
from homeroom.people.ports.places import Places
from homeroom.people.ports.repositories import PeopleQueries, PeopleUnit, StartPeopleUnit
from homeroom.people.use_cases.birth_dates import BirthDates
from homeroom.people.use_cases.domains import Domains
from homeroom.people.use_cases.gates import Gate
from homeroom.people.use_cases.homes import Homes
from homeroom.people.use_cases.passwords import Passwords, expect_another, replace_password
from homeroom.people.use_cases.sessions import person_of

_HIGH = frozenset({Role.SUPER_ADMIN, Role.ADMIN})
"""Roles that only a super admin gives, and about whose holders only they change anything."""

_ANOTHER_ONE = "The old password is another one."


@attrs.frozen
class CreatePerson:
    """An administrator takes somebody in; with a password, it is one to be changed at once."""

    right: ClassVar[Right] = rights.TAKE_IN
    start: StartPeopleUnit
    passwords: Passwords
    birth_dates: BirthDates
    domains: Domains
    clock: Clock

    async def __call__(
        self,
        actor: Actor,
        identity: Identity,
        *,
        roles: frozenset[Role] = frozenset(),
        password: str | None = None,
        born: date | None = None,
    ) -> Person:
        actor.require(self.right)
        require_for(actor, roles)
        if actor.reach is not None:
            await self.domains.expect_no_others(actor.institution_id, identity)
        person = Person.begin(actor.institution_id, identity, roles=roles, at=self.clock.now())
        credential = None
        if password is not None:
            credential = await self.passwords.chosen(person, password, by_themselves=False)
        async with self.start() as unit:
            await unit.persons.save(person)
            if credential is not None:
                await unit.credentials.save(credential)
            await self.birth_dates.keep_first(unit, person, born, at=person.created_at)
            done = entry_of(
                actor, self.right, about_person(person), at=person.created_at, after=person
            )
            await unit.audit.note(done)
            await unit.commit()
        return person


@attrs.frozen
class FindPersons:
    """An administrator looks through the persons of their institution, newest first."""

    right: ClassVar[Right] = rights.SEE_PERSONS
    queries: PersonQueries
    looks: Looks
    clock: Clock

    async def __call__(
        self,
        actor: Actor,
        page: CursorRequest,
        *,
        text: str = "",
        role: Role | None = None,
        is_active: bool | None = None,
        within: tuple[NodeId, ...] = (),
    ) -> CursorPage[Person]:
        actor.require(self.right)
        wanted = PersonFilter(
            reach=actor.reach, text=text, role=role, is_active=is_active, within=within
        )
        found = await self.queries.persons(wanted, page)
        persons = Subject(kind="persons", institution_id=actor.institution_id)
        looked = entry_of(actor, "people.find_persons", persons, at=self.clock.now())
        await self.looks.note(attrs.evolve(looked, changes=_asked_for(wanted, len(found.items))))
        return found


@attrs.frozen
class GetPerson:
    """An administrator looks at one person."""

    right: ClassVar[Right] = rights.SEE_PERSONS
    queries: PersonQueries
    looks: Looks
    clock: Clock

    async def __call__(self, actor: Actor, person_id: PersonId) -> Person:
        """Raises `PersonNotFound`. Nobody is shown anything before it is kept that they looked."""
        actor.require(self.right)
        person = await self.queries.person(person_id, reach=actor.reach)
        looked = entry_of(actor, "people.see_person", about_person(person), at=self.clock.now())
        await self.looks.note(looked)
        return person


@attrs.frozen(kw_only=True)
class HeldPost:
    """A role that somebody holds at one node of the roster, and what is there."""

    person: Person
    role: Role
    source: RoleSource
    node_id: NodeId
    place: Place | None
    """None where the roster knows no such node."""

    @classmethod
    def of(cls, person: Person, *, at: Mapping[NodeId, Place]) -> Sequence["HeldPost"]:
        """All that *person* holds at single nodes, by role, *at* those that are known."""
        held = [
            cls(
                person=person,
                role=one.role,
                source=one.source,
                node_id=one.at,
                place=at.get(one.at),
            )
            for one in person.roles
            if one.at is not None
        ]
        return sorted(held, key=lambda one: (one.role.value, one.node_id, one.source.value))


async def posts_of(person: Person, places: Places) -> Sequence[HeldPost]:
    """All that *person* holds at single nodes. Whoever holds nothing costs no look."""
    nodes = {post.at for post in person.posts}
    known = await places.among(nodes, reach=person.institution_id) if nodes else {}
    return HeldPost.of(person, at=known)


@attrs.frozen(kw_only=True)
class Belonging:
    """Who somebody is, which institution they belong to, and what they are at which nodes."""

    person: Person
    institution: Institution
    domain: str | None
    """Whose addresses are the institution's, if the operator says so."""

    posts: Sequence[HeldPost]
    home: Home


@attrs.frozen
class WhoAmI:
    """Somebody asks who they are, and where they belong."""

    right: ClassVar[Right] = rights.OWN_ACCOUNT
    persons: PersonQueries
    people: PeopleQueries
    homes: Homes
    domains: Domains

    async def __call__(self, actor: Actor) -> Belonging:
        actor.require(self.right)
        person = await self.persons.person(person_of(actor), reach=actor.institution_id)
        house = await self.people.institution(actor.institution_id)
        domains = await self.domains.of(house.id)
        return Belonging(
            person=person,
            institution=house,
            domain=domains[0] if domains else None,
            posts=await posts_of(person, self.homes.places),
            home=(await self.homes.of([person]))[person.id],
        )


@attrs.frozen
class ChangeOwnPassword:
    """Somebody who knows their password chooses another; all their sessions end."""

    right: ClassVar[Right] = rights.OWN_ACCOUNT
    start: StartPeopleUnit
    passwords: Passwords
    queries: PersonQueries
    gate: Gate

    async def __call__(self, actor: Actor, *, old: str, new: str) -> None:
        """Raises `WrongCredentials`, `BadPassword`, and `TooManyAttempts` for whoever guesses the
        old one in somebody's session."""
        actor.require(self.right)
        person = await self.queries.person(person_of(actor), reach=actor.institution_id)
        await self.gate.come_near("own-password", person.id.hex, Device())
        kept = await self._checked(person, old)
        expect_another(old, new)
        chosen = await self.passwords.chosen(person, new, by_themselves=True)
        async with self.start() as unit:
            await _expect_unchanged(unit, kept)
            await replace_password(unit, person, chosen)
            await unit.audit.note(
                entry_of(
                    actor,
                    "people.change_own_password",
                    about_person(person),
                    at=chosen.changed_at,
                )
            )
            await unit.commit()

    async def _checked(self, person: Person, old: str) -> Credential:
        """What is kept of their password, which *old* fits. Raises `WrongCredentials`."""
        known = await self.queries.by_name(person.identity.user_name)
        kept = known.credential if known else None
        checked = await self.passwords.hasher.check(old, kept.hashed if kept else None)
        if kept is None or not checked.fits:
            raise WrongCredentials(_ANOTHER_ONE)
        return kept


async def _expect_unchanged(unit: PeopleUnit, kept: Credential) -> None:
    """Raises `WrongCredentials` if another password was chosen since *kept* was looked at."""
    now = await unit.credentials.of(kept.person_id)
    if now is None or now.changed_at != kept.changed_at:
        raise WrongCredentials(_ANOTHER_ONE)


@attrs.frozen
class SetPassword:
    """An administrator chooses a password for somebody, who must choose another at once."""

    right: ClassVar[Right] = rights.CHANGE_PERSON
    start: StartPeopleUnit
    passwords: Passwords
    queries: PersonQueries

    async def __call__(self, actor: Actor, person_id: PersonId, password: str) -> None:
        """All their sessions end. Raises `PersonNotFound`, `BadPassword`."""
        actor.require(self.right)
        person = await self.queries.person(person_id, reach=actor.reach)
        require_for(actor, person.held)
        chosen = await self.passwords.chosen(person, password, by_themselves=False)
        async with self.start() as unit:
            await replace_password(unit, person, chosen)
            await unit.audit.note(
                entry_of(actor, self.right, about_person(person), at=chosen.changed_at)
            )
            await unit.commit()


def about_person(person: Person) -> Subject:
    return Subject(kind="person", id=person.id, institution_id=person.institution_id)


def _asked_for(wanted: PersonFilter, found: int) -> Mapping[str, Change]:
    """How somebody searched, and how many they were shown; the words name people, and stay out."""
    said = {
        "text": MASKED if wanted.text else None,
        "role": None if wanted.role is None else wanted.role.value,
        "is_active": wanted.is_active,
        "within": ", ".join(map(str, wanted.within)) or None,
        "found": found,
    }
    return {name: Change(None, str(one)) for name, one in said.items() if one is not None}


def require_for(actor: Actor, roles: frozenset[Role]) -> None:
    """Raises `NotAllowed` unless the actor may make, or change, somebody who is that."""
    if not roles.isdisjoint(_HIGH):
        actor.require(rights.MAKE_ADMINISTRATOR)
