"""The promises of the reads of the roster: lists of nodes and of seats, and lineages."""

import attrs
import pytest

from homeroom.house import Storage
from homeroom.kernel.ids import NodeId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom.roster.errors import NodeNotFound
from homeroom.roster.model.nodes import Lineage, Node, NodeKind
from homeroom.roster.ports.queries import EnrolmentFilter, NodeFilter, Seat
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import PeopleGround, a_kept_person
from homeroom_testing.conformance.roster_ground import (
    a_kept_node,
    an_enrolment,
    keep_enrolments,
    keep_nodes,
    seen_node,
)
from homeroom_testing.conformance.storage import settle_in

_ALL = CursorRequest(None, 200)


@attrs.frozen
class School:
    """Two campuses, a course with a section below one of them, and somebody in both."""

    house: Institution
    main: Lineage
    annex: Lineage
    course: Lineage
    section: Lineage
    person: Person
    seats: tuple[Seat, Seat]


class RosterQueriesConformance(PeopleGround):
    """What `RosterQueries` promises."""

    @pytest.fixture
    async def school(self, storage: Storage, house: Institution) -> School:
        main = await a_kept_node(storage, house, "MAIN")
        annex = await a_kept_node(storage, house, "ANNEX")
        course = await a_kept_node(storage, house, "Física 1", NodeKind.COURSE, main)
        section = await a_kept_node(storage, house, "A", NodeKind.SECTION, course)
        person = await a_kept_person(storage, house)
        first, second = an_enrolment(person, course), an_enrolment(person, section)
        await keep_enrolments(storage, first, second)
        seats = (
            Seat(enrolment=first, node=course.node),
            Seat(enrolment=second, node=section.node),
        )
        return School(house, main, annex, course, section, person, seats)

    async def test_nodes_come_newest_first_and_only_within_reach(
        self, storage: Storage, school: School
    ) -> None:
        elsewhere = await settle_in(storage, "Elsewhere")
        theirs = await a_kept_node(storage, elsewhere)
        ours = [school.section.node, school.course.node, school.annex.node, school.main.node]
        assert await _nodes(storage, NodeFilter(reach=school.house.id)) == ours
        assert await _nodes(storage, NodeFilter(reach=None)) == [theirs.node, *ours]

    async def test_nodes_go_on_after_a_page(self, storage: Storage, school: School) -> None:
        wanted = NodeFilter(reach=school.house.id)
        first = await storage.roster.nodes(wanted, CursorRequest(None, 3))
        assert first.next == school.annex.node.id
        second = await storage.roster.nodes(wanted, CursorRequest(first.next, 3))
        assert list(second.items) == [school.main.node]
        assert second.next is None

    async def test_nodes_are_found_by_what_they_are_and_stand_below(
        self, storage: Storage, school: School
    ) -> None:
        reach = school.house.id
        closed = school.annex.node
        closed.close(at=NOON)
        await keep_nodes(storage, closed)
        course = school.course.node
        assert await _nodes(storage, NodeFilter(reach=reach, parent=school.main.node.id)) == [
            course
        ]
        assert await _nodes(storage, NodeFilter(reach=reach, kind=NodeKind.COURSE)) == [course]
        assert await _nodes(storage, NodeFilter(reach=reach, is_active=False)) == [closed]

    @pytest.mark.parametrize("text", ["física", "PLACE called FÍS", "1"])
    async def test_nodes_are_found_by_words_in_any_case(
        self, storage: Storage, school: School, text: str
    ) -> None:
        found = await _nodes(storage, NodeFilter(reach=school.house.id, text=text))
        assert found == [school.course.node]

    @pytest.mark.parametrize("text", ["%", "_", "MAIN\nThe", "a\x00", "\ud800"])
    async def test_words_that_stand_nowhere_find_nothing(
        self, storage: Storage, school: School, text: str
    ) -> None:
        assert await _nodes(storage, NodeFilter(reach=school.house.id, text=text)) == []

    async def test_within_some_nodes_only_they_and_what_is_below_them_are_found(
        self, storage: Storage, school: School
    ) -> None:
        reach, tops = school.house.id, frozenset({school.course.node.id, school.annex.node.id})
        found = await _nodes(storage, NodeFilter(reach=reach, within=tops))
        assert found == [school.section.node, school.course.node, school.annex.node]
        assert await _nodes(storage, NodeFilter(reach=reach, within=frozenset())) == []

    async def test_a_lineage_out_of_reach_is_not_found(
        self, storage: Storage, school: School
    ) -> None:
        elsewhere = await settle_in(storage, "Elsewhere")
        wanted = school.section.node.id
        found = await storage.roster.lineage(wanted, reach=school.house.id)
        assert found == await seen_node(storage, wanted)
        assert list(found.above) == [school.main.node, school.course.node]
        for node_id, reach in ((wanted, elsewhere.id), (NodeId(new_id()), None)):
            with pytest.raises(NodeNotFound):
                await storage.roster.lineage(node_id, reach=reach)

    async def test_seats_come_newest_first_and_only_within_reach(
        self, storage: Storage, school: School
    ) -> None:
        elsewhere = await settle_in(storage, "Elsewhere")
        first, second = school.seats
        assert await _seats(storage, EnrolmentFilter(reach=school.house.id)) == [second, first]
        assert await _seats(storage, EnrolmentFilter(reach=elsewhere.id)) == []
        page = await storage.roster.seats(EnrolmentFilter(reach=None), CursorRequest(None, 1))
        assert list(page.items) == [second]
        rest = await storage.roster.seats(EnrolmentFilter(reach=None), CursorRequest(page.next, 1))
        assert (list(rest.items), rest.next) == ([first], None)

    async def test_seats_are_found_by_whose_and_where_they_are(
        self, storage: Storage, school: School
    ) -> None:
        reach, (first, second) = school.house.id, school.seats
        other = await a_kept_person(storage, school.house, "ben")
        his = an_enrolment(other, school.section)
        his.end(at=NOON)
        await keep_enrolments(storage, his)
        gone = Seat(enrolment=his, node=school.section.node)
        course, section, annex = school.course.node, school.section.node, school.annex.node
        for wanted, found in (
            (EnrolmentFilter(reach=reach, person=other.id), [gone]),
            (EnrolmentFilter(reach=reach, is_active=False), [gone]),
            (EnrolmentFilter(reach=reach, is_active=True), [second, first]),
            (EnrolmentFilter(reach=reach, below=course.id), [gone, second, first]),
            (EnrolmentFilter(reach=reach, below=section.id), [gone, second]),
            (EnrolmentFilter(reach=reach, within=frozenset({section.id})), [gone, second]),
            (EnrolmentFilter(reach=reach, within=frozenset({annex.id})), []),
        ):
            assert await _seats(storage, wanted) == found


async def _nodes(storage: Storage, wanted: NodeFilter) -> list[Node]:
    return list((await storage.roster.nodes(wanted, _ALL)).items)


async def _seats(storage: Storage, wanted: EnrolmentFilter) -> list[Seat]:
    return list((await storage.roster.seats(wanted, _ALL)).items)
