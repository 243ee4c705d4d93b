"""The promises of the place for enrolments."""

from collections.abc import Sequence

import pytest

from homeroom.house import Storage
from homeroom.kernel.ids import EnrolmentId, new_id
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom.roster.errors import EnrolmentExists, EnrolmentNotFound, StaleEnrolment
from homeroom.roster.model.enrolments import Enrolment, EnrolmentRole, EnrolmentSource
from homeroom.roster.model.nodes import Lineage, NodeKind
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import PeopleGround, a_kept_person
from homeroom_testing.conformance.roster_ground import a_kept_node, an_enrolment, keep_enrolments
from homeroom_testing.conformance.storage import settle_in, told_by


class EnrolmentsConformance(PeopleGround):
    """What `Enrolments` promises."""

    @pytest.fixture
    async def person(self, storage: Storage, house: Institution) -> Person:
        return await a_kept_person(storage, house)

    @pytest.fixture
    async def course(self, storage: Storage, house: Institution) -> Lineage:
        return await a_kept_node(storage, house, "C1", NodeKind.COURSE)

    @pytest.mark.parametrize("role", EnrolmentRole)
    @pytest.mark.parametrize("source", EnrolmentSource)
    async def test_an_enrolment_comes_back_as_it_went(
        self,
        storage: Storage,
        person: Person,
        course: Lineage,
        role: EnrolmentRole,
        source: EnrolmentSource,
    ) -> None:
        enrolment = an_enrolment(person, course, role, source)
        await keep_enrolments(storage, enrolment)
        assert await _of(storage, person) == [enrolment]
        enrolment.end(at=NOON)
        await keep_enrolments(storage, enrolment)
        assert await _of(storage, person) == [enrolment]

    async def test_an_enrolment_out_of_reach_is_not_found(
        self, storage: Storage, house: Institution, person: Person, course: Lineage
    ) -> None:
        elsewhere, enrolment = await settle_in(storage, "Elsewhere"), an_enrolment(person, course)
        await keep_enrolments(storage, enrolment)
        async with storage.start() as unit:
            for reach in (house.id, None):
                assert await unit.enrolments.get(enrolment.id, reach=reach) == enrolment
            unknown = EnrolmentId(new_id())
            for wanted, reach in ((enrolment.id, elsewhere.id), (unknown, None)):
                with pytest.raises(EnrolmentNotFound):
                    await unit.enrolments.get(wanted, reach=reach)

    async def test_somebodys_are_told_newest_first_and_nobody_elses(
        self, storage: Storage, house: Institution, person: Person, course: Lineage
    ) -> None:
        other = await a_kept_person(storage, house, "ben")
        second = await a_kept_node(storage, house, "C2", NodeKind.COURSE)
        theirs = [an_enrolment(person, course), an_enrolment(person, second)]
        await keep_enrolments(storage, *theirs, an_enrolment(other, course))
        assert await _of(storage, person) == theirs[::-1]

    async def test_nobody_is_enrolled_twice_in_one_place(
        self, storage: Storage, person: Person, course: Lineage
    ) -> None:
        first = an_enrolment(person, course)
        first.end(at=NOON)
        await keep_enrolments(storage, first)
        async with storage.start() as unit:
            with pytest.raises(EnrolmentExists):
                await unit.enrolments.save(an_enrolment(person, course, EnrolmentRole.TEACHER))
            assert list(await unit.enrolments.of(person.id)) == [first]

    async def test_the_second_of_two_saves_of_one_version_is_stale(
        self, storage: Storage, person: Person, course: Lineage
    ) -> None:
        await keep_enrolments(storage, an_enrolment(person, course))
        ((mine,), (theirs,)) = [await _of(storage, person) for _ in range(2)]
        theirs.end(at=NOON)
        await keep_enrolments(storage, theirs)
        mine.set(EnrolmentRole.TEACHER, EnrolmentSource.MANUAL, at=NOON)
        with pytest.raises(StaleEnrolment):
            await keep_enrolments(storage, mine)
        assert await _of(storage, person) == [theirs]

    async def test_a_change_is_told_once_it_is_committed(
        self, storage: Storage, person: Person, course: Lineage
    ) -> None:
        self.require("transactional")
        enrolment = an_enrolment(person, course)
        await told_by(storage)
        await keep_enrolments(storage, enrolment)
        assert [one.name for one in await told_by(storage)] == ["roster.enrolled.v1"]
        (never,) = await _of(storage, person)
        never.end(at=NOON)
        async with storage.start() as unit:
            await unit.enrolments.save(never)
        enrolment.end(at=NOON)
        await keep_enrolments(storage, enrolment)
        assert [one.name for one in await told_by(storage)] == ["roster.unenrolled.v1"]

    async def test_all_of_somebodys_are_taken_away_and_nobody_elses(
        self, storage: Storage, house: Institution, person: Person, course: Lineage
    ) -> None:
        other = await a_kept_person(storage, house, "ben")
        stays = an_enrolment(other, course)
        await keep_enrolments(storage, an_enrolment(person, course), stays)
        async with storage.start() as unit:
            assert await unit.enrolments.remove(person.id) == 1
            assert await unit.enrolments.remove(person.id) == 0
            await unit.commit()
        assert await _of(storage, person) == []
        assert await _of(storage, other) == [stays]

    async def test_what_is_read_is_a_copy(
        self, storage: Storage, person: Person, course: Lineage
    ) -> None:
        enrolment = an_enrolment(person, course)
        await keep_enrolments(storage, enrolment)
        (read,) = await _of(storage, person)
        read.end(at=NOON)
        enrolment.end(at=NOON)
        (again,) = await _of(storage, person)
        assert again.is_active


async def _of(storage: Storage, person: Person) -> Sequence[Enrolment]:
    async with storage.start() as unit:
        return list(await unit.enrolments.of(person.id))
