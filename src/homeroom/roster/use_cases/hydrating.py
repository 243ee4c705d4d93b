"""A learning platform told in which courses somebody is: the roster says the same afterwards."""

from collections.abc import Mapping
from datetime import datetime

import attrs

from homeroom.kernel.audit import Change, Entry
from homeroom.kernel.ids import InstitutionId, NodeId, new_id
from homeroom.kernel.personal_data import DataSubject
from homeroom.roster.errors import NodeExists
from homeroom.roster.model.enrolments import (
    Enrolment,
    EnrolmentRole,
    EnrolmentSource,
    takes_people,
)
from homeroom.roster.model.nodes import Label, Lineage, Node, NodeKind
from homeroom.roster.ports.repositories import RosterUnit

_AUTO = EnrolmentSource.AUTO


@attrs.frozen(kw_only=True)
class Told:
    """Somebody's courses by the platform's numbers, and what they are in each."""

    subject: DataSubject
    courses: Mapping[int, EnrolmentRole]


async def hydrate(unit: RosterUnit, told: Told, *, at: datetime) -> None:
    """Inside a unit that somebody else commits; told twice, it changes nothing the second time.

    Courses that the tree lacks become roots, which an administrator names and moves. What
    somebody enrolled or ended by hand stays, and what is closed takes nobody new.
    """
    subject, begun, ended = told.subject, 0, 0
    theirs = {one.node_id: one for one in await unit.enrolments.of(subject.person_id)}
    named = set[NodeId]()
    for number, role in sorted(told.courses.items()):
        place = await _course(unit, subject.institution_id, number, at)
        named.add(place.node.id)
        begun += await _seat(unit, told, place, role, theirs.get(place.node.id), at)
    for one in theirs.values():
        if one.source is _AUTO and one.is_active and one.node_id not in named:
            one.end(at=at)
            await unit.enrolments.save(one)
            ended += 1
    if begun or ended:
        await unit.audit.note(_noted(subject, begun, ended, at))


def reference_of(number: int) -> str:
    """What the course that a platform gave this number is called in the tree."""
    return f"course:{number}"


async def _course(
    unit: RosterUnit, institution_id: InstitutionId, number: int, at: datetime
) -> Lineage:
    """The course that the platform gave this number, in the tree from now on if it was not."""
    known = await unit.nodes.by_reference(institution_id, reference_of(number))
    if known is not None:
        return known
    try:
        return await _root(unit, institution_id, number, f"course-{number}", at)
    except NodeExists:  # somebody here called another root so
        return await _root(unit, institution_id, number, f"course-{number}-{new_id().hex}", at)


async def _root(
    unit: RosterUnit, institution_id: InstitutionId, number: int, code: str, at: datetime
) -> Lineage:
    label = Label.given(code, f"Course {number}", reference_of(number))
    node = Node.create(institution_id, NodeKind.COURSE, label, below=None, at=at)
    await unit.nodes.save(node)
    return Lineage(node=node)


async def _seat(
    unit: RosterUnit,
    told: Told,
    place: Lineage,
    role: EnrolmentRole,
    known: Enrolment | None,
    at: datetime,
) -> bool:
    """Whether they are there now, or are something else there, and were not before."""
    if known is None:
        if not place.is_open or not takes_people(place.node):
            return False
        new = Enrolment.begin(told.subject, place, role, source=_AUTO, at=at)
        await unit.enrolments.save(new)
        return True
    if known.source is not _AUTO or not (known.is_active or place.is_open):
        return False
    if known.is_active and known.role is role:
        return False
    known.set(role, _AUTO, at=at)
    await unit.enrolments.save(known)
    return True


def _noted(subject: DataSubject, begun: int, ended: int, at: datetime) -> Entry:
    """Done by the person, who signed in and so brought it about."""
    counted = {"begun": begun, "ended": ended}
    return Entry(
        at=at,
        institution_id=subject.institution_id,
        person_id=subject.person_id,
        action="roster.hear_of_enrolments",
        resource="person",
        resource_id=subject.person_id,
        changes={name: Change(None, str(count)) for name, count in counted.items()},
    )
