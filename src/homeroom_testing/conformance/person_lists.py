"""The promises of lists of persons: by role, by node, by text, page by page."""

from typing import Any

import attrs
import pytest

from homeroom.house import Storage
from homeroom.kernel.actor import Role
from homeroom.kernel.ids import NodeId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import HeldRole, Person, RoleSource
from homeroom.people.ports.persons import PersonFilter
from homeroom.roster.model.nodes import NodeKind
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import (
    PeopleGround,
    a_kept_person,
    a_person,
    keep_persons,
)
from homeroom_testing.conformance.roster_ground import (
    a_kept_node,
    an_enrolment,
    keep_enrolments,
)
from homeroom_testing.conformance.storage import settle_in


class PersonListConformance(PeopleGround):
    """What `PersonQueries` promises of lists."""

    async def test_persons_are_listed_newest_first_page_by_page(
        self, storage: Storage, house: Institution
    ) -> None:
        every = [a_person(house, f"person{number}", Role.DEAN) for number in range(7)]
        await keep_persons(storage, *reversed(every))
        for size in (1, 2, 3, 7, 8):
            assert await listed(storage, size, reach=house.id) == every[::-1]
            assert await listed(storage, size, role=Role.DEAN, text="person") == every[::-1]

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
        assert await listed(storage, reach=house.id) == [mine]
        assert await listed(storage, reach=house.id, text="ben") == []
        assert await listed(storage) == [theirs, mine]

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
        assert await listed(storage, role=Role.DEAN) == [dean]
        assert await listed(storage, role=Role.STUDENT) == [dean]
        assert await listed(storage, role=Role.TEACHER) == [gone, teacher]
        assert await listed(storage, is_active=False) == [gone]
        assert await listed(storage, is_active=True) == [teacher, dean]
        assert await listed(storage, is_active=True, role=Role.TEACHER, text="b") == [teacher]
        assert await listed(storage, role=Role.SERVICE) == []

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
        assert await listed(storage, at=here) == [dean]
        assert await listed(storage, at=there) == [other]
        assert await listed(storage, at=NodeId(new_id())) == []
        assert await listed(storage, role=Role.DEAN) == [everywhere, dean]
        assert await listed(storage, role=Role.CHAIRPERSON) == [other]

    async def test_persons_are_found_by_where_they_hold_teach_or_attend_something(
        self, storage: Storage, house: Institution
    ) -> None:
        campus = await a_kept_node(storage, house, "MAIN")
        here = await a_kept_node(storage, house, "CCS", NodeKind.DEPARTMENT, campus)
        there = await a_kept_node(storage, house, "CBA", NodeKind.DEPARTMENT, campus)
        course = await a_kept_node(storage, house, "IT1", NodeKind.COURSE, here)
        dean, student, gone, other = [a_person(house, name) for name in "abcd"]
        dean.give(frozenset({Role.DEAN}), at=NOON, node=here.node.id)
        other.give(frozenset({Role.DEAN}), at=NOON, node=there.node.id)
        await keep_persons(storage, dean, student, gone, other)
        left = an_enrolment(gone, course)
        left.end(source=left.source, at=NOON)
        await keep_enrolments(storage, an_enrolment(student, course), left)
        assert await listed(storage, within=(here.node.id,)) == [student, dean]
        assert await listed(storage, within=(course.node.id,)) == [student]
        assert await listed(storage, within=(campus.node.id,)) == [other, student, dean]
        assert await listed(storage, within=(campus.node.id, there.node.id)) == [other]
        assert await listed(storage, 1, within=(campus.node.id,), role=Role.DEAN) == [other, dean]
        assert await listed(storage, within=(NodeId(new_id()),)) == []

    async def test_text_is_found_in_each_name_whatever_the_case(
        self, storage: Storage, house: Institution
    ) -> None:
        person = a_person(
            house, "nena99", first_name="Ñeña", last_name="de los Ángeles", email="n@x.ph"
        )
        await keep_persons(storage, person, a_person(house, "ben", first_name="Ben"))
        for text in ("NENA99", "ñEÑA", "ÁNGEL", "ñeña de LOS", "N@X"):
            assert await listed(storage, text=text) == [person]

    async def test_text_is_not_found_across_the_ends_of_two_names(
        self, storage: Storage, house: Institution
    ) -> None:
        await a_kept_person(storage, house, "ana")
        for text in ("anaana", "reyesana", "Reyes\x1fana", "ana Ana"):
            assert await listed(storage, text=text) == []

    async def test_wildcards_are_letters_like_any_other(
        self, storage: Storage, house: Institution
    ) -> None:
        plain = a_person(house, "plain", first_name="A", last_name="B")
        odd = a_person(house, "odd_one", first_name="100%", last_name=r"a\b*?[c]")
        await keep_persons(storage, plain, odd)
        for text in ("%", "_", "0%", "d_o", "\\", r"a\b", "*", "?", "[c]"):
            assert await listed(storage, text=text) == [odd]
        for text in ("%%", "a%b", "p_ain", r"\%", r"\_", ".", "'", '"'):
            found = await listed(storage, text=text)
            assert found == ([odd, plain] if text == "." else [])

    @pytest.mark.parametrize("text", ["\x00", "a\x00", "\ud800", "\n", "x" * 60_000])
    async def test_what_is_nobodys_name_finds_nobody(
        self, storage: Storage, house: Institution, text: str
    ) -> None:
        await a_kept_person(storage, house)
        assert await listed(storage, text=text) == []


async def listed(storage: Storage, size: int = 50, **wanted: Any) -> list[Person]:
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
