"""The promises of the reads of persons: names, standing, lists, and sessions that go on."""

import asyncio
from typing import Any

import attrs
import pytest

from homeroom.house import Storage
from homeroom.kernel.actor import Post, Role
from homeroom.kernel.ids import NodeId, PersonId, SessionId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom.people.errors import PersonNotFound
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import HeldRole, Person, RoleSource
from homeroom.people.model.sessions import EndedBy
from homeroom.people.ports.persons import PersonFilter, SignInNames
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import (
    MINUTE,
    PeopleGround,
    a_credential,
    a_kept_person,
    a_kept_session,
    a_person,
    a_session,
    called,
    expired,
    keep_credential,
    keep_persons,
    keep_sessions,
)
from homeroom_testing.conformance.storage import settle_in


class PersonQueriesConformance(PeopleGround):
    """What `PersonQueries` promises of one person at a time."""

    async def test_whoever_has_a_name_is_found_by_it_with_their_password(
        self, storage: Storage, house: Institution
    ) -> None:
        person = await a_kept_person(storage, house, "ana", Role.DEAN, Role.TEACHER)
        found = await storage.persons.by_name("ana")
        assert found == SignInNames(person=person, credential=None)
        credential = a_credential(person)
        await keep_credential(storage, credential)
        for name in ("ana", "ana@school.edu"):
            found = await storage.persons.by_name(name)
            assert found == SignInNames(person=person, credential=credential)

    async def test_who_may_not_sign_in_is_found_too(
        self, storage: Storage, house: Institution
    ) -> None:
        person = a_person(house)
        person.stop(at=NOON)
        await keep_persons(storage, person)
        found = await storage.persons.by_name("ana")
        assert found is not None
        assert not found.person.is_active

    @pytest.mark.parametrize(
        "name", ["", "an", "an_", "%", "ana%", "a\x00", "\ud800", "x" * 60_000]
    )
    async def test_nobody_has_another_name(
        self, storage: Storage, house: Institution, name: str
    ) -> None:
        await a_kept_person(storage, house, "ana")
        assert await storage.persons.by_name(name) is None

    async def test_a_name_that_was_given_up_finds_nobody(
        self, storage: Storage, house: Institution
    ) -> None:
        person = await a_kept_person(storage, house, "ana")
        person.identity = called("anna")
        await keep_persons(storage, person)
        assert await storage.persons.by_name("ana") is None
        assert await storage.persons.by_name("ana@school.edu") is None
        found = await storage.persons.by_name("anna@school.edu")
        assert found == SignInNames(person=person, credential=None)

    async def test_standing_is_what_somebody_is_now(
        self, storage: Storage, house: Institution
    ) -> None:
        person = await a_kept_person(storage, house, "ana", Role.TEACHER)
        session = await a_kept_session(storage, person)
        standing = await storage.persons.standing(person.id, session.id)
        assert standing is not None
        assert (standing.person, standing.session_id) == (person, session.id)
        assert not (standing.session_ended or standing.must_change)
        person.give(frozenset({Role.ADMIN, Role.DEAN}), at=NOON)
        await keep_persons(storage, person)
        standing = await storage.persons.standing(person.id, session.id)
        assert standing is not None
        assert standing.person.held == {Role.ADMIN, Role.DEAN}

    async def test_standing_tells_what_somebody_is_at_single_nodes(
        self, storage: Storage, house: Institution
    ) -> None:
        person, node = a_person(house, "ana", Role.TEACHER), NodeId(new_id())
        person.give(frozenset({Role.DEAN}), at=NOON, node=node)
        await keep_persons(storage, person)
        session = await a_kept_session(storage, person)
        standing = await storage.persons.standing(person.id, session.id)
        assert standing is not None
        assert standing.person.held == {Role.TEACHER}
        assert standing.person.posts == {Post(Role.DEAN, node)}

    async def test_who_was_stopped_or_signed_out_may_not_act(
        self, storage: Storage, house: Institution
    ) -> None:
        person, other = [await a_kept_person(storage, house, name) for name in ("ana", "ben")]
        session, ended = [await a_kept_session(storage, one) for one in (person, other)]
        person.stop(at=NOON)
        await keep_persons(storage, person)
        ended.end(EndedBy.SIGN_OUT, at=NOON)
        await keep_sessions(storage, ended)
        stopped = await storage.persons.standing(person.id, session.id)
        signed_out = await storage.persons.standing(other.id, ended.id)
        assert stopped is not None
        assert signed_out is not None
        assert (stopped.person.is_active, stopped.session_ended) == (False, False)
        assert (signed_out.person.is_active, signed_out.session_ended) == (True, True)

    async def test_who_did_not_choose_their_password_stands_there_as_such(
        self, storage: Storage, house: Institution
    ) -> None:
        person = await a_kept_person(storage, house)
        session = await a_kept_session(storage, person)
        credential = a_credential(person)
        await keep_credential(storage, credential)
        given = await storage.persons.standing(person.id, session.id)
        credential.change("their own", must_change=False, at=NOON)
        await keep_credential(storage, credential)
        chosen = await storage.persons.standing(person.id, session.id)
        assert given is not None
        assert chosen is not None
        assert (given.must_change, chosen.must_change) == (True, False)

    async def test_nobody_stands_on_somebody_elses_session(
        self, storage: Storage, house: Institution
    ) -> None:
        person, other = [await a_kept_person(storage, house, name) for name in ("ana", "ben")]
        session = await a_kept_session(storage, person)
        assert await storage.persons.standing(other.id, session.id) is None
        assert await storage.persons.standing(person.id, SessionId(new_id())) is None
        assert await storage.persons.standing(PersonId(new_id()), session.id) is None

    async def test_a_person_out_of_reach_is_not_found(
        self, storage: Storage, house: Institution
    ) -> None:
        theirs = await settle_in(storage, "Theirs")
        person = await a_kept_person(storage, theirs)
        for reach in (theirs.id, None):
            assert await storage.persons.person(person.id, reach=reach) == person
        with pytest.raises(PersonNotFound):
            await storage.persons.person(person.id, reach=house.id)
        with pytest.raises(PersonNotFound):
            await storage.persons.person(PersonId(new_id()), reach=None)

    async def test_sessions_that_go_on_are_listed_last_used_first(
        self, storage: Storage, house: Institution
    ) -> None:
        person, other = [await a_kept_person(storage, house, name) for name in ("ana", "ben")]
        going_on = [a_session(person, at=NOON - number * MINUTE) for number in (2, 0, 1)]
        ended = a_session(person, ended_at=NOON, ended_by=EndedBy.SIGN_OUT)
        await keep_sessions(storage, *going_on, ended, expired(person), a_session(other))
        found = await storage.persons.sessions(person.id, at=NOON)
        assert list(found) == [going_on[1], going_on[2], going_on[0]]
        assert list(await storage.persons.sessions(PersonId(new_id()), at=NOON)) == []

    async def test_what_is_read_is_a_copy(self, storage: Storage, house: Institution) -> None:
        person = await a_kept_person(storage, house)
        await keep_credential(storage, a_credential(person))
        session = await a_kept_session(storage, person)
        found = await storage.persons.by_name("ana")
        standing = await storage.persons.standing(person.id, session.id)
        listed = (await _listed(storage), await storage.persons.sessions(person.id, at=NOON))
        assert found is not None
        assert found.credential is not None
        assert standing is not None
        found.credential.hashed = "changed"
        listed[1][0].used_at = NOON - MINUTE
        for read in (found.person, standing.person, listed[0][0]):
            read.roles = frozenset()
        again = SignInNames(person=person, credential=a_credential(person))
        assert await storage.persons.by_name("ana") == again
        assert list(await storage.persons.sessions(person.id, at=NOON)) == [session]

    async def test_reads_do_not_wait_for_a_unit_under_way(
        self, storage: Storage, house: Institution
    ) -> None:
        person = await a_kept_person(storage, house)
        session = await a_kept_session(storage, person)
        async with storage.start() as unit:
            held = await unit.persons.get(person.id, reach=None)
            held.stop(at=NOON)
            await unit.persons.save(held)
            await unit.persons.save(a_person(house, "other"))
            await unit.sessions.end_all(person.id, EndedBy.DEACTIVATED, at=NOON)
            async with asyncio.timeout(2):
                assert await storage.persons.by_name("other") is None
                standing = await storage.persons.standing(person.id, session.id)
                assert await _listed(storage) == [person]
                assert await storage.persons.sessions(person.id, at=NOON) == [session]
        assert standing is not None
        assert (standing.person, standing.session_ended) == (person, False)


class PersonListConformance(PeopleGround):
    """What `PersonQueries` promises of lists."""

    async def test_persons_are_listed_newest_first_page_by_page(
        self, storage: Storage, house: Institution
    ) -> None:
        every = [a_person(house, f"person{number}", Role.DEAN) for number in range(7)]
        await keep_persons(storage, *reversed(every))
        for size in (1, 2, 3, 7, 8):
            assert await _listed(storage, size, reach=house.id) == every[::-1]
            assert await _listed(storage, size, role=Role.DEAN, text="person") == every[::-1]

    async def test_a_full_last_page_has_no_next(self, storage: Storage, house: Institution) -> None:
        await keep_persons(storage, a_person(house, "ana"), a_person(house, "ben"))
        page = await storage.persons.persons(PersonFilter(reach=None), CursorRequest(limit=2))
        assert len(page.items) == 2
        assert page.next is None

    async def test_persons_out_of_reach_are_not_listed(
        self, storage: Storage, house: Institution
    ) -> None:
        mine = await a_kept_person(storage, house, "ana")
        theirs = await a_kept_person(storage, await settle_in(storage, "Theirs"), "ben")
        assert await _listed(storage, reach=house.id) == [mine]
        assert await _listed(storage, reach=house.id, text="ben") == []
        assert await _listed(storage) == [theirs, mine]

    async def test_persons_are_found_by_role_and_by_whether_they_may_sign_in(
        self, storage: Storage, house: Institution
    ) -> None:
        dean, teacher, gone = [
            a_person(house, name, role)
            for name, role in (("a", Role.DEAN), ("b", Role.TEACHER), ("c", Role.TEACHER))
        ]
        dean.roles |= {HeldRole(Role.DEAN, RoleSource.AUTO), HeldRole(Role.STUDENT)}
        gone.stop(at=NOON)
        await keep_persons(storage, dean, teacher, gone)
        assert await _listed(storage, role=Role.DEAN) == [dean]
        assert await _listed(storage, role=Role.STUDENT) == [dean]
        assert await _listed(storage, role=Role.TEACHER) == [gone, teacher]
        assert await _listed(storage, is_active=False) == [gone]
        assert await _listed(storage, is_active=True) == [teacher, dean]
        assert await _listed(storage, is_active=True, role=Role.TEACHER, text="b") == [teacher]
        assert await _listed(storage, role=Role.SERVICE) == []

    async def test_persons_are_found_by_what_they_are_at_a_node(
        self, storage: Storage, house: Institution
    ) -> None:
        dean, other, everywhere = [a_person(house, name, Role.TEACHER) for name in "abc"]
        here, there = [NodeId(new_id()) for _ in range(2)]
        dean.give(frozenset({Role.DEAN, Role.TEACHER}), at=NOON, node=here)
        dean.find(frozenset({Role.DEAN}), at=NOON, node=here)
        other.find(frozenset({Role.CHAIRPERSON}), at=NOON, node=there)
        everywhere.give(frozenset({Role.DEAN}), at=NOON)
        await keep_persons(storage, dean, other, everywhere)
        assert await _listed(storage, at=here) == [dean]
        assert await _listed(storage, at=there) == [other]
        assert await _listed(storage, at=NodeId(new_id())) == []
        assert await _listed(storage, role=Role.DEAN) == [everywhere, dean]
        assert await _listed(storage, role=Role.CHAIRPERSON) == [other]

    async def test_text_is_found_in_each_name_whatever_the_case(
        self, storage: Storage, house: Institution
    ) -> None:
        person = a_person(
            house, "nena99", first_name="Ñeña", last_name="de los Ángeles", email="n@x.ph"
        )
        await keep_persons(storage, person, a_person(house, "ben", first_name="Ben"))
        for text in ("NENA99", "ñEÑA", "ÁNGEL", "ñeña de LOS", "N@X"):
            assert await _listed(storage, text=text) == [person]

    async def test_text_is_not_found_across_the_ends_of_two_names(
        self, storage: Storage, house: Institution
    ) -> None:
        await a_kept_person(storage, house, "ana")
        for text in ("anaana", "reyesana", "Reyes\x1fana", "ana Ana"):
            assert await _listed(storage, text=text) == []

    async def test_wildcards_are_letters_like_any_other(
        self, storage: Storage, house: Institution
    ) -> None:
        plain = a_person(house, "plain", first_name="A", last_name="B")
        odd = a_person(house, "odd_one", first_name="100%", last_name=r"a\b*?[c]")
        await keep_persons(storage, plain, odd)
        for text in ("%", "_", "0%", "d_o", "\\", r"a\b", "*", "?", "[c]"):
            assert await _listed(storage, text=text) == [odd]
        for text in ("%%", "a%b", "p_ain", r"\%", r"\_", ".", "'", '"'):
            found = await _listed(storage, text=text)
            assert found == ([odd, plain] if text == "." else [])

    @pytest.mark.parametrize("text", ["\x00", "a\x00", "\ud800", "\n", "x" * 60_000])
    async def test_what_is_nobodys_name_finds_nobody(
        self, storage: Storage, house: Institution, text: str
    ) -> None:
        await a_kept_person(storage, house)
        assert await _listed(storage, text=text) == []


async def _listed(storage: Storage, size: int = 50, **wanted: Any) -> list[Person]:
    """Every person that is *wanted*, page by page."""
    wanted_persons = PersonFilter(**{"reach": None, **wanted})
    found: list[Person] = []
    page = CursorRequest(limit=size)
    for _ in range(20):
        shown = await storage.persons.persons(wanted_persons, page)
        assert len(shown.items) <= size
        found += shown.items
        if shown.next is None:
            return found
        page = attrs.evolve(page, after=shown.next)
    pytest.fail("the pages have no end")
