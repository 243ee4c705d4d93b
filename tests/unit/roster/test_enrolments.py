"""Enrolments: by hand, as a learning platform says, seen by some, and gone with their person."""

from collections.abc import Collection
from typing import Any

import attrs
import pytest

from homeroom.kernel.actor import Actor, NotAllowed, Post
from homeroom.kernel.errors import Unauthenticated
from homeroom.kernel.ids import NodeId, PersonId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import Role
from homeroom.people.errors import PersonNotFound
from homeroom.published.people import EnrolmentsFound
from homeroom.roster.errors import (
    BadEnrolment,
    EnrolmentExists,
    EnrolmentNotFound,
    NodeClosed,
    NodeNotFound,
)
from homeroom.roster.model.enrolments import EnrolmentRole, EnrolmentSource
from homeroom.roster.model.nodes import NodeKind
from homeroom.roster.ports.queries import EnrolmentFilter, Seat
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.storage import settle_in, told_by

pytestmark = pytest.mark.anyio

STUDENT, TEACHER = EnrolmentRole.STUDENT, EnrolmentRole.TEACHER
AUTO, MANUAL = EnrolmentSource.AUTO, EnrolmentSource.MANUAL


async def enrol(school: Any, code: str = "C1", role: EnrolmentRole = STUDENT) -> Seat:
    """*school*'s person, in a course of their own."""
    course = await school.node(code, NodeKind.COURSE)
    step = school.homeroom.roster.enrol
    seat: Seat = await step(school.admin, school.person.id, course.node.id, role)
    return seat


async def hear(school: Any, teaches: Collection[int] = (), attends: Collection[int] = ()) -> None:
    """The platform says in which courses *school*'s person is."""
    said = EnrolmentsFound(
        occurred_at=NOON,
        institution_id=school.house.id,
        person_id=school.person.id,
        teaches=tuple(teaches),
        attends=tuple(attends),
    )
    async with school.homeroom.start() as unit:
        await school.homeroom.roster.hear_of_enrolments(unit, said)
        await unit.commit()


async def seats(school: Any) -> dict[str, tuple[EnrolmentRole, EnrolmentSource, bool]]:
    """By the courses' codes, where *school*'s person is or was."""
    wanted = EnrolmentFilter(reach=school.house.id, person=school.person.id)
    found = await school.homeroom.plant.storage.roster.seats(wanted, CursorRequest(None, 200))
    return {
        one.node.label.code: (one.enrolment.role, one.enrolment.source, one.enrolment.is_active)
        for one in found.items
    }


class TestByHand:
    async def test_who_is_enrolled_is_on_record(self, school: Any) -> None:
        seat = await enrol(school, role=TEACHER)
        assert await seats(school) == {"C1": (TEACHER, MANUAL, True)}
        entry = (await school.entries())[-1]
        assert (entry.action, entry.resource_id) == ("roster.enrol", seat.enrolment.id)

    async def test_nobody_is_enrolled_twice_but_may_become_something_else(
        self, school: Any
    ) -> None:
        seat, step = await enrol(school), school.homeroom.roster.enrol
        where = (school.admin, school.person.id, seat.node.id)
        with pytest.raises(EnrolmentExists):
            await step(*where, STUDENT)
        again = await step(*where, TEACHER)
        assert again.enrolment.id == seat.enrolment.id
        assert await seats(school) == {"C1": (TEACHER, MANUAL, True)}

    async def test_an_enrolment_ends_once_and_begins_again(self, school: Any) -> None:
        seat, end = await enrol(school), school.homeroom.roster.unenrol
        await end(school.admin, seat.enrolment.id)
        before = await school.entries()
        await end(school.admin, seat.enrolment.id)
        assert await school.entries() == before
        assert await seats(school) == {"C1": (STUDENT, MANUAL, False)}
        step = school.homeroom.roster.enrol
        await step(school.admin, school.person.id, seat.node.id, STUDENT)
        assert await seats(school) == {"C1": (STUDENT, MANUAL, True)}

    @pytest.mark.parametrize("kind", list(NodeKind)[:4])
    async def test_people_are_enrolled_in_courses_and_sections_alone(
        self, school: Any, kind: NodeKind
    ) -> None:
        place = await school.node("X", kind)
        with pytest.raises(BadEnrolment):
            await school.homeroom.roster.enrol(
                school.admin, school.person.id, place.node.id, STUDENT
            )

    async def test_what_is_closed_above_takes_nobody(self, school: Any) -> None:
        campus = await school.node("MAIN")
        course = await school.node("C1", NodeKind.COURSE, campus.node.id)
        await school.homeroom.roster.close_node(school.admin, campus.node.id)
        with pytest.raises(NodeClosed):
            await school.homeroom.roster.enrol(
                school.admin, school.person.id, course.node.id, STUDENT
            )

    async def test_who_and_what_is_elsewhere_is_not_found(self, school: Any) -> None:
        storage, step = school.homeroom.plant.storage, school.homeroom.roster.enrol
        seat = await enrol(school)
        elsewhere = await settle_in(storage, "Elsewhere")
        theirs = await a_kept_person(storage, elsewhere, "ben")
        there = Actor(institution_id=elsewhere.id, roles=frozenset({Role.ADMIN}))
        with pytest.raises(PersonNotFound):
            await step(school.admin, theirs.id, seat.node.id, STUDENT)
        with pytest.raises(NodeNotFound):
            await step(there, theirs.id, seat.node.id, STUDENT)
        with pytest.raises(EnrolmentNotFound):
            await school.homeroom.roster.unenrol(there, seat.enrolment.id)

    async def test_nobody_is_enrolled_in_another_institutions_course(self, school: Any) -> None:
        seat, storage = await enrol(school), school.homeroom.plant.storage
        theirs = await a_kept_person(storage, await settle_in(storage, "Elsewhere"), "ben")
        everything = school.anybody(Role.SUPER_ADMIN)
        with pytest.raises(BadEnrolment):
            await school.homeroom.roster.enrol(everything, theirs.id, seat.node.id, STUDENT)


class TestLooking:
    async def test_of_a_place_all_below_it_are_told(self, school: Any) -> None:
        campus = await school.node("MAIN")
        course = await school.node("C1", NodeKind.COURSE, campus.node.id)
        seat = await school.homeroom.roster.enrol(
            school.admin, school.person.id, course.node.id, STUDENT
        )
        await enrol(school, "C2")
        find = school.homeroom.roster.find_enrolments
        found = await find(school.admin, CursorRequest(), node_id=campus.node.id)
        assert list(found.items) == [seat]
        assert len((await find(school.admin, CursorRequest())).items) == 2

    async def test_a_dean_sees_what_is_below_their_node_alone(self, school: Any) -> None:
        first, second = await enrol(school, "C1"), await enrol(school, "C2")
        posts = frozenset({Post(Role.DEAN, first.node.id)})
        dean = attrs.evolve(school.anybody(Role.STUDENT), posts=posts)
        find = school.homeroom.roster.find_enrolments
        assert list((await find(dean, CursorRequest())).items) == [first]
        mine = await find(dean, CursorRequest(), person_id=school.person.id)
        assert list(mine.items) == [first]
        with pytest.raises(NodeNotFound):
            await find(dean, CursorRequest(), node_id=second.node.id)

    async def test_a_student_sees_their_own_alone(self, school: Any) -> None:
        seat, ended = await enrol(school), await enrol(school, "C2")
        await school.homeroom.roster.unenrol(school.admin, ended.enrolment.id)
        student, roster = school.anybody(Role.STUDENT), school.homeroom.roster
        with pytest.raises(NotAllowed):
            await roster.find_enrolments(student, CursorRequest())
        with pytest.raises(Unauthenticated):
            await roster.my_enrolments(student, CursorRequest())
        themselves = attrs.evolve(student, person_id=school.person.id)
        assert list((await roster.my_enrolments(themselves, CursorRequest())).items) == [seat]
        other = attrs.evolve(student, person_id=PersonId(new_id()))
        assert list((await roster.my_enrolments(other, CursorRequest())).items) == []


class TestAsThePlatformSays:
    async def test_courses_stand_in_the_tree_and_people_in_them(self, school: Any) -> None:
        await hear(school, teaches=[2], attends=[5])
        assert await seats(school) == {
            "course-2": (TEACHER, AUTO, True),
            "course-5": (STUDENT, AUTO, True),
        }
        entry = (await school.entries())[-1]
        assert entry.action == "roster.hear_of_enrolments"
        assert entry.changes["begun"].after == "2"

    async def test_what_is_heard_twice_changes_nothing_the_second_time(self, school: Any) -> None:
        await hear(school, attends=[5])
        before, entries = await seats(school), await school.entries()
        await told_by(school.homeroom.plant.storage)
        await hear(school, attends=[5])
        assert await seats(school) == before
        assert await school.entries() == entries
        assert await told_by(school.homeroom.plant.storage) == []

    async def test_what_is_said_no_more_ends_and_begins_when_it_is_said_again(
        self, school: Any
    ) -> None:
        await hear(school, attends=[5, 6])
        await hear(school, teaches=[6])
        assert await seats(school) == {
            "course-5": (STUDENT, AUTO, False),
            "course-6": (TEACHER, AUTO, True),
        }
        await hear(school, attends=[5])
        assert (await seats(school))["course-5"] == (STUDENT, AUTO, True)

    async def test_what_was_done_by_hand_stays(self, school: Any) -> None:
        await enrol(school, "C1", TEACHER)
        await hear(school, attends=[5, 6])
        found = await school.homeroom.roster.find_enrolments(school.admin, CursorRequest())
        five, six = sorted(found.items, key=lambda one: str(one.node.label.code))[-2:]
        await school.homeroom.roster.unenrol(school.admin, five.enrolment.id)
        where = (school.admin, school.person.id, six.node.id)
        await school.homeroom.roster.enrol(*where, TEACHER)
        for courses in ([5, 6], []):
            await hear(school, attends=courses)
            assert await seats(school) == {
                "C1": (TEACHER, MANUAL, True),
                "course-5": (STUDENT, MANUAL, False),
                "course-6": (TEACHER, MANUAL, True),
            }

    async def test_a_course_is_known_by_its_reference_wherever_it_was_moved(
        self, school: Any
    ) -> None:
        campus = await school.node("MAIN")
        course = await school.node("PHY1", NodeKind.COURSE, campus.node.id)
        relabel = school.homeroom.roster.relabel_node
        await relabel(school.admin, course.node.id, reference="course:7")
        await hear(school, attends=[7])
        assert await seats(school) == {"PHY1": (STUDENT, AUTO, True)}

    async def test_a_root_that_is_called_like_a_course_is_no_hindrance(self, school: Any) -> None:
        await school.node("course-7", NodeKind.CAMPUS)
        await hear(school, attends=[7])
        (code,) = await seats(school)
        assert code.startswith("course-7-")

    async def test_a_closed_course_takes_nobody_new_and_nobody_back(self, school: Any) -> None:
        await hear(school, attends=[5])
        await hear(school)
        found = await school.homeroom.roster.find_nodes(school.admin, CursorRequest())
        (course,) = found.items
        await school.homeroom.roster.close_node(school.admin, course.id)
        await hear(school, attends=[5])
        assert await seats(school) == {"course-5": (STUDENT, AUTO, False)}

    async def test_somebody_who_was_erased_meanwhile_is_passed_over(self, school: Any) -> None:
        gone = attrs.evolve(school, person=attrs.evolve(school.person, id=PersonId(new_id())))
        await hear(gone, attends=[5])
        found = await school.homeroom.roster.find_nodes(school.admin, CursorRequest())
        assert list(found.items) == []


class TestPersonalData:
    async def test_enrolments_are_told_and_erased_with_their_person(self, school: Any) -> None:
        seat = await enrol(school)
        compliance = school.homeroom.compliance
        dossier = await compliance.export_person(school.admin, school.person.id)
        ((told,),) = [section.rows for section in dossier.contexts["roster"]]
        assert told["nodeId"] == str(seat.node.id)
        gone = await compliance.erase_person(school.admin, school.person.id)
        assert gone.taken_away["roster.enrolments"] == 1
        assert await seats(school) == {}


async def test_what_never_was_is_not_found(school: Any) -> None:
    with pytest.raises(NodeNotFound):
        await school.homeroom.roster.find_enrolments(
            school.admin, CursorRequest(), node_id=NodeId(new_id())
        )
