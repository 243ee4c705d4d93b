"""Whoever asks what to do next is told the weakest first, with the chapters to read."""

from datetime import timedelta

import attrs
import pytest
from sitting_room import STUDY, Room

from homeroom.exams.errors import ExamNotFound
from homeroom.kernel.ids import ExamId, new_id
from homeroom_testing.conformance.sittings_ground import RIGHT, WRONG

pytestmark = pytest.mark.anyio


async def studied(room: Room, *answers: tuple[str, ...]) -> None:
    room.clock.step(seconds=timedelta(minutes=1).total_seconds())
    sheet = await room.begin(STUDY)
    await room.say(sheet, *answers)
    await room.exams.submit_sitting(room.ana, sheet.summary.id)


async def test_the_lowest_comes_first_with_the_tags_of_its_questions(room: Room) -> None:
    for number, question in enumerate(room.bank.questions):
        tags = ("caching",) if number >= 2 else ("databases", "caching")[: 2 - number]
        content = attrs.evolve(question.content, tags=frozenset(tags))
        await room.exams.revise_question(room.author, question.id, content)
    first, second = dict.fromkeys(one.objective_id for one in room.bank.questions)
    for _ in range(4):
        await studied(room, RIGHT, WRONG, WRONG, WRONG)
    advice = await room.exams.achieving.advise(room.ana, room.bank.exam.id)
    assert list(advice.focus) == [second, first]
    assert advice.chapters == {second: ["caching"], first: ["databases", "caching"]}
    assert advice.tips[0].code in ("review", "streak", "weakAreas")
    assert advice.difficulty == 3.0
    assert advice.daily_questions >= 5


async def test_of_an_exam_that_is_not_there_nobody_is_advised(room: Room) -> None:
    with pytest.raises(ExamNotFound):
        await room.exams.achieving.advise(room.ana, ExamId(new_id()))
