"""How far somebody is: every answer counts once, and what is due is to be seen again."""

from datetime import date, timedelta

import pytest
from sitting_room import STUDY, Room

from homeroom.exams.errors import BadExamDate, ExamNotFound, NoQuestions
from homeroom.exams.model.mastery import Level
from homeroom.exams.model.overviews import Overview
from homeroom.exams.model.tiers import Tier
from homeroom.exams.model.wishes import Given, Mode, Wish
from homeroom.kernel.actor import Actor
from homeroom.kernel.errors import Unauthenticated
from homeroom.kernel.ids import ExamId, QuestionId, new_id
from homeroom.kernel.rights import Role
from homeroom_testing.conformance.sittings_ground import RIGHT, WRONG, a_bank

pytestmark = pytest.mark.anyio

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
REVIEW, WEAK = Wish(mode=Mode.REVIEW), Wish(mode=Mode.WEAK_AREAS)
ALL_RIGHT = (RIGHT,) * 4


def later(room: Room, by: timedelta) -> None:
    room.clock.step(seconds=by.total_seconds())


async def overview(room: Room, who: Actor | None = None) -> Overview:
    return await room.exams.my_progress(who or room.ana, room.bank.exam.id)


async def due(room: Room) -> list[QuestionId]:
    found = await room.exams.due_questions(room.ana, room.bank.exam.id)
    return [one.question_id for one in found]


async def studied(room: Room, *answers: tuple[str, ...]) -> None:
    """A session to study, in which these are answered."""
    sheet = await room.begin(STUDY)
    await room.say(sheet, *answers)
    await room.exams.submit_sitting(room.ana, sheet.summary.id)


async def tested(room: Room, *answers: tuple[str, ...]) -> None:
    sheet = await room.begin()
    await room.say(sheet, *answers)
    await room.exams.submit_sitting(room.ana, sheet.summary.id)


async def test_who_answered_nothing_has_nothing_to_show(room: Room) -> None:
    seen = await overview(room)
    assert (seen.standing.answered, seen.covered, seen.due) == (0, 0.0, 0)
    assert {one.level for one in seen.masteries.values()} == {Level.UNKNOWN}
    assert (seen.prediction, seen.ready_on, seen.streak.days) == (None, None, 0)
    assert len(seen.weak) == 2


async def test_an_answer_counts_as_soon_as_it_is_judged_and_only_once(room: Room) -> None:
    sheet = await room.begin(STUDY)
    await room.say(sheet, RIGHT, WRONG)
    assert ((await overview(room)).standing.answered, await _correct(room)) == (2, 1)
    await room.say(sheet, RIGHT, WRONG)
    await room.exams.submit_sitting(room.ana, sheet.summary.id)
    await room.exams.submit_sitting(room.ana, sheet.summary.id)
    assert ((await overview(room)).standing.answered, await _correct(room)) == (2, 1)
    assert (await overview(room)).covered == 50.0


async def _correct(room: Room) -> int:
    return (await overview(room)).standing.correct


async def test_a_simulation_counts_at_its_end_and_what_was_left_out_does_not(room: Room) -> None:
    sheet = await room.begin()
    await room.say(sheet, RIGHT, WRONG, RIGHT)
    assert (await overview(room)).standing.answered == 0
    await room.exams.submit_sitting(room.ana, sheet.summary.id)
    seen = await overview(room)
    assert (seen.standing.answered, seen.standing.correct) == (3, 2)
    assert [one.id for one in seen.tests] == [sheet.summary.id]


async def test_a_simulation_that_ran_out_counts_too_and_is_planned_by_who_looks(
    room: Room,
) -> None:
    sheet = await room.begin()
    await room.say(sheet, WRONG, WRONG)
    later(room, 91 * MINUTE)
    await room.sweep()
    await room.sweep()
    seen = await overview(room)
    assert (seen.standing.answered, seen.due) == (2, 2)
    assert sorted(await due(room)) == sorted(one.id for one in room.bank.questions[:2])


async def test_a_study_that_nobody_goes_on_with_is_counted_once(room: Room) -> None:
    sheet = await room.begin(STUDY)
    await room.say(sheet, RIGHT, RIGHT)
    later(room, timedelta(hours=2, seconds=1))
    await room.sweep()
    assert (await room.look(sheet)).summary.status.value == "completed"
    assert (await overview(room)).standing.answered == 2


async def test_what_was_wrong_is_due_before_what_was_right(room: Room) -> None:
    await studied(room, RIGHT, WRONG)
    assert await due(room) == []
    later(room, 5 * MINUTE)
    assert await due(room) == [room.bank.questions[1].id]
    later(room, 10 * MINUTE)
    assert await due(room) == [room.bank.questions[1].id, room.bank.questions[0].id]


async def test_to_review_is_to_study_what_is_due(room: Room) -> None:
    with pytest.raises(NoQuestions):
        await room.begin(REVIEW)
    await studied(room, RIGHT, WRONG, WRONG)
    later(room, 5 * MINUTE)
    sheet = await room.begin(REVIEW)
    asked = {one.question_id for one in sheet.questions}
    assert asked == {one.id for one in room.bank.questions[1:3]}
    for question in room.bank.questions[1:3]:
        await room.exams.answer_question(
            room.ana, sheet.summary.id, question.id, Given(answer=RIGHT)
        )
    assert await due(room) == []


async def test_a_review_of_few_asks_for_what_has_waited_longest(room: Room) -> None:
    await studied(room, WRONG)
    later(room, MINUTE)
    sheet = await room.begin(STUDY)
    await room.exams.answer_question(
        room.ana, sheet.summary.id, room.bank.questions[1].id, Given(answer=WRONG)
    )
    later(room, 30 * MINUTE)
    few = await room.begin(Wish(mode=Mode.REVIEW, questions=1))
    assert [one.question_id for one in few.questions] == [room.bank.questions[0].id]


async def test_weak_areas_are_those_that_one_does_not_know_well(room: Room) -> None:
    assert len((await room.begin(WEAK)).questions) == 4
    for _ in range(3):
        await studied(room, RIGHT, RIGHT)
    seen = await overview(room)
    strong, weak = (one.objective_id for one in room.bank.questions[1:3])
    assert (seen.weak, seen.masteries[strong].level) == ([weak], Level.EXPERT)
    sheet = await room.begin(WEAK)
    assert {one.objective_id for one in sheet.questions} == {weak}
    for _ in range(3):
        await studied(room, *ALL_RIGHT)
    with pytest.raises(NoQuestions):
        await room.begin(WEAK)


async def test_what_was_answered_long_ago_tells_nothing_any_more(room: Room) -> None:
    for _ in range(3):
        await studied(room, *ALL_RIGHT)
    assert (await overview(room)).weak == []
    later(room, 31 * DAY)
    seen = await overview(room)
    assert (len(seen.weak), seen.standing.answered) == (2, 12)


async def test_readiness_is_made_of_masteries_tests_and_answers(room: Room) -> None:
    for _ in range(5):
        await tested(room, *ALL_RIGHT)
    seen = await overview(room)
    assert {one.percent for one in seen.masteries.values()} == {100.0}
    # 0.40 of 100, 0.35 of 100, 0.10 of 4 (20 answers of 500), 0.10 of 50, 0.05 of 100
    assert seen.readiness.percent == pytest.approx(40 + 35 + 0.4 + 5 + 5)
    assert seen.readiness.is_ready
    assert seen.prediction is not None
    assert (seen.prediction.percent, seen.ready_on) == (100.0, room.clock.now().date())


async def test_a_streak_is_of_days_in_ones_own_zone(room: Room) -> None:
    assert room.ana.person_id is not None
    for _ in range(3):
        await studied(room, *ALL_RIGHT)
        await studied(room, RIGHT)
        later(room, DAY)
    assert (await overview(room)).streak.days == 3
    later(room, 11 * timedelta(hours=1))
    assert (await overview(room)).streak.days == 3
    head = Actor(institution_id=room.house.id, roles=frozenset({Role.ADMIN}))
    # It is 23:00 in UTC, and the next day in Manila: yesterday there nobody studied.
    await room.exams.set_tier(head, room.ana.person_id, Tier.FREE, "Asia/Manila")
    assert (await overview(room)).streak.days == 0


async def test_before_an_exam_all_is_seen_again_and_a_day_is_left(room: Room) -> None:
    for _ in range(6):
        await studied(room, *ALL_RIGHT)
        later(room, 12 * DAY)
    last = room.clock.now().date() + 5 * DAY
    study = await room.exams.set_exam_date(room.ana, room.bank.exam.id, last)
    assert study.deadline is not None
    await studied(room, *ALL_RIGHT)
    for known in (await overview(room)).standing.objectives.values():
        assert known.due_at is not None
        assert known.due_at <= study.deadline
    later(room, study.deadline - room.clock.now())
    assert len(await due(room)) == 4


async def test_a_day_that_is_over_is_no_exam_date(room: Room) -> None:
    today, exam_id = room.clock.now().date(), room.bank.exam.id
    for day in (today - DAY, date(9999, 1, 1)):
        with pytest.raises(BadExamDate):
            await room.exams.set_exam_date(room.ana, exam_id, day)
    for said in (today, today, None, None):
        study = await room.exams.set_exam_date(room.ana, exam_id, said)
        assert (study.examined_at is None) == (said is None)
    assert (await room.actions()).count("exams.sit") == 2


async def test_progress_is_a_persons_own_and_of_what_may_be_studied(room: Room) -> None:
    await studied(room, *ALL_RIGHT)
    ben = await room.somebody("ben")
    assert (await overview(room, ben)).standing.answered == 0
    exam_id = ExamId(new_id())
    for ask in (room.exams.my_progress, room.exams.due_questions):
        with pytest.raises(Unauthenticated):
            await ask(room.author, room.bank.exam.id)
        with pytest.raises(ExamNotFound):
            await ask(room.ana, exam_id)
    other = await a_bank(room.homeroom.plant.storage, room.house, "E-2")
    assert (await room.exams.my_progress(room.ana, other.exam.id)).standing.answered == 0
