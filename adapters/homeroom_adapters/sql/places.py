"""What people's context asks of the roster, in tables."""

from collections.abc import Collection, Mapping
from uuid import UUID

import attrs
import sqlalchemy as sa

from homeroom.kernel.ids import InstitutionId, NodeId
from homeroom.people.model.places import Place, PlaceNotFound
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.roster_tables import roster_nodes
from homeroom_adapters.sql.rows import Row

_COLUMNS = tuple(
    roster_nodes.c[name] for name in ("id", "institution_id", "kind", "code", "name", "path")
)


@attrs.frozen
class SqlPlaces:
    """Reads of nodes, outside of any unit."""

    _database: Database

    async def place(self, node_id: NodeId, *, reach: InstitutionId | None) -> Place:
        found = await self.among([node_id], reach=reach)
        if node_id not in found:
            raise PlaceNotFound
        return found[node_id]

    async def among(
        self, node_ids: Collection[NodeId], *, reach: InstitutionId | None
    ) -> Mapping[NodeId, Place]:
        if not node_ids:
            return {}
        wanted = sa.select(*_COLUMNS).where(roster_nodes.c.id.in_(node_ids))
        if reach is not None:
            wanted = wanted.where(roster_nodes.c.institution_id == reach)
        async with self._database.read() as connection:
            places = map(_place, await connection.execute(wanted))
            return {place.id: place for place in places}


def _place(row: Row) -> Place:
    return Place(
        id=NodeId(row.id),
        institution_id=InstitutionId(row.institution_id),
        kind=row.kind,
        code=row.code,
        name=row.name,
        lineage=tuple(NodeId(UUID(one)) for one in reversed(row.path.split("/"))),
    )
