"""Places and enrolments on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from homeroom.roster.model.enrolments import EnrolmentRole
from homeroom.roster.model.nodes import Lineage, Node, NodeKind
from homeroom.roster.ports.queries import Seat
from homeroom_entrypoints.web.wire import Wire

_Code = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_Reference = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class NewNodeBody(Wire, frozen=True):
    kind: NodeKind
    code: _Code
    """What no neighbour of it is called."""

    name: _Name
    reference: _Reference | None = None
    """What it is in the learning platform, such as `course:7`."""

    parent_id: UUID | None = None
    """What it stands below; without it, it is a root."""


class NodeChange(Wire, frozen=True):
    """What is left out stays as it is."""

    code: _Code | msgspec.UnsetType = msgspec.UNSET
    name: _Name | msgspec.UnsetType = msgspec.UNSET
    reference: _Reference | msgspec.UnsetType | None = msgspec.UNSET


class MoveBody(Wire, frozen=True):
    parent_id: UUID | None
    """What it shall stand below; null makes it a root."""


class NodeBrief(Wire, frozen=True):
    id: UUID
    kind: str
    code: str
    name: str

    @classmethod
    def of(cls, node: Node) -> "NodeBrief":
        return cls(id=node.id, kind=node.kind.value, code=node.label.code, name=node.label.name)


class NodeAnswer(Wire, frozen=True):
    id: UUID
    institution_id: UUID
    parent_id: UUID | None
    kind: str
    code: str
    name: str
    reference: str | None
    is_active: bool
    """Whether it is open, as far as it depends on itself."""

    created_at: datetime

    @classmethod
    def of(cls, node: Node) -> "NodeAnswer":
        return cls(
            id=node.id,
            institution_id=node.institution_id,
            parent_id=node.parent_id,
            kind=node.kind.value,
            code=node.label.code,
            name=node.label.name,
            reference=node.label.reference,
            is_active=node.is_active,
            created_at=node.created_at,
        )


class NodesAnswer(Wire, frozen=True):
    data: list[NodeAnswer]
    next_cursor: str | None


class LineageAnswer(Wire, frozen=True):
    """A place, and what it stands below, the root first."""

    node: NodeAnswer
    above: list[NodeBrief]
    is_open: bool
    """Whether it and all above it are."""

    @classmethod
    def of(cls, found: Lineage) -> "LineageAnswer":
        return cls(
            node=NodeAnswer.of(found.node),
            above=[NodeBrief.of(one) for one in found.above],
            is_open=found.is_open,
        )


class NewEnrolmentBody(Wire, frozen=True):
    person_id: UUID
    node_id: UUID
    role: EnrolmentRole


class EnrolmentAnswer(Wire, frozen=True):
    """Somebody's place in a course or a section; `source` is `auto` or `manual`."""

    id: UUID
    institution_id: UUID
    person_id: UUID
    role: str
    source: str
    is_active: bool
    created_at: datetime
    node: NodeBrief

    @classmethod
    def of(cls, seat: Seat) -> "EnrolmentAnswer":
        enrolment = seat.enrolment
        return cls(
            id=enrolment.id,
            institution_id=enrolment.institution_id,
            person_id=enrolment.person_id,
            role=enrolment.role.value,
            source=enrolment.source.value,
            is_active=enrolment.is_active,
            created_at=enrolment.created_at,
            node=NodeBrief.of(seat.node),
        )


class EnrolmentsAnswer(Wire, frozen=True):
    data: list[EnrolmentAnswer]
    next_cursor: str | None
