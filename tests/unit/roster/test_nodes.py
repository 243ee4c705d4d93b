"""The tree of a school: what stands below what, what moves, and who sees which part of it."""

from collections.abc import Sequence
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.actor import Actor, NotAllowed, Post
from homeroom.kernel.ids import InstitutionId, NodeId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import Role
from homeroom.roster.errors import BadNode, NodeClosed, NodeExists, NodeNotFound, WrongPlace
from homeroom.roster.model.nodes import Label, Lineage, Node, NodeKind
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.storage import settle_in

pytestmark = pytest.mark.anyio

HOUSE = InstitutionId(new_id())
KINDS = list(NodeKind)


def planted(kind: NodeKind, below: Lineage | None = None, house: InstitutionId = HOUSE) -> Lineage:
    label = Label.given(new_id().hex, "A place")
    node = Node.create(house, kind, label, below=below, at=NOON)
    return Lineage(node=node, above=() if below is None else (*below.above, below.node))


class TestShape:
    @given(upper=st.sampled_from(KINDS), lower=st.sampled_from(KINDS))
    def test_only_what_is_narrower_stands_below(self, upper: NodeKind, lower: NodeKind) -> None:
        above = planted(upper)
        if KINDS.index(lower) > KINDS.index(upper):
            assert planted(lower, above).node.path[0] == above.node.id
        else:
            with pytest.raises(WrongPlace):
                planted(lower, above)

    @given(st.lists(st.tuples(st.integers(0, 20), st.integers(-1, 20)), max_size=30))
    def test_however_it_is_moved_nothing_ever_stands_below_itself(
        self, moves: Sequence[tuple[int, int]]
    ) -> None:
        nodes = {one.node.id: one.node for one in map(planted, KINDS * 2)}
        ids = list(nodes)
        for which, where in moves:
            node = nodes[ids[which % len(ids)]]
            parent = None if where < 0 else nodes[ids[where % len(ids)]]
            was = node.path
            try:
                node.move(None if parent is None else Lineage(node=parent), at=NOON)
            except WrongPlace:
                continue
            for one in nodes.values():
                if one is not node and one.path[: len(was)] == was:
                    one.path = (*node.path, *one.path[len(was) :])
        assert all(len(set(one.path)) == len(one.path) for one in nodes.values())
        assert all(one.path[-1] == one.id for one in nodes.values())

    def test_nothing_stands_below_another_institutions(self) -> None:
        with pytest.raises(WrongPlace):
            planted(NodeKind.COURSE, planted(NodeKind.CAMPUS), InstitutionId(new_id()))

    def test_nothing_new_comes_below_what_is_closed_or_below_something_closed(self) -> None:
        campus = planted(NodeKind.CAMPUS)
        term = planted(NodeKind.SEMESTER, campus)
        campus.node.close(at=NOON)
        for above in (campus, term):
            with pytest.raises(NodeClosed):
                planted(NodeKind.COURSE, above)

    @pytest.mark.parametrize(
        ("said", "wrong"),
        [
            ({"code": " "}, ["code"]),
            ({"code": "x" * 65, "name": "a\nb"}, ["code", "name"]),
            ({"reference": "x" * 101}, ["reference"]),
        ],
    )
    def test_what_a_place_cannot_be_called_is_told_whole(
        self, said: dict[str, str], wrong: list[str]
    ) -> None:
        with pytest.raises(BadNode) as refused:
            Label.given(**{"code": "A", "name": "B", **said})
        assert [one.field for one in refused.value.problems] == wrong


class TestBuilding:
    async def test_a_new_place_is_on_record_and_told_with_what_it_is_below(
        self, school: Any
    ) -> None:
        campus = await school.node("MAIN")
        term = await school.node("T1", NodeKind.SEMESTER, campus.node.id)
        assert list(term.above) == [campus.node]
        assert [one.action for one in await school.entries()] == ["roster.create_node"] * 2

    async def test_a_teacher_builds_nothing(self, school: Any) -> None:
        campus = (await school.node("MAIN")).node.id
        teacher = school.anybody(Role.TEACHER)
        for step in (
            school.homeroom.roster.close_node(teacher, campus),
            school.homeroom.roster.move_node(teacher, campus, None),
            school.homeroom.roster.relabel_node(teacher, campus, name="Mine"),
        ):
            with pytest.raises(NotAllowed):
                await step

    async def test_what_is_not_said_stays_as_it_is(self, school: Any) -> None:
        node_id = (await school.node("MAIN")).node.id
        relabel = school.homeroom.roster.relabel_node
        await relabel(school.admin, node_id, reference="category:1")
        found = await relabel(school.admin, node_id, name="Main campus")
        assert found.node.label == Label(code="MAIN", name="Main campus", reference="category:1")
        found = await relabel(school.admin, node_id, reference="")
        assert found.node.label.reference is None

    async def test_what_changed_nothing_is_not_on_record(self, school: Any) -> None:
        node_id = (await school.node("MAIN")).node.id
        before = await school.entries()
        await school.homeroom.roster.relabel_node(school.admin, node_id, code="MAIN")
        await school.homeroom.roster.reopen_node(school.admin, node_id)
        await school.homeroom.roster.move_node(school.admin, node_id, None)
        assert await school.entries() == before

    async def test_a_place_moves_with_all_below_it_unless_its_code_is_taken_there(
        self, school: Any
    ) -> None:
        main, annex = await school.node("MAIN"), await school.node("ANNEX")
        term = await school.node("T1", NodeKind.SEMESTER, main.node.id)
        course = await school.node("C1", NodeKind.COURSE, term.node.id)
        move = school.homeroom.roster.move_node
        await move(school.admin, term.node.id, annex.node.id)
        found = await school.homeroom.roster.get_node(school.admin, course.node.id)
        assert [one.label.code for one in found.above] == ["ANNEX", "T1"]
        await school.node("T1", NodeKind.SEMESTER, main.node.id)
        with pytest.raises(NodeExists):
            await move(school.admin, term.node.id, main.node.id)

    async def test_what_is_closed_is_opened_again(self, school: Any) -> None:
        campus = (await school.node("MAIN")).node.id
        await school.homeroom.roster.close_node(school.admin, campus)
        with pytest.raises(NodeClosed):
            await school.node("T1", NodeKind.SEMESTER, campus)
        await school.homeroom.roster.reopen_node(school.admin, campus)
        assert (await school.node("T1", NodeKind.SEMESTER, campus)).is_open

    async def test_what_is_elsewhere_is_not_found(self, school: Any) -> None:
        main = (await school.node("MAIN")).node.id
        elsewhere = await settle_in(school.homeroom.plant.storage, "Elsewhere")
        there = Actor(institution_id=elsewhere.id, roles=frozenset({Role.ADMIN}))
        for step in (
            school.homeroom.roster.close_node(there, main),
            school.homeroom.roster.get_node(there, main),
            school.homeroom.roster.move_node(school.admin, main, NodeId(new_id())),
        ):
            with pytest.raises(NodeNotFound):
                await step


class TestHeading:
    async def test_a_dean_of_a_part_sees_that_part_alone(self, school: Any) -> None:
        main, annex = await school.node("MAIN"), await school.node("ANNEX")
        dept = await school.node("CCS", NodeKind.DEPARTMENT, main.node.id)
        course = await school.node("C1", NodeKind.COURSE, dept.node.id)
        dean = attrs.evolve(
            school.anybody(Role.STUDENT), posts=frozenset({Post(Role.DEAN, dept.node.id)})
        )
        get, find = school.homeroom.roster.get_node, school.homeroom.roster.find_nodes
        assert [one.id for one in (await find(dean, CursorRequest())).items] == [
            course.node.id,
            dept.node.id,
        ]
        assert (await get(dean, course.node.id)).node == course.node
        for hidden in (main, annex):
            with pytest.raises(NodeNotFound):
                await get(dean, hidden.node.id)

    async def test_who_only_teaches_somewhere_sees_nothing_by_it(self, school: Any) -> None:
        main = await school.node("MAIN")
        post = Post(Role.TEACHER, main.node.id)
        teacher = attrs.evolve(school.anybody(), posts=frozenset({post}))
        with pytest.raises(NotAllowed):
            await school.homeroom.roster.find_nodes(teacher, CursorRequest())
