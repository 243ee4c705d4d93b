"""Reads of the roster, outside of any unit."""

import attrs
import sqlalchemy as sa

from homeroom.kernel.ids import InstitutionId, NodeId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.roster.errors import NodeNotFound
from homeroom.roster.model.nodes import Lineage, Node
from homeroom.roster.ports.queries import EnrolmentFilter, NodeFilter, Seat
from homeroom_adapters.sql.engine import Database
from homeroom_adapters.sql.nodes import Condition, lineage_where, visible
from homeroom_adapters.sql.roster_rows import at_or_below, enrolment_from, node_from
from homeroom_adapters.sql.roster_tables import roster_enrolments as enrolments
from homeroom_adapters.sql.roster_tables import roster_nodes as nodes


@attrs.frozen
class SqlRosterQueries:
    """Reads of nodes and enrolments. What could not be printed stands nowhere."""

    _database: Database

    async def nodes(self, wanted: NodeFilter, page: CursorRequest) -> CursorPage[Node]:
        if not wanted.text.isprintable():
            return CursorPage((), None)
        dialect = self._database.engine.dialect.name
        newest = sa.select(nodes).where(*_fitting(wanted, dialect))
        if page.after is not None:
            newest = newest.where(nodes.c.id < page.after)
        newest = newest.order_by(nodes.c.id.desc()).limit(page.limit + 1)
        async with self._database.read() as connection:
            rows = (await connection.execute(newest)).all()
        return CursorPage.cut([node_from(row) for row in rows], page.limit, lambda one: one.id)

    async def lineage(self, node_id: NodeId, *, reach: InstitutionId | None) -> Lineage:
        async with self._database.read() as connection:
            found = await lineage_where(connection, *visible(node_id, reach))
        if found is None:
            raise NodeNotFound
        return found

    async def seats(self, wanted: EnrolmentFilter, page: CursorRequest) -> CursorPage[Seat]:
        newest = sa.select(enrolments).join(nodes, nodes.c.id == enrolments.c.node_id)
        newest = newest.where(*_seated(wanted))
        if page.after is not None:
            newest = newest.where(enrolments.c.id < page.after)
        newest = newest.order_by(enrolments.c.id.desc()).limit(page.limit + 1)
        async with self._database.read() as connection:
            found = [enrolment_from(row) for row in await connection.execute(newest)]
            places = sa.select(nodes).where(nodes.c.id.in_({one.node_id for one in found}))
            by_id = {row.id: node_from(row) for row in await connection.execute(places)}
        seats = [Seat(enrolment=one, node=by_id[one.node_id]) for one in found]
        return CursorPage.cut(seats, page.limit, lambda one: one.enrolment.id)


def _fitting(wanted: NodeFilter, dialect: str) -> list[Condition]:
    conditions: list[Condition] = []
    if wanted.reach is not None:
        conditions.append(nodes.c.institution_id == wanted.reach)
    if wanted.within is not None:
        conditions.append(at_or_below(wanted.within))
    if wanted.parent is not None:
        conditions.append(nodes.c.parent_id == wanted.parent)
    if wanted.kind is not None:
        conditions.append(nodes.c.kind == wanted.kind.value)
    if wanted.is_active is not None:
        conditions.append(nodes.c.is_active.is_(wanted.is_active))
    if wanted.text:
        # Unlike LIKE, these know no wildcards, and no limit of a pattern's length.
        place = sa.func.instr if dialect == "sqlite" else sa.func.strpos
        conditions.append(place(nodes.c.sought, wanted.text.casefold()) > 0)
    return conditions


def _seated(wanted: EnrolmentFilter) -> list[Condition]:
    conditions: list[Condition] = []
    if wanted.reach is not None:
        conditions.append(enrolments.c.institution_id == wanted.reach)
    if wanted.within is not None:
        conditions.append(at_or_below(wanted.within))
    if wanted.below is not None:
        conditions.append(at_or_below([wanted.below]))
    if wanted.person is not None:
        conditions.append(enrolments.c.person_id == wanted.person)
    if wanted.is_active is not None:
        conditions.append(enrolments.c.is_active.is_(wanted.is_active))
    return conditions
