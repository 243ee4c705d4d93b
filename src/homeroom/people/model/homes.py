"""Homes: the campus, department and program that somebody belongs to, as far as it is known."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import attrs

from homeroom.kernel.ids import NodeId
from homeroom.kernel.rights import Role
from homeroom.people.model.persons import HeldRole, Person, RoleSource
from homeroom.people.model.places import Place

CAMPUS, DEPARTMENT, PROGRAM = KINDS = ("CAMPUS", "DEPARTMENT", "PROGRAM")

Known = Mapping[NodeId, Place]
Line = Mapping[str, Place]
"""Of each of these kinds the place that something is, or hangs below."""


@attrs.frozen(kw_only=True)
class Home:
    """Where somebody belongs. What an administrator assigned counts before what was found out."""

    at: Line = attrs.field(factory=dict[str, Place])
    assigned: frozenset[str] = frozenset()
    """The kinds that an administrator assigned; the rest was found out."""

    lms_number: int | None = None
    """What their account in the learning platform is called there."""

    def source(self, kind: str) -> RoleSource:
        return RoleSource.MANUAL if kind in self.assigned else RoleSource.AUTO


def home_of(person: Person, seats: Sequence[NodeId], known: Known) -> Home:
    """Where *person* belongs, of whom the roster knows these *seats*.

    Whoever teaches by assignment belongs there; else it is what somebody heads or is at single
    nodes; and else where most of their courses are. Nothing is put together that does not hang
    together: a campus is that of the department, and not another one.
    """
    assigned = {known[node].kind: known[node] for node in assigned_to(person) if node in known}
    found: dict[str, Place] = {kind: assigned[kind] for kind in KINDS if kind in assigned}
    for line in _lines(person, seats, known):
        if all(found.get(kind, place) == place for kind, place in line.items()):
            found = {**line, **found}
    return Home(at=found, assigned=frozenset(assigned).intersection(KINDS))


def assigned_to(person: Person) -> Sequence[NodeId]:
    """The nodes that *person* was assigned to as a teacher; the last of one kind counts."""
    by_hand = (one for one in person.roles if one.source is RoleSource.MANUAL)
    return sorted(one.at for one in by_hand if one.at is not None and one.role is Role.TEACHER)


def _lines(person: Person, seats: Sequence[NodeId], known: Known) -> Iterator[Line]:
    """From what says most of where somebody belongs to what says least."""
    for held in sorted(person.roles, key=_weight):
        if held.at is not None and held.at in known:
            yield _line(known[held.at], known)
    courses = Counter(_key(_line(known[one], known)) for one in seats if one in known)
    for key, _ in sorted(courses.items(), key=lambda one: (-one[1], one[0])):
        yield {known[one].kind: known[one] for one in key}


def _weight(held: HeldRole) -> tuple[bool, bool, str]:
    by_hand = held.source is RoleSource.MANUAL
    return not by_hand, held.role is not Role.TEACHER, f"{held.role.value}{held.at}"


def _line(place: Place, known: Known) -> Line:
    above = (known[one] for one in place.lineage if one in known)
    return {one.kind: one for one in above if one.kind in KINDS}


def _key(line: Line) -> tuple[NodeId, ...]:
    return tuple(line[kind].id for kind in KINDS if kind in line)
