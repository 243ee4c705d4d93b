"""What the roster tells: places that came, changed and moved, and who is enrolled, by id alone."""

import attrs

from homeroom.kernel.aggregates import Event, event
from homeroom.kernel.ids import EnrolmentId, NodeId, PersonId


@event("roster.node_created.v1")
@attrs.frozen(kw_only=True)
class NodeCreated(Event):
    """A place stands in the tree from now on."""

    node_id: NodeId


@event("roster.node_changed.v1")
@attrs.frozen(kw_only=True)
class NodeChanged(Event):
    """A place has another code, name or reference."""

    node_id: NodeId


@event("roster.node_moved.v1")
@attrs.frozen(kw_only=True)
class NodeMoved(Event):
    """A place stands below another one now, with all that is below it."""

    node_id: NodeId


@event("roster.node_closed.v1")
@attrs.frozen(kw_only=True)
class NodeShut(Event):
    """A place, and all that is below it, takes nobody and nothing new."""

    node_id: NodeId


@event("roster.node_reopened.v1")
@attrs.frozen(kw_only=True)
class NodeReopened(Event):
    """A place that was closed is open again."""

    node_id: NodeId


@event("roster.enrolled.v1")
@attrs.frozen(kw_only=True)
class Enrolled(Event):
    """Somebody teaches or attends a course or a section from now on."""

    enrolment_id: EnrolmentId
    person_id: PersonId
    node_id: NodeId


@event("roster.enrolment_changed.v1")
@attrs.frozen(kw_only=True)
class EnrolmentChanged(Event):
    """Somebody attends what they taught, or the other way round; or another one says so."""

    enrolment_id: EnrolmentId
    person_id: PersonId
    node_id: NodeId


@event("roster.unenrolled.v1")
@attrs.frozen(kw_only=True)
class Unenrolled(Event):
    """Somebody neither teaches nor attends a course or a section any more."""

    enrolment_id: EnrolmentId
    person_id: PersonId
    node_id: NodeId
