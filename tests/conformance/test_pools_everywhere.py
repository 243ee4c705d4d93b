"""A change to the bank is seen in another process at once: two houses over one store and Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import attrs
import pytest

from homeroom.exams.model.questions import Content
from homeroom.exams.ports.bank import BankQueries
from homeroom.kernel.actor import Actor
from homeroom.kernel.ids import QuestionId
from homeroom.kernel.rights import Role
from homeroom.people.model.institutions import Institution
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.sittings_ground import Bank, a_bank, a_content
from homeroom_testing.conformance.storage import settle_in
from homeroom_testing.fast_hashing import FAST_VARIABLES
from homeroom_testing.sandboxes import delete_keys, fresh_name

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.service("postgres"),
    pytest.mark.service("redis"),
]


@attrs.frozen
class TwoHouses:
    """The same house opened twice, as two processes do: one writes, the other serves."""

    writes: Homeroom
    serves: Homeroom
    house: Institution
    bank: Bank
    clock: SteppingClock

    @property
    def author(self) -> Actor:
        return Actor(institution_id=self.house.id, roles=frozenset({Role.TEACHER}))

    async def served(self) -> dict[QuestionId, str]:
        """What somebody new is asked by the other one, by question."""
        person = await a_kept_person(self.writes.plant.storage, self.house, fresh_name())
        learner = Actor(
            institution_id=self.house.id, roles=frozenset({Role.STUDENT}), person_id=person.id
        )
        sheet = await self.serves.exams.begin_sitting(learner, self.bank.exam.id)
        return {one.question_id: one.stem for one in sheet.questions}


@pytest.fixture
async def houses(postgres_store: str, redis_url: str) -> AsyncIterator[TwoHouses]:
    clock = SteppingClock()
    settings = load_settings(
        {
            "HOMEROOM_ENVIRONMENT": "test",
            "HOMEROOM_STORAGE__URL": postgres_store,
            "HOMEROOM_CACHE__ADAPTER": "redis",
            "HOMEROOM_CACHE__URL": redis_url,
            **FAST_VARIABLES,
        }
    )
    async with AsyncExitStack() as stack:
        stack.callback(delete_keys, redis_url, "homeroom:test:")
        writes = await stack.enter_async_context(open_homeroom(settings, clock=clock))
        serves = await stack.enter_async_context(open_homeroom(settings, clock=clock))
        house = await settle_in(writes.plant.storage)
        bank = await a_bank(writes.plant.storage, house)
        yield TwoHouses(writes, serves, house, bank, clock)


class TestAChange:
    async def test_of_what_a_question_says_is_seen_next(self, houses: TwoHouses) -> None:
        before, question = await houses.served(), houses.bank.questions[0]
        assert question.id in before
        said = attrs.evolve(a_content(1), stem="What does it say now?")
        await houses.writes.exams.revise_question(houses.author, question.id, said)
        assert (await houses.served())[question.id] == "What does it say now?"

    async def test_to_be_retired_is_seen_next(self, houses: TwoHouses) -> None:
        question = houses.bank.questions[0]
        assert question.id in await houses.served()
        await houses.writes.exams.retire_question(houses.author, question.id)
        assert question.id not in await houses.served()

    async def test_to_be_approved_is_seen_next(self, houses: TwoHouses) -> None:
        await houses.served()
        old = houses.bank.questions[0]
        await houses.writes.exams.retire_question(houses.author, old.id)
        new = await approved(houses, attrs.evolve(a_content(9), stem="The new one?"))
        assert new in await houses.served()


class TestWhatWasServed:
    async def test_is_printed_once_for_both_houses(self, houses: TwoHouses) -> None:
        person = await a_kept_person(houses.writes.plant.storage, houses.house, "ana")
        ana = Actor(
            institution_id=houses.house.id, roles=frozenset({Role.STUDENT}), person_id=person.id
        )
        sheet = await houses.writes.exams.begin_sitting(ana, houses.bank.exam.id)
        paper = await houses.writes.exams.see_questions(ana, sheet.summary.id)
        other = houses.serves.exams.see_questions
        bank = Watched(other.shelf.bank)
        other.shelf.bank = bank  # type: ignore[assignment]
        again = await asyncio.gather(*(other(ana, sheet.summary.id) for _ in range(20)))
        assert {one.mark for one in again} == {paper.mark}
        assert {one.joined() for one in again} == {paper.joined()}
        assert bank.asked == 0


async def approved(houses: TwoHouses, content: Content) -> QuestionId:
    exams, objective = houses.writes.exams, houses.bank.questions[0].objective_id
    question = await exams.write_question(houses.author, houses.bank.exam.id, objective, content)
    await exams.submit_question(houses.author, question.id)
    await exams.approve_question(houses.author, question.id)
    return question.id


@attrs.define
class Watched:
    """A bank that says how often it was asked what questions say."""

    bank: BankQueries
    asked: int = 0

    async def editions(self, wanted: Any) -> Any:
        self.asked += 1
        return await self.bank.editions(wanted)
