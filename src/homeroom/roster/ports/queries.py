"""Reads of the roster that take no locks."""

from typing import Protocol, runtime_checkable

import attrs

from homeroom.kernel.ids import InstitutionId, NodeId, PersonId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.roster.model.enrolments import Enrolment
from homeroom.roster.model.nodes import Lineage, Node, NodeKind


@attrs.frozen(kw_only=True)
class NodeFilter:
    """Which nodes are looked for. Text is found in codes and names, in any case."""

    reach: InstitutionId | None
    within: frozenset[NodeId] | None = None
    """Only these, and what is below them; None is everywhere."""

    parent: NodeId | None = None
    """Only what stands right below this one."""

    kind: NodeKind | None = None
    text: str = ""
    is_active: bool | None = None


@attrs.frozen(kw_only=True)
class EnrolmentFilter:
    """Which enrolments are looked for."""

    reach: InstitutionId | None
    within: frozenset[NodeId] | None = None
    """Only in these nodes, and in what is below them; None is everywhere."""

    person: PersonId | None = None
    below: NodeId | None = None
    """Only in this node, and in what is below it."""

    is_active: bool | None = None


@attrs.frozen(kw_only=True)
class Seat:
    """An enrolment, and where it is."""

    enrolment: Enrolment
    node: Node


@runtime_checkable
class RosterQueries(Protocol):
    """Reads that take no locks.

    Conformance: `homeroom_testing.conformance.roster_queries.RosterQueriesConformance`.
    """

    async def nodes(self, wanted: NodeFilter, page: CursorRequest) -> CursorPage[Node]:
        """Newest first."""
        ...

    async def lineage(self, node_id: NodeId, *, reach: InstitutionId | None) -> Lineage:
        """Raises `NodeNotFound`."""
        ...

    async def seats(self, wanted: EnrolmentFilter, page: CursorRequest) -> CursorPage[Seat]:
        """Newest first."""
        ...
