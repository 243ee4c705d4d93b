"""What sittings, tallies and budgets do when MongoDB says that somebody else was there first.

The peer never says so: its answers are replaced, one by one, by those that MongoDB documents.
"""

from collections.abc import AsyncIterator

import attrs
import pytest
from storage_grounds import documents_settings

from homeroom.exams.errors import StaleSitting
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.model.wishes import Mode
from homeroom.house import Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage as open_memory
from homeroom_adapters.mongo.adaptive import ADAPTIVE
from homeroom_adapters.mongo.disputes import DISPUTES, NOTES
from homeroom_adapters.mongo.errors import Crossed
from homeroom_adapters.mongo.generations import SPENDERS
from homeroom_adapters.mongo.learners import DAYS, TALLIES
from homeroom_adapters.mongo.opening import open_documents
from homeroom_adapters.mongo.progress_rows import ATTEMPTS, STUDIES
from homeroom_adapters.mongo.sitting_rows import SITTINGS
from homeroom_adapters.mongo.statistics_rows import ALARMS, EXAMS
from homeroom_testing.clock import NOON, SteppingClock
from homeroom_testing.conformance.adaptive import add_adaptive, an_adaptive
from homeroom_testing.conformance.disputes import a_dispute, a_note, keep, notes_of, raise_
from homeroom_testing.conformance.learners import a_tally, counted
from homeroom_testing.conformance.learners import count as count_answer
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.progress_ground import an_attempt, count, held
from homeroom_testing.conformance.sittings_ground import (
    RIGHT,
    Bank,
    a_bank,
    a_sitting,
    add,
    answer,
    got,
    save,
)
from homeroom_testing.conformance.statistics import of_exam, of_question, put, suspect
from homeroom_testing.conformance.storage import settle_in
from homeroom_testing.conformance.writing_spending import most, reserve, spent, wanted
from homeroom_testing.mongo_faults import WRITE_CONFLICT, Between, mongo_between

pytestmark = [pytest.mark.anyio, pytest.mark.service("mongo")]


@attrs.frozen
class Ground:
    """Somebody who sits for an exam, in a store that can be made to refuse."""

    storage: Storage
    between: Between
    house: Institution
    ana: Person
    bank: Bank
    sitting: Sitting

    def crossed(self, command: str, about: str, times: int = 2) -> None:
        self.between.instead(command, WRITE_CONFLICT, about=about, times=times)


@pytest.fixture
async def ground(mongo_url: str, mongo_database: str) -> AsyncIterator[Ground]:
    settings = await documents_settings(mongo_url, mongo_database)
    ambient = Ambient(SteppingClock(), JsonCodec())
    async with (
        mongo_between(settings.url) as between,
        open_memory(StorageSettings(), ambient) as beside,
        open_documents(attrs.evolve(settings, url=between.url), ambient, beside) as whole,
    ):
        house = await settle_in(whole)
        ana = await a_kept_person(whole, house)
        bank = await a_bank(whole, house)
        sitting = a_sitting(bank, ana)
        await add(whole, sitting)
        yield Ground(whole, between, house, ana, bank, sitting)


async def test_an_answer_waits_for_the_one_that_holds_its_sitting(ground: Ground) -> None:
    ground.crossed("findAndModify", SITTINGS)
    async with ground.storage.start() as unit:
        mine = await unit.sittings.get(ground.sitting.id, reach=None)
        answer(mine, ground.bank, RIGHT)
        await unit.sittings.save(mine)
        await unit.commit()
    assert ground.between.left == 0
    assert await got(ground.storage, ground.sitting) == mine


async def test_a_save_that_came_second_is_stale(ground: Ground) -> None:
    ground.crossed("update", SITTINGS, times=1)
    mine = await got(ground.storage, ground.sitting)
    answer(mine, ground.bank, RIGHT)
    with pytest.raises(StaleSitting):
        await save(ground.storage, mine)
    assert await got(ground.storage, ground.sitting) == ground.sitting


async def test_whoever_begins_waits_for_the_one_that_begins(ground: Ground) -> None:
    ground.crossed("insert", SITTINGS)
    study = a_sitting(ground.bank, ground.ana, Mode.RANDOM)
    await add(ground.storage, study)
    ground.crossed("insert", ADAPTIVE)
    await add_adaptive(ground.storage, an_adaptive(ground.bank, ground.ana))
    assert ground.between.left == 0
    assert await got(ground.storage, study) == study


@pytest.mark.parametrize(("command", "about"), [("insert", TALLIES), ("update", DAYS)])
async def test_an_answer_is_counted_once_however_often_it_has_to_wait(
    ground: Ground, command: str, about: str
) -> None:
    ground.crossed(command, about)
    assert await count_answer(ground.storage, a_tally(ground.sitting), most=1)
    assert not await count_answer(ground.storage, a_tally(ground.sitting), most=1)
    assert ground.between.left == 0
    assert await counted(ground.storage, ground.sitting) == 1


async def test_an_attempt_is_counted_and_planned_after_those_of_others(ground: Ground) -> None:
    ground.crossed("insert", ATTEMPTS)
    attempt = an_attempt(ground.bank, ground.ana)
    await count(ground.storage, attempt)
    ground.crossed("insert", STUDIES)
    assert list((await held(ground.storage, ground.bank, ground.ana)).waiting) == [attempt]
    assert ground.between.left == 0


async def test_two_who_reserve_do_so_one_after_the_other(ground: Ground) -> None:
    ground.crossed("insert", SPENDERS)
    await reserve(ground.storage, wanted(ground.house, 60), most(100))
    ground.crossed("findAndModify", SPENDERS)
    await reserve(ground.storage, wanted(ground.house, 40), most(100))
    assert ground.between.left == 0
    assert (await spent(ground.storage, ground.house.id)).reserved == 100


async def test_a_suspicion_is_told_and_statistics_are_kept_after_those_of_others(
    ground: Ground,
) -> None:
    ground.crossed("insert", ALARMS)
    assert await suspect(ground.storage, of_question(ground.bank), ground.house)
    ground.crossed("insert", EXAMS)
    await put(ground.storage, of_exam(ground.bank), of_question(ground.bank))
    assert ground.between.left == 0
    assert await ground.storage.statistics.exam(ground.bank.exam.id) == of_exam(ground.bank)


async def test_a_note_and_a_dispute_wait_for_those_of_another_device(ground: Ground) -> None:
    ground.crossed("insert", NOTES)
    note = await keep(ground.storage, a_note(ground.sitting))
    ground.crossed("insert", DISPUTES)
    await raise_(ground.storage, a_dispute(ground.sitting))
    assert ground.between.left == 0
    assert await notes_of(ground.storage, ground.ana.id) == [note]


async def test_who_has_written_before_is_told_to_try_again_and_nothing_is_kept(
    ground: Ground,
) -> None:
    ground.crossed("insert", TALLIES, times=1)
    mine = await got(ground.storage, ground.sitting)
    answer(mine, ground.bank, RIGHT, at=NOON)

    async def answer_and_count() -> None:
        async with ground.storage.start() as unit:
            await unit.sittings.save(mine)
            await unit.learners.count(a_tally(mine), most=9)
            await unit.commit()

    with pytest.raises(Crossed):
        await answer_and_count()
    assert await got(ground.storage, ground.sitting) == ground.sitting
    assert await counted(ground.storage, ground.sitting) == 0
