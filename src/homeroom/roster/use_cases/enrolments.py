"""Who is enrolled where: by an administrator's hand, and as somebody finds themselves."""

from collections.abc import Callable
from typing import ClassVar, Generic, TypeVar

import attrs

from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Subject, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.errors import Unauthenticated
from homeroom.kernel.ids import EnrolmentId, NodeId, PersonId
from homeroom.kernel.looks import Looks
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.personal_data import FindSubject
from homeroom.kernel.rights import Right
from homeroom.roster.errors import EnrolmentExists
from homeroom.roster.model import rights
from homeroom.roster.model.enrolments import (
    Enrolment,
    EnrolmentRole,
    EnrolmentSource,
    expect_seats,
)
from homeroom.roster.ports.queries import EnrolmentFilter, RosterQueries, Seat
from homeroom.roster.ports.repositories import RosterUnit, StartRosterUnit
from homeroom.roster.use_cases.nodes import expect_headed, headed_by

U = TypeVar("U", bound=RosterUnit)


@attrs.frozen
class Enrol(Generic[U]):
    """An administrator enrols somebody in a course or a section; no platform changes that."""

    right: ClassVar[Right] = rights.ENROL
    start: Callable[[], U]
    find: FindSubject[U]
    clock: Clock

    async def __call__(
        self, actor: Actor, person_id: PersonId, node_id: NodeId, role: EnrolmentRole
    ) -> Seat:
        """Raises a `NotFound` for who or what is out of reach, `BadEnrolment`, `NodeClosed`, and
        `EnrolmentExists` for who is that there already, by hand."""
        actor.require(self.right)
        now, manual = self.clock.now(), EnrolmentSource.MANUAL
        async with self.start() as unit:
            place = await unit.nodes.get(node_id, reach=actor.reach)
            subject = await self.find(unit, person_id, reach=actor.reach)
            theirs = await unit.enrolments.of(person_id)
            before = next((one for one in theirs if one.node_id == node_id), None)
            if before is None:
                enrolment = Enrolment.begin(subject, place, role, source=manual, at=now)
            else:
                expect_seats(place)
                enrolment = attrs.evolve(before)
                enrolment.set(role, manual, at=now)
                if enrolment == before:
                    raise EnrolmentExists
            await unit.enrolments.save(enrolment)
            about = about_enrolment(enrolment)
            await unit.audit.note(
                entry_of(actor, self.right, about, at=now, before=before, after=enrolment)
            )
            await unit.commit()
        return Seat(enrolment=enrolment, node=place.node)


@attrs.frozen
class Unenrol:
    """An administrator ends somebody's enrolment; no platform begins it again."""

    right: ClassVar[Right] = rights.ENROL
    start: StartRosterUnit
    clock: Clock

    async def __call__(self, actor: Actor, enrolment_id: EnrolmentId) -> Enrolment:
        """Raises `EnrolmentNotFound`."""
        actor.require(self.right)
        now = self.clock.now()
        async with self.start() as unit:
            enrolment = await unit.enrolments.get(enrolment_id, reach=actor.reach)
            before = attrs.evolve(enrolment)
            enrolment.end(at=now, source=EnrolmentSource.MANUAL)
            if enrolment == before:
                return enrolment  # nothing was changed, and so there is nothing to note
            await unit.enrolments.save(enrolment)
            about = about_enrolment(enrolment)
            await unit.audit.note(
                entry_of(actor, self.right, about, at=now, before=before, after=enrolment)
            )
            await unit.commit()
        return enrolment


@attrs.frozen
class FindEnrolments:
    """Somebody looks who is enrolled in a place, or where a person is enrolled, newest first."""

    right: ClassVar[Right] = rights.SEE_ENROLMENTS
    queries: RosterQueries
    looks: Looks
    clock: Clock

    async def __call__(
        self,
        actor: Actor,
        page: CursorRequest,
        *,
        node_id: NodeId | None = None,
        person_id: PersonId | None = None,
        is_active: bool | None = None,
    ) -> CursorPage[Seat]:
        """What is below the node counts as its own. Raises `NodeNotFound` for a node that the
        actor does not see."""
        actor.require(self.right, at=actor.nodes)
        if node_id is not None:
            place = await self.queries.lineage(node_id, reach=actor.reach)
            expect_headed(actor, self.right, place)
        wanted = EnrolmentFilter(
            reach=actor.reach,
            within=headed_by(actor, self.right),
            person=person_id,
            below=node_id,
            is_active=is_active,
        )
        found = await self.queries.seats(wanted, page)
        about = Subject(
            kind="enrolments", id=person_id or node_id, institution_id=actor.institution_id
        )
        await self.looks.note(entry_of(actor, self.right, about, at=self.clock.now()))
        return found


@attrs.frozen
class MyEnrolments:
    """Somebody looks in which courses and sections they are, newest first."""

    right: ClassVar[Right] = rights.OWN_ENROLMENTS
    queries: RosterQueries

    async def __call__(self, actor: Actor, page: CursorRequest) -> CursorPage[Seat]:
        """Only what counts. Raises `Unauthenticated` for a key: it stands for no person."""
        actor.require(self.right)
        if actor.person_id is None:
            raise Unauthenticated("This is a person's own. Sign in; an API key is nobody.")
        wanted = EnrolmentFilter(reach=actor.institution_id, person=actor.person_id, is_active=True)
        return await self.queries.seats(wanted, page)


def about_enrolment(enrolment: Enrolment) -> Subject:
    return Subject(kind="enrolment", id=enrolment.id, institution_id=enrolment.institution_id)
