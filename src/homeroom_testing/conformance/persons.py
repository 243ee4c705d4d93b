"""The promises of the place for persons."""

import asyncio
import traceback
from collections.abc import Callable

import attrs
import pytest
from hypothesis import given

from homeroom.house import Storage
from homeroom.kernel.actor import Role
from homeroom.kernel.ids import NodeId, PersonId, new_id
from homeroom.people.errors import PersonExists, PersonNotFound, StalePerson
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import HeldRole, Identity, Person, RoleSource
from homeroom_testing import strategies
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import (
    DAY,
    ROUND_TRIP,
    PeopleGround,
    a_kept_person,
    a_person,
    called,
    keep_persons,
    look_at,
)
from homeroom_testing.conformance.storage import settle_in, told_by

NAMESAKES: dict[str, Callable[[], Identity]] = {
    "the same user name": lambda: called("ana", email="other@school.edu"),
    "the same address": lambda: called("other", email="ana@school.edu"),
    "the same user name in another case": lambda: called("ANA", email=None),
    "the same address in another case": lambda: called("other", email="Ana@School.edu"),
    "her address as a user name": lambda: called("ana@school.edu", email=None),
    "her user name as an address": lambda: called("other", email="ana"),
}
"""What nobody else may be called while somebody is called "ana", of "ana@school.edu"."""


class PersonsConformance(PeopleGround):
    """What `Persons` promises."""

    async def test_an_unknown_person_is_not_found(self, storage: Storage) -> None:
        async with storage.start() as unit:
            with pytest.raises(PersonNotFound):
                await unit.persons.get(PersonId(new_id()), reach=None)

    async def test_a_person_out_of_reach_is_not_found(
        self, storage: Storage, house: Institution
    ) -> None:
        theirs = await settle_in(storage, "Theirs")
        person = await a_kept_person(storage, theirs)
        async with storage.start() as unit:
            with pytest.raises(PersonNotFound):
                await unit.persons.get(person.id, reach=house.id)
            assert await unit.persons.get(person.id, reach=theirs.id) == person
            assert await unit.persons.get(person.id, reach=None) == person

    @pytest.mark.parametrize("namesake", NAMESAKES.values(), ids=NAMESAKES)
    async def test_a_name_means_one_person_in_the_house(
        self, storage: Storage, house: Institution, namesake: Callable[[], Identity]
    ) -> None:
        await a_kept_person(storage, house, "ana")
        for institution in (house, await settle_in(storage, "Theirs")):
            second = attrs.evolve(a_person(institution), identity=namesake())
            async with storage.start() as unit:
                with pytest.raises(PersonExists):
                    await unit.persons.save(second)

    async def test_a_name_cannot_be_taken_by_a_change_either(
        self, storage: Storage, house: Institution
    ) -> None:
        await a_kept_person(storage, house, "ana")
        other = await a_kept_person(storage, house, "other")
        other.identity = called("other", email="ana@school.edu")
        async with storage.start() as unit:
            with pytest.raises(PersonExists):
                await unit.persons.save(other)

    async def test_who_is_refused_leaves_no_trace_in_the_unit(
        self, storage: Storage, house: Institution
    ) -> None:
        kept = await a_kept_person(storage, house, "ana")
        other, third = await a_kept_person(storage, house, "other"), a_person(house, "third")
        await told_by(storage)
        second = a_person(house, "second", email="ana@school.edu")
        changed = attrs.evolve(other, identity=called("fourth", email="ana@school.edu"))
        async with storage.start() as unit:
            for refused in (second, changed):
                with pytest.raises(PersonExists):
                    await unit.persons.save(refused)
            await unit.persons.save(third)
            await unit.commit()
        assert len(await told_by(storage)) == 1
        assert [await look_at(storage, one) for one in (kept, other, third)] == [kept, other, third]
        await keep_persons(storage, a_person(house, "second"), a_person(house, "fourth"))

    async def test_a_refusal_quotes_no_name(self, storage: Storage, house: Institution) -> None:
        name = new_id().hex
        await a_kept_person(storage, house, name)
        async with storage.start() as unit:
            with pytest.raises(PersonExists) as refusal:
                await unit.persons.save(a_person(house, name))
        assert name not in "".join(traceback.format_exception(refusal.value))

    async def test_one_of_two_who_take_a_name_at_once_is_refused(
        self, storage: Storage, house: Institution
    ) -> None:
        answers = await asyncio.gather(
            *(a_kept_person(storage, house, "ana") for _ in range(2)), return_exceptions=True
        )
        assert sorted(type(one).__name__ for one in answers) == ["Person", "PersonExists"]

    async def test_a_name_that_was_given_up_is_free(
        self, storage: Storage, house: Institution
    ) -> None:
        person = await a_kept_person(storage, house, "ana")
        person.identity = called("anna", email=None)
        await keep_persons(storage, person)
        await keep_persons(storage, a_person(house, "ana"))

    async def test_ones_own_names_may_be_the_same_or_change_places(
        self, storage: Storage, house: Institution
    ) -> None:
        person = a_person(house, "ana@school.edu", email="ana@school.edu")
        await keep_persons(storage, person)
        person.identity = called("ana", email="ana@school.edu")
        await keep_persons(storage, person)
        assert await look_at(storage, person) == person

    async def test_many_have_no_address(self, storage: Storage, house: Institution) -> None:
        every = [a_person(house, name, email=None) for name in ("ana", "ben", "cay")]
        await keep_persons(storage, *every)
        assert [await look_at(storage, one) for one in every] == every

    async def test_a_change_is_kept(self, storage: Storage, house: Institution) -> None:
        person = await a_kept_person(storage, house, "ana", Role.TEACHER)
        person.roles |= {
            HeldRole(Role.TEACHER, RoleSource.AUTO),
            HeldRole(Role.DEAN, RoleSource.AUTO),
        }
        person.last_login_at = NOON + DAY
        await keep_persons(storage, person)
        assert await look_at(storage, person) == person
        person.give(frozenset({Role.ADMIN}), at=NOON)
        person.stop(at=NOON)
        await keep_persons(storage, person)
        assert await look_at(storage, person) == person
        person.roles = frozenset()
        await keep_persons(storage, person)
        assert (await look_at(storage, person)).roles == frozenset()

    async def test_what_somebody_is_at_each_node_is_kept_apart(
        self, storage: Storage, house: Institution
    ) -> None:
        person = await a_kept_person(storage, house, "ana", Role.DEAN)
        here, there = [NodeId(new_id()) for _ in range(2)]
        person.give(frozenset({Role.DEAN, Role.TEACHER}), at=NOON, node=here)
        person.find(frozenset({Role.DEAN}), at=NOON, node=here)
        person.find(frozenset({Role.CHAIRPERSON}), at=NOON, node=there)
        await keep_persons(storage, person)
        assert (await look_at(storage, person)).roles == person.roles
        person.give(frozenset(), at=NOON, node=here)
        await keep_persons(storage, person)
        assert (await look_at(storage, person)).roles == {
            HeldRole(Role.DEAN),
            HeldRole(Role.DEAN, RoleSource.AUTO, here),
            HeldRole(Role.CHAIRPERSON, RoleSource.AUTO, there),
        }

    async def test_what_happened_is_told_once_it_is_committed(
        self, storage: Storage, house: Institution
    ) -> None:
        self.require("transactional")
        person = a_person(house)
        async with storage.start() as unit:
            await unit.persons.save(a_person(house, "never"))
        async with storage.start() as unit:
            await unit.persons.save(person)
            person.stop(at=NOON)
            await unit.persons.save(person)
            await unit.commit()
        told = [one.name for one in await told_by(storage)]
        assert told == ["people.person_began.v1", "people.person_stopped.v1"]
        assert await storage.persons.by_name("never") is None

    async def test_the_second_of_two_saves_of_one_version_is_stale(
        self, storage: Storage, house: Institution
    ) -> None:
        person = await a_kept_person(storage, house)
        mine, theirs = [await look_at(storage, person) for _ in range(2)]
        theirs.stop(at=NOON)
        await keep_persons(storage, theirs)
        mine.identity = called("mine")
        async with storage.start() as unit:
            with pytest.raises(StalePerson):
                await unit.persons.save(mine)
        assert await look_at(storage, person) == theirs

    async def test_a_new_person_cannot_be_saved_over_another(
        self, storage: Storage, house: Institution
    ) -> None:
        person = await a_kept_person(storage, house)
        person.version = 0
        async with storage.start() as unit:
            with pytest.raises(StalePerson):
                await unit.persons.save(person)

    async def test_one_of_many_concurrent_changes_wins(
        self, storage: Storage, house: Institution
    ) -> None:
        person = await a_kept_person(storage, house)
        await told_by(storage)
        copies = [await look_at(storage, person) for _ in range(4)]
        for copy in copies:
            copy.stop(at=NOON)
        answers = await asyncio.gather(
            *(keep_persons(storage, copy) for copy in copies), return_exceptions=True
        )
        assert sum(answer is None for answer in answers) == 1
        assert sum(isinstance(answer, StalePerson) for answer in answers) == 3
        assert len(await told_by(storage)) == 1

    async def test_everybody_is_told_who_holds_a_role_and_may_sign_in(
        self, storage: Storage, house: Institution
    ) -> None:
        elsewhere = await settle_in(storage, "Elsewhere")
        ana = await a_kept_person(storage, house, "ana", Role.DEAN, Role.TEACHER)
        ben = await a_kept_person(storage, elsewhere, "ben", Role.DEAN)
        await a_kept_person(storage, house, "cora", Role.TEACHER)
        stopped = await a_kept_person(storage, house, "dan", Role.DEAN)
        stopped.stop(at=NOON)
        await keep_persons(storage, stopped)
        at_a_node = a_person(house, "eva", Role.TEACHER)
        at_a_node.give(frozenset({Role.DEAN}), at=NOON, node=NodeId(new_id()))
        await keep_persons(storage, at_a_node)
        async with storage.start() as unit:
            assert await unit.persons.holding(Role.DEAN) == {ana.id, ben.id}
            assert await unit.persons.holding(Role.STUDENT) == frozenset()

    async def test_who_asks_for_holders_waits_for_who_asked_before(
        self, storage: Storage, house: Institution
    ) -> None:
        both = [await a_kept_person(storage, house, name, Role.DEAN) for name in ("ana", "ben")]
        answers = await asyncio.gather(
            *(_stop_unless_last(storage, person) for person in both), return_exceptions=True
        )
        assert sorted(map(str, answers)) == ["False", "True"]

    async def test_what_is_read_is_a_copy(self, storage: Storage, house: Institution) -> None:
        person = await a_kept_person(storage, house)
        async with storage.start() as unit:
            (await unit.persons.get(person.id, reach=None)).is_active = False
            assert (await unit.persons.get(person.id, reach=None)).is_active
            await unit.commit()
        person.is_active = False
        assert (await look_at(storage, person)).is_active
        assert (await look_at(storage, person)).release_events() == ()

    @ROUND_TRIP
    @given(person=strategies.persons())
    async def test_a_person_comes_back_as_they_went(
        self, storage: Storage, house: Institution, person: Person
    ) -> None:
        person.institution_id = house.id
        await keep_persons(storage, person)
        assert await look_at(storage, person) == person


async def _stop_unless_last(storage: Storage, person: Person) -> bool:
    """Whether *person* was stopped: not if nobody else holds the role."""
    async with storage.start() as unit:
        others = await unit.persons.holding(Role.DEAN) - {person.id}
        await asyncio.sleep(0)  # whoever did not wait would come in between
        if not others:
            return False
        kept = await unit.persons.get(person.id, reach=None)
        kept.stop(at=NOON)
        await unit.persons.save(kept)
        await unit.commit()
    return True
