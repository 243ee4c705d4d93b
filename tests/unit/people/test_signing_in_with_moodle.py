"""Signing in with the password of a Moodle: who is known again, who is taken in, who is not."""

import asyncio
import json

import attrs
import pytest
from moodle_school import ATTENDS, PASSWORD, TEACHES, Counting, School, another_house, found, school

from homeroom.kernel.rights import Role
from homeroom.people.errors import (
    ElsewhereFirst,
    LmsUnavailable,
    NotLinked,
    WrongCredentials,
)
from homeroom.people.model.credentials import Credential
from homeroom.people.model.identities import Account
from homeroom.people.model.persons import HeldRole, Identity
from homeroom.people.ports.strategies import Attempt
from homeroom.people.use_cases.moodle import LMS_TOKENS, Household
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.storage import told_by

pytestmark = pytest.mark.anyio
__all__ = ["school"]  # the fixture


class TestNewcomers:
    async def test_who_is_unknown_is_taken_in_as_the_moodle_says(self, school: School) -> None:
        school.settle(courses=[ATTENDS])
        person = await school.come_in()
        assert person.institution_id == school.house.id
        assert person.identity == Identity.given("ana", "Ana", "Reyes", "ana@school.edu")
        assert person.roles == found(Role.STUDENT)

    async def test_who_teaches_anywhere_is_a_teacher(self, school: School) -> None:
        school.settle(courses=[ATTENDS, TEACHES])
        assert (await school.come_in()).roles == found(Role.TEACHER)

    async def test_who_comes_again_is_the_same_also_by_another_name_there(
        self, school: School
    ) -> None:
        pupil = school.settle()
        first = await school.come_in()
        pupil.name = "ana.reyes"
        school.lms.settle(pupil)
        again = await school.come_in("ana.reyes")
        assert (again.id, again.identity.user_name) == (first.id, "ana")
        assert await school.count() == 1

    async def test_two_devices_at_once_are_one_newcomer(self, school: School) -> None:
        school.settle()
        came = await asyncio.gather(*(school.come_in() for _ in range(4)))
        assert len({one.id for one in came}) == await school.count() == 1

    async def test_what_happened_is_told_and_stands_in_the_record(self, school: School) -> None:
        school.settle(courses=[TEACHES, ATTENDS])
        person = await school.come_in()
        told = {one.name: one for one in await told_by(school.storage)}
        assert {"people.person_began.v1", "people.identity_linked.v1"} <= told.keys()
        courses = json.loads(told["people.enrolments_found.v1"].payload)
        assert courses["person_id"] == str(person.id)
        assert (courses["teaches"], courses["attends"]) == ([2], [5])
        assert await school.entries() == ["people.welcome_from_moodle"]

    async def test_who_comes_again_unchanged_leaves_no_second_entry(self, school: School) -> None:
        school.settle()
        await school.come_in()
        await school.come_in()
        assert await school.entries() == ["people.welcome_from_moodle"]

    async def test_they_belong_to_the_institution_that_the_settings_name(
        self, school: School
    ) -> None:
        other = await another_house(school)
        for number, named in enumerate(("Bicol College", str(other.id))):
            school.settle(f"ana{number}")
            school.way = attrs.evolve(school.way, household=Household(school.storage.people, named))
            assert (await school.come_in(f"ana{number}")).institution_id == other.id

    async def test_an_institution_that_is_not_there_is_nobody_s_mistake(
        self, school: School
    ) -> None:
        school.settle()
        lost = Household(school.storage.people, "Nowhere")
        school.way = attrs.evolve(school.way, household=lost)
        with pytest.raises(LmsUnavailable, match=r"moodle\.institution"):
            await school.come_in()

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("Ana Reyes", "ana-reyes"),
            ("_ana", "ana"),
            ("dean@school.edu", "dean-school.edu"),
            ("añá", "a--"),
            ("...", "somebody"),
            ("x" * 300, "x" * 100),
        ],
    )
    async def test_names_are_made_to_fit(self, school: School, given: str, kept: str) -> None:
        school.settle(given, first_name=" \x07", last_name="", email="no address")
        identity = (await school.come_in(given)).identity
        assert identity == Identity.given(kept, kept, "-")

    async def test_a_user_name_that_is_somebody_s_is_not_shared(self, school: School) -> None:
        await school.take_in("ana", None, password="a password of hers")
        school.settle("ana2", email="other@school.edu").name = "ana"
        with pytest.raises(NotLinked):
            await school.come_in("ana2")
        assert await school.count() == 1

    async def test_an_address_that_is_somebody_s_is_left_to_them(self, school: School) -> None:
        dean = await school.take_in("dean", "dean@school.edu", Role.DEAN, password="his own words")
        school.settle("eve", email="dean@school.edu")
        eve = await school.come_in("eve")
        assert (eve.id != dean.id, eve.identity.email) == (True, None)


class TestWhoIsKnownByTheirAddress:
    async def test_who_was_taken_in_to_come_this_way_is_known(self, school: School) -> None:
        known = await school.take_in("ana.r", "ana@school.edu", Role.CHAIRPERSON)
        school.settle(courses=[TEACHES])
        person = await school.come_in()
        assert person.id == known.id
        assert person.identity == Identity.given("ana.r", "Ana", "Reyes", "ana@school.edu")
        assert person.roles == found(Role.TEACHER) | {HeldRole(Role.CHAIRPERSON)}

    async def test_an_address_that_is_not_proven_knows_nobody(self, school: School) -> None:
        known = await school.take_in("dean", "dean@school.edu", Role.DEAN)
        school.settle("eve", email="dean@school.edu", is_confirmed=False)
        assert (await school.come_in("eve")).id != known.id

    @pytest.mark.parametrize("role", [Role.ADMIN, Role.SUPER_ADMIN])
    async def test_nobody_becomes_an_administrator_by_an_address(
        self, school: School, role: Role
    ) -> None:
        known = await school.take_in("head", "head@school.edu", role)
        school.settle("eve", email="head@school.edu")
        eve = await school.come_in("eve")
        assert eve.id != known.id
        assert not eve.held & {Role.ADMIN, Role.SUPER_ADMIN}
        assert await school.accounts(known) == []

    async def test_who_has_a_password_here_is_not_theirs_to_give(self, school: School) -> None:
        known = await school.take_in("dean", "dean@school.edu", password="his own words")
        school.settle("eve", email="dean@school.edu")
        assert (await school.come_in("eve")).id != known.id

    async def test_who_is_known_elsewhere_already_is_not_either(self, school: School) -> None:
        known = await school.take_in("dean", "dean@school.edu")
        async with school.storage.start() as unit:
            await unit.identities.save(Account.link(known, "google", "117", at=NOON))
            await unit.commit()
        school.settle("eve", email="dean@school.edu")
        assert (await school.come_in("eve")).id != known.id

    async def test_nobody_of_another_institution_is_meant(self, school: School) -> None:
        other = await another_house(school)
        known = await school.take_in("dean", "dean@school.edu", house=other)
        school.settle("eve", email="dean@school.edu")
        eve = await school.come_in("eve")
        assert (eve.id != known.id, eve.institution_id) == (True, school.house.id)

    async def test_a_user_name_alone_makes_nobody_known(self, school: School) -> None:
        await school.take_in("ana", None, Role.DEAN)
        school.settle(email=None)
        with pytest.raises(NotLinked):
            await school.come_in()

    async def test_who_was_stopped_stays_out(self, school: School) -> None:
        await school.take_in("ana", "ana@school.edu", active=False)
        school.settle()
        with pytest.raises(WrongCredentials):
            await school.come_in()


class TestWhoComesAgain:
    async def test_names_and_address_are_as_the_moodle_has_them_now(self, school: School) -> None:
        pupil = school.settle()
        first = await school.come_in()
        pupil.last_name, pupil.email = "Cruz", "cruz@school.edu"
        person = await school.come_in()
        assert person.id == first.id
        assert person.identity == Identity.given("ana", "Ana", "Cruz", "cruz@school.edu")

    async def test_an_address_that_is_not_told_any_more_stays(self, school: School) -> None:
        pupil = school.settle()
        await school.come_in()
        pupil.is_confirmed = False
        assert (await school.come_in()).identity.email == "ana@school.edu"

    async def test_an_address_that_is_somebody_s_meanwhile_is_not_taken(
        self, school: School
    ) -> None:
        pupil = school.settle()
        await school.come_in()
        await school.take_in("dean", "dean@school.edu")
        pupil.email, pupil.last_name = "dean@school.edu", "Cruz"
        identity = (await school.come_in()).identity
        assert (identity.email, identity.last_name) == ("ana@school.edu", "Cruz")

    async def test_roles_found_there_change_and_those_given_here_stay(self, school: School) -> None:
        pupil = school.settle(courses=[TEACHES])
        person = await school.come_in()
        async with school.storage.start() as unit:
            person = await unit.persons.get(person.id, reach=None)
            person.give(frozenset({Role.DEAN}), at=NOON)
            await unit.persons.save(person)
            await unit.commit()
        pupil.courses = [ATTENDS]
        assert (await school.come_in()).roles == found(Role.STUDENT) | {HeldRole(Role.DEAN)}

    async def test_courses_that_cannot_be_read_stop_nobody_and_change_nothing(
        self, school: School
    ) -> None:
        school.settle(courses=[TEACHES])
        await school.come_in()
        await told_by(school.storage)
        school.lms.reserved = True
        assert (await school.come_in()).roles == found(Role.TEACHER)
        assert await told_by(school.storage) == []

    async def test_a_newcomer_without_readable_courses_is_nothing_yet(self, school: School) -> None:
        school.settle(courses=[TEACHES])
        school.lms.reserved = True
        assert (await school.come_in()).roles == frozenset()

    async def test_the_newest_token_is_kept_under_seal(self, school: School) -> None:
        school.settle()
        person = await school.come_in()
        school.clock.step(seconds=60)
        await school.come_in()
        [account] = await school.accounts(person)
        assert account.used_at == school.clock.now() != account.linked_at
        kept = school.sealer.open(account.sealed or "", purpose=LMS_TOKENS)
        assert kept == list(school.lms._tokens)[-1]
        assert kept not in repr(account) + (account.sealed or "")

    async def test_who_was_stopped_or_has_a_password_here_stays_out(self, school: School) -> None:
        school.settle()
        person = await school.come_in()
        async with school.storage.start() as unit:
            person = await unit.persons.get(person.id, reach=None)
            person.stop(at=NOON)
            await unit.persons.save(person)
            await unit.commit()
        with pytest.raises(WrongCredentials):
            await school.come_in()
        async with school.storage.start() as unit:
            person.resume(at=NOON)
            await unit.persons.save(person)
            kept = Credential.of(person.id, school.house.id, "x", must_change=False, at=NOON)
            await unit.credentials.save(kept)
            await unit.commit()
        with pytest.raises(WrongCredentials):
            await school.come_in()


class TestWhoIsAsked:
    async def test_it_is_theirs_who_are_unknown_or_have_no_password_here(
        self, school: School
    ) -> None:
        await school.take_in("ben", None, password="his own words")
        await school.take_in("eve", None)
        handled = [
            await school.way.can_handle(Attempt(name=name, password=PASSWORD))
            for name in ("nobody", "eve", "ben")
        ]
        assert handled == [True, True, False]

    async def test_while_the_moodle_is_away_nobody_was_wrong(self, school: School) -> None:
        school.settle()
        school.lms.silent = True
        with pytest.raises(LmsUnavailable, match="Try again"):
            await school.come_in()

    async def test_who_has_to_act_there_first_is_told_so(self, school: School) -> None:
        school.settle(must_act=True)
        with pytest.raises(ElsewhereFirst):
            await school.come_in()

    @pytest.mark.parametrize(
        ("name", "password"),
        [("ana", "wrong"), ("nobody", "wrong"), ("ben", PASSWORD), ("ana", ""), ("eve", PASSWORD)],
    )
    async def test_whoever_is_refused_was_as_much_work_as_with_a_password_of_ours(
        self, school: School, name: str, password: str
    ) -> None:
        school.settle("ana")
        school.settle("eve", must_act=True)
        await school.take_in("ben", None, password=PASSWORD)
        counting = Counting(school.way.hasher)
        school.way = attrs.evolve(school.way, hasher=counting)
        with pytest.raises(WrongCredentials):
            await school.come_in(name, password)
        assert counting.checked == 1

    @pytest.mark.parametrize("password", ["", "\x00", PASSWORD + "\x00", "x" * 256])
    async def test_what_a_moodle_might_misread_is_not_sent(
        self, school: School, password: str
    ) -> None:
        school.settle()
        school.lms.silent = True  # whoever were asked would refuse otherwise
        with pytest.raises(WrongCredentials):
            await school.come_in(password=password)
