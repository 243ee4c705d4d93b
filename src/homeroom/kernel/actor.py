"""Who acts: the first argument of every use case that needs a right."""

import enum

import attrs

from homeroom.kernel.errors import Forbidden
from homeroom.kernel.ids import InstitutionId, PersonId


class Role(enum.Enum):
    """What somebody is in an institution."""

    SUPER_ADMIN = "SUPER_ADMIN"
    ADMIN = "ADMIN"
    CAMPUS_HEAD = "CAMPUS_HEAD"
    DEAN = "DEAN"
    CHAIRPERSON = "CHAIRPERSON"
    TEACHER = "TEACHER"
    STUDENT = "STUDENT"
    SERVICE = "SERVICE"


class NotAllowed(Forbidden):
    """Your role does not allow this. Ask an administrator of your institution."""

    code = "not_allowed"


@attrs.frozen(kw_only=True)
class Actor:
    """Whoever asks: proven by a key or a session, never by the request's body."""

    institution_id: InstitutionId
    roles: frozenset[Role]
    person_id: PersonId | None = None
    scopes: frozenset[str] = frozenset()

    @property
    def reach(self) -> InstitutionId | None:
        """The one institution this actor sees; None means every one."""
        return None if Role.SUPER_ADMIN in self.roles else self.institution_id

    def require(self, *roles: Role) -> None:
        """Raises `NotAllowed` unless the actor holds one of *roles*; a super admin holds all."""
        if self.roles.isdisjoint({Role.SUPER_ADMIN, *roles}):
            raise NotAllowed
