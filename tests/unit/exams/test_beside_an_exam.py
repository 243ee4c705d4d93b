"""What was begun before an exam tells nothing of it while it is taken, and loses nothing by it."""

from collections.abc import Awaitable, Callable

import pytest
from sitting_room import STUDY, Room

from homeroom.exams.errors import ExamUnderWay
from homeroom.exams.model.adaptive.sheets import AdaptiveSheet
from homeroom.exams.model.sheets import Sheet
from homeroom.exams.model.wishes import Given
from homeroom.kernel.ids import QuestionId
from homeroom_testing.conformance.sittings_ground import RIGHT, WRONG, a_bank

pytestmark = pytest.mark.anyio


def first(room: Room) -> QuestionId:
    return room.bank.questions[0].id


Looking = Callable[[Room, Sheet], Awaitable[object]]
LOOKING: dict[str, Looking] = {
    "answering": lambda room, study: room.exams.answer_question(
        room.ana, study.summary.id, room.bank.questions[1].id, Given(answer=RIGHT)
    ),
    "answering again": lambda room, study: room.exams.answer_question(
        room.ana, study.summary.id, first(room), Given(answer=RIGHT)
    ),
    "looking": lambda room, study: room.exams.see_sitting(room.ana, study.summary.id),
    "submitting": lambda room, study: room.exams.submit_sitting(room.ana, study.summary.id),
    "submitting with answers": lambda room, study: room.exams.submit_sitting(
        room.ana, study.summary.id, {room.bank.questions[2].id: Given(answer=WRONG)}
    ),
}


@pytest.mark.parametrize("look", LOOKING.values(), ids=LOOKING)
async def test_a_study_that_was_begun_before_waits_until_the_exam_is_over(
    room: Room, look: Looking
) -> None:
    study = await room.begin(STUDY)
    await room.say(study, RIGHT)
    exam = await room.begin()
    with pytest.raises(ExamUnderWay):
        await look(room, study)
    await room.exams.submit_sitting(room.ana, exam.summary.id)
    seen = await room.look(study)
    assert [one.answer for one in seen.questions if one.answer] == [RIGHT]
    await look(room, study)


async def test_the_exam_itself_goes_on_as_if_there_were_no_study(room: Room) -> None:
    await room.say(await room.begin(STUDY), RIGHT)
    exam = await room.begin()
    await room.say(exam, RIGHT, WRONG)
    assert len((await room.look(exam)).questions) == 4
    over = await room.exams.submit_sitting(room.ana, exam.summary.id)
    again = await room.exams.submit_sitting(room.ana, exam.summary.id)
    assert over == again


async def test_what_an_exam_before_came_to_waits_while_it_is_taken_once_more(room: Room) -> None:
    before = await room.begin()
    await room.say(before, RIGHT)
    await room.exams.submit_sitting(room.ana, before.summary.id)
    now = await room.begin()
    for look in (room.exams.see_result, room.exams.see_sitting, room.exams.submit_sitting):
        with pytest.raises(ExamUnderWay):
            await look(room.ana, before.summary.id)
    room.clock.instant = now.summary.ends_at
    with pytest.raises(ExamUnderWay):
        await room.exams.see_result(room.ana, before.summary.id)
    room.clock.step(seconds=1)
    assert (await room.exams.see_result(room.ana, before.summary.id)).summary.score


async def test_another_exam_and_another_person_are_left_alone(room: Room) -> None:
    ben = await room.somebody("ben")
    his, hers = await room.begin(STUDY, ben), await room.begin(STUDY)
    other = await a_bank(room.homeroom.plant.storage, room.house, "E-2")
    await room.exams.begin_sitting(room.ana, other.exam.id)
    await room.say(hers, RIGHT)
    await room.begin()
    await room.say(his, RIGHT, who=ben)
    assert (await room.exams.submit_sitting(ben, his.summary.id)).summary.score


Asking = Callable[[Room, AdaptiveSheet], Awaitable[object]]


def waiting(sheet: AdaptiveSheet) -> QuestionId:
    assert sheet.question is not None
    return sheet.question.question_id


ASKING: dict[str, Asking] = {
    "answering": lambda room, sheet: room.exams.adaptive.answer(
        room.ana, sheet.sitting.id, waiting(sheet), RIGHT
    ),
    "looking": lambda room, sheet: room.exams.adaptive.see(room.ana, sheet.sitting.id),
    "leaving": lambda room, sheet: room.exams.adaptive.leave(room.ana, sheet.sitting.id),
}


@pytest.mark.parametrize("ask", ASKING.values(), ids=ASKING)
async def test_an_adaptive_test_that_was_begun_before_waits_too(room: Room, ask: Asking) -> None:
    sheet = await room.exams.adaptive.begin(room.ana, room.bank.exam.id)
    exam = await room.begin()
    with pytest.raises(ExamUnderWay):
        await ask(room, sheet)
    await room.exams.submit_sitting(room.ana, exam.summary.id)
    seen = await room.exams.adaptive.see(room.ana, sheet.sitting.id)
    assert (seen.sitting, seen.question) == (sheet.sitting, sheet.question)
    await ask(room, sheet)
