"""The promises of the place for awards: a cause pays once."""

import asyncio
from datetime import timedelta

import attrs

from homeroom.exams.model.boards import Sums
from homeroom.exams.model.experience import Booking, Cause
from homeroom.house import Storage
from homeroom.kernel.ids import QuestionId, SittingId, new_id
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.achievements_ground import (
    EXAM,
    MONDAY,
    NEXT_MONDAY,
    TUESDAY,
    a_board,
    a_day,
    an_answer,
    book,
    held,
    worth,
)
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.sittings_ground import SittingsGround

_MINUTE = timedelta(minutes=1)
_ONE = Sums(points=10, answered=1, correct=1, seconds=9)


async def ever(storage: Storage, person: Person) -> Sums:
    """What is summed up of theirs in the exam."""
    return (await storage.achievements.exams(person.id)).get(EXAM, Sums())


class AwardsConformance(SittingsGround):
    """What `Awards` promises."""

    async def test_a_cause_pays_once_however_often_it_is_told(
        self, storage: Storage, person: Person
    ) -> None:
        award = an_answer(person)
        assert list(await book(storage, person, award)) == [Booking(award=award)]
        assert list(await book(storage, person, award, award)) == []
        other = an_answer(person)
        assert list(await book(storage, person, other, award, other)) == [Booking(award=other)]
        assert (await ever(storage, person)).points == 20

    async def test_of_many_who_tell_the_same_at_once_one_books_it(
        self, storage: Storage, person: Person
    ) -> None:
        self.require("isolated")
        award = an_answer(person)
        came = await asyncio.gather(*(book(storage, person, award) for _ in range(9)))
        assert sum(len(one) for one in came) == 1
        assert await ever(storage, person) == _ONE

    async def test_what_is_judged_otherwise_is_worth_that_on_the_day_on_which_it_was_booked(
        self, storage: Storage, person: Person
    ) -> None:
        award = an_answer(person)
        await book(storage, person, award)
        wrong = attrs.evolve(worth(award, 0, correct=0), day=NEXT_MONDAY, at=NOON + 9 * _MINUTE)
        (changed,) = await book(storage, person, wrong)
        kept = worth(award, 0, correct=0)
        assert changed == Booking(award=kept, before=award)
        assert (changed.points, changed.correct, changed.answered) == (-10, -1, 0)
        async with storage.start() as unit:
            assert list(await unit.awards.of(person.id)) == [kept]
        assert await ever(storage, person) == attrs.evolve(_ONE, points=0, correct=0)
        assert list(await book(storage, person, wrong)) == []

    async def test_what_nobody_judges_stays_as_it_was_but_for_a_longer_streak(
        self, storage: Storage, person: Person
    ) -> None:
        goal = attrs.evolve(a_day(person, 0), cause=Cause.WEEKLY_GOAL, points=100)
        await book(storage, person, goal, a_day(person, 3))
        told = [attrs.evolve(goal, points=120, exam_id=EXAM), a_day(person, 2)]
        assert list(await book(storage, person, *told)) == []
        (longer,) = await book(storage, person, a_day(person, 5))
        assert longer.award.streak == 5

    async def test_days_count_what_was_answered_from_one_on(
        self, storage: Storage, house: Institution, person: Person
    ) -> None:
        ben = await a_kept_person(storage, house, "ben")
        await book(storage, ben, an_answer(ben))
        gone = an_answer(person, day=NEXT_MONDAY)
        several = [an_answer(person, day=day) for day in (TUESDAY, MONDAY, TUESDAY)]
        await book(storage, person, gone, *several)
        await book(storage, person, worth(gone, 0, answered=0, correct=0))
        async with storage.start() as unit:
            assert await unit.awards.days(person.id, since=MONDAY) == {MONDAY: 1, TUESDAY: 2}
            assert await unit.awards.days(person.id, since=TUESDAY) == {TUESDAY: 2}

    async def test_what_was_tried_in_other_sittings_is_told_the_oldest_first(
        self, storage: Storage, house: Institution, person: Person
    ) -> None:
        ben = await a_kept_person(storage, house, "ben")
        asked, here = QuestionId(new_id()), SittingId(new_id())
        late, early = (
            an_answer(person, question_id=asked, at=NOON + number * _MINUTE) for number in (2, 1)
        )
        mine = an_answer(person, question_id=asked, sitting_id=here)
        await book(storage, person, late, early, mine, an_answer(person))
        await book(storage, ben, an_answer(ben, question_id=asked))
        async with storage.start() as unit:
            found = await unit.awards.tried(person.id, [asked], apart_from=here)
            assert list(found) == [early, late]
            assert list(await unit.awards.tried(person.id, [], apart_from=here)) == []

    async def test_all_is_told_and_taken_away_and_no_board_shows_it(
        self, storage: Storage, house: Institution, person: Person
    ) -> None:
        ben = await a_kept_person(storage, house, "ben")
        his = an_answer(ben)
        await book(storage, ben, his)
        told = [an_answer(person, at=NOON + number * _MINUTE) for number in range(3)]
        await book(storage, person, *told[::-1])
        async with storage.start() as unit:
            assert list(await unit.awards.of(person.id)) == told
            assert [await unit.awards.remove(person.id) for _ in range(2)] == [3, 0]
            await unit.commit()
        async with storage.start() as unit:
            assert list(await unit.awards.of(person.id)) == []
            assert list(await unit.awards.of(ben.id)) == [his]
        mine, _ = await storage.achievements.own(a_board(person), person.id)
        assert mine == Sums()
        assert await ever(storage, ben) == _ONE

    async def test_leaving_without_commit_books_nothing(
        self, storage: Storage, person: Person
    ) -> None:
        award = an_answer(person)
        async with storage.start() as unit:
            achiever = await unit.achievers.hold(person.id, person.institution_id)
            await unit.awards.book(achiever, [award])
        assert await ever(storage, person) == Sums()
        assert len(await book(storage, person, award)) == 1

    async def test_a_whole_test_is_booked_at_once(self, storage: Storage, person: Person) -> None:
        several = [an_answer(person) for _ in range(500)]
        await held(storage, person)
        assert len(await book(storage, person, *several)) == 500
        assert (await ever(storage, person)).answered == 500
