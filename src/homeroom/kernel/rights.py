"""What may be done here, and in which roles: the table that every use case asks.

Each context writes its own part of it, in a module that holds nothing else.
"""

import enum
import re
from collections.abc import Iterator, Mapping

import attrs
from attrs.validators import matches_re

_SHAPE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


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

    @classmethod
    def _missing_(cls, value: object) -> "Role | None":
        """Wherever a role is read, what another system calls it is understood, too."""
        return cls[ALSO_CALLED[value]] if isinstance(value, str) and value in ALSO_CALLED else None


ALSO_CALLED: Mapping[str, str] = {"FACULTY": "TEACHER"}
"""Other words for a role, which are understood and never told."""

EVERYBODY = frozenset(Role)

HELD_AT_NODES = frozenset({Role.CAMPUS_HEAD, Role.DEAN, Role.CHAIRPERSON, Role.TEACHER})
"""What somebody may be at one node of the roster alone; the rest, only in a whole institution."""


@attrs.frozen
class Right:
    """One thing that may be done by whoever is, in their institution, one of *roles*.

    A super admin has every right, also where *roles* names nobody. What every role has, everybody
    has who is known here, also before they were given a role.
    """

    name: str = attrs.field(validator=matches_re(_SHAPE))
    roles: frozenset[Role]
    lets: str
    """What one may do with it, in a sentence."""

    everywhere: bool
    """Whether it concerns what is there already, which a super admin reaches anywhere."""

    at_nodes: bool = False
    """Whether it is asked of a node of the roster, where a role held there gives it too."""

    def is_held_in(self, roles: frozenset[Role]) -> bool:
        """Whether somebody with *roles* has it in their own institution."""
        return (
            Role.SUPER_ADMIN in roles or not roles.isdisjoint(self.roles) or self.roles == EVERYBODY
        )


class Rights:
    """The table of rights. A name stands for one right for ever."""

    def __init__(self) -> None:
        self._known: dict[str, Right] = {}

    def add(self, right: Right) -> Right:
        """Refuses a name that is taken."""
        if right.name in self._known:
            raise ValueError(f"right name {right.name!r} is taken")
        self._known[right.name] = right
        return right

    def named(self, name: str) -> Right | None:
        """The right of this name, or None if this process does not know it."""
        return self._known.get(name)

    def __iter__(self) -> Iterator[Right]:
        """By name."""
        return iter(sorted(self._known.values(), key=lambda right: right.name))


rights = Rights()


def declare(
    name: str, *roles: Role, lets: str, everywhere: bool = True, at_nodes: bool = False
) -> Right:
    """A new row of the table."""
    return rights.add(Right(name, frozenset(roles), lets, everywhere, at_nodes))
