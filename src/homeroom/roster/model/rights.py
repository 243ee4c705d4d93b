"""What may be asked of the roster, and in which roles."""

from homeroom.kernel.rights import Role, declare

_LOOKING = (Role.ADMIN, Role.CAMPUS_HEAD, Role.DEAN, Role.CHAIRPERSON)

CREATE_NODE = declare(
    "roster.create_node",
    Role.ADMIN,
    lets="Put a place into the tree of one's own school: a campus, a semester, down to a section.",
    everywhere=False,
)
CHANGE_NODE = declare(
    "roster.change_node",
    Role.ADMIN,
    lets="Rename, move, close or reopen a place in the tree.",
)
SEE_NODES = declare(
    "roster.see_nodes",
    *_LOOKING,
    lets="Look through the tree, and at one place in it.",
    at_nodes=True,
)
ENROL = declare(
    "roster.enrol",
    Role.ADMIN,
    lets="Enrol somebody in a course or a section, or end that.",
)
SEE_ENROLMENTS = declare(
    "roster.see_enrolments",
    *_LOOKING,
    lets="Look at who is enrolled somewhere, and where somebody is enrolled.",
    at_nodes=True,
)
OWN_ENROLMENTS = declare(
    "roster.own_enrolments",
    *Role,
    lets="See in which courses one is enrolled.",
    everywhere=False,
)
