"""The promises of the reads of sittings."""

import pytest

from homeroom.exams.errors import SittingNotFound
from homeroom.exams.model.sittings import SittingStatus
from homeroom.exams.model.wishes import Mode
from homeroom.exams.ports.sittings import SittingFilter
from homeroom.house import Storage
from homeroom.kernel.ids import SittingId, new_id
from homeroom.kernel.page import CursorRequest
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
    save,
)
from homeroom_testing.conformance.storage import settle_in

LIMIT = 90 * MINUTE


class SittingQueriesConformance(SittingsGround):
    """What `SittingQueries` promises."""

    async def test_a_sitting_is_found_by_its_id_and_only_within_reach(
        self, storage: Storage, house: Institution, person: Person, bank: Bank
    ) -> None:
        elsewhere, sitting = await settle_in(storage, "Elsewhere"), a_sitting(bank, person)
        answer(sitting, bank, RIGHT)
        await add(storage, sitting)
        read = storage.sittings.sitting
        for reach in (house.id, None):
            assert await read(sitting.id, reach=reach) == sitting
        for wanted, out in ((sitting.id, elsewhere.id), (SittingId(new_id()), None)):
            with pytest.raises(SittingNotFound):
                await read(wanted, reach=out)

    async def test_sittings_are_listed_newest_first_page_by_page(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        every = [a_sitting(bank, person, Mode.RANDOM) for _ in range(3)]
        answer(every[1], bank, RIGHT, WRONG)
        end(every[2], bank)
        await add(storage, *every)
        look = storage.sittings.sittings
        first = await look(SittingFilter(reach=None), CursorRequest(limit=2))
        assert list(first.items) == [every[2].summary, every[1].summary]
        last = await look(SittingFilter(reach=None), CursorRequest(first.next, 2))
        assert (list(last.items), last.next) == ([every[0].summary], None)

    async def test_sittings_are_found_by_whose_they_are_for_what_and_how_far(
        self, storage: Storage, house: Institution, person: Person, bank: Bank
    ) -> None:
        ben, other = await a_kept_person(storage, house, "ben"), await a_bank(storage, house, "E-2")
        mine, bens, elsewhere = (
            a_sitting(bank, person),
            a_sitting(bank, ben),
            a_sitting(other, person),
        )
        end(elsewhere, other)
        await add(storage, mine, bens, elsewhere)
        foreign = await settle_in(storage, "Elsewhere")
        wanted = {
            SittingFilter(reach=house.id): [elsewhere, bens, mine],
            SittingFilter(reach=foreign.id): [],
            SittingFilter(reach=None, person=person.id): [elsewhere, mine],
            SittingFilter(reach=None, exam=bank.exam.id): [bens, mine],
            SittingFilter(reach=None, status=SittingStatus.SUBMITTED): [elsewhere],
            SittingFilter(reach=None, person=ben.id, exam=other.exam.id): [],
        }
        for one, expected in wanted.items():
            found = await storage.sittings.sittings(one, CursorRequest())
            assert [each.id for each in found.items] == [each.id for each in expected]

    async def test_those_whose_time_is_up_are_found_the_earliest_first(
        self, storage: Storage, house: Institution, person: Person, bank: Bank
    ) -> None:
        ben = await a_kept_person(storage, house, "ben")
        later, earlier = a_sitting(bank, person, at=NOON + MINUTE), a_sitting(bank, ben)
        over = a_sitting(bank, person, Mode.RANDOM)
        end(over, bank)
        await add(storage, later, earlier, over)
        ask = storage.sittings.run_out
        assert list(await ask(at=NOON + LIMIT, limit=9)) == []
        last = NOON + LIMIT + 2 * MINUTE
        assert list(await ask(at=last, limit=9)) == [earlier.id, later.id]
        assert list(await ask(at=last, limit=1)) == [earlier.id]
        end(earlier, bank, at=last)
        await save(storage, earlier)
        assert list(await ask(at=last, limit=9)) == [later.id]

    async def test_a_sitting_is_at_another_version_after_each_time_that_it_was_saved(
        self, storage: Storage, house: Institution, person: Person, bank: Bank
    ) -> None:
        ben, never = await a_kept_person(storage, house, "ben"), SittingId(new_id())
        mine, bens = a_sitting(bank, person), a_sitting(bank, ben)
        await add(storage, mine, bens)
        ask = storage.sittings.versions
        first = await ask([mine.id, bens.id, never])
        assert first.keys() == {mine.id, bens.id}
        answer(mine, bank, RIGHT)
        await save(storage, mine)
        second = await ask((mine.id, bens.id))
        assert (second[mine.id], second[bens.id]) != (first[mine.id], first[bens.id])
        assert second[bens.id] == first[bens.id]
        assert await ask([bens.id]) == {bens.id: first[bens.id]}
        assert await ask([]) == {}
        async with storage.start() as unit:
            await unit.sittings.remove(person.id)
            await unit.commit()
        assert (await ask([mine.id, bens.id])).keys() == {bens.id}

    async def test_what_somebody_missed_is_what_was_not_right_when_it_was_judged_last(
        self, storage: Storage, house: Institution, person: Person, bank: Bank
    ) -> None:
        missed = storage.sittings.missed
        first, second = a_sitting(bank, person), a_sitting(bank, person, Mode.RANDOM)
        answer(first, bank, WRONG, WRONG, RIGHT, at=NOON)
        await add(storage, first)
        assert await missed(person.id, bank.exam.id) == frozenset()
        end(first, bank)
        await save(storage, first)
        once, twice, other, never = (one.id for one in bank.questions)
        assert await missed(person.id, bank.exam.id) == {once, twice}
        answer(second, bank, RIGHT, WRONG, WRONG, at=NOON + MINUTE)
        await add(storage, second)
        assert await missed(person.id, bank.exam.id) == {twice, other}
        ben = await a_kept_person(storage, house, "ben")
        assert await missed(ben.id, bank.exam.id) == frozenset()
        assert never not in await missed(person.id, bank.exam.id)
        elsewhere = await a_bank(storage, house, "E-2")
        assert await missed(person.id, elsewhere.exam.id) == frozenset()
