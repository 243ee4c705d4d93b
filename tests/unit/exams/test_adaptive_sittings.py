"""Adaptive tests: begun, answered, ended; one question at a time, whoever asks, from wherever."""

import asyncio
from collections.abc import Sequence

import pytest
from sitting_room import Room

from homeroom.exams.errors import (
    AnsweredAlready,
    BadAnswer,
    BadParameters,
    BadSitting,
    ExamNotFound,
    ExamNotOpen,
    NoQuestions,
    QuestionNotFound,
    SittingExpired,
    SittingNotFound,
    SittingOver,
)
from homeroom.exams.model.adaptive.curves import Curve
from homeroom.exams.model.adaptive.rules import Rules, Stop, Verdict
from homeroom.exams.model.adaptive.sheets import AdaptiveSheet
from homeroom.exams.use_cases.calibrating import FEWEST_ANSWERS, LearnCurves, PoolEntry, Source
from homeroom.kernel.actor import Actor, NotAllowed
from homeroom.kernel.errors import Unauthenticated
from homeroom.kernel.ids import ExamId, JobId, QuestionId, SittingId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.queue import Run
from homeroom_testing.conformance.sittings_ground import RIGHT, WRONG

pytestmark = pytest.mark.anyio

ALL_FOUR = Rules(fewest=4, most=4, settles=False, error=0)


async def begin(room: Room, rules: Rules = ALL_FOUR, who: Actor | None = None) -> AdaptiveSheet:
    return await room.exams.adaptive.begin(who or room.ana, room.bank.exam.id, rules)


async def say(room: Room, sheet: AdaptiveSheet, answer: tuple[str, ...] = RIGHT) -> AdaptiveSheet:
    assert sheet.question is not None
    question = sheet.question.question_id
    return await room.exams.adaptive.answer(room.ana, sheet.sitting.id, question, answer)


async def look(room: Room, sheet: AdaptiveSheet) -> AdaptiveSheet:
    return await room.exams.adaptive.see(room.ana, sheet.sitting.id)


async def to_the_end(room: Room, answer: tuple[str, ...], rules: Rules = ALL_FOUR) -> AdaptiveSheet:
    sheet = await begin(room, rules)
    while sheet.question is not None:
        sheet = await say(room, sheet, answer)
    return sheet


class TestOneQuestionAtATime:
    async def test_each_question_comes_once_and_then_the_outcome(self, room: Room) -> None:
        sheet, seen = await begin(room), list[QuestionId]()
        while sheet.question is not None:
            assert sheet.outcome is None
            seen.append(sheet.question.question_id)
            sheet = await say(room, sheet)
        assert sorted(seen) == sorted(one.id for one in room.bank.questions)
        assert sheet.outcome is not None
        assert sheet.outcome.stop is Stop.LONG_ENOUGH
        assert [one.question_id for one in sheet.outcome.course] == seen

    async def test_two_devices_are_put_the_same_question(self, room: Room) -> None:
        first = await begin(room)
        second, seen = await begin(room), await look(room, first)
        for other in (second, seen):
            assert other.sitting.id == first.sitting.id
            assert other.question == first.question
        one, two = await asyncio.gather(say(room, first), say(room, second))
        assert one.question == two.question
        assert len(one.sitting.steps) == len(two.sitting.steps) == 2

    async def test_of_two_who_begin_at_once_both_are_in_one_sitting(self, room: Room) -> None:
        several = await asyncio.gather(*(begin(room) for _ in range(4)))
        assert len({one.sitting.id for one in several}) == 1
        assert all(one.question == several[0].question for one in several)

    async def test_saying_the_same_again_does_no_harm(self, room: Room) -> None:
        first = await begin(room)
        second = await say(room, first)
        again = await say(room, first)
        assert again.sitting == second.sitting
        assert again.question == second.question

    async def test_the_first_answer_counts(self, room: Room) -> None:
        first = await begin(room)
        await say(room, first, RIGHT)
        with pytest.raises(AnsweredAlready):
            await say(room, first, WRONG)
        assert (await look(room, first)).sitting.answered[0].answer == RIGHT

    async def test_what_is_kept_alone_decides_what_comes_next(self, room: Room) -> None:
        """Somebody else's house, over the same store, goes on where this one left off."""
        sheet = await say(room, await begin(room))
        room.homeroom.exams.adaptive.answer.pools._kept.clear()
        assert (await look(room, sheet)).question == sheet.question

    async def test_no_key_is_told_and_nothing_of_how_it_goes(self, room: Room) -> None:
        sheet = await say(room, await begin(room), WRONG)
        assert sheet.outcome is None
        assert sheet.question is not None
        assert sheet.question.feedback is None
        assert {one.id for one in sheet.question.choices} == {"a", "b", "c"}

    async def test_what_is_no_answer_is_refused_and_the_question_waits(self, room: Room) -> None:
        sheet = await begin(room)
        with pytest.raises(BadAnswer):
            await say(room, sheet, ("never heard of",))
        assert (await look(room, sheet)).question == sheet.question

    async def test_a_question_that_was_never_put_is_not_found(self, room: Room) -> None:
        sheet = await begin(room)
        assert sheet.question is not None
        answer = room.exams.adaptive.answer
        other = next(one.id for one in room.bank.questions if one.id != sheet.question.question_id)
        for question in (other, QuestionId(new_id())):
            with pytest.raises(QuestionNotFound):
                await answer(room.ana, sheet.sitting.id, question, RIGHT)


class TestWhatItComesTo:
    async def test_who_has_all_right_is_abler_than_who_has_all_wrong(self, room: Room) -> None:
        able, other = await to_the_end(room, RIGHT), await to_the_end(room, WRONG)
        assert able.outcome is not None
        assert other.outcome is not None
        assert able.outcome.ability.value > 0.5 > -0.5 > other.outcome.ability.value
        assert other.outcome.verdict is Verdict.FAILED
        low, high = other.outcome.interval
        assert low < other.outcome.ability.value < high < other.outcome.cut

    async def test_it_ends_as_soon_as_it_is_settled(self, room: Room) -> None:
        rules = Rules(fewest=1, most=4, confidence=0.5, error=0)
        sheet = await to_the_end(room, WRONG, rules)
        assert sheet.outcome is not None
        assert sheet.outcome.stop is Stop.SETTLED
        assert len(sheet.outcome.course) < 4

    async def test_a_pool_that_is_used_up_ends_it(self, room: Room) -> None:
        sheet = await to_the_end(room, RIGHT, Rules(fewest=9, most=9, settles=False, error=0))
        assert sheet.outcome is not None
        assert (sheet.outcome.stop, len(sheet.outcome.course)) == (Stop.NOTHING_LEFT, 4)

    async def test_whoever_leaves_it_off_is_told_what_it_came_to(self, room: Room) -> None:
        sheet = await say(room, await begin(room))
        left = await room.exams.adaptive.leave(room.ana, sheet.sitting.id)
        assert left.outcome is not None
        assert (left.outcome.stop, len(left.outcome.course)) == (Stop.LEFT, 1)
        again = await room.exams.adaptive.leave(room.ana, sheet.sitting.id)
        assert again.outcome == left.outcome
        with pytest.raises(SittingOver):
            await say(room, sheet, WRONG)
        assert (await begin(room)).sitting.id != sheet.sitting.id

    async def test_time_is_up_by_our_clock(self, room: Room) -> None:
        sheet = await say(room, await begin(room))
        room.clock.step(seconds=91 * 60)
        with pytest.raises(SittingExpired):
            await say(room, sheet)
        seen = await look(room, sheet)
        assert seen.outcome is not None
        assert (seen.outcome.stop, len(seen.outcome.course)) == (Stop.TIME, 1)
        assert seen.sitting.ended_at == sheet.sitting.ends_at
        assert (await begin(room)).sitting.id != sheet.sitting.id

    async def test_whoever_looks_after_the_end_ends_it(self, room: Room) -> None:
        sheet = await begin(room)
        room.clock.step(seconds=91 * 60)
        seen = await look(room, sheet)
        assert seen.outcome is not None
        assert seen.outcome.stop is Stop.TIME
        assert "exams.sitting_ran_out" in await room.actions()

    async def test_beginning_and_end_stand_in_the_record(self, room: Room) -> None:
        sheet = await begin(room)
        await say(room, sheet)
        await room.exams.adaptive.leave(room.ana, sheet.sitting.id)
        assert (await room.actions()).count("exams.sit") == 2


class TestWhoMay:
    async def test_anothers_is_as_one_that_never_was(self, room: Room) -> None:
        sheet, ben = await begin(room), await room.somebody("ben")
        adaptive = room.exams.adaptive
        assert sheet.question is not None
        with pytest.raises(SittingNotFound):
            await adaptive.see(ben, sheet.sitting.id)
        with pytest.raises(SittingNotFound):
            await adaptive.leave(ben, sheet.sitting.id)
        with pytest.raises(SittingNotFound):
            await adaptive.answer(ben, sheet.sitting.id, sheet.question.question_id, RIGHT)
        with pytest.raises(SittingNotFound):
            await adaptive.see(room.ana, SittingId(new_id()))

    async def test_a_key_is_nobody(self, room: Room) -> None:
        with pytest.raises(Unauthenticated):
            await begin(room, who=room.author)

    async def test_what_cannot_be_begun_is_refused(self, room: Room) -> None:
        with pytest.raises(ExamNotFound):
            await room.exams.adaptive.begin(room.ana, ExamId(new_id()))
        with pytest.raises(BadSitting):
            await begin(room, Rules(fewest=9, most=3))
        await room.exams.retire_exam(room.author, room.bank.exam.id)
        with pytest.raises(ExamNotOpen):
            await begin(room)

    async def test_without_active_questions_there_is_no_test(self, room: Room) -> None:
        for question in room.bank.questions:
            await room.exams.retire_question(room.author, question.id)
        with pytest.raises(NoQuestions):
            await begin(room)

    async def test_learners_are_told_nothing_of_what_questions_are_like(self, room: Room) -> None:
        adaptive, exam_id = room.exams.adaptive, room.bank.exam.id
        for ask in (
            adaptive.see_pool(room.ana, exam_id, CursorRequest(None, 9)),
            adaptive.say_curves(room.ana, exam_id, {}),
            adaptive.calibrate(room.ana, exam_id),
        ):
            with pytest.raises(NotAllowed):
                await ask


class TestWhatQuestionsAreLike:
    async def test_what_nobody_knows_is_as_hard_as_its_author_thinks(self, room: Room) -> None:
        pool = await self._pool(room)
        assert [one.source for one in pool] == [Source.ASSUMED] * 4
        assert {one.curve for one in pool} == {Curve(b=0)}

    async def test_what_somebody_says_counts_from_then_on(self, room: Room) -> None:
        sharp = room.bank.questions[3]
        said = {sharp.id: Curve(a=2.5, b=0.1)}
        assert await room.exams.adaptive.say_curves(room.author, room.bank.exam.id, said) == 1
        known = {one.question_id: one for one in await self._pool(room)}
        assert (known[sharp.id].source, known[sharp.id].curve) == (Source.SAID, said[sharp.id])
        sheet = await begin(room, Rules(among=1))
        assert sheet.question is not None
        assert sheet.question.question_id == sharp.id
        assert sheet.sitting.steps[0].curve == said[sharp.id]

    async def test_a_sitting_goes_by_what_was_known_when_a_question_was_put(
        self, room: Room
    ) -> None:
        sheet = await begin(room)
        every = {one.id: Curve(a=3, b=2) for one in room.bank.questions}
        await room.exams.adaptive.say_curves(room.author, room.bank.exam.id, every)
        assert (await look(room, sheet)).sitting == sheet.sitting

    async def test_all_or_none_are_said(self, room: Room) -> None:
        say, exam_id = room.exams.adaptive.say_curves, room.bank.exam.id
        first = room.bank.questions[0].id
        with pytest.raises(BadParameters):
            await say(room.author, exam_id, {first: Curve(a=-1)})
        with pytest.raises(QuestionNotFound):
            await say(room.author, exam_id, {first: Curve(), QuestionId(new_id()): Curve()})
        assert [one.source for one in await self._pool(room)] == [Source.ASSUMED] * 4

    async def test_they_are_looked_through_page_by_page(self, room: Room) -> None:
        see, exam_id = room.exams.adaptive.see_pool, room.bank.exam.id
        first = await see(room.author, exam_id, CursorRequest(None, 3))
        rest = await see(room.author, exam_id, CursorRequest(first.next, 3))
        ids = [one.question_id for one in (*first.items, *rest.items)]
        assert ids == sorted((one.id for one in room.bank.questions), reverse=True)
        assert rest.next is None

    async def test_they_are_learnt_from_enough_answers_and_from_no_fewer(self, room: Room) -> None:
        await self._sat(room, FEWEST_ANSWERS - 1)
        await self._learn(room)
        assert {one.source for one in await self._pool(room)} == {Source.ASSUMED}
        await self._sat(room, 1, name="last")
        await self._learn(room)
        known = {one.question_id: one for one in await self._pool(room)}
        assert {one.source for one in known.values()} == {Source.LEARNT}
        easy, hard = (known[room.bank.questions[place].id] for place in (0, 3))
        assert easy.curve.b < hard.curve.b
        assert easy.known is not None
        assert easy.known.answers == FEWEST_ANSWERS

    async def test_asking_for_it_twice_asks_once(self, room: Room) -> None:
        calibrate, exam_id = room.exams.adaptive.calibrate, room.bank.exam.id
        first, second = [await calibrate(room.author, exam_id) for _ in range(2)]
        assert first == second

    async def _pool(self, room: Room) -> Sequence[PoolEntry]:
        found = await room.exams.adaptive.see_pool(
            room.author, room.bank.exam.id, CursorRequest(None, 200)
        )
        return found.items

    async def _learn(self, room: Room) -> None:
        _, handle = room.homeroom.plant.handlers.find("exams.learn_curves.v1")
        run = Run(JobId(new_id()), 1, False, None, "", lambda progress: None)
        await handle(LearnCurves(exam_id=room.bank.exam.id), run)

    async def _sat(self, room: Room, count: int, name: str = "somebody") -> None:
        """So many took the exam; the first question all but every fourth have right, the last
        only every fourth."""
        for number in range(count):
            who = await room.somebody(f"{name}{number}")
            sheet = await room.begin(who=who)
            lucky = number % 4 == 0
            halves = RIGHT if number % 2 else WRONG
            answers = (WRONG if lucky else RIGHT, halves, halves, RIGHT if lucky else WRONG)
            await room.say(sheet, *answers, who=who)
            await room.exams.submit_sitting(who, sheet.summary.id)
