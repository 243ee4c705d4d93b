"""The promises of the place for sittings."""

import asyncio

import pytest

from homeroom.exams.errors import AttemptsUsedUp, SittingNotFound, SittingUnderWay, StaleSitting
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.model.wishes import Mode
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
    a_sitting,
    add,
    answer,
    end,
    got,
    save,
)
from homeroom_testing.conformance.storage import settle_in, told_by

STUDY = tuple(mode for mode in Mode if not mode.is_timed)


class SittingsConformance(SittingsGround):
    """What `Sittings` promises."""

    @pytest.mark.parametrize("mode", Mode)
    async def test_a_sitting_comes_back_as_it_went(
        self, storage: Storage, person: Person, bank: Bank, mode: Mode
    ) -> None:
        sitting = a_sitting(bank, person, mode)
        await add(storage, sitting)
        assert await got(storage, sitting) == sitting
        answer(sitting, bank, RIGHT, WRONG, at=NOON + MINUTE)
        sitting.flag(bank.questions[2].id, flagged=True, at=NOON + MINUTE)
        await save(storage, sitting)
        assert await got(storage, sitting) == sitting
        end(sitting, bank, at=NOON + 2 * MINUTE)
        await save(storage, sitting)
        assert await got(storage, sitting) == sitting

    async def test_what_was_answered_is_replaced_by_what_is_answered_later(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        sitting = a_sitting(bank, person)
        answer(sitting, bank, RIGHT, RIGHT)
        await add(storage, sitting)
        later = await got(storage, sitting)
        answer(later, bank, WRONG, at=NOON + MINUTE)
        await save(storage, later)
        assert await got(storage, sitting) == later

    async def test_a_sitting_out_of_reach_is_not_found(
        self, storage: Storage, house: Institution, person: Person, bank: Bank
    ) -> None:
        elsewhere, sitting = await settle_in(storage, "Elsewhere"), a_sitting(bank, person)
        await add(storage, sitting)
        async with storage.start() as unit:
            for reach in (house.id, None):
                assert await unit.sittings.get(sitting.id, reach=reach) == sitting
            unknown = SittingId(new_id())
            for wanted, reach in ((sitting.id, elsewhere.id), (unknown, None)):
                with pytest.raises(SittingNotFound):
                    await unit.sittings.get(wanted, reach=reach)

    async def test_a_person_has_one_timed_sitting_of_an_exam_under_way(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        first = a_sitting(bank, person)
        await add(storage, first)
        with pytest.raises(SittingUnderWay) as refused:
            await add(storage, a_sitting(bank, person))
        assert refused.value.sitting_id == first.id
        end(first, bank)
        await save(storage, first)
        await add(storage, a_sitting(bank, person))

    async def test_the_place_is_free_in_the_unit_that_ended_whoever_had_it(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        first, second = a_sitting(bank, person), a_sitting(bank, person)
        await add(storage, first)
        async with storage.start() as unit:
            with pytest.raises(SittingUnderWay):
                await unit.sittings.add(second)
            other = await unit.sittings.get(first.id, reach=None)
            end(other, bank)
            await unit.sittings.save(other)
            await unit.sittings.add(second)
            await unit.commit()
        assert await got(storage, second) == second

    async def test_others_other_exams_and_studies_are_in_nobodys_way(
        self, storage: Storage, house: Institution, person: Person, bank: Bank
    ) -> None:
        ben, other = await a_kept_person(storage, house, "ben"), await a_bank(storage, house, "E-2")
        every = [
            *(a_sitting(one, who) for one in (bank, other) for who in (person, ben)),
            *(a_sitting(bank, person, mode) for mode in (*STUDY, *STUDY)),
        ]
        await add(storage, *every)
        assert [await got(storage, one) for one in every] == every

    async def test_of_many_who_begin_at_once_one_gets_the_place(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        self.require("isolated")
        several = [a_sitting(bank, person) for _ in range(5)]
        came = await asyncio.gather(
            *(add(storage, one, attempts=1) for one in several), return_exceptions=True
        )
        (begun,) = (one for one, outcome in zip(several, came, strict=True) if outcome is None)
        refused = [one.sitting_id for one in came if isinstance(one, SittingUnderWay)]
        assert refused == [begun.id] * 4

    async def test_attempts_are_counted_however_they_ended_and_studies_are_not(
        self, storage: Storage, house: Institution, person: Person, bank: Bank
    ) -> None:
        late = NOON + 91 * MINUTE
        for at in (NOON, late):
            sitting = a_sitting(bank, person)
            await add(storage, sitting, attempts=2)
            end(sitting, bank, at=at)
            await save(storage, sitting)
        with pytest.raises(AttemptsUsedUp):
            await add(storage, a_sitting(bank, person), attempts=2)
        await add(storage, a_sitting(bank, person, Mode.RANDOM), attempts=2)
        await add(storage, a_sitting(bank, await a_kept_person(storage, house, "ben")), attempts=2)
        await add(storage, a_sitting(bank, person), attempts=3)

    async def test_what_is_got_is_held_so_that_no_answer_is_lost(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        self.require("isolated")
        sitting = a_sitting(bank, person)
        await add(storage, sitting)
        await asyncio.gather(
            *(_answer_alone(storage, sitting, bank, number) for number in range(4))
        )
        kept = await got(storage, sitting)
        assert {one: kept.replies[one].answer for one in kept.replies} == {
            one.id: RIGHT for one in bank.questions
        }

    async def test_the_second_of_two_saves_of_one_version_is_stale(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        sitting = a_sitting(bank, person)
        with pytest.raises(StaleSitting):
            await save(storage, sitting)
        await add(storage, sitting)
        mine, theirs = [await got(storage, sitting) for _ in range(2)]
        answer(theirs, bank, RIGHT)
        await save(storage, theirs)
        answer(mine, bank, WRONG)
        with pytest.raises(StaleSitting):
            await save(storage, mine)
        assert await got(storage, sitting) == theirs

    async def test_a_sitting_is_added_once(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        sitting = a_sitting(bank, person, Mode.RANDOM)
        await add(storage, sitting)
        with pytest.raises(StaleSitting):
            await add(storage, sitting)

    async def test_a_beginning_and_an_end_are_told_once_they_are_committed(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        self.require("transactional")
        sitting = a_sitting(bank, person)
        await told_by(storage)
        await add(storage, sitting)
        assert [one.name for one in await told_by(storage)] == ["exams.sitting_began.v1"]
        never = await got(storage, sitting)
        end(never, bank)
        async with storage.start() as unit:
            await unit.sittings.save(never)
        end(sitting, bank)
        await save(storage, sitting)
        assert [one.name for one in await told_by(storage)] == ["exams.sitting_ended.v1"]

    async def test_leaving_without_commit_discards_what_was_answered(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        self.require("transactional")
        sitting = a_sitting(bank, person)
        await add(storage, sitting)
        async with storage.start() as unit:
            held = await unit.sittings.get(sitting.id, reach=None)
            answer(held, bank, RIGHT)
            await unit.sittings.save(held)
        assert await got(storage, sitting) == sitting

    async def test_all_of_somebodys_are_told_newest_first_and_taken_away(
        self, storage: Storage, house: Institution, person: Person, bank: Bank
    ) -> None:
        ben = await a_kept_person(storage, house, "ben")
        theirs = [a_sitting(bank, person), a_sitting(bank, person, Mode.CUSTOM)]
        answer(theirs[0], bank, RIGHT, WRONG)
        stays = a_sitting(bank, ben)
        await add(storage, *theirs, stays)
        async with storage.start() as unit:
            assert list(await unit.sittings.of(person.id)) == theirs[::-1]
            assert await unit.sittings.remove(person.id) == 2
            assert await unit.sittings.remove(person.id) == 0
            await unit.commit()
        async with storage.start() as unit:
            assert list(await unit.sittings.of(person.id)) == []
            assert list(await unit.sittings.of(ben.id)) == [stays]

    async def test_what_is_read_is_a_copy(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        sitting = a_sitting(bank, person)
        await add(storage, sitting)
        read = await got(storage, sitting)
        answer(read, bank, WRONG)
        assert await got(storage, sitting) == sitting


async def _answer_alone(storage: Storage, sitting: Sitting, bank: Bank, number: int) -> None:
    """Answer one question, as a device does that knows nothing of the others."""
    async with storage.start() as unit:
        held = await unit.sittings.get(sitting.id, reach=None)
        await asyncio.sleep(0)  # whoever did not wait would come in between
        one = Bank(bank.exam, [bank.questions[number]])
        answer(held, one, RIGHT)
        await unit.sittings.save(held)
        await unit.commit()
