"""What people's context holds about somebody, told and erased; who may ask is decided elsewhere."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from homeroom.kernel.ids import InstitutionId, PersonId
from homeroom.kernel.personal_data import DataSubject, Section, row_of
from homeroom.kernel.rights import Role
from homeroom.people.errors import LastSuperAdmin, PersonNotFound
from homeroom.people.model.persons import Person
from homeroom.people.model.sessions import EndedBy
from homeroom.people.ports.repositories import PeopleQueries, PeopleUnit


@attrs.frozen
class DataOfPeople:
    """Persons, their passwords' existence, where they sign in, and who they are elsewhere."""

    name: str = "people"

    async def about(self, unit: PeopleUnit, person_id: PersonId) -> Sequence[Section]:
        person = await _known(unit, person_id)
        credential = await unit.credentials.of(person_id)
        sessions = await unit.traces.sessions(person_id)
        accounts = await unit.identities.of_person(person_id)
        return [
            Section("person", [row_of(person)] if person else []),
            Section("password", [row_of(credential)] if credential else []),
            Section("sessions", [row_of(one, without=["token_id"]) for one in sessions]),
            Section("tickets", [row_of(one) for one in await unit.traces.tickets(person_id)]),
            Section("identities", [row_of(one) for one in accounts]),
        ]

    async def erase(
        self, unit: PeopleUnit, person_id: PersonId, *, at: datetime
    ) -> Mapping[str, int]:
        """Raises `LastSuperAdmin`, and `PersonGone` the second time."""
        person = await _known(unit, person_id)
        if person is None:
            return {"persons": 0, **await unit.traces.remove(person_id)}
        if Role.SUPER_ADMIN in person.held:
            await _expect_another(unit, person_id)
        await unit.tickets.revoke_all(person_id, at=at)
        person.erase(at=at)
        # First the person: whoever signs in as them at this moment is told that they are late.
        await unit.persons.save(person)
        await unit.sessions.end_all(person_id, EndedBy.DEACTIVATED, at=at)
        return {"persons": 1, **await unit.traces.remove(person_id)}


async def find_subject(
    unit: PeopleUnit, person_id: PersonId, *, reach: InstitutionId | None
) -> DataSubject:
    """Whom data are about, for those who decide who may have them. Raises `PersonNotFound`."""
    person = await unit.persons.get(person_id, reach=reach)
    house = await unit.institutions.get(person.institution_id)
    return DataSubject(
        person_id=person.id,
        institution_id=person.institution_id,
        roles=person.held,
        zone=_zone(house.terms.time_zone),
    )


async def retention_of_each(queries: PeopleQueries) -> Mapping[InstitutionId, timedelta]:
    """How long each institution keeps records of what happened."""
    every = await queries.institutions()
    return {one.id: timedelta(days=one.terms.retention_days) for one in every}


async def institutions_here(queries: PeopleQueries) -> Collection[InstitutionId]:
    """Every institution of this house."""
    return {one.id for one in await queries.institutions()}


def _zone(name: str) -> tzinfo | None:
    """None where this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ValueError, ZoneInfoNotFoundError):
        return None


async def _known(unit: PeopleUnit, person_id: PersonId) -> Person | None:
    try:
        return await unit.persons.get(person_id, reach=None)
    except PersonNotFound:
        return None


async def _expect_another(unit: PeopleUnit, person_id: PersonId) -> None:
    """Raises `LastSuperAdmin`."""
    if not await unit.persons.holding(Role.SUPER_ADMIN) - {person_id}:
        raise LastSuperAdmin
