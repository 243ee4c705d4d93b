"""Nodes and enrolments, in memory."""

from collections.abc import Iterable, Mapping, Sequence
from heapq import nlargest

import attrs

from homeroom.kernel.errors import Conflict
from homeroom.kernel.ids import EnrolmentId, InstitutionId, NodeId, PersonId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.roster.errors import (
    EnrolmentExists,
    EnrolmentNotFound,
    NodeExists,
    NodeNotFound,
    ReferenceTaken,
    StaleEnrolment,
    StaleNode,
)
from homeroom.roster.model.enrolments import Enrolment
from homeroom.roster.model.nodes import Lineage, Node
from homeroom.roster.ports.queries import EnrolmentFilter, NodeFilter, Seat
from homeroom_adapters.memory.outbox import MemoryOutbox
from homeroom_adapters.memory.store import Store
from homeroom_adapters.memory.transaction import Drafts, Transaction


@attrs.frozen
class MemoryNodes:
    """The trees, inside a unit."""

    _transaction: Transaction
    _outbox: MemoryOutbox

    async def get(self, node_id: NodeId, *, reach: InstitutionId | None) -> Lineage:
        drafts = self._transaction.reading()
        found = drafts.nodes.get(node_id)
        if found is None or reach not in (None, found.institution_id):
            raise NodeNotFound
        return _lineage(drafts, found)

    async def by_reference(self, institution_id: InstitutionId, reference: str) -> Lineage | None:
        drafts = self._transaction.reading()
        found = drafts.nodes.select(
            lambda one: (one.institution_id, one.label.reference) == (institution_id, reference)
        )
        return _lineage(drafts, found[0]) if found else None

    async def save(self, node: Node) -> None:
        drafts = await self._transaction.writing()
        known = drafts.nodes.get(node.id)
        if (0 if known is None else known.version) != node.version:
            raise StaleNode
        if drafts.institutions.get(node.institution_id) is None:
            raise Conflict("this place's institution is not there; add the institution first")
        if known is None or known.path != node.path:
            _expect_above(drafts, node)
        _expect_own(drafts, node)
        if known is not None and known.path != node.path:
            _take_along(drafts, known, node)
        node.version += 1
        drafts.nodes.put(node)
        await self._outbox.put(*node.release_events())


def _lineage(drafts: Drafts, node: Node) -> Lineage:
    above = (drafts.nodes.get(one) for one in node.path[:-1])
    return Lineage(node=node, above=[one for one in above if one is not None])


def _expect_above(drafts: Drafts, node: Node) -> None:
    """Raises `StaleNode` if what shall be above *node* is elsewhere by now."""
    if node.parent_id is None:
        return
    above = drafts.nodes.get(node.parent_id)
    if above is None or above.path != node.path[:-1]:
        raise StaleNode


def _expect_own(drafts: Drafts, node: Node) -> None:
    """Raises `ReferenceTaken`, or `NodeExists` for a code that a neighbour has."""
    label, place = node.label, (node.institution_id, node.parent_id)
    others = drafts.nodes.select(
        lambda one: one.id != node.id and one.institution_id == node.institution_id
    )
    if label.reference is not None and any(
        one.label.reference == label.reference for one in others
    ):
        raise ReferenceTaken
    beside = (one for one in others if (one.institution_id, one.parent_id) == place)
    if any(one.label.code == label.code for one in beside):
        raise NodeExists


def _take_along(drafts: Drafts, was: Node, node: Node) -> None:
    depth = len(was.path)
    for one in drafts.nodes.select(
        lambda other: other.id != was.id and other.path[:depth] == was.path
    ):
        one.path = (*node.path, *one.path[depth:])
        one.version += 1
        drafts.nodes.put(one)


@attrs.frozen
class MemoryEnrolments:
    """The enrolments, inside a unit."""

    _transaction: Transaction
    _outbox: MemoryOutbox

    async def get(self, enrolment_id: EnrolmentId, *, reach: InstitutionId | None) -> Enrolment:
        found = self._transaction.reading().enrolments.get(enrolment_id)
        if found is None or reach not in (None, found.institution_id):
            raise EnrolmentNotFound
        return found

    async def of(self, person_id: PersonId) -> Sequence[Enrolment]:
        every = self._transaction.reading().enrolments
        theirs = every.select(lambda one: one.person_id == person_id)
        return sorted(theirs, key=lambda one: one.id, reverse=True)

    async def save(self, enrolment: Enrolment) -> None:
        drafts = await self._transaction.writing()
        known = drafts.enrolments.get(enrolment.id)
        if (0 if known is None else known.version) != enrolment.version:
            raise StaleEnrolment
        place = (enrolment.person_id, enrolment.node_id)
        if drafts.enrolments.holder(place) not in (None, enrolment.id):
            raise EnrolmentExists
        if drafts.persons.get(enrolment.person_id) is None:
            raise Conflict("the person of this enrolment is not there; save the person first")
        if drafts.nodes.get(enrolment.node_id) is None:
            raise Conflict("the place of this enrolment is not there; save the place first")
        enrolment.version += 1
        drafts.enrolments.put(enrolment)
        await self._outbox.put(*enrolment.release_events())

    async def remove(self, person_id: PersonId) -> int:
        drafts = await self._transaction.writing()
        theirs = drafts.enrolments.select(lambda one: one.person_id == person_id)
        for enrolment in theirs:
            drafts.enrolments.remove(enrolment.id)
        return len(theirs)


@attrs.frozen
class MemoryRosterQueries:
    """Reads of nodes and enrolments, outside of any unit."""

    _store: Store

    async def nodes(self, wanted: NodeFilter, page: CursorRequest) -> CursorPage[Node]:
        nodes = self._store.nodes
        with self._store.lock:
            every = list(nodes.rows.values())
        fitting = (
            one for one in every if _fits(one, wanted) and (not page.after or one.id < page.after)
        )
        newest = nlargest(page.limit + 1, fitting, key=lambda one: one.id.int)
        return CursorPage.cut([nodes.copied(one) for one in newest], page.limit, lambda one: one.id)

    async def lineage(self, node_id: NodeId, *, reach: InstitutionId | None) -> Lineage:
        nodes = self._store.nodes
        with self._store.lock:
            found = nodes.rows.get(node_id)
            if found is None or reach not in (None, found.institution_id):
                raise NodeNotFound
            above = [nodes.copied(nodes.rows[one]) for one in found.path[:-1]]
        return Lineage(node=nodes.copied(found), above=above)

    async def seats(self, wanted: EnrolmentFilter, page: CursorRequest) -> CursorPage[Seat]:
        store = self._store
        with store.lock:
            every, nodes = list(store.enrolments.rows.values()), dict(store.nodes.rows)
        newest = nlargest(
            page.limit + 1, _seated(every, nodes, wanted, page), key=lambda one: one.id.int
        )
        seats = [
            Seat(
                enrolment=store.enrolments.copied(one), node=store.nodes.copied(nodes[one.node_id])
            )
            for one in newest
        ]
        return CursorPage.cut(seats, page.limit, lambda one: one.enrolment.id)


def _fits(node: Node, wanted: NodeFilter) -> bool:
    text = wanted.text.casefold()
    return (
        wanted.reach in (None, node.institution_id)
        and (wanted.within is None or not wanted.within.isdisjoint(node.path))
        and wanted.parent in (None, node.parent_id)
        and wanted.kind in (None, node.kind)
        and wanted.is_active in (None, node.is_active)
        and any(text in one.casefold() for one in (node.label.code, node.label.name))
    )


def _seated(
    every: Iterable[Enrolment],
    nodes: Mapping[NodeId, Node],
    wanted: EnrolmentFilter,
    page: CursorRequest,
) -> Iterable[Enrolment]:
    for one in every:
        path = nodes[one.node_id].path
        if (
            wanted.reach in (None, one.institution_id)
            and (wanted.within is None or not wanted.within.isdisjoint(path))
            and (wanted.below is None or wanted.below in path)
            and wanted.person in (None, one.person_id)
            and wanted.is_active in (None, one.is_active)
            and (page.after is None or one.id < page.after)
        ):
            yield one
