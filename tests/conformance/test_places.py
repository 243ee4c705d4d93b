"""Every storage tells what people's context asks of the roster, and broken ones are caught."""

from collections.abc import Collection, Mapping

import attrs
import pytest
from storage_grounds import InMemory, OnPostgres, OnSqlite

from homeroom.kernel.ids import InstitutionId, NodeId
from homeroom.people.model.places import FITTING, Place
from homeroom.roster.model.nodes import NodeKind
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.places import MemoryPlaces
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.places import PlacesConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class TestPlacesInMemory(InMemory, PlacesConformance): ...


class TestPlacesOnSqlite(OnSqlite, PlacesConformance): ...


class TestPlacesOnPostgres(OnPostgres, PlacesConformance): ...


class ShowsForeignPlaces(MemoryPlaces):
    async def place(self, node_id: NodeId, *, reach: InstitutionId | None) -> Place:
        return await super().place(node_id, reach=None)


class ListsForeignPlaces(MemoryPlaces):
    async def among(
        self, node_ids: Collection[NodeId], *, reach: InstitutionId | None
    ) -> Mapping[NodeId, Place]:
        return await super().among(node_ids, reach=None)


class KnowsTheNodeAlone(MemoryPlaces):
    async def place(self, node_id: NodeId, *, reach: InstitutionId | None) -> Place:
        return attrs.evolve(await super().place(node_id, reach=reach), lineage=(node_id,))


class BeginsAtTheRoot(MemoryPlaces):
    async def place(self, node_id: NodeId, *, reach: InstitutionId | None) -> Place:
        found = await super().place(node_id, reach=reach)
        return attrs.evolve(found, lineage=tuple(found.lineage)[::-1])


class FindsAnything(MemoryPlaces):
    async def place(self, node_id: NodeId, *, reach: InstitutionId | None) -> Place:
        rows = self._store.nodes.rows
        known = node_id if node_id in rows else next(iter(rows))
        return await super().place(known, reach=reach)


class LosesClosedPlaces(MemoryPlaces):
    async def among(
        self, node_ids: Collection[NodeId], *, reach: InstitutionId | None
    ) -> Mapping[NodeId, Place]:
        rows = self._store.nodes.rows
        still = [one for one in node_ids if one in rows and rows[one].is_active]
        return await super().among(still, reach=reach)


CAUGHT = {
    ShowsForeignPlaces: "test_a_node_out_of_reach_is_not_found",
    ListsForeignPlaces: "test_of_many_those_are_told_that_are_there_and_within_reach",
    KnowsTheNodeAlone: "test_a_place_is_told_with_all_that_it_hangs_below",
    BeginsAtTheRoot: "test_a_place_is_told_with_all_that_it_hangs_below",
    FindsAnything: "test_an_unknown_node_is_not_found",
    LosesClosedPlaces: "test_a_closed_node_is_a_place_too",
}
CAUGHT_BY = {PlacesConformance: CAUGHT}


@pytest.mark.parametrize("broken", CAUGHT)
def test_the_clause_named_for_it_catches(broken: type) -> None:
    saboteur = spoiled(PlacesConformance, open_storage, JsonCodec(), broken)
    assert broken_clauses(saboteur, only=CAUGHT[broken]) == {CAUGHT[broken]}


def test_an_honest_storage_breaks_none_of_these() -> None:
    honest = spoiled(PlacesConformance, open_storage, JsonCodec())
    assert broken_clauses(honest, only=" or ".join(CAUGHT.values())) == frozenset()


def test_what_fits_where_is_said_in_the_rosters_own_words() -> None:
    assert set().union(*FITTING.values()) <= {kind.value for kind in NodeKind}
