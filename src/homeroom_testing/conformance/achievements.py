"""The promises of the place for what learners came to."""

import asyncio

import attrs

from homeroom.exams.model.achievers import Achiever, Goals
from homeroom.exams.model.badges import BADGES
from homeroom.house import Storage
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.achievements_ground import held, keep, show
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.sittings_ground import SittingsGround
from homeroom_testing.conformance.storage import told_by


class AchieversConformance(SittingsGround):
    """What `Achievers` promises."""

    async def test_who_never_earned_anything_has_nothing(
        self, storage: Storage, person: Person
    ) -> None:
        async with storage.start() as unit:
            assert await unit.achievers.of(person.id) is None
        nothing = Achiever(person_id=person.id, institution_id=person.institution_id)
        assert await held(storage, person) == nothing

    async def test_what_is_kept_comes_back_as_it_went(
        self, storage: Storage, person: Person
    ) -> None:
        kept = _an_achiever(person)
        await keep(storage, kept)
        assert await held(storage, person) == kept
        without = attrs.evolve(kept, goals=Goals())
        await keep(storage, without)
        assert await held(storage, person) == without

    async def test_who_saves_leaves_it_whether_boards_show_them(
        self, storage: Storage, person: Person
    ) -> None:
        await show(storage, person, "Quiet Heron 4711")
        await keep(storage, _an_achiever(person))
        found = await held(storage, person)
        assert (found.listed, found.alias, found.points) == (True, "Quiet Heron 4711", 283)

    async def test_who_is_shown_keeps_what_they_came_to(
        self, storage: Storage, person: Person
    ) -> None:
        kept = _an_achiever(person)
        await keep(storage, kept)
        await show(storage, person, "Swift Owl 1000")
        shown = attrs.evolve(kept, listed=True, alias="Swift Owl 1000")
        assert await held(storage, person) == shown
        await show(storage, person, None)
        assert await held(storage, person) == kept

    async def test_of_many_who_hold_at_once_each_adds_to_what_the_last_one_left(
        self, storage: Storage, person: Person
    ) -> None:
        self.require("isolated")

        async def add_one() -> None:
            async with storage.start() as unit:
                achiever = await unit.achievers.hold(person.id, person.institution_id)
                await asyncio.sleep(0)
                achiever.points += 1
                await unit.achievers.save(achiever)
                await unit.commit()

        await asyncio.gather(*(add_one() for _ in range(9)))
        assert (await held(storage, person)).points == 9

    async def test_what_they_reached_is_told_once_it_is_committed(
        self, storage: Storage, person: Person
    ) -> None:
        await told_by(storage)
        achiever = await held(storage, person)
        achiever.earn(BADGES[:1], at=NOON)
        async with storage.start() as unit:
            await unit.achievers.save(attrs.evolve(achiever))
        assert await told_by(storage) == []
        await keep(storage, achiever)
        assert [one.name for one in await told_by(storage)] == ["exams.badge_earned.v1"]

    async def test_leaving_without_commit_keeps_nothing(
        self, storage: Storage, person: Person
    ) -> None:
        async with storage.start() as unit:
            await unit.achievers.hold(person.id, person.institution_id)
            await unit.achievers.save(_an_achiever(person))
        async with storage.start() as unit:
            assert await unit.achievers.of(person.id) is None

    async def test_all_of_somebodys_is_taken_away_and_nobody_elses(
        self, storage: Storage, house: Institution, person: Person
    ) -> None:
        ben = await a_kept_person(storage, house, "ben")
        for one in (person, ben):
            await keep(storage, _an_achiever(one))
        counts = []
        for _ in range(2):
            async with storage.start() as unit:
                counts.append(await unit.achievers.remove(person.id))
                await unit.commit()
        assert counts == [1, 0]
        async with storage.start() as unit:
            assert await unit.achievers.of(person.id) is None
            assert await unit.achievers.of(ben.id) == _an_achiever(ben)

    async def test_what_is_read_is_a_copy(self, storage: Storage, person: Person) -> None:
        await keep(storage, _an_achiever(person))
        async with storage.start() as unit:
            read = await unit.achievers.of(person.id)
            assert read is not None
            read.points = 0
            assert await unit.achievers.of(person.id) == _an_achiever(person)


def _an_achiever(person: Person) -> Achiever:
    """With numbers of which no two are the same."""
    return Achiever(
        person_id=person.id,
        institution_id=person.institution_id,
        points=283,
        answered=31,
        correct=29,
        seconds=3601,
        in_a_row=2,
        best_in_a_row=12,
        best_streak=7,
        tests=3,
        goals=Goals(daily=20, weekly=150),
    )
