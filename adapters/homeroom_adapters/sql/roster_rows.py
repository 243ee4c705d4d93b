"""Nodes and enrolments, as rows."""

from collections.abc import Collection
from datetime import UTC
from uuid import UUID

import sqlalchemy as sa

from homeroom.kernel.ids import EnrolmentId, InstitutionId, NodeId, PersonId
from homeroom.roster.model.enrolments import Enrolment, EnrolmentRole, EnrolmentSource
from homeroom.roster.model.nodes import Label, Node, NodeKind
from homeroom_adapters.sql.roster_tables import roster_nodes
from homeroom_adapters.sql.rows import Row

_BETWEEN, _AFTER = "/", "0"
"""What stands between the ids of a path, and the character that comes right after it."""


def path_text(path: Collection[NodeId]) -> str:
    return _BETWEEN.join(one.hex for one in path)


def sought_in(label: Label) -> str:
    """What a search for words looks through."""
    return f"{label.code}\n{label.name}".casefold()


def below(path: sa.ColumnElement[str], top: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Whether what has *path* stands below what has *top*: one stretch of an index."""
    return sa.and_(path >= top + _BETWEEN, path < top + _AFTER)


def at_or_below(node_ids: Collection[NodeId]) -> sa.ColumnElement[bool]:
    """Whether a row of `roster_nodes` is one of these, or stands below one."""
    top, path = roster_nodes.alias("top"), roster_nodes.c.path
    reached = sa.or_(path == top.c.path, below(path, top.c.path))
    return sa.exists().where(top.c.id.in_(node_ids), reached)


def node_cells(node: Node) -> dict[str, object]:
    """The row of `roster_nodes` after a save."""
    return {
        "id": node.id,
        "institution_id": node.institution_id,
        "parent_id": node.parent_id,
        "kind": node.kind.value,
        "code": node.label.code,
        "name": node.label.name,
        "sought": sought_in(node.label),
        "reference": node.label.reference,
        "path": path_text(node.path),
        "is_active": node.is_active,
        "created_at": node.created_at,
        "version": node.version + 1,
    }


def node_from(row: Row) -> Node:
    return Node(
        id=NodeId(row.id),
        institution_id=InstitutionId(row.institution_id),
        kind=NodeKind(row.kind),
        label=Label(code=row.code, name=row.name, reference=row.reference),
        path=tuple(NodeId(UUID(hex=one)) for one in row.path.split(_BETWEEN)),
        is_active=bool(row.is_active),
        created_at=row.created_at.astimezone(UTC),
        version=row.version,
    )


def enrolment_cells(enrolment: Enrolment) -> dict[str, object]:
    """The row of `roster_enrolments` after a save."""
    return {
        "id": enrolment.id,
        "institution_id": enrolment.institution_id,
        "person_id": enrolment.person_id,
        "node_id": enrolment.node_id,
        "role": enrolment.role.value,
        "source": enrolment.source.value,
        "is_active": enrolment.is_active,
        "created_at": enrolment.created_at,
        "version": enrolment.version + 1,
    }


def enrolment_from(row: Row) -> Enrolment:
    return Enrolment(
        id=EnrolmentId(row.id),
        institution_id=InstitutionId(row.institution_id),
        person_id=PersonId(row.person_id),
        node_id=NodeId(row.node_id),
        role=EnrolmentRole(row.role),
        source=EnrolmentSource(row.source),
        is_active=bool(row.is_active),
        created_at=row.created_at.astimezone(UTC),
        version=row.version,
    )
