"""Whom another house vouches for: the one place that finds, links or begins them, by its trust."""

from uuid import uuid4

import attrs
import pytest

from homeroom.house import Storage
from homeroom.kernel.ids import InstitutionId
from homeroom.kernel.rights import Role
from homeroom.people.errors import WrongCredentials
from homeroom.people.model.identities import Account
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Identity, Person
from homeroom.people.use_cases.recognising import (
    How,
    Namesake,
    Recognised,
    Register,
    Trust,
    Vouched,
)
from homeroom_testing.clock import NOON

pytestmark = pytest.mark.anyio

EMAIL = "ana@school.edu"
FULL = Trust(
    owns_institution=True,
    over_passwords=True,
    beside_others=True,
    beyond=frozenset(),
    namesake=Namesake.REFUSED,
    newcomers=frozenset({Role.STUDENT}),
)


@attrs.define
class Hall:
    """A house with Ana in it, whom others vouch for."""

    storage: Storage
    home: Institution
    ana: Person

    def vouched(self, **otherwise: object) -> Vouched:
        usual = Vouched(
            provider="elsewhere",
            subject="7",
            house=self.home.id,
            email=EMAIL,
            called=lambda: Identity.given("newcomer", "New", "Comer"),
        )
        return attrs.evolve(usual, **otherwise)

    async def look_up(self, trust: Trust = FULL, **otherwise: object) -> Recognised:
        register = Register(self.storage.persons)
        async with self.storage.start() as unit:
            return await register.look_up(unit, self.vouched(**otherwise), trust, at=NOON)

    async def link(self, provider: str, subject: str) -> None:
        async with self.storage.start() as unit:
            await unit.identities.save(Account.link(self.ana, provider, subject, at=NOON))
            await unit.commit()


@pytest.fixture
async def hall(storage: Storage) -> Hall:
    home = Institution.found("Ateneo de Naga", at=NOON)
    identity = Identity.given("ana", "Ana", "Reyes", EMAIL)
    ana = Person.begin(home.id, identity, roles=frozenset({Role.TEACHER}), at=NOON)
    async with storage.start() as unit:
        await unit.institutions.add(home)
        await unit.persons.save(ana)
        await unit.commit()
    return Hall(storage, home, ana)


async def test_who_has_the_address_is_linked(hall: Hall) -> None:
    found = await hall.look_up()
    assert (found.how, found.person.id) == (How.LINKED, hall.ana.id)
    assert (found.account.person_id, found.account.subject) == (hall.ana.id, "7")


async def test_who_has_the_account_is_found_again_whatever_the_address(hall: Hall) -> None:
    await hall.link("elsewhere", "7")
    for email in (EMAIL, "other@school.edu", None):
        found = await hall.look_up(email=email)
        assert (found.how, found.person.id) == (How.AGAIN, hall.ana.id)


async def test_who_has_neither_is_begun_with_the_roles_of_newcomers(hall: Hall) -> None:
    for email in ("other@school.edu", None):
        found = await hall.look_up(email=email)
        assert (found.how, found.person.held) == (How.BEGUN, {Role.STUDENT})
        assert found.person.institution_id == hall.home.id
    closed = attrs.evolve(FULL, newcomers=None)
    with pytest.raises(WrongCredentials):
        await hall.look_up(closed, email=None)


async def test_nothing_is_saved_by_looking(hall: Hall) -> None:
    await hall.look_up()
    async with hall.storage.start() as unit:
        assert await unit.identities.of("elsewhere", "7") is None


async def test_an_address_is_not_enough_for_the_roles_beyond(hall: Hall) -> None:
    trust = attrs.evolve(FULL, beyond=frozenset({Role.TEACHER}))
    with pytest.raises(WrongCredentials):
        await hall.look_up(trust)
    await hall.link("elsewhere", "7")
    assert (await hall.look_up(trust)).how is How.AGAIN


async def test_who_may_not_be_taken_for_them_is_refused_or_somebody_new(hall: Hall) -> None:
    trust = attrs.evolve(FULL, beyond=frozenset({Role.TEACHER}), namesake=Namesake.NEWCOMER)
    found = await hall.look_up(trust)
    assert (found.how, found.person.id == hall.ana.id) == (How.BEGUN, False)


async def test_who_had_another_account_there_is_somebody_else_now(hall: Hall) -> None:
    await hall.link("elsewhere", "6")
    with pytest.raises(WrongCredentials):
        await hall.look_up()


async def test_an_account_in_a_further_house_counts_as_the_trust_says(hall: Hall) -> None:
    await hall.link("further", "1")
    assert (await hall.look_up()).how is How.LINKED
    with pytest.raises(WrongCredentials):
        await hall.look_up(attrs.evolve(FULL, beside_others=False))


async def test_another_institutions_person_is_not_taken_for_them(hall: Hall) -> None:
    elsewhere = InstitutionId(uuid4())
    with pytest.raises(WrongCredentials):
        await hall.look_up(house=elsewhere)


async def test_an_account_counts_where_it_belongs_if_the_house_says_so(hall: Hall) -> None:
    await hall.link("elsewhere", "7")
    elsewhere = InstitutionId(uuid4())
    with pytest.raises(WrongCredentials):
        await hall.look_up(house=elsewhere)
    lenient = attrs.evolve(FULL, owns_institution=False)
    assert (await hall.look_up(lenient, house=elsewhere)).person.id == hall.ana.id


async def test_nobody_comes_in_who_was_stopped(hall: Hall) -> None:
    async with hall.storage.start() as unit:
        ana = await unit.persons.get(hall.ana.id, reach=None)
        ana.is_active = False
        await unit.persons.save(ana)
        await unit.commit()
    with pytest.raises(WrongCredentials):
        await hall.look_up()
    await hall.link("elsewhere", "7")
    with pytest.raises(WrongCredentials):
        await hall.look_up()
