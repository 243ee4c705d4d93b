"""The promises of the place for nodes: trees that keep their shape whoever changes them."""

import asyncio

import pytest
from hypothesis import given

from homeroom.house import Storage
from homeroom.kernel.ids import NodeId, new_id
from homeroom.people.model.institutions import Institution
from homeroom.roster.errors import NodeExists, NodeNotFound, ReferenceTaken, StaleNode
from homeroom.roster.model.nodes import Label, Lineage, Node, NodeKind
from homeroom_testing import strategies
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import ROUND_TRIP, PeopleGround
from homeroom_testing.conformance.roster_ground import a_kept_node, a_node, keep_nodes, seen_node
from homeroom_testing.conformance.storage import settle_in, told_by


class NodesConformance(PeopleGround):
    """What `Nodes` promises."""

    @pytest.fixture
    async def campus(self, storage: Storage, house: Institution) -> Lineage:
        return await a_kept_node(storage, house)

    @ROUND_TRIP
    @given(label=strategies.labels())
    async def test_a_node_comes_back_as_it_went(
        self, storage: Storage, house: Institution, label: Label
    ) -> None:
        node = Node.create(house.id, NodeKind.PROGRAM, label, below=None, at=NOON)
        node.close(at=NOON)
        await keep_nodes(storage, node)
        assert (await seen_node(storage, node.id)).node == node

    async def test_a_node_out_of_reach_is_not_found(
        self, storage: Storage, house: Institution, campus: Lineage
    ) -> None:
        elsewhere = await settle_in(storage, "Elsewhere")
        async with storage.start() as unit:
            for reach in (house.id, None):
                assert (await unit.nodes.get(campus.node.id, reach=reach)) == campus
            for wanted, reach in ((campus.node.id, elsewhere.id), (NodeId(new_id()), None)):
                with pytest.raises(NodeNotFound):
                    await unit.nodes.get(wanted, reach=reach)

    async def test_a_node_comes_with_all_that_it_stands_below(
        self, storage: Storage, house: Institution, campus: Lineage
    ) -> None:
        term = await a_kept_node(storage, house, "T1", NodeKind.SEMESTER, campus)
        course = await a_kept_node(storage, house, "C1", NodeKind.COURSE, term)
        assert list(course.above) == [campus.node, term.node]

    async def test_a_node_is_found_by_its_reference_in_its_own_institution(
        self, storage: Storage, house: Institution, campus: Lineage
    ) -> None:
        elsewhere = await settle_in(storage, "Elsewhere")
        theirs = await a_kept_node(storage, elsewhere, "C", NodeKind.COURSE, None, "course:7")
        ours = await a_kept_node(storage, house, "C", NodeKind.COURSE, campus, "course:7")
        async with storage.start() as unit:
            assert await unit.nodes.by_reference(house.id, "course:7") == ours
            assert await unit.nodes.by_reference(elsewhere.id, "course:7") == theirs
            assert await unit.nodes.by_reference(house.id, "course:8") is None

    async def test_no_two_neighbours_have_one_code(
        self, storage: Storage, house: Institution, campus: Lineage
    ) -> None:
        elsewhere, other = await settle_in(storage, "Elsewhere"), a_node(house, "OTHER")
        await keep_nodes(storage, other, a_node(elsewhere, "MAIN"))
        await a_kept_node(storage, house, "T1", NodeKind.SEMESTER, campus)
        await a_kept_node(
            storage, house, "T1", NodeKind.SEMESTER, await seen_node(storage, other.id)
        )
        async with storage.start() as unit:
            for twin in (a_node(house), a_node(house, "T1", NodeKind.COURSE, campus)):
                with pytest.raises(NodeExists):
                    await unit.nodes.save(twin)
            other.relabel(Label(code="MAIN", name="Another"), at=NOON)
            with pytest.raises(NodeExists):
                await unit.nodes.save(other)
            await unit.nodes.save(a_node(house, "AFTER"))
            await unit.commit()

    async def test_no_two_nodes_of_an_institution_have_one_reference(
        self, storage: Storage, house: Institution
    ) -> None:
        elsewhere = await settle_in(storage, "Elsewhere")
        await keep_nodes(storage, a_node(house, "A", reference="category:1"))
        await keep_nodes(storage, a_node(elsewhere, "A", reference="category:1"))
        second = a_node(house, "B")
        await keep_nodes(storage, second)
        second.relabel(Label(code="B", name="B", reference="category:1"), at=NOON)
        async with storage.start() as unit:
            for twin in (second, a_node(house, "C", reference="category:1")):
                with pytest.raises(ReferenceTaken):
                    await unit.nodes.save(twin)

    async def test_what_is_below_comes_along(
        self, storage: Storage, house: Institution, campus: Lineage
    ) -> None:
        other = await a_kept_node(storage, house, "OTHER")
        term = await a_kept_node(storage, house, "T1", NodeKind.SEMESTER, campus)
        course = await a_kept_node(storage, house, "C1", NodeKind.COURSE, term)
        stays = await a_kept_node(storage, house, "C2", NodeKind.COURSE, campus)
        term.node.move(other, at=NOON)
        await keep_nodes(storage, term.node)
        moved = await seen_node(storage, course.node.id)
        assert moved.node.path == (other.node.id, term.node.id, course.node.id)
        assert list(moved.above) == [other.node, term.node]
        assert await seen_node(storage, stays.node.id) == stays

    async def test_who_read_what_came_along_is_stale(
        self, storage: Storage, house: Institution, campus: Lineage
    ) -> None:
        other = await a_kept_node(storage, house, "OTHER")
        term = await a_kept_node(storage, house, "T1", NodeKind.SEMESTER, campus)
        course = await a_kept_node(storage, house, "C1", NodeKind.COURSE, term)
        term.node.move(other, at=NOON)
        await keep_nodes(storage, term.node)
        course.node.close(at=NOON)
        with pytest.raises(StaleNode):
            await keep_nodes(storage, course.node)

    async def test_nothing_is_put_below_what_was_moved_meanwhile(
        self, storage: Storage, house: Institution, campus: Lineage
    ) -> None:
        other = await a_kept_node(storage, house, "OTHER")
        term = await a_kept_node(storage, house, "T1", NodeKind.SEMESTER, campus)
        loose = a_node(house, "C2", NodeKind.COURSE)
        await keep_nodes(storage, loose)
        late = a_node(house, "C1", NodeKind.COURSE, term)
        loose.move(term, at=NOON)
        term.node.move(other, at=NOON)
        await keep_nodes(storage, term.node)
        for one in (late, loose):
            with pytest.raises(StaleNode):
                await keep_nodes(storage, one)

    async def test_of_two_at_once_who_move_and_add_below_no_path_is_left_behind(
        self, storage: Storage, house: Institution, campus: Lineage
    ) -> None:
        self.require("side_by_side")
        other = await a_kept_node(storage, house, "OTHER")
        term = await a_kept_node(storage, house, "T1", NodeKind.SEMESTER, campus)
        course = a_node(house, "C1", NodeKind.COURSE, term)
        term.node.move(other, at=NOON)
        async with storage.start() as adding:
            await adding.nodes.save(course)
            moving = asyncio.create_task(keep_nodes(storage, term.node))
            await asyncio.sleep(0.2)
            await adding.commit()
        await moving
        found = await seen_node(storage, course.id)
        assert found.node.path == (other.node.id, term.node.id, course.id)

    async def test_the_second_of_two_saves_of_one_version_is_stale(
        self, storage: Storage, campus: Lineage
    ) -> None:
        mine, theirs = [(await seen_node(storage, campus.node.id)).node for _ in range(2)]
        theirs.close(at=NOON)
        await keep_nodes(storage, theirs)
        mine.relabel(Label(code="MINE", name="Mine"), at=NOON)
        with pytest.raises(StaleNode):
            await keep_nodes(storage, mine)
        assert (await seen_node(storage, campus.node.id)).node == theirs

    async def test_a_change_is_told_once_it_is_committed(
        self, storage: Storage, house: Institution
    ) -> None:
        self.require("transactional")
        node = a_node(house)
        await keep_nodes(storage, node)
        assert [one.name for one in await told_by(storage)] == ["roster.node_created.v1"]
        never = (await seen_node(storage, node.id)).node
        never.close(at=NOON)
        async with storage.start() as unit:
            await unit.nodes.save(never)
        assert await told_by(storage) == []
        assert (await seen_node(storage, node.id)).node == node

    async def test_what_is_read_is_a_copy(self, storage: Storage, campus: Lineage) -> None:
        (await seen_node(storage, campus.node.id)).node.close(at=NOON)
        campus.node.close(at=NOON)
        assert (await seen_node(storage, campus.node.id)).node.is_active
