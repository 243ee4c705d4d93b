"""What the roster refuses."""

from homeroom.kernel.errors import Conflict, Invalid, NotFound, Stale


class NodeNotFound(NotFound):
    """There is no such place in the tree of this school."""

    code = "node_not_found"


class NodeExists(Conflict):
    """Something beside it has this code already. Choose another."""

    code = "node_exists"


class ReferenceTaken(Conflict):
    """The learning platform's thing of this reference stands in the tree already."""

    code = "node_reference_taken"


class StaleNode(Stale):
    """Someone changed this place, or what is above it, at the same time. Read it again."""

    code = "stale_node"


class BadNode(Invalid):
    """This place cannot be kept as given."""

    code = "bad_node"


class WrongPlace(Invalid):
    """This cannot stand there: a campus holds semesters, they departments, and so on down."""

    code = "wrong_place"


class NodeClosed(Conflict):
    """This place, or one above it, is closed. Open it first."""

    code = "node_closed"


class EnrolmentNotFound(NotFound):
    """There is no such enrolment."""

    code = "enrolment_not_found"


class EnrolmentExists(Conflict):
    """This person is enrolled there already."""

    code = "enrolment_exists"


class StaleEnrolment(Stale):
    """Someone changed this enrolment at the same time. Read it again and decide anew."""

    code = "stale_enrolment"


class BadEnrolment(Invalid):
    """Nobody can be enrolled there: people are enrolled in courses and sections."""

    code = "bad_enrolment"
