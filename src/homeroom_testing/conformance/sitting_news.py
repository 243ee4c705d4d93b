"""The promises of hints that sittings changed: soon after a commit, and to those who watch."""

import asyncio

from homeroom.house import Storage
from homeroom.kernel.jobs import JobRequest
from homeroom.kernel.queue import SITTINGS
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom_testing.conformance.jobs import Recital, ask
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.sittings_ground import (
    RIGHT,
    Bank,
    SittingsGround,
    a_sitting,
    add,
    answer,
    save,
)
from homeroom_testing.conformance.wakeups import QUIET, SOON, silence

MEANT = {SITTINGS, ""}
"""What may be heard; the latter where one only learns that anything may have changed."""


class SittingNewsConformance(SittingsGround):
    """What `Storage.sitting_news` promises to whoever watches sittings."""

    async def test_an_answer_that_is_kept_wakes_whoever_watches(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        sitting = a_sitting(bank, person)
        await add(storage, sitting)
        await quiet(storage)
        waiting = asyncio.create_task(storage.sitting_news.wait(SOON))
        await asyncio.sleep(0.01)
        answer(sitting, bank, RIGHT)
        await save(storage, sitting)
        assert await waiting & MEANT

    async def test_what_was_told_before_one_waits_is_told_at_once_and_once(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        await quiet(storage)
        await add(storage, a_sitting(bank, person))
        assert await storage.sitting_news.wait(SOON) & MEANT
        await quiet(storage)
        assert await storage.sitting_news.wait(QUIET) == frozenset()

    async def test_sittings_that_are_taken_away_are_news(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        await add(storage, a_sitting(bank, person))
        await quiet(storage)
        async with storage.start() as unit:
            await unit.sittings.remove(person.id)
            await unit.commit()
        assert await storage.sitting_news.wait(SOON) & MEANT

    async def test_what_is_not_committed_is_no_news(
        self, storage: Storage, house: Institution, person: Person, bank: Bank
    ) -> None:
        self.require("transactional")
        ben = await a_kept_person(storage, house, "ben")
        await quiet(storage)
        async with storage.start() as unit:
            await unit.sittings.add(a_sitting(bank, person))
        async with storage.start() as unit:
            await unit.sittings.add(a_sitting(bank, ben))
            assert await storage.sitting_news.wait(QUIET) == frozenset()
            await unit.commit()
        assert await storage.sitting_news.wait(SOON) & MEANT

    async def test_workers_are_not_woken_by_answers_nor_watchers_by_jobs(
        self, storage: Storage, person: Person, bank: Bank
    ) -> None:
        sitting = a_sitting(bank, person)
        await add(storage, sitting)
        await quiet(storage)
        await silence(storage)
        answer(sitting, bank, RIGHT)
        await save(storage, sitting)
        assert await storage.wakeups.wait(QUIET) == frozenset()
        await quiet(storage)
        await ask(storage, JobRequest(work=Recital()))
        assert await storage.sitting_news.wait(QUIET) == frozenset()


async def quiet(storage: Storage) -> None:
    """Wait until what happened before has been told."""
    while await storage.sitting_news.wait(2 * QUIET):
        pass
