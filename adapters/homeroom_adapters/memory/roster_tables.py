"""What of the roster is committed: tables by key."""

import attrs

from homeroom.kernel.ids import EnrolmentId, NodeId
from homeroom.roster.model.enrolments import Enrolment
from homeroom.roster.model.nodes import Node
from homeroom_adapters.memory.tables import Table


def nodes() -> Table[NodeId, Node]:
    return Table(key=lambda one: one.id, unique=lambda _: None, copied=attrs.evolve)


def enrolments() -> Table[EnrolmentId, Enrolment]:
    return Table(
        key=lambda one: one.id,
        unique=lambda one: (one.person_id, one.node_id),
        copied=attrs.evolve,
    )
