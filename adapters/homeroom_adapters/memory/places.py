"""What people's context asks of the roster, in memory."""

from collections.abc import Collection, Mapping

import attrs

from homeroom.kernel.ids import InstitutionId, NodeId
from homeroom.people.model.places import Place, PlaceNotFound
from homeroom.roster.model.nodes import Node
from homeroom_adapters.memory.store import Store


@attrs.frozen
class MemoryPlaces:
    """Reads of nodes, outside of any unit."""

    _store: Store

    async def place(self, node_id: NodeId, *, reach: InstitutionId | None) -> Place:
        found = await self.among([node_id], reach=reach)
        if node_id not in found:
            raise PlaceNotFound
        return found[node_id]

    async def among(
        self, node_ids: Collection[NodeId], *, reach: InstitutionId | None
    ) -> Mapping[NodeId, Place]:
        rows = self._store.nodes.rows
        with self._store.lock:
            found = [rows[one] for one in node_ids if one in rows]
        return {
            node.id: _place(node) for node in found if reach is None or node.institution_id == reach
        }


def _place(node: Node) -> Place:
    return Place(
        id=node.id,
        institution_id=node.institution_id,
        kind=node.kind.value,
        code=node.label.code,
        name=node.label.name,
        lineage=node.path[::-1],
    )
