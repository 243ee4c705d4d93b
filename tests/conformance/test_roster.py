"""The storages sign the suites of the roster, and broken ones are caught."""

from collections.abc import Sequence

import attrs
import pytest
from storage_grounds import InMemory, OnPostgres, OnSqlite

from homeroom.kernel.ids import EnrolmentId, InstitutionId, NodeId, PersonId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.roster.model.enrolments import Enrolment
from homeroom.roster.model.nodes import Lineage, Node
from homeroom.roster.ports.queries import EnrolmentFilter, NodeFilter, Seat
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.roster import MemoryEnrolments, MemoryNodes, MemoryRosterQueries
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.enrolments import EnrolmentsConformance
from homeroom_testing.conformance.nodes import NodesConformance
from homeroom_testing.conformance.roster_queries import RosterQueriesConformance
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class TestNodesInMemory(InMemory, NodesConformance): ...


class TestNodesOnSqlite(OnSqlite, NodesConformance): ...


class TestNodesOnPostgres(OnPostgres, NodesConformance): ...


class TestEnrolmentsInMemory(InMemory, EnrolmentsConformance): ...


class TestEnrolmentsOnSqlite(OnSqlite, EnrolmentsConformance): ...


class TestEnrolmentsOnPostgres(OnPostgres, EnrolmentsConformance): ...


class TestRosterQueriesInMemory(InMemory, RosterQueriesConformance): ...


class TestRosterQueriesOnSqlite(OnSqlite, RosterQueriesConformance): ...


class TestRosterQueriesOnPostgres(OnPostgres, RosterQueriesConformance): ...


class OpensWhatIsClosed(MemoryNodes):
    async def save(self, node: Node) -> None:
        await super().save(node)
        (await self._transaction.writing()).nodes.put(attrs.evolve(node, is_active=True))


class FindsForeignNodes(MemoryNodes):
    async def get(self, node_id: NodeId, *, reach: InstitutionId | None) -> Lineage:
        return await super().get(node_id, reach=None)


class KnowsNoAncestors(MemoryNodes):
    async def get(self, node_id: NodeId, *, reach: InstitutionId | None) -> Lineage:
        return attrs.evolve(await super().get(node_id, reach=reach), above=())


class SearchesEverywhere(MemoryNodes):
    async def by_reference(self, institution_id: InstitutionId, reference: str) -> Lineage | None:
        every = self._transaction.reading().nodes.select(lambda one: bool(one.label.reference))
        return Lineage(node=every[0]) if every else None


class Bare(MemoryNodes):
    """Writes over whatever is there."""

    async def save(self, node: Node) -> None:
        drafts = await self._transaction.writing()
        node.version += 1
        drafts.nodes.put(node)
        await self._outbox.put(*node.release_events())


class TakesNothingAlong(MemoryNodes):
    async def save(self, node: Node) -> None:
        drafts = await self._transaction.writing()
        depth = len(node.path)
        below = drafts.nodes.select(lambda one: len(one.path) > depth and node.id in one.path)
        await super().save(node)
        for one in below:
            drafts.nodes.put(one)


class TellsTwice(MemoryNodes):
    async def save(self, node: Node) -> None:
        await self._outbox.put(*node._pending)
        await super().save(node)


class BringsEverybodyBack(MemoryEnrolments):
    async def save(self, enrolment: Enrolment) -> None:
        await super().save(enrolment)
        kept = attrs.evolve(enrolment, is_active=True)
        (await self._transaction.writing()).enrolments.put(kept)


class FindsForeignEnrolments(MemoryEnrolments):
    async def get(self, enrolment_id: EnrolmentId, *, reach: InstitutionId | None) -> Enrolment:
        return await super().get(enrolment_id, reach=None)


class OldestFirst(MemoryEnrolments):
    async def of(self, person_id: PersonId) -> Sequence[Enrolment]:
        return list(reversed(await super().of(person_id)))


class LetsAnybodyIn(MemoryEnrolments):
    """Writes over whatever is there."""

    async def save(self, enrolment: Enrolment) -> None:
        drafts = await self._transaction.writing()
        enrolment.version += 1
        drafts.enrolments.put(enrolment)
        await self._outbox.put(*enrolment.release_events())


class LosesEvents(MemoryEnrolments):
    async def save(self, enrolment: Enrolment) -> None:
        enrolment.release_events()
        await super().save(enrolment)


class ForgetsToRemove(MemoryEnrolments):
    async def remove(self, person_id: PersonId) -> int:
        return 0


class Nodes(MemoryRosterQueries):
    """Spoils what it is asked for."""

    async def nodes(self, wanted: NodeFilter, page: CursorRequest) -> CursorPage[Node]:
        return await super().nodes(self.spoilt(wanted), page)

    def spoilt(self, wanted: NodeFilter) -> NodeFilter:
        raise NotImplementedError


class ReachesEverything(Nodes):
    def spoilt(self, wanted: NodeFilter) -> NodeFilter:
        return attrs.evolve(wanted, reach=None)


class AsksForNoKind(Nodes):
    def spoilt(self, wanted: NodeFilter) -> NodeFilter:
        return attrs.evolve(wanted, kind=None)


class AsksForNoWords(Nodes):
    def spoilt(self, wanted: NodeFilter) -> NodeFilter:
        return attrs.evolve(wanted, text="")


class KnowsNoBounds(Nodes):
    def spoilt(self, wanted: NodeFilter) -> NodeFilter:
        return attrs.evolve(wanted, within=None)


class TellsForeignLineages(MemoryRosterQueries):
    async def lineage(self, node_id: NodeId, *, reach: InstitutionId | None) -> Lineage:
        return await super().lineage(node_id, reach=None)


class ForgetsWhere(MemoryRosterQueries):
    async def seats(self, wanted: EnrolmentFilter, page: CursorRequest) -> CursorPage[Seat]:
        return await super().seats(attrs.evolve(wanted, below=None), page)


class SeatsEverybody(MemoryRosterQueries):
    async def seats(self, wanted: EnrolmentFilter, page: CursorRequest) -> CursorPage[Seat]:
        return await super().seats(attrs.evolve(wanted, reach=None), page)


CAUGHT_BY: dict[type[StorageConformance], dict[type, str]] = {
    NodesConformance: {
        OpensWhatIsClosed: "test_a_node_comes_back_as_it_went",
        FindsForeignNodes: "test_a_node_out_of_reach_is_not_found",
        KnowsNoAncestors: "test_a_node_comes_with_all_that_it_stands_below",
        SearchesEverywhere: "test_a_node_is_found_by_its_reference_in_its_own_institution",
        Bare: "test_no_two_neighbours_have_one_code",
        TakesNothingAlong: "test_what_is_below_comes_along",
        TellsTwice: "test_a_change_is_told_once_it_is_committed",
    },
    EnrolmentsConformance: {
        BringsEverybodyBack: "test_an_enrolment_comes_back_as_it_went",
        FindsForeignEnrolments: "test_an_enrolment_out_of_reach_is_not_found",
        OldestFirst: "test_somebodys_are_told_newest_first_and_nobody_elses",
        LetsAnybodyIn: "test_nobody_is_enrolled_twice_in_one_place",
        LosesEvents: "test_a_change_is_told_once_it_is_committed",
        ForgetsToRemove: "test_all_of_somebodys_are_taken_away_and_nobody_elses",
    },
    RosterQueriesConformance: {
        ReachesEverything: "test_nodes_come_newest_first_and_only_within_reach",
        AsksForNoKind: "test_nodes_are_found_by_what_they_are_and_stand_below",
        AsksForNoWords: "test_nodes_are_found_by_words_in_any_case",
        KnowsNoBounds: "test_within_some_nodes_only_they_and_what_is_below_them_are_found",
        TellsForeignLineages: "test_a_lineage_out_of_reach_is_not_found",
        ForgetsWhere: "test_seats_are_found_by_whose_and_where_they_are",
        SeatsEverybody: "test_seats_come_newest_first_and_only_within_reach",
    },
}
CASES = [(suite, *case) for suite, caught in CAUGHT_BY.items() for case in caught.items()]


@pytest.mark.parametrize(("suite", "broken", "clause"), CASES)
def test_the_clause_named_for_it_catches(
    suite: type[StorageConformance], broken: type, clause: str
) -> None:
    saboteur = spoiled(suite, open_storage, JsonCodec(), broken)
    assert broken_clauses(saboteur, only=clause) == {clause}


@pytest.mark.parametrize("suite", CAUGHT_BY)
def test_an_honest_storage_breaks_none_of_these(suite: type[StorageConformance]) -> None:
    honest = spoiled(suite, open_storage, JsonCodec())
    assert broken_clauses(honest, only=" or ".join(CAUGHT_BY[suite].values())) == frozenset()
