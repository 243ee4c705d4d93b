"""The promises of the place for adaptive sittings."""

import asyncio
from datetime import datetime
from fractions import Fraction

import attrs
import pytest

from homeroom.exams.errors import (
    SittingNotFound,
    SittingUnderWay,
    StaleSitting,
    TooManyAdaptive,
)
from homeroom.exams.model.adaptive.ability import Method
from homeroom.exams.model.adaptive.curves import Curve
from homeroom.exams.model.adaptive.pools import PoolItem
from homeroom.exams.model.adaptive.rules import Rules, Stop
from homeroom.exams.model.adaptive.sittings import AdaptiveSitting, Terms
from homeroom.exams.ports.adaptive import A_DAY
from homeroom.house import Storage
from homeroom.kernel.ids import SittingId, new_id
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.sittings_ground import (
    MINUTE,
    RIGHT,
    WRONG,
    Bank,
    SittingsGround,
    a_bank,
)
from homeroom_testing.conformance.storage import settle_in

RULES = Rules(fewest=2, most=9, error=0.1, settles=False, method=Method.MAP, confidence=0.95)


def an_adaptive(bank: Bank, person: Person, *, rules: Rules = RULES) -> AdaptiveSitting:
    """A new one, to which nothing was put yet."""
    weights = {one: Fraction(weight) for one, weight in bank.exam.outline.weights.items()}
    terms = Terms(rules=rules, cut=1 / 3, weights=weights)
    return AdaptiveSitting.begin(SittingId(new_id()), bank.exam, person.id, terms, at=NOON)


def put(sitting: AdaptiveSitting, bank: Bank, number: int) -> None:
    """Put the bank's question of that number next."""
    question = bank.questions[number]
    item = PoolItem(
        question_id=question.id,
        edition=question.edition,
        objective_id=question.objective_id,
        curve=Curve(a=1 / 3, b=0.1 * number, c=0.2, d=0.97),
    )
    sitting.put(item, ("c", "a", "b"))


def say(
    sitting: AdaptiveSitting, bank: Bank, number: int, said: tuple[str, ...], at: datetime = NOON
) -> None:
    question = bank.questions[number]
    sitting.answer(question.id, said, question.content, at=at)


async def add_adaptive(storage: Storage, *sittings: AdaptiveSitting) -> None:
    async with storage.start() as unit:
        for sitting in sittings:
            await unit.adaptive.add(sitting)
        await unit.commit()


async def save_adaptive(storage: Storage, sitting: AdaptiveSitting) -> None:
    async with storage.start() as unit:
        await unit.adaptive.save(sitting)
        await unit.commit()


async def _got(storage: Storage, sitting: AdaptiveSitting) -> AdaptiveSitting:
    async with storage.start() as unit:
        return await unit.adaptive.get(sitting.id, reach=None)


class AdaptiveSittingsConformance(SittingsGround):
    """What `AdaptiveSittings` promises, and what is read of them without locks."""

    async def test_a_sitting_comes_back_as_it_went(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        sitting = an_adaptive(bank, person)
        put(sitting, bank, 0)
        await add_adaptive(storage, sitting)
        assert await _got(storage, sitting) == sitting
        say(sitting, bank, 0, RIGHT, at=NOON + MINUTE)
        put(sitting, bank, 2)
        await save_adaptive(storage, sitting)
        assert await _got(storage, sitting) == sitting
        say(sitting, bank, 2, WRONG, at=NOON + 2 * MINUTE)
        sitting.end(Stop.LEFT, at=NOON + 3 * MINUTE)
        await save_adaptive(storage, sitting)
        found = await _got(storage, sitting)
        assert found == sitting
        assert found.ability == sitting.ability
        assert await storage.adaptive.adaptive(sitting.id, reach=None) == sitting

    async def test_a_sitting_out_of_reach_is_not_found(
        self, storage: Storage, house: Institution, person: Person, bank: Bank
    ) -> None:
        elsewhere, sitting = await settle_in(storage, "Elsewhere"), an_adaptive(bank, person)
        await add_adaptive(storage, sitting)
        async with storage.start() as unit:
            assert await unit.adaptive.get(sitting.id, reach=house.id) == sitting
            for wanted, reach in ((sitting.id, elsewhere.id), (SittingId(new_id()), None)):
                with pytest.raises(SittingNotFound):
                    await unit.adaptive.get(wanted, reach=reach)
                with pytest.raises(SittingNotFound):
                    await storage.adaptive.adaptive(wanted, reach=reach)

    async def test_a_person_has_one_of_an_exam_that_is_not_over(
        self, storage: Storage, house: Institution, person: Person, bank: Bank
    ) -> None:
        first = an_adaptive(bank, person)
        await add_adaptive(storage, first)
        with pytest.raises(SittingUnderWay) as refused:
            await add_adaptive(storage, an_adaptive(bank, person))
        assert refused.value.sitting_id == first.id
        ben, other = await a_kept_person(storage, house, "ben"), await a_bank(storage, house, "E-2")
        await add_adaptive(storage, an_adaptive(bank, ben), an_adaptive(other, person))
        first.end(Stop.LEFT, at=NOON)
        await save_adaptive(storage, first)
        await add_adaptive(storage, an_adaptive(bank, person))

    async def test_of_many_who_begin_at_once_one_gets_the_place(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        self.require("isolated")
        several = [an_adaptive(bank, person) for _ in range(5)]
        came = await asyncio.gather(
            *(add_adaptive(storage, one) for one in several), return_exceptions=True
        )
        (begun,) = (one for one, outcome in zip(several, came, strict=True) if outcome is None)
        refused = [one.sitting_id for one in came if isinstance(one, SittingUnderWay)]
        assert refused == [begun.id] * 4

    async def test_what_is_got_is_held_so_that_one_question_is_put_at_a_time(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        self.require("isolated")
        sitting = an_adaptive(bank, person)
        await add_adaptive(storage, sitting)
        await asyncio.gather(*(_go_on(storage, sitting, bank) for _ in range(4)))
        kept = await _got(storage, sitting)
        assert [step.question_id for step in kept.steps] == [one.id for one in bank.questions]
        assert len(kept.answered) == 4

    async def test_the_second_of_two_saves_of_one_version_is_stale(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        sitting = an_adaptive(bank, person)
        with pytest.raises(StaleSitting):
            await save_adaptive(storage, sitting)
        await add_adaptive(storage, sitting)
        mine, theirs = [await _got(storage, sitting) for _ in range(2)]
        put(theirs, bank, 1)
        await save_adaptive(storage, theirs)
        put(mine, bank, 2)
        with pytest.raises(StaleSitting):
            await save_adaptive(storage, mine)
        assert await _got(storage, sitting) == theirs

    async def test_leaving_without_commit_discards_what_was_answered(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        self.require("transactional")
        sitting = an_adaptive(bank, person)
        put(sitting, bank, 0)
        await add_adaptive(storage, sitting)
        async with storage.start() as unit:
            held = await unit.adaptive.get(sitting.id, reach=None)
            say(held, bank, 0, RIGHT)
            await unit.adaptive.save(held)
        assert await _got(storage, sitting) == sitting

    async def test_all_of_somebodys_are_told_newest_first_and_taken_away(
        self, storage: Storage, house: Institution, person: Person, bank: Bank
    ) -> None:
        other, ben = await a_bank(storage, house, "E-2"), await a_kept_person(storage, house, "ben")
        theirs, stays = [an_adaptive(one, person) for one in (bank, other)], an_adaptive(bank, ben)
        put(theirs[0], bank, 3)
        await add_adaptive(storage, *theirs, stays)
        async with storage.start() as unit:
            assert list(await unit.adaptive.of(person.id)) == theirs[::-1]
            assert await unit.adaptive.remove(person.id) == 2
            await unit.commit()
        async with storage.start() as unit:
            assert list(await unit.adaptive.of(person.id)) == []
            assert list(await unit.adaptive.of(ben.id)) == [stays]

    async def test_how_often_questions_were_put_is_counted_by_exam(
        self, storage: Storage, house: Institution, person: Person, bank: Bank
    ) -> None:
        other, ben = await a_bank(storage, house, "E-2"), await a_kept_person(storage, house, "ben")
        hers, his, apart = (
            an_adaptive(bank, person),
            an_adaptive(bank, ben),
            an_adaptive(other, person),
        )
        put(apart, other, 0)
        put(his, bank, 1)
        put(hers, bank, 1)
        say(hers, bank, 1, RIGHT)
        put(hers, bank, 2)
        await add_adaptive(storage, hers, his, apart)
        found = await storage.adaptive.exposure(bank.exam.id)
        ids = [one.id for one in bank.questions]
        assert (found.tests, dict(found.shown)) == (2, {ids[1]: 2, ids[2]: 1})

    async def test_each_question_is_counted_as_it_is_put_and_for_good(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        sitting, ids = an_adaptive(bank, person), [one.id for one in bank.questions]
        put(sitting, bank, 0)
        await add_adaptive(storage, sitting)
        say(sitting, bank, 0, RIGHT)
        put(sitting, bank, 1)
        await save_adaptive(storage, sitting)
        say(sitting, bank, 1, WRONG)
        await save_adaptive(storage, sitting)
        async with storage.start() as unit:
            held = await unit.adaptive.get(sitting.id, reach=None)
            put(held, bank, 2)
            await unit.adaptive.save(held)
        async with storage.start() as unit:
            await unit.adaptive.remove(person.id)
            await unit.commit()
        found = await storage.adaptive.exposure(bank.exam.id)
        assert (found.tests, dict(found.shown)) == (1, {ids[0]: 1, ids[1]: 1})

    async def test_so_many_of_an_exam_are_begun_within_a_day_and_no_more(
        self, storage: Storage, house: Institution, person: Person, bank: Bank
    ) -> None:
        other, ben = await a_bank(storage, house, "E-2"), await a_kept_person(storage, house, "ben")
        first = _over(bank, person, at=NOON)
        second = _over(bank, person, at=NOON + MINUTE)
        await _begin(storage, first, second, most=2)
        with pytest.raises(TooManyAdaptive):
            await _begin(storage, _over(bank, person, at=NOON + A_DAY - MINUTE), most=2)
        async with storage.start() as unit:
            assert len(await unit.adaptive.of(person.id)) == 2
        await _begin(storage, _over(other, person, at=NOON), _over(bank, ben, at=NOON), most=1)
        await _begin(storage, _over(bank, person, at=NOON + A_DAY), most=2)


def _over(bank: Bank, person: Person, *, at: datetime) -> AdaptiveSitting:
    """One that was begun and left off at once."""
    sitting = attrs.evolve(an_adaptive(bank, person), began_at=at, ends_at=at + MINUTE)
    sitting.end(Stop.LEFT, at=at)
    return sitting


async def _begin(storage: Storage, *sittings: AdaptiveSitting, most: int) -> None:
    async with storage.start() as unit:
        for sitting in sittings:
            await unit.adaptive.add(sitting, most=most)
        await unit.commit()


async def _go_on(storage: Storage, sitting: AdaptiveSitting, bank: Bank) -> None:
    """Put the next question and answer it, as a device does that knows nothing of the others."""
    async with storage.start() as unit:
        held = await unit.adaptive.get(sitting.id, reach=None)
        await asyncio.sleep(0)  # whoever did not wait would come in between
        number = len(held.steps)
        put(held, bank, number)
        say(held, bank, number, RIGHT)
        await unit.adaptive.save(held)
        await unit.commit()
