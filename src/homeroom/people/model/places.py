"""Places: the nodes of the roster as people see them, and who may be what at which of them."""

from collections.abc import Collection, Mapping

import attrs

from homeroom.kernel.actor import Lineage
from homeroom.kernel.errors import Invalid, NotFound, Problem
from homeroom.kernel.ids import InstitutionId, NodeId
from homeroom.kernel.rights import HELD_AT_NODES, Role


class PlaceNotFound(NotFound):
    """There is no such node in the roster."""

    code = "place_not_found"


class PostRefused(Invalid):
    """Nobody can hold this role there."""

    code = "post_refused"


class PostNotFound(NotFound):
    """Nobody gave them this role at this node. What came from elsewhere is changed there."""

    code = "post_not_found"


FITTING: Mapping[Role, frozenset[str]] = {
    Role.CAMPUS_HEAD: frozenset({"CAMPUS"}),
    Role.DEAN: frozenset({"DEPARTMENT"}),
    Role.CHAIRPERSON: frozenset({"PROGRAM"}),
    Role.TEACHER: frozenset({"CAMPUS", "DEPARTMENT", "PROGRAM"}),
}
"""At which kinds of node a role is held. Whoever teaches a course is enrolled there."""


@attrs.frozen(kw_only=True)
class Place:
    """A node of an institution's roster: what it is, and what it hangs below."""

    id: NodeId
    institution_id: InstitutionId
    kind: str
    """As the roster calls it."""

    code: str
    name: str
    lineage: Lineage
    """Itself, and all that it hangs below, up to the root."""

    def expect_to_fit(self, role: Role) -> None:
        """Raises `PostRefused` unless *role* is held at nodes, and at nodes of this kind."""
        expect_held_at_nodes([role])
        if self.kind not in FITTING[role]:
            kinds = " or ".join(f"a {kind}" for kind in sorted(FITTING[role]))
            why = f"{role.value} is held at {kinds}, and this is a {self.kind}: name another node"
            raise PostRefused(problems=[Problem("nodeId", why)])


def expect_held_at_nodes(roles: Collection[Role]) -> None:
    """Raises `PostRefused` for what is held in a whole institution, or comes by enrolling."""
    said = {role.value: _why_not(role) for role in roles if role not in HELD_AT_NODES}
    if said:
        raise PostRefused(problems=[Problem("role", why) for _, why in sorted(said.items())])


def _why_not(role: Role) -> str:
    if role is Role.STUDENT:
        return "whoever attends a course is enrolled in it: enrol them there"
    return f"{role.value} is held in a whole institution: give it to the person, at no node"
