"""Places for nodes and enrolments."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from homeroom.kernel.ids import EnrolmentId, InstitutionId, NodeId, PersonId
from homeroom.kernel.unit_of_work import UnitOfWork
from homeroom.roster.model.enrolments import Enrolment
from homeroom.roster.model.nodes import Lineage, Node


class Nodes(Protocol):
    """The trees of every school; `save` puts released events in the outbox, atomically.

    Conformance: `homeroom_testing.conformance.nodes.NodesConformance`.
    """

    async def get(self, node_id: NodeId, *, reach: InstitutionId | None) -> Lineage:
        """Raises `NodeNotFound`, also for a node of an institution out of *reach*."""
        ...

    async def by_reference(self, institution_id: InstitutionId, reference: str) -> Lineage | None:
        """What the learning platform calls so, in that institution's tree."""
        ...

    async def save(self, node: Node) -> None:
        """Raises `StaleNode` after a newer save, or if what is above it was moved meanwhile;
        `NodeExists` if a neighbour has its code, `ReferenceTaken` if another has its reference.

        What stands below a node that moved comes along, and whoever read it before is stale.
        Whoever is refused leaves the unit as it was.
        """
        ...


class Enrolments(Protocol):
    """Everybody's enrolments, also those that count no more; `save` puts released events in the
    outbox, atomically.

    Conformance: `homeroom_testing.conformance.enrolments.EnrolmentsConformance`.
    """

    async def get(self, enrolment_id: EnrolmentId, *, reach: InstitutionId | None) -> Enrolment:
        """Raises `EnrolmentNotFound`, also for one of an institution out of *reach*."""
        ...

    async def of(self, person_id: PersonId) -> Sequence[Enrolment]:
        """Theirs, newest first."""
        ...

    async def save(self, enrolment: Enrolment) -> None:
        """Raises `StaleEnrolment` after a newer save, `EnrolmentExists` if that person has
        another one there. Whoever is refused leaves the unit as it was."""
        ...

    async def remove(self, person_id: PersonId) -> int:
        """Take away all of theirs; how many."""
        ...


class RosterUnit(UnitOfWork, Protocol):
    """One transaction over the roster."""

    @property
    def nodes(self) -> Nodes: ...

    @property
    def enrolments(self) -> Enrolments: ...


@runtime_checkable
class StartRosterUnit(Protocol):
    def __call__(self) -> RosterUnit: ...
