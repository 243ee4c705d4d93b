"""The promises of the place for progress: no answer is lost, and none is counted twice."""

import asyncio
from datetime import timedelta

import attrs

from homeroom.exams.model.progress import Study
from homeroom.house import Storage
from homeroom.kernel.ids import SittingId, new_id
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
    held,
    plan,
)
from homeroom_testing.conformance.sittings_ground import Bank, SittingsGround, a_bank

_MINUTE = timedelta(minutes=1)


class ProgressConformance(SittingsGround):
    """What `Progress` promises."""

    async def test_who_never_answered_has_begun_once_somebody_holds_it(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        assert await held(storage, bank, person) == Study(person_id=person.id, exam_id=bank.exam.id)

    async def test_what_was_counted_waits_the_oldest_first_and_comes_back_as_it_went(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        late = an_attempt(bank, person, 0, HALF, at=NOON + _MINUTE)
        early = attrs.evolve(an_attempt(bank, person, 1, NOTHING), confidence=None, seconds=0)
        await count(storage, late, early)
        assert list((await held(storage, bank, person)).waiting) == [early, late]

    async def test_a_question_of_a_sitting_is_counted_once_and_its_last_judgement_holds(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        first = an_attempt(bank, person)
        other = attrs.evolve(first, sitting_id=SittingId(new_id()), at=NOON + _MINUTE)
        await count(storage, first, other)
        await count(storage, first)
        later = attrs.evolve(first, at=NOON + DAY, seconds=99, credit=HALF)
        await count(storage, later)
        judged = attrs.evolve(first, credit=HALF)
        assert list((await held(storage, bank, person)).waiting) == [judged, other]

    async def test_of_many_who_count_the_same_at_once_one_counts(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        self.require("isolated")
        one, two = an_attempt(bank, person, 0), an_attempt(bank, person, 1, at=NOON + _MINUTE)
        await asyncio.gather(
            *(count(storage, *told) for told in ([one, two], [two, one], [one], [two]) * 2)
        )
        assert list((await held(storage, bank, person)).waiting) == [one, two]

    async def test_what_was_planned_waits_no_more_and_is_known_when_it_is_answered_again(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        one, recall = an_attempt(bank, person), a_recall(NOON + DAY)
        await count(storage, one, an_attempt(bank, person, 1))
        await plan(storage, bank, person, [(one.question_id, recall)])
        after = await held(storage, bank, person)
        assert (after.waiting, after.recalls) == ((), {})
        await count(storage, one)
        assert (await held(storage, bank, person)).waiting == ()
        again = an_attempt(bank, person, at=NOON + DAY)
        await count(storage, again)
        study = await held(storage, bank, person)
        assert list(study.waiting) == [again]
        assert study.recalls == {one.question_id: recall}

    async def test_what_is_judged_anew_is_planned_as_it_was(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        one = an_attempt(bank, person)
        await count(storage, one)
        await plan(storage, bank, person)
        await count(storage, attrs.evolve(one, credit=NOTHING))
        assert (await held(storage, bank, person)).waiting == ()
        async with storage.start() as unit:
            (study,) = await unit.progress.of(person.id)
        assert [known.credit for known in study.waiting] == [NOTHING]

    async def test_what_is_held_is_held_so_that_none_plans_twice(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        self.require("isolated")
        for _ in range(4):
            await count(storage, an_attempt(bank, person))
            several = (_see_again(storage, bank, person) for _ in range(3))
            assert sum(await asyncio.gather(*several)) == 1
        async with storage.start() as unit:
            (study,) = await unit.progress.of(person.id)
        assert [one.reviews for one in study.recalls.values()] == [4]

    async def test_nothing_is_due_past_the_deadline_once_the_exam_is_known(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        told = [an_attempt(bank, person, number) for number in range(3)]
        deadline = NOON + 5 * DAY
        due = [NOON + 2 * DAY, NOON + 30 * DAY, NOON + 60 * DAY]
        seen = [NOON, NOON, NOON + 6 * DAY]
        plans = [a_recall(when, seen=at) for when, at in zip(due, seen, strict=True)]
        await count(storage, *told)
        known = [(one.question_id, recall) for one, recall in zip(told, plans, strict=True)]
        await plan(storage, bank, person, known)
        await plan(storage, bank, person, examined_at=deadline + DAY)
        async with storage.start() as unit:
            (study,) = await unit.progress.of(person.id)
        assert study.deadline == deadline
        found = [study.recalls[one.question_id].due_at for one in told]
        assert found == [due[0], deadline, due[2]]

    async def test_others_and_other_exams_are_apart(
        self, storage: Storage, house: Institution, person: Person, bank: Bank
    ) -> None:
        ben, other = await a_kept_person(storage, house, "ben"), await a_bank(storage, house, "E-2")
        mine, his, elsewhere = (
            an_attempt(bank, person),
            an_attempt(bank, ben),
            an_attempt(other, person),
        )
        await count(storage, mine, his, elsewhere)
        await plan(storage, bank, person, [(mine.question_id, a_recall(NOON + DAY))])
        assert list((await held(storage, bank, ben)).waiting) == [his]
        assert list((await held(storage, other, person)).waiting) == [elsewhere]
        assert (await held(storage, bank, ben)).recalls == {}

    async def test_all_of_somebodys_is_told_and_taken_away(
        self, storage: Storage, house: Institution, person: Person, bank: Bank
    ) -> None:
        ben, other = await a_kept_person(storage, house, "ben"), await a_bank(storage, house, "E-2")
        one, two = an_attempt(bank, person), an_attempt(other, person, 1, HALF)
        his = an_attempt(bank, ben)
        await count(storage, one, two, his)
        recall, examined_at = a_recall(NOON + DAY), NOON + 9 * DAY
        await plan(storage, bank, person, [(one.question_id, recall)], examined_at=examined_at)
        async with storage.start() as unit:
            told = {study.exam_id: study for study in await unit.progress.of(person.id)}
            assert told[bank.exam.id] == Study(
                person_id=person.id,
                exam_id=bank.exam.id,
                examined_at=examined_at,
                waiting=(one,),
                recalls={one.question_id: recall},
            )
            assert list(told[other.exam.id].waiting) == [two]
            assert await unit.progress.remove(person.id) == 2
            assert await unit.progress.remove(person.id) == 0
            await unit.commit()
        async with storage.start() as unit:
            assert list(await unit.progress.of(person.id)) == []
            assert [list(study.waiting) for study in await unit.progress.of(ben.id)] == [[his]]

    async def test_leaving_without_commit_counts_and_plans_nothing(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        self.require("transactional")
        one = an_attempt(bank, person)
        await count(storage, one)
        async with storage.start() as unit:
            await unit.progress.count([an_attempt(bank, person, 1)])
            study = await unit.progress.hold(person.id, bank.exam.id)
            known = {one.question_id: a_recall(NOON + DAY)}
            only = attrs.evolve(study, recalls=known, examined_at=NOON + DAY)
            await unit.progress.save(only)
        after = await held(storage, bank, person)
        assert (list(after.waiting), after.recalls) == ([one], {})
        assert after.examined_at is None

    async def test_an_answer_is_worth_exactly_what_it_was_worth(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        worth = [ALL, NOTHING, HALF, HALF * HALF * HALF + ALL / 3]
        told = [
            an_attempt(bank, person, number, credit, at=NOON + number * _MINUTE)
            for number, credit in enumerate(worth)
        ]
        await count(storage, *told)
        assert [one.credit for one in (await held(storage, bank, person)).waiting] == worth


async def _see_again(storage: Storage, bank: Bank, person: Person) -> int:
    """Plan for what waits, as one does who knows nothing of the others; how much it was."""
    async with storage.start() as unit:
        study = await unit.progress.hold(person.id, bank.exam.id)
        await asyncio.sleep(0)  # whoever did not wait would come in between
        if study.waiting:
            question_id = study.waiting[0].question_id
            known = study.recalls.get(question_id)
            reviews = 1 if known is None else known.reviews + 1
            recall = a_recall(NOON + reviews * DAY, reviews=reviews)
            await unit.progress.save(attrs.evolve(study, recalls={question_id: recall}))
        await unit.commit()
    return len(study.waiting)
