"""Administrators change what somebody is, what they are called, and whether they may sign in."""

from datetime import datetime
from typing import ClassVar

import attrs

from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import PersonId
from homeroom.kernel.rights import Right, Role
from homeroom.people.errors import LastSuperAdmin
from homeroom.people.model import rights
from homeroom.people.model.naming import AS_BEFORE, Naming
from homeroom.people.model.persons import Person
from homeroom.people.model.sessions import EndedBy
from homeroom.people.ports.repositories import PeopleUnit, StartPeopleUnit
from homeroom.people.use_cases.domains import Domains
from homeroom.people.use_cases.persons import about_person, require_for

_KNOWN_BY_NUMBER = frozenset({"moodle"})
"""Houses whose accounts are somebody's whatever their address is: the institution's own."""


@attrs.frozen
class ChangePerson:
    """An administrator changes what somebody is or is called, and whether they may sign in."""

    right: ClassVar[Right] = rights.CHANGE_PERSON
    start: StartPeopleUnit
    clock: Clock
    domains: Domains

    async def __call__(
        self,
        actor: Actor,
        person_id: PersonId,
        *,
        roles: frozenset[Role] | None = None,
        is_active: bool | None = None,
        naming: Naming = AS_BEFORE,
    ) -> Person:
        """Whoever may not sign in any more is signed out everywhere, in the same moment.

        Raises `PersonExists` if one of their names is somebody else's, and `LastSuperAdmin` if
        nobody else could look after the house.
        """
        actor.require(self.right)
        require_for(actor, roles or frozenset())
        now = self.clock.now()
        async with self.start() as unit:
            rulers = await unit.persons.holding(Role.SUPER_ADMIN)
            person = await unit.persons.get(person_id, reach=actor.reach)
            require_for(actor, person.held)
            before = attrs.evolve(person)
            if naming != AS_BEFORE:
                await _call(unit, person, naming, now)
                if actor.reach is not None:
                    await self.domains.expect_no_others(person.institution_id, person.identity)
            if roles is not None:
                person.give(roles, at=now)
            if is_active is not None:
                await _let_sign_in(unit, person, is_active=is_active, at=now)
            if rulers == {person.id} and not _rules(person):
                raise LastSuperAdmin
            if person == before:
                return person  # nothing was changed, and so there is nothing to note
            await unit.persons.save(person)
            about = about_person(person)
            done = entry_of(actor, self.right, about, at=now, before=before, after=person)
            await unit.audit.note(done)
            await unit.commit()
        return person


async def _call(unit: PeopleUnit, person: Person, naming: Naming, now: datetime) -> None:
    """What came by an address that is theirs no more opens nothing any more: letters that were
    sent there, accounts that were known by it, and whoever is signed in."""
    was = person.identity.email
    person.call(naming.of(person.identity), at=now)
    if person.identity.email == was:
        return
    await unit.tickets.revoke_all(person.id, at=now)
    await unit.sessions.end_all(person.id, EndedBy.REVOKED, at=now)
    for account in await unit.identities.of_person(person.id):
        if account.provider not in _KNOWN_BY_NUMBER:
            await unit.identities.unlink(account)


async def _let_sign_in(unit: PeopleUnit, person: Person, *, is_active: bool, at: datetime) -> None:
    if is_active:
        person.resume(at=at)
    else:
        person.stop(at=at)
        await unit.sessions.end_all(person.id, EndedBy.DEACTIVATED, at=at)


def _rules(person: Person) -> bool:
    """Whether they may look after the whole house, and may sign in to do so."""
    return person.is_active and Role.SUPER_ADMIN in person.held
