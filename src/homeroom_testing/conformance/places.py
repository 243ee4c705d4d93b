"""The promises of the look that people's context takes at the roster."""

import pytest

from homeroom.house import Storage
from homeroom.kernel.ids import NodeId, new_id
from homeroom.people.model.institutions import Institution
from homeroom.people.model.places import Place, PlaceNotFound
from homeroom.roster.model.nodes import Lineage, NodeKind
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import PeopleGround
from homeroom_testing.conformance.roster_ground import a_kept_node, keep_nodes, seen_node
from homeroom_testing.conformance.storage import settle_in


class PlacesConformance(PeopleGround):
    """What `Places` promises. Nodes come into the storage by the roster's own door."""

    @pytest.fixture
    async def campus(self, storage: Storage, house: Institution) -> Lineage:
        return await a_kept_node(storage, house, "MAIN")

    @pytest.fixture
    async def department(self, storage: Storage, house: Institution, campus: Lineage) -> Lineage:
        return await a_kept_node(storage, house, "CCS", NodeKind.DEPARTMENT, campus)

    async def test_a_place_is_told_with_all_that_it_hangs_below(
        self, storage: Storage, house: Institution, campus: Lineage, department: Lineage
    ) -> None:
        program = await a_kept_node(storage, house, "BSIT", NodeKind.PROGRAM, department)
        found = await storage.places.place(program.node.id, reach=house.id)
        assert found == Place(
            id=program.node.id,
            institution_id=house.id,
            kind="PROGRAM",
            code="BSIT",
            name="The place called BSIT",
            lineage=(program.node.id, department.node.id, campus.node.id),
        )

    async def test_a_root_hangs_below_nothing(self, storage: Storage, campus: Lineage) -> None:
        found = await storage.places.place(campus.node.id, reach=None)
        assert (found.kind, found.lineage) == ("CAMPUS", (campus.node.id,))

    @pytest.mark.usefixtures("campus")
    async def test_an_unknown_node_is_not_found(self, storage: Storage) -> None:
        with pytest.raises(PlaceNotFound):
            await storage.places.place(NodeId(new_id()), reach=None)

    async def test_a_node_out_of_reach_is_not_found(
        self, storage: Storage, house: Institution, campus: Lineage
    ) -> None:
        theirs = await settle_in(storage, "Theirs")
        with pytest.raises(PlaceNotFound):
            await storage.places.place(campus.node.id, reach=theirs.id)
        for reach in (house.id, None):
            assert (await storage.places.place(campus.node.id, reach=reach)).id == campus.node.id

    async def test_of_many_those_are_told_that_are_there_and_within_reach(
        self, storage: Storage, house: Institution, campus: Lineage, department: Lineage
    ) -> None:
        foreign = await a_kept_node(storage, await settle_in(storage, "Theirs"))
        every = [one.node.id for one in (campus, department, foreign)]
        found = await storage.places.among([*every, NodeId(new_id())], reach=house.id)
        assert set(found) == {campus.node.id, department.node.id}
        for node_id, place in found.items():
            assert place == await storage.places.place(node_id, reach=house.id)
        assert set(await storage.places.among(every, reach=None)) == set(every)
        assert dict(await storage.places.among([], reach=None)) == {}

    async def test_a_node_that_moved_hangs_below_where_it_moved_to(
        self, storage: Storage, house: Institution, department: Lineage
    ) -> None:
        other = await a_kept_node(storage, house, "NORTH")
        moved = (await seen_node(storage, department.node.id)).node
        moved.move(other, at=NOON)
        await keep_nodes(storage, moved)
        found = await storage.places.place(moved.id, reach=house.id)
        assert tuple(found.lineage) == (moved.id, other.node.id)

    async def test_a_closed_node_is_a_place_too(self, storage: Storage, campus: Lineage) -> None:
        closed = campus.node
        closed.close(at=NOON)
        await keep_nodes(storage, closed)
        assert (await storage.places.place(closed.id, reach=None)).id == closed.id
