"""Whoever was proven elsewhere is one person here, on every storage, however many come at once."""

import asyncio

import attrs
import pytest
from storage_grounds import InMemory, OnPostgres, OnSqlite

from homeroom.house import Storage
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import Role
from homeroom.people.errors import NotLinked
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom.people.ports.persons import PersonFilter
from homeroom.people.use_cases.welcoming import Courses, Proven, Welcome
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.people_ground import PeopleGround, a_kept_person, look_at
from homeroom_testing.conformance.storage import told_by

ANA = Proven(
    provider="moodle",
    subject="3@moodle.school.edu",
    user_name="ana",
    first_name="Ana",
    last_name="Reyes",
    email="ana@school.edu",
    roles=frozenset({Role.STUDENT}),
    sealed="a seal",
    courses=Courses(attends=frozenset({5})),
)


class Welcoming(PeopleGround):
    """What is asked of a storage by whoever welcomes people."""

    @pytest.fixture
    def welcome(self, storage: Storage, clock: SteppingClock) -> Welcome:
        return Welcome(storage.start, storage.persons, clock)

    async def everybody(self, storage: Storage) -> list[Person]:
        found = await storage.persons.persons(PersonFilter(reach=None), CursorRequest())
        return list(found.items)

    async def test_who_comes_for_the_first_time_on_many_devices_is_one_person(
        self, storage: Storage, house: Institution, welcome: Welcome
    ) -> None:
        came = await asyncio.gather(*(welcome.take(ANA, house.id) for _ in range(4)))
        assert [one.id for one in await self.everybody(storage)] == list({one.id for one in came})
        names = [one.name for one in await told_by(storage)]
        assert names.count("people.person_began.v1") == 1
        assert names.count("people.identity_linked.v1") == 1
        assert names.count("people.enrolments_found.v1") == 4

    async def test_an_address_that_is_taken_leaves_the_rest_as_it_was_said(
        self, storage: Storage, house: Institution, welcome: Welcome
    ) -> None:
        dean = await a_kept_person(storage, house, "ana@school.edu", Role.ADMIN)
        ana = await welcome.take(attrs.evolve(ANA, user_name="reyes"), house.id)
        assert (await look_at(storage, ana)).identity.email is None
        assert await look_at(storage, dean) == dean
        again = await welcome.take(attrs.evolve(ANA, last_name="Cruz"), house.id)
        seen = await look_at(storage, again)
        assert (seen.id, seen.identity.last_name, seen.identity.email) == (ana.id, "Cruz", None)

    async def test_a_user_name_that_is_taken_takes_nobody_in(
        self, storage: Storage, house: Institution, welcome: Welcome
    ) -> None:
        other = await a_kept_person(storage, house, "ana", Role.ADMIN)
        with pytest.raises(NotLinked):
            await welcome.take(attrs.evolve(ANA, email=None), house.id)
        assert await self.everybody(storage) == [other]
        async with storage.start() as unit:
            assert await unit.identities.of(ANA.provider, ANA.subject) is None

    async def test_who_is_known_by_their_address_keeps_what_they_were(
        self, storage: Storage, house: Institution, welcome: Welcome
    ) -> None:
        known = await a_kept_person(storage, house, "ana", Role.DEAN)
        came = await asyncio.gather(*(welcome.take(ANA, house.id) for _ in range(3)))
        assert {one.id for one in came} == {known.id}
        seen = await look_at(storage, known)
        assert seen.held == {Role.DEAN, Role.STUDENT}
        async with storage.start() as unit:
            [account] = await unit.identities.of_person(known.id)
        assert (account.sealed, account.person_id) == ("a seal", known.id)


class TestWelcomingInMemory(InMemory, Welcoming): ...


class TestWelcomingOnSqlite(OnSqlite, Welcoming): ...


class TestWelcomingOnPostgres(OnPostgres, Welcoming): ...
