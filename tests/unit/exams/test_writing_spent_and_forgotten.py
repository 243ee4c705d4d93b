"""What machines cost is told before it is used up, and what failed keeps its text for a while."""

import logging
from datetime import timedelta
from typing import Any

import attrs
import pytest
from sitting_room import Room

from homeroom.exams.errors import BadGeneration, WriterRefused
from homeroom.exams.model.budgets import WritingRules
from homeroom.exams.model.generations import Generation, GenerationStatus, Wish
from homeroom.exams.use_cases.generating import ForgetSource, SeeWritingBudget, WriteOrdered
from homeroom.kernel.ids import JobId, new_id
from homeroom.kernel.queue import Lease, Run
from homeroom.published.exams import WritingBudgetNearlyUsed
from homeroom_testing.conformance.question_writer import SOURCE
from homeroom_testing.conformance.storage import told_by

pytestmark = pytest.mark.anyio

NEARLY = "exams.writing_budget_nearly_used.v1"
RUN = Run(JobId(new_id()), 1, False, None, "", lambda progress: None)
DAY, WEEK = timedelta(days=1), timedelta(days=7)


@attrs.frozen
class Priced:
    """A writer of whom it is known what it costs, and that has no credit."""

    price: int
    method: str = "priced"

    def estimate(self, _: Any) -> int:
        return self.price

    async def write(self, _: Any) -> Any:
        raise WriterRefused("There is no credit. Add some.")


async def order(room: Room, price: int, rules: WritingRules | None = None) -> Generation:
    generate = attrs.evolve(
        room.exams.generate_questions, writer=Priced(price), rules=rules or WritingRules()
    )
    objective = room.bank.questions[0].objective_id
    wish = Wish(source=SOURCE, origin="notes.md", count=3)
    return await generate(room.author, room.bank.exam.id, objective, wish)


async def warnings(room: Room) -> list[str]:
    """Of which periods it was told since somebody looked last."""
    plant = room.homeroom.plant
    told = [one for one in await told_by(plant.storage) if one.name == NEARLY]
    decode = plant.ambient.codec.decode
    every = [decode(WritingBudgetNearlyUsed, one.payload) for one in told]
    return ["day" if one.until - one.since == DAY else "month" for one in every]


class TestTheBudget:
    async def test_at_four_fifths_it_is_told_once_of_each_day(
        self, room: Room, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.WARNING, "homeroom.exams")
        rules = WritingRules(daily=1000, monthly=100_000)
        await order(room, 799, rules)
        assert (await warnings(room), caplog.messages) == ([], [])
        await order(room, 1, rules)
        await order(room, 1, rules)
        assert await warnings(room) == ["day"]
        assert caplog.messages == ["of the day's budget for questions 80 % are used"]
        room.clock.step(seconds=86_400)
        await order(room, 900, rules)
        assert await warnings(room) == ["day"]

    async def test_the_month_is_told_apart(self, room: Room) -> None:
        await order(room, 90, WritingRules(daily=1000, monthly=100))
        assert await warnings(room) == ["month"]

    async def test_whoever_looks_sees_it(self, room: Room) -> None:
        rules = WritingRules(daily=1000, monthly=100_000)
        see = attrs.evolve(room.exams.see_writing_budget, rules=rules)
        assert isinstance(see, SeeWritingBudget)
        await order(room, 799, rules)
        assert [one.is_nearly_used for one in await see(room.author)] == [False, False]
        await order(room, 1, rules)
        assert [one.is_nearly_used for one in await see(room.author)] == [True, False]

    async def test_where_nothing_may_be_spent_nothing_is_told(self, room: Room) -> None:
        await order(room, 0, WritingRules(daily=0, monthly=0))
        assert await warnings(room) == []


class TestTheTextOfAnOrderThatFailed:
    async def test_it_is_there_for_a_week_and_then_forgotten(self, room: Room) -> None:
        failed = await self._failed(room)
        assert (failed.status, failed.wish.source) == (GenerationStatus.FAILED, SOURCE)
        assert await self._forgotten(room) == 0
        room.clock.instant += WEEK - timedelta(seconds=1)
        assert await self._forgotten(room) == 0
        room.clock.step(seconds=1)
        assert await self._forgotten(room) == 1
        kept = await self._kept(room, failed)
        assert (kept.status, kept.wish.source) == (GenerationStatus.FAILED, "")
        assert kept.wish.origin == "notes.md"

    async def test_whoever_tries_again_too_late_is_told_what_to_do(self, room: Room) -> None:
        failed = await self._failed(room)
        room.clock.instant += WEEK
        await self._forgotten(room)
        _, write = room.homeroom.plant.handlers.find("exams.write_questions.v1")
        with pytest.raises(BadGeneration, match="Order again, with it"):
            await write(WriteOrdered(generation_id=failed.id), RUN)

    async def test_who_tries_again_in_time_has_it_written(self, room: Room) -> None:
        failed = await self._failed(room)
        _, write = room.homeroom.plant.handlers.find("exams.write_questions.v1")
        await write(WriteOrdered(generation_id=failed.id), RUN)
        done = await self._kept(room, failed)
        assert done.status is GenerationStatus.DONE
        room.clock.instant += WEEK
        assert await self._forgotten(room) == 1
        assert await self._kept(room, failed) == done

    async def _failed(self, room: Room) -> Generation:
        ordered = await order(room, 5)
        _, write = room.homeroom.plant.handlers.find("exams.write_questions.v1")
        with pytest.raises(WriterRefused):
            await attrs.evolve(write, writer=Priced(5))(WriteOrdered(generation_id=ordered.id), RUN)
        return await self._kept(room, ordered)

    async def _forgotten(self, room: Room) -> int:
        """How many such jobs were due, and are done."""
        plant = room.homeroom.plant
        _, forget = plant.handlers.find("exams.forget_source.v1")
        await plant.storage.queue.sweep()
        due = await plant.storage.queue.claim(
            "default", limit=99, lease=Lease(worker="w", seconds=60)
        )
        asked = [one for one in due if one.name == "exams.forget_source.v1"]
        for one in asked:
            await forget(plant.ambient.codec.decode(ForgetSource, one.payload), RUN)
        return len(asked)

    async def _kept(self, room: Room, generation: Generation) -> Generation:
        async with room.homeroom.start() as unit:
            return await unit.generations.get(generation.id, reach=None)
