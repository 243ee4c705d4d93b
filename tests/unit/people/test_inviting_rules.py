"""Whom people may invite and how often, and what whoever is invited sees and says of themselves."""

import attrs
import pytest
from ticket_office import ANA, HERE, OWN, Office, token_in

from homeroom.kernel.ids import PersonId, new_id
from homeroom.people.errors import (
    BadInvitation,
    BadPassword,
    BadPerson,
    TicketNotGood,
    TooManyAttempts,
)
from homeroom.people.model.identities import Account
from homeroom.people.model.naming import AS_BEFORE, Naming
from homeroom.people.model.persons import Identity
from homeroom.people.use_cases.changing import ChangePerson
from homeroom.people.use_cases.domains import Domains, InvitingRules
from homeroom.people.use_cases.redeeming import LookAtInvitation
from homeroom_testing.conformance.storage import settle_in

pytestmark = pytest.mark.anyio


def somebody(number: int, domain: str = "school.edu") -> Identity:
    return Identity.given(f"person{number}", "Some", "Body", f"person{number}@{domain}")


def ruled(office: Office, **rules: object) -> Office:
    return attrs.evolve(office, rules=InvitingRules(**rules))  # type: ignore[arg-type]


class TestHowOften:
    async def test_a_person_invites_so_many_in_an_hour_and_then_waits(self, office: Office) -> None:
        admin = attrs.evolve(office.admin, person_id=PersonId(new_id()), api_key_id=None)
        office = attrs.evolve(office, admin=admin, rules=InvitingRules(an_hour=3))
        invited = [await office.invite(somebody(number)) for number in range(3)]
        with pytest.raises(TooManyAttempts) as refused:
            await office.invite(somebody(3))
        assert 0 < (refused.value.retry_after or 0) <= 3_600
        with pytest.raises(TooManyAttempts):
            await office.again(admin, invited[0].held.ticket.id)

    async def test_of_two_people_each_has_their_own(self, office: Office) -> None:
        for number in range(2):
            admin = attrs.evolve(office.admin, person_id=PersonId(new_id()), api_key_id=None)
            one = attrs.evolve(office, admin=admin, rules=InvitingRules(an_hour=1))
            await one.invite(somebody(number))

    async def test_a_key_brings_whole_terms(self, office: Office) -> None:
        office = ruled(office, an_hour=1)
        assert office.admin.person_id is None
        for number in range(4):
            await office.invite(somebody(number))


class TestWhom:
    async def test_an_address_is_of_the_institutions_own_domains(self, office: Office) -> None:
        office = ruled(office, domains={"school.edu": "", "other.edu": "Elsewhere"})
        await office.invite(somebody(1))
        for domain in ("other.edu", "sub.school.edu", "gmail.com"):
            with pytest.raises(BadInvitation) as refused:
                await office.invite(somebody(2, domain))
            [problem] = refused.value.problems
            assert (problem.field, "school.edu" in problem.message) == ("email", True)
            assert domain not in problem.message

    async def test_an_operator_may_let_in_others(self, office: Office) -> None:
        office = ruled(office, domains={"school.edu": ""}, any_domain=True)
        await office.invite(somebody(1, "gmail.com"))

    async def test_where_no_domain_is_an_institutions_anybody_is_invited(
        self, office: Office
    ) -> None:
        for domains in ({}, {"other.edu": "Elsewhere"}):
            one = ruled(office, domains=domains)
            await one.invite(somebody(len(domains), "gmail.com"))

    async def test_domains_are_an_institutions_by_name_by_id_or_as_the_oldest(
        self, office: Office
    ) -> None:
        first = office.admin.institution_id
        other = await settle_in(office.storage, "Bicol College")
        named = {"a.edu": "", "b.edu": "Bicol College", "c.edu": str(other.id), "d.edu": str(first)}
        domains = Domains(named, office.storage.people)
        assert await domains.of(first) == ["a.edu", "d.edu"]
        assert await domains.of(other.id) == ["b.edu", "c.edu"]
        assert list(await Domains({}, office.storage.people).of(first)) == []


class TestWhoIsInvited:
    async def token(self, office: Office) -> str:
        await office.invite()
        await office.work()
        return token_in(office.courier.letters.pop())

    def look(self, office: Office) -> LookAtInvitation:
        storage = office.storage
        return LookAtInvitation(storage.tickets, storage.people, office.clock)

    async def test_sees_whose_invitation_it_is_as_often_as_they_like(self, office: Office) -> None:
        token = await self.token(office)
        for _ in range(2):
            seen = await self.look(office)(token)
            assert seen.held.person.identity == ANA
            assert seen.institution.name == "Ateneo de Naga"
        await office.accept(token, OWN)
        with pytest.raises(TicketNotGood):
            await self.look(office)(token)

    async def test_sees_nothing_by_what_is_none_or_no_more(self, office: Office) -> None:
        token = await self.token(office)
        office.clock.step(seconds=8 * 24 * 3_600)
        for one in (token, "hr_ticket_x", "", "\ud800"):
            with pytest.raises(TicketNotGood):
                await self.look(office)(one)

    async def test_sees_nothing_by_a_reset(self, office: Office) -> None:
        await office.settled()
        await office.forgot("ana", HERE)
        await office.work()
        with pytest.raises(TicketNotGood):
            await self.look(office)(token_in(office.courier.letters.pop()))

    @pytest.mark.parametrize(
        ("name", "first", "last"),
        [
            ("Anna Maria Cruz", "Anna Maria", "Cruz"),
            ("  Cher ", "Cher", "-"),
            ("", "Ana", "Reyes"),
        ],
    )
    async def test_says_how_they_are_called(
        self, office: Office, name: str, first: str, last: str
    ) -> None:
        ana = await office.accept(await self.token(office), OWN, name=name)
        assert (ana.identity.first_name, ana.identity.last_name) == (first, last)
        assert (ana.identity.user_name, ana.identity.email) == ("ana", "ana@school.edu")
        assert await office.storage.persons.person(ana.id, reach=None) is not None
        assert await office.fits(ana, OWN)

    async def test_has_no_password_that_is_their_new_name(self, office: Office) -> None:
        token = await self.token(office)
        with pytest.raises(BadPassword):
            await office.accept(token, "Anna Maria Cruz", name="Anna Maria Cruz")
        ana = await office.accept(token, OWN, name="Anna Maria Cruz")
        assert ana.identity.full_name == "Anna Maria Cruz"


class TestCallingOtherwise:
    async def test_what_was_sent_to_another_address_counts_no_more(self, office: Office) -> None:
        invited = await office.invite()
        await office.work()
        token = token_in(office.courier.letters.pop())
        change = ChangePerson(
            office.storage.start, office.clock, Domains({}, office.storage.people)
        )
        ana = invited.held.person.id
        await change(office.admin, ana, naming=Naming(last_name="Cruz"))
        look = LookAtInvitation(office.storage.tickets, office.storage.people, office.clock)
        assert (await look(token)).held.person.identity.last_name == "Cruz"
        await change(office.admin, ana, naming=Naming(email="anna@school.edu"))
        with pytest.raises(TicketNotGood):
            await look(token)

    async def test_nothing_said_changes_nothing(self, office: Office) -> None:
        ana = await office.settled()
        change = ChangePerson(
            office.storage.start, office.clock, Domains({}, office.storage.people)
        )
        before = await office.noted()
        for naming in (AS_BEFORE, Naming(user_name="ANA"), Naming(email=" Ana@School.edu ")):
            assert (await change(office.admin, ana.id, naming=naming)).identity == ANA
        assert await office.noted() == before

    async def test_who_came_by_another_address_comes_no_more(self, office: Office) -> None:
        ana, now = await office.settled(), office.clock.now()
        theirs = [Account.link(ana, name, "7", at=now) for name in ("google", "moodle")]
        async with office.storage.start() as unit:
            for account in theirs:
                await unit.identities.save(account)
            await unit.commit()
        change = ChangePerson(
            office.storage.start, office.clock, Domains({}, office.storage.people)
        )
        await change(office.admin, ana.id, naming=Naming(email="anna@school.edu"))
        async with office.storage.start() as unit:
            left = await unit.identities.of_person(ana.id)
        assert [one.provider for one in left] == ["moodle"]
        assert await office.storage.persons.sessions(ana.id, at=office.clock.now()) == []

    @pytest.mark.parametrize(
        "naming", [Naming(email="head@other.edu"), Naming(user_name="head@other.edu")]
    )
    async def test_nobody_is_given_an_address_of_another_institutions(
        self, office: Office, naming: Naming
    ) -> None:
        ana = await office.settled()
        domains = Domains({"other.edu": "Another School", "school.edu": ""}, office.storage.people)
        change = ChangePerson(office.storage.start, office.clock, domains)
        with pytest.raises(BadPerson) as refusal:
            await change(office.admin, ana.id, naming=naming)
        assert len(refusal.value.problems) == 1
        await change(office.admin, ana.id, naming=Naming(email="anna@school.edu"))
