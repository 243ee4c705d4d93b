"""Enrolments: who teaches, and who attends, which course or section."""

import enum
from datetime import datetime
from typing import Self

import attrs

from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import EnrolmentId, InstitutionId, NodeId, PersonId, new_id
from homeroom.kernel.personal_data import DataSubject
from homeroom.published.roster import Enrolled, EnrolmentChanged, Unenrolled
from homeroom.roster.errors import BadEnrolment
from homeroom.roster.model.nodes import Lineage, Node, NodeKind

_TAKE_PEOPLE = frozenset({NodeKind.COURSE, NodeKind.SECTION})


class EnrolmentRole(enum.Enum):
    """What somebody does in a course or a section."""

    TEACHER = "TEACHER"
    STUDENT = "STUDENT"


class EnrolmentSource(enum.Enum):
    """Who says so."""

    AUTO = "auto"
    """The learning platform, which may say otherwise the next time."""

    MANUAL = "manual"
    """Somebody here: no platform changes it."""


@attrs.define(kw_only=True)
class Enrolment(Aggregate):
    """Somebody's place in a course or a section. There is one for each of both, for ever."""

    id: EnrolmentId
    institution_id: InstitutionId
    person_id: PersonId
    node_id: NodeId
    role: EnrolmentRole
    source: EnrolmentSource
    is_active: bool = True
    created_at: datetime

    @classmethod
    def begin(
        cls,
        subject: DataSubject,
        place: Lineage,
        role: EnrolmentRole,
        *,
        source: EnrolmentSource,
        at: datetime,
    ) -> Self:
        """Raises `BadEnrolment`, `NodeClosed`."""
        expect_seats(place)
        if subject.institution_id != place.node.institution_id:
            raise BadEnrolment(problems=[Problem("personId", "belongs to another institution")])
        enrolment = cls(
            id=EnrolmentId(new_id()),
            institution_id=place.node.institution_id,
            person_id=subject.person_id,
            node_id=place.node.id,
            role=role,
            source=source,
            created_at=at,
        )
        enrolment._tell(Enrolled, at)
        return enrolment

    def set(self, role: EnrolmentRole, source: EnrolmentSource, *, at: datetime) -> None:
        """They are that there, and it counts, whatever was before."""
        was = (self.role, self.source, self.is_active)
        self.role, self.source, self.is_active = role, source, True
        if not was[2]:
            self._tell(Enrolled, at)
        elif was[:2] != (role, source):
            self._tell(EnrolmentChanged, at)

    def end(self, *, at: datetime, source: EnrolmentSource | None = None) -> None:
        """It counts no more, for whoever says so from now on."""
        self.source = source or self.source
        if self.is_active:
            self.is_active = False
            self._tell(Unenrolled, at)

    def _tell(self, fact: "type[_EnrolmentFact]", at: datetime) -> None:
        self.record(
            fact(
                occurred_at=at,
                institution_id=self.institution_id,
                enrolment_id=self.id,
                person_id=self.person_id,
                node_id=self.node_id,
            )
        )


_EnrolmentFact = Enrolled | EnrolmentChanged | Unenrolled


def takes_people(node: Node) -> bool:
    """Whether anybody is ever enrolled there."""
    return node.kind in _TAKE_PEOPLE


def expect_seats(place: Lineage) -> None:
    """Raises `BadEnrolment` where nobody is ever enrolled, `NodeClosed` where nobody is now."""
    if not takes_people(place.node):
        wanted = f"is a {place.node.kind.value}; people are enrolled in courses and sections"
        raise BadEnrolment(problems=[Problem("nodeId", wanted)])
    place.expect_open()
