"""Who acts: the first argument of every use case that needs a right, and whether they may."""

from collections.abc import Collection

import attrs
from attrs.validators import in_

from homeroom.kernel.errors import Forbidden
from homeroom.kernel.ids import ApiKeyId, InstitutionId, NodeId, PersonId, SessionId
from homeroom.kernel.rights import HELD_AT_NODES, Right, Role

__all__ = [
    "Actor",
    "Lineage",
    "NotAllowed",
    "PasswordNotChosen",
    "Post",
    "Role",
    "may",
]  # roles are spoken of where actors are


class NotAllowed(Forbidden):
    """Your role does not allow this. Ask an administrator of your institution."""

    code = "not_allowed"


class PasswordNotChosen(NotAllowed):
    """Somebody else chose your password. Choose one of your own first, and sign in with it."""

    code = "password_not_chosen"


Lineage = Collection[NodeId]
"""A node of the roster, and all that it hangs below, up to the root."""


@attrs.frozen
class Post:
    """A role held at one node of the roster, and so over all that hangs below it."""

    role: Role = attrs.field(validator=in_(HELD_AT_NODES))
    at: NodeId


@attrs.frozen(kw_only=True)
class Actor:
    """Whoever asks: proven by a key or a session, never by the request's body."""

    institution_id: InstitutionId
    roles: frozenset[Role]
    """What they are in the whole institution."""

    posts: frozenset[Post] = frozenset()
    """What they are at some of its nodes alone."""

    person_id: PersonId | None = None
    session_id: SessionId | None = None
    api_key_id: ApiKeyId | None = None
    scopes: frozenset[str] = frozenset()
    held_back: bool = False
    """Somebody else chose their password: until they have chosen one, no role of theirs counts."""

    @property
    def reach(self) -> InstitutionId | None:
        """The one institution this actor sees; None means every one."""
        return None if Role.SUPER_ADMIN in self.roles else self.institution_id

    @property
    def nodes(self) -> Lineage:
        """Where they are something, besides what they are everywhere."""
        return frozenset(post.at for post in self.posts)

    def roles_at(self, lineage: Lineage) -> frozenset[Role]:
        """What they are at a node, of which this is the lineage."""
        if self.held_back:
            return frozenset()
        return self.roles.union(post.role for post in self.posts if post.at in lineage)

    def require(self, right: Right, *, at: Lineage = ()) -> None:
        """Raises `NotAllowed` unless the actor has *right*, in their own institution at least.

        With a lineage, a role that they hold at any node of it counts there too; with their own
        `nodes`, whoever has it nowhere is refused before anything is looked up.
        """
        if not may(self, right, at=at):
            raise PasswordNotChosen if self.held_back else NotAllowed


def may(
    actor: Actor, right: Right, institution_id: InstitutionId | None = None, *, at: Lineage = ()
) -> bool:
    """Whether *actor* has *right* over what belongs to that institution; None is their own.

    What is another institution's is for super admins alone, and only if it is there already:
    what they make or ask for, they too do in their own. Of what hangs at a node, *at* is the
    lineage: a role held there counts as one held everywhere, for rights that are asked of nodes.
    """
    if at and not right.at_nodes:
        raise ValueError(f"{right.name} is asked of a node: declare it with at_nodes=True")
    if institution_id in (None, actor.institution_id):
        return right.is_held_in(actor.roles_at(at))
    return right.everywhere and actor.reach is None
