"""Papers are put together from what was printed once, and pools are remembered for a moment."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Collection, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import attrs
import pytest

from homeroom.exams.errors import SittingNotFound
from homeroom.exams.model.answers import Kind
from homeroom.exams.model.forms import Item, order_of
from homeroom.exams.model.questions import Content
from homeroom.exams.ports.bank import Candidate, Edition
from homeroom.exams.use_cases.papers import SeeQuestions
from homeroom.exams.use_cases.pools import OLDEST, Candidates, Pools
from homeroom.exams.use_cases.shelf import Shelf
from homeroom.kernel.cache import CacheSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import ExamId, ObjectiveId, QuestionId, SittingId, new_id
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.cache import open_cache
from homeroom_entrypoints.composition.printing import press
from homeroom_testing.clock import SteppingClock
from homeroom_testing.marked_exam import BODIES, MARK

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from sitting_room import Room, open_room

pytestmark = pytest.mark.anyio

EXAM = ExamId(UUID(int=5))
OBJECTIVE = ObjectiveId(UUID(int=6))


@attrs.define
class CountingBank:
    """A bank that says how often it was asked, and for what."""

    contents: Mapping[Edition, Content]
    asked: list[Collection[Edition]] = attrs.Factory(list)
    pools_asked: int = 0
    candidates: Candidates = attrs.Factory(dict)

    async def editions(self, wanted: Collection[Edition]) -> Mapping[Edition, Content]:
        self.asked.append(wanted)
        await asyncio.sleep(0)
        return {one: self.contents[one] for one in wanted}

    async def pools(self, exam_id: ExamId) -> Candidates:
        self.pools_asked += 1
        await asyncio.sleep(0)
        return self.candidates

    async def questions(self, wanted: Any, page: Any) -> Any:
        raise NotImplementedError

    async def question(self, question_id: QuestionId, *, reach: Any) -> Any:
        raise NotImplementedError


@attrs.frozen
class Ground:
    bank: CountingBank
    clock: SteppingClock
    shelf: Shelf
    pools: Pools

    def another(self, room: int = 10**6) -> Shelf:
        """As in another process that has the same cache."""
        return Shelf(bank=self.bank, cache=self.shelf.cache, press=press(), room=room)


@pytest.fixture
async def ground() -> AsyncIterator[Ground]:
    contents = {
        (QuestionId(UUID(int=number)), 1): Content(
            stem=f"Ñ {number}?", body=body, explanation=f"{MARK} explained"
        )
        for number, body in enumerate(BODIES, 1)
    }
    bank, clock = CountingBank(contents), SteppingClock()
    async with open_cache(CacheSettings(), Ambient(clock, JsonCodec())) as cache:
        shelf = Shelf(bank=bank, cache=cache, press=press())
        yield Ground(bank, clock, shelf, Pools(bank=bank, cache=cache))


class TestAShelf:
    async def test_asks_the_store_once_for_all_that_is_wanted(self, ground: Ground) -> None:
        every = list(ground.bank.contents)
        first = await ground.shelf.printed(every)
        assert await ground.shelf.printed(every[::-1]) == first
        assert [sorted(asked) for asked in ground.bank.asked] == [sorted(every)]

    async def test_asks_only_for_what_does_not_lie_there(self, ground: Ground) -> None:
        every = list(ground.bank.contents)
        await ground.shelf.printed(every[:5])
        await ground.shelf.printed(every)
        assert ground.bank.asked[1] == every[5:]

    async def test_five_hundred_at_once_are_one_question_to_the_store(self, ground: Ground) -> None:
        every = list(ground.bank.contents)
        answers = await asyncio.gather(*(ground.shelf.printed(every) for _ in range(500)))
        assert all(one == answers[0] for one in answers)
        assert len(ground.bank.asked) == 1

    async def test_finds_in_the_cache_what_another_process_printed(self, ground: Ground) -> None:
        every = list(ground.bank.contents)
        first = await ground.shelf.printed(every)
        assert await ground.another().printed(every) == first
        assert len(ground.bank.asked) == 1

    async def test_makes_room_and_still_answers_whole(self, ground: Ground) -> None:
        every = list(ground.bank.contents)
        narrow = ground.another(room=200)
        for _ in range(2):
            assert (await narrow.printed(every)).keys() == set(every)
        assert narrow.room <= 200
        assert len(narrow._lying) < len(every)

    async def test_holds_nothing_that_is_not_to_be_known(self, ground: Ground) -> None:
        every = await ground.shelf.printed(list(ground.bank.contents))
        for printed in every.values():
            said = b"".join((printed.head, *printed.choices.values()))
            assert MARK.encode() not in said


class TestAPress:
    @pytest.mark.parametrize("body", BODIES, ids=lambda body: body.kind.value)
    def test_joins_what_reads_as_it_was_written(self, body: Any) -> None:
        content = Content(stem='Say "ñ\n\\"', body=body)
        question_id, ours = QuestionId(new_id()), press()
        item = Item(
            question_id=question_id,
            edition=1,
            objective_id=OBJECTIVE,
            order=order_of(body, "a seed"),
        )
        sitting_id = SittingId(new_id())
        printed = ours.printed(question_id, content)
        told = read(b"".join(ours.bound(sitting_id, [(item, printed), (item, printed)])))
        assert told["testId"] == str(sitting_id)
        for question in told["questions"]:
            assert (question["id"], question["text"]) == (str(question_id), content.stem)
            if body.kind is not Kind.TRUE_FALSE:
                assert tuple(one["id"] for one in question["answers"]) == item.order

    def test_of_no_questions_makes_an_empty_list(self) -> None:
        assert read(b"".join(press().bound(SittingId(UUID(int=1)), [])))["questions"] == []


class TestPools:
    async def test_are_asked_for_once_and_told_anew_after_a_change(self, ground: Ground) -> None:
        one = Candidate(id=QuestionId(UUID(int=7)), edition=3, difficulty=5)
        ground.bank.candidates = {OBJECTIVE: [one]}
        told = await asyncio.gather(*(ground.pools.of(EXAM) for _ in range(100)))
        assert all(each == {OBJECTIVE: [one]} for each in told)
        assert ground.bank.pools_asked == 1
        ground.bank.candidates = {}
        assert await ground.pools.of(EXAM) == {OBJECTIVE: [one]}
        await ground.pools.changed(EXAM)
        assert await ground.pools.of(EXAM) == {}

    async def test_are_never_older_than_is_said_though_nobody_told(self, ground: Ground) -> None:
        await ground.pools.of(EXAM)
        one = Candidate(id=QuestionId(UUID(int=7)), edition=1, difficulty=1)
        ground.bank.candidates = {OBJECTIVE: [one]}
        ground.clock.step(seconds=OLDEST)
        assert await ground.pools.of(EXAM) == {OBJECTIVE: [one]}


class TestSeeingQuestions:
    async def test_takes_no_step_outside_once_it_was_seen(self) -> None:
        async with open_room() as room:
            see, sheet = a_view(room), await room.begin()
            paper = await see(room.ana, sheet.summary.id)
            blind = attrs.evolve(see, queries=None)
            blind._known.update(see._known)
            assert await blind(room.ana, sheet.summary.id) is paper

    async def test_is_for_nobody_else_and_for_no_other_house(self) -> None:
        async with open_room() as room:
            see, sheet = a_view(room), await room.begin()
            await see(room.ana, sheet.summary.id)
            ben = await room.somebody("ben")
            elsewhere = attrs.evolve(room.ana, institution_id=new_id())
            for stranger in (ben, elsewhere):
                with pytest.raises(SittingNotFound):
                    await see(stranger, sheet.summary.id)

    async def test_forgets_in_time_what_may_be_gone(self) -> None:
        async with open_room() as room:
            see, sheet = a_view(room), await room.begin()
            await see(room.ana, sheet.summary.id)
            assert see.at_hand(room.ana, sheet.summary.id) is not None
            async with room.homeroom.start() as unit:
                await unit.sittings.remove(room.ana.person_id)
                await unit.commit()
            room.clock.step(seconds=600)
            assert see.at_hand(room.ana, sheet.summary.id) is None
            with pytest.raises(SittingNotFound):
                await see(room.ana, sheet.summary.id)


def a_view(room: Room) -> SeeQuestions:
    return room.exams.see_questions


def read(paper: bytes) -> Any:
    return json.loads(paper)
