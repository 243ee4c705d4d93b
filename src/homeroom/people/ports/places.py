"""What people's context needs of the roster: what a node is, and what it hangs below."""

from collections.abc import Collection, Mapping
from typing import Protocol, runtime_checkable

from homeroom.kernel.ids import InstitutionId, NodeId
from homeroom.people.model.places import Place


@runtime_checkable
class Places(Protocol):
    """The nodes of every roster, as they are now, closed ones too. Reads that take no locks.

    Conformance: `homeroom_testing.conformance.places.PlacesConformance`.
    """

    async def place(self, node_id: NodeId, *, reach: InstitutionId | None) -> Place:
        """Raises `PlaceNotFound`, also for a node of an institution out of *reach*."""
        ...

    async def among(
        self, node_ids: Collection[NodeId], *, reach: InstitutionId | None
    ) -> Mapping[NodeId, Place]:
        """Those of them that are there, and within *reach*."""
        ...
