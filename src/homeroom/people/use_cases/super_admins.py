"""Who comes in without having been taken in: the first super admin, and whoever develops here."""

from datetime import datetime

import attrs

from homeroom.kernel.audit import Entry, changes_between
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import Role
from homeroom.people.errors import (
    NoDeveloper,
    PersonExists,
    StaleInstitution,
    SuperAdminNameTaken,
)
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Identity, Person
from homeroom.people.model.sessions import Device
from homeroom.people.ports.persons import PersonFilter, PersonQueries
from homeroom.people.ports.repositories import PeopleQueries, StartPeopleUnit
from homeroom.people.use_cases.passwords import Passwords
from homeroom.people.use_cases.persons import about_person
from homeroom.people.use_cases.signing_in import Desk, SignedIn

_SUPER_ADMINS = PersonFilter(reach=None, role=Role.SUPER_ADMIN, is_active=True)
_PATIENCE = 5
"""Times that it is begun again because the oldest institution was changed meanwhile."""


@attrs.frozen
class AppointSuperAdmin:
    """The operator appoints a house's first super admin: once, whatever the settings say later.

    Answers the person only when this call made them. They choose another password at once.
    """

    start: StartPeopleUnit
    queries: PeopleQueries
    persons: PersonQueries
    passwords: Passwords

    async def __call__(self, identity: Identity, password: str) -> Person | None:
        """Raises `BadPassword`, and `SuperAdminNameTaken` if a name is somebody else's."""
        for _ in range(_PATIENCE):
            try:
                return await self._appoint(identity, password)
            except StaleInstitution:
                continue  # another process does the same, or the institution was changed
        return await self._appoint(identity, password)

    async def _appoint(self, identity: Identity, password: str) -> Person | None:
        # Read before we look whether somebody is there: who comes in between changes its version.
        everyone = await self.queries.institutions()
        if (
            not everyone
            or (await self.persons.persons(_SUPER_ADMINS, CursorRequest(limit=1))).items
        ):
            return None
        return await self._take_in(everyone[0], identity, password)

    async def _take_in(self, house: Institution, identity: Identity, password: str) -> Person:
        roles, now = frozenset({Role.SUPER_ADMIN}), self.passwords.clock.now()
        person = Person.begin(house.id, identity, roles=roles, at=now)
        credential = await self.passwords.chosen(person, password, by_themselves=False)
        async with self.start() as unit:
            await unit.institutions.save(house)
            try:
                await unit.persons.save(person)
            except PersonExists:
                raise SuperAdminNameTaken from None
            await unit.credentials.save(credential)
            await unit.audit.note(_came_in(person, "people.appoint_super_admin", now))
            await unit.commit()
        return person


@attrs.frozen
class SignInAsDeveloper:
    """Whoever sits at a developer's machine signs in as one made-up person, without a password.

    It is wired only where the settings say so, and never in production.
    """

    start: StartPeopleUnit
    desk: Desk
    identity: Identity
    roles: frozenset[Role]

    async def __call__(self, device: Device) -> SignedIn:
        """Raises `NoDeveloper` if somebody with a password goes by the name."""
        now = self.desk.clock.now()
        return await self.desk.open(await self._developer(now), device, since=now)

    async def _developer(self, now: datetime) -> Person:
        found = await self._known()
        if found is None:
            try:
                found = await self._take_in(now)
            except PersonExists:  # another process took them in meanwhile
                found = await self._known()
        if found is None:
            raise NoDeveloper
        return found

    async def _known(self) -> Person | None:
        known = await self.desk.queries.by_name(self.identity.user_name)
        if known is not None and known.credential is not None:
            raise NoDeveloper
        return known.person if known else None

    async def _take_in(self, now: datetime) -> Person | None:
        async with self.start() as unit:
            house = await unit.institutions.first()
            if house is None:
                return None
            person = Person.begin(house.id, self.identity, roles=self.roles, at=now)
            await unit.persons.save(person)
            await unit.audit.note(_came_in(person, "people.take_in_developer", now))
            await unit.commit()
        return person


def _came_in(person: Person, action: str, at: datetime) -> Entry:
    """The house itself took somebody in, as its operator said."""
    subject = about_person(person)
    return Entry(
        at=at,
        institution_id=subject.institution_id,
        action=action,
        resource=subject.kind,
        resource_id=subject.id,
        changes=changes_between(None, person),
    )
