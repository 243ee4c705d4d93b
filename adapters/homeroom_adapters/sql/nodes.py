"""Nodes, in a table, inside a unit of work."""

import attrs
import sqlalchemy as sa

from homeroom.kernel.errors import Conflict
from homeroom.kernel.ids import InstitutionId, NodeId
from homeroom.roster.errors import NodeExists, NodeNotFound, ReferenceTaken, StaleNode
from homeroom.roster.model.nodes import Lineage, Node
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.outbox import SqlOutbox
from homeroom_adapters.sql.people_rows import but_for
from homeroom_adapters.sql.roster_rows import below, node_cells, node_from, path_text
from homeroom_adapters.sql.roster_tables import roster_nodes
from homeroom_adapters.sql.rows import Row, insert_unless_taken
from homeroom_adapters.sql.tables import institutions

Condition = sa.ColumnElement[bool]


@attrs.frozen
class SqlNodes:
    """The trees, inside a unit. Whoever changes a tree's shape holds its institution's row, so
    that of two who do neither works with paths that the other is changing."""

    _connection: AsyncConnection
    _outbox: SqlOutbox

    async def get(self, node_id: NodeId, *, reach: InstitutionId | None) -> Lineage:
        found = await lineage_where(self._connection, *visible(node_id, reach))
        if found is None:
            raise NodeNotFound
        return found

    async def by_reference(self, institution_id: InstitutionId, reference: str) -> Lineage | None:
        return await lineage_where(
            self._connection,
            roster_nodes.c.institution_id == institution_id,
            roster_nodes.c.reference == reference,
        )

    async def save(self, node: Node) -> None:
        async with self._connection.begin_nested():
            await (self._insert(node) if node.version == 0 else self._update(node))
        node.version += 1
        await self._outbox.put(*node.release_events())

    async def _insert(self, node: Node) -> None:
        if node.parent_id is not None:
            await self._hold_shape(node)
        if not await insert_unless_taken(self._connection, roster_nodes, node_cells(node)):
            known = await self._path_of(roster_nodes.c.id == node.id)
            raise StaleNode if known is not None else await self._taken(node)

    async def _update(self, node: Node) -> None:
        same = (roster_nodes.c.id == node.id, roster_nodes.c.version == node.version)
        was = await self._path_of(*same)
        if was is None:
            raise StaleNode
        moves = was != path_text(node.path)
        if moves:
            await self._hold_shape(node)
        change = sa.update(roster_nodes).where(*same).values(but_for("id", node_cells(node)))
        try:
            async with self._connection.begin_nested():
                updated = await self._connection.execute(change)
        except Conflict as refused:
            raise await self._taken(node) from refused
        if updated.rowcount == 0:
            raise StaleNode
        if moves:
            await self._take_along(was, path_text(node.path))

    async def _hold_shape(self, node: Node) -> None:
        """Raises `StaleNode` if what shall be above *node* is elsewhere by now."""
        whose = sa.select(institutions.c.id).where(institutions.c.id == node.institution_id)
        await self._connection.execute(whose.with_for_update(key_share=True))
        if node.parent_id is None:
            return
        above = await self._path_of(roster_nodes.c.id == node.parent_id)
        if above != path_text(node.path[:-1]):
            raise StaleNode

    async def _take_along(self, was: str, path: str) -> None:
        """What is below comes along; whoever read any of it before finds it changed."""
        rest = sa.func.substr(roster_nodes.c.path, len(was) + 1, type_=sa.Text())
        moved = sa.update(roster_nodes).where(below(roster_nodes.c.path, _text(was)))
        changed = moved.values(path=_text(path) + rest, version=roster_nodes.c.version + 1)
        await self._connection.execute(changed)

    async def _path_of(self, *where: Condition) -> str | None:
        wanted = sa.select(roster_nodes.c.path).where(*where)
        path: str | None = (await self._connection.execute(wanted)).scalar_one_or_none()
        return path

    async def _taken(self, node: Node) -> Conflict:
        """Which of the two things that are nobody else's *node* would have."""
        if node.label.reference is not None:
            holder = await self._path_of(
                roster_nodes.c.institution_id == node.institution_id,
                roster_nodes.c.reference == node.label.reference,
                roster_nodes.c.id != node.id,
            )
            if holder is not None:
                return ReferenceTaken()
        return NodeExists()


def visible(node_id: NodeId, reach: InstitutionId | None) -> list[Condition]:
    within = [] if reach is None else [roster_nodes.c.institution_id == reach]
    return [roster_nodes.c.id == node_id, *within]


async def lineage_where(connection: AsyncConnection, *where: Condition) -> Lineage | None:
    """The one node of which this is true, and all that it stands below."""
    row = (await connection.execute(sa.select(roster_nodes).where(*where))).one_or_none()
    if row is None:
        return None
    node = node_from(row)
    return Lineage(node=node, above=await _above(connection, node))


async def _above(connection: AsyncConnection, node: Node) -> list[Node]:
    if node.parent_id is None:
        return []
    wanted = sa.select(roster_nodes).where(roster_nodes.c.id.in_(node.path[:-1]))
    rows: list[Row] = list((await connection.execute(wanted)).all())
    return sorted(map(node_from, rows), key=lambda one: len(one.path))


def _text(value: str) -> sa.ColumnElement[str]:
    return sa.literal(value, sa.Text())
