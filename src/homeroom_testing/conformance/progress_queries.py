"""The promises of reads of progress."""

from datetime import timedelta

import attrs

from homeroom.exams.model.progress import Due, ObjectiveCount, Standing
from homeroom.house import Storage
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.progress_ground import (
    ALL,
    DAY,
    HALF,
    NOTHING,
    a_recall,
    an_attempt,
    count,
    plan,
)
from homeroom_testing.conformance.sittings_ground import Bank, SittingsGround, a_bank

_MINUTE = timedelta(minutes=1)


class ProgressQueriesConformance(SittingsGround):
    """What `ProgressQueries` promises."""

    async def test_nothing_is_counted_of_who_never_answered(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        reads, who = storage.progress, (person.id, bank.exam.id)
        assert await reads.standing(*who) == Standing(
            examined_at=None, first_at=None, seen=frozenset(), objectives={}
        )
        assert await reads.latest(*who, since=NOON - DAY, most=9) == {}
        assert list(await reads.due(*who, at=NOON, limit=9)) == []
        assert list(await reads.times(person.id, since=NOON - DAY, before=NOON + DAY)) == []

    async def test_a_standing_counts_each_answer_of_theirs_by_objective(
        self, storage: Storage, house: Institution, person: Person, bank: Bank
    ) -> None:
        ben, other = await a_kept_person(storage, house, "ben"), await a_bank(storage, house, "E-2")
        told = [
            an_attempt(bank, person, 0, ALL),
            an_attempt(bank, person, 0, HALF, at=NOON + _MINUTE),
            an_attempt(bank, person, 1, NOTHING, at=NOON + 2 * _MINUTE),
            an_attempt(bank, person, 2, ALL, at=NOON + 3 * _MINUTE),
        ]
        await count(storage, *told, an_attempt(bank, ben), an_attempt(other, person))
        recalls = [
            (told[0].question_id, a_recall(NOON + 3 * DAY)),
            (told[2].question_id, a_recall(NOON + 2 * DAY)),
        ]
        await plan(storage, bank, person, recalls, examined_at=NOON + 30 * DAY)
        first, second = told[0].objective_id, told[3].objective_id
        assert await storage.progress.standing(person.id, bank.exam.id) == Standing(
            examined_at=NOON + 30 * DAY,
            first_at=NOON,
            seen=frozenset(one.question_id for one in told),
            objectives={
                first: ObjectiveCount(
                    answered=3,
                    correct=1,
                    seconds=27,
                    last_at=NOON + 2 * _MINUTE,
                    due_at=NOON + 2 * DAY,
                ),
                second: ObjectiveCount(
                    answered=1, correct=1, seconds=9, last_at=NOON + 3 * _MINUTE
                ),
            },
        )

    async def test_the_latest_are_told_newest_first_as_many_as_wished(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        worth = [ALL, HALF, NOTHING, ALL / 3]
        told = [
            an_attempt(bank, person, 0, credit, at=NOON + number * _MINUTE)
            for number, credit in enumerate(worth)
        ]
        other = an_attempt(bank, person, 3, HALF)
        await count(storage, *told, other)
        reads, who = storage.progress, (person.id, bank.exam.id)
        first, second = told[0].objective_id, other.objective_id
        every = await reads.latest(*who, since=NOON, most=9)
        assert {one: list(found) for one, found in every.items()} == {
            first: worth[::-1],
            second: [HALF],
        }
        few = await reads.latest(*who, since=NOON, most=2)
        assert list(few[first]) == [ALL / 3, NOTHING]
        late = await reads.latest(*who, since=NOON + 2 * _MINUTE, most=9)
        assert {one: list(found) for one, found in late.items()} == {first: [ALL / 3, NOTHING]}

    async def test_what_is_due_is_told_that_has_waited_longest_first(
        self, storage: Storage, house: Institution, person: Person, bank: Bank
    ) -> None:
        ben = await a_kept_person(storage, house, "ben")
        told = [an_attempt(bank, person, number) for number in range(3)]
        await count(storage, *told, an_attempt(bank, ben))
        due = [NOON + 2 * DAY, NOON + DAY, NOON + 3 * DAY]
        recalls = [
            (one.question_id, attrs.evolve(a_recall(when), reviews=number + 1))
            for number, (one, when) in enumerate(zip(told, due, strict=True))
        ]
        await plan(storage, bank, person, recalls)
        reads, who = storage.progress, (person.id, bank.exam.id)
        found = list(await reads.due(*who, at=NOON + 2 * DAY, limit=9))
        assert found == [
            Due(
                question_id=told[number].question_id,
                objective_id=told[number].objective_id,
                due_at=due[number],
                reviews=number + 1,
                streak=1,
            )
            for number in (1, 0)
        ]
        assert list(await reads.due(*who, at=NOON + 2 * DAY, limit=1)) == found[:1]
        assert list(await reads.due(*who, at=NOON + DAY - _MINUTE, limit=9)) == []
        assert list(await reads.due(ben.id, bank.exam.id, at=NOON + 9 * DAY, limit=9)) == []

    async def test_times_are_those_of_every_exam_from_one_instant_to_before_another(
        self, storage: Storage, house: Institution, person: Person, bank: Bank
    ) -> None:
        ben, other = await a_kept_person(storage, house, "ben"), await a_bank(storage, house, "E-2")
        await count(
            storage,
            an_attempt(bank, person, at=NOON),
            an_attempt(other, person, at=NOON + DAY),
            an_attempt(bank, person, at=NOON + 2 * DAY),
            an_attempt(bank, person, at=NOON - _MINUTE),
            an_attempt(bank, ben, at=NOON),
        )
        times = await storage.progress.times(person.id, since=NOON, before=NOON + 2 * DAY)
        assert list(times) == [NOON, NOON + DAY]
