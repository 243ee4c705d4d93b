"""What sittings come to, how often one may begin them, and how one studies."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import attrs
import pytest
from sitting_room import STUDY, Room

from homeroom.exams.errors import (
    AnsweredAlready,
    AttemptsUsedUp,
    BadAnswer,
    BadSitting,
    ExamNotFound,
    ExamNotOpen,
    NoQuestions,
    QuestionNotFound,
    SittingGoesOn,
    SittingNotFound,
    SittingOver,
)
from homeroom.exams.model.catalogue import Exam, Objective, Outline, Terms, Vendor
from homeroom.exams.model.choices import Single
from homeroom.exams.model.sittings import SittingStatus
from homeroom.exams.model.wishes import Given, Mode, Wish
from homeroom.exams.use_cases.personal_data import DataOfExams
from homeroom.kernel.actor import NotAllowed
from homeroom.kernel.ids import ObjectiveId, QuestionId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.sittings_ground import RIGHT, WRONG, a_bank

pytestmark = pytest.mark.anyio


class TestResults:
    async def test_two_submits_at_once_have_one_result(self, room: Room) -> None:
        sheet = await room.begin()
        await room.say(sheet, RIGHT, WRONG, RIGHT, RIGHT)
        submit = room.exams.submit_sitting
        first, second = await asyncio.gather(
            *(submit(room.ana, sheet.summary.id) for _ in range(2))
        )
        room.clock.step(seconds=60)
        assert first == second == await submit(room.ana, sheet.summary.id)
        assert first.summary.status is SittingStatus.SUBMITTED
        assert first.summary.score is not None
        assert first.summary.score.percent == Decimal("83.3")
        assert [part.percent for part in first.summary.score.parts] == [
            Decimal("50.0"),
            Decimal("100.0"),
        ]
        with pytest.raises(SittingOver):
            await room.say(sheet, RIGHT)

    async def test_what_goes_on_has_no_result(self, room: Room) -> None:
        sheet = await room.begin()
        for step in (
            room.exams.see_result(room.ana, sheet.summary.id),
            room.exams.see_others_result(room.author, sheet.summary.id),
        ):
            with pytest.raises(SittingGoesOn):
                await step

    async def test_a_question_that_is_edited_meanwhile_is_judged_as_it_was_served(
        self, room: Room
    ) -> None:
        sheet = await room.begin()
        await self._turn_the_key_around(room)
        await room.say(sheet, RIGHT, RIGHT, RIGHT, RIGHT)
        over = await room.exams.submit_sitting(room.ana, sheet.summary.id)
        assert over.summary.score is not None
        assert over.summary.score.percent == Decimal("100.0")
        new = await room.begin()
        assert {one.stem for one in new.questions} > {one.stem for one in over.questions} - {
            room.bank.questions[0].content.stem
        }
        await room.say(new, RIGHT)
        later = await room.exams.submit_sitting(room.ana, new.summary.id)
        assert later.summary.score is not None
        assert later.summary.score.correct == 0

    async def _turn_the_key_around(self, room: Room) -> None:
        first, body = room.bank.questions[0], room.bank.questions[0].content.body
        assert isinstance(body, Single)
        options = tuple(attrs.evolve(one, worth=Fraction(one.id == "b")) for one in body.options)
        content = attrs.evolve(
            first.content, stem="Which one is it now?", body=attrs.evolve(body, options=options)
        )
        await room.exams.revise_question(room.author, first.id, content)

    async def test_authors_see_others_results_which_is_noted_and_learners_do_not(
        self, room: Room
    ) -> None:
        sheet = await room.begin()
        over = await room.exams.submit_sitting(room.ana, sheet.summary.id)
        seen = await room.exams.see_others_result(room.author, sheet.summary.id)
        assert seen == over
        found = await room.exams.find_sittings(
            room.author, CursorRequest(), person_id=room.ana.person_id
        )
        assert list(found.items) == [over.summary]
        for step in (
            room.exams.see_others_result(room.ana, sheet.summary.id),
            room.exams.find_sittings(room.ana, CursorRequest()),
        ):
            with pytest.raises(NotAllowed):
                await step
        await room.homeroom.plant.looks.roll_up(everything=True)
        assert (await room.actions()).count("exams.sit") == 2


class TestAttempts:
    async def test_two_devices_that_begin_at_once_sit_for_the_same_form(self, room: Room) -> None:
        first, second = await asyncio.gather(room.begin(), room.begin())
        assert first == second
        assert (await room.actions()).count("exams.sit") == 1

    async def test_attempts_that_may_be_had_are_counted_over_all_devices(self, room: Room) -> None:
        storage = room.homeroom.plant.storage
        terms = Terms(questions=4, time_limit=timedelta(minutes=90), attempts=1)
        room.bank = await a_bank(storage, room.house, "ONCE", terms=terms)
        sheet = await room.begin()
        room.clock.step(seconds=91 * 60)
        with pytest.raises(AttemptsUsedUp):
            await room.begin()
        await room.begin(STUDY)
        await room.begin(who=await room.somebody("ben"))
        assert (await room.look(sheet)).summary.status is SittingStatus.EXPIRED

    async def test_what_ran_out_ends_when_the_next_begins(self, room: Room) -> None:
        sheet = await room.begin()
        room.clock.step(seconds=91 * 60)
        after = await room.begin()
        assert after.summary.id != sheet.summary.id
        found = await room.exams.my_sittings(
            room.ana, CursorRequest(), status=SittingStatus.EXPIRED
        )
        assert [one.id for one in found.items] == [sheet.summary.id]


class TestStudying:
    async def test_one_is_told_at_once_what_was_right_and_the_first_answer_counts(
        self, room: Room
    ) -> None:
        sheet = await room.begin(STUDY)
        question_id = room.bank.questions[0].id
        answer = room.exams.answer_question
        kept = await answer(room.ana, sheet.summary.id, question_id, Given(answer=WRONG))
        assert kept.feedback is not None
        assert (kept.feedback.credit, kept.feedback.key) == (0, RIGHT)
        assert kept.feedback.explanation == "Because it was so."
        again = await answer(room.ana, sheet.summary.id, question_id, Given(answer=WRONG))
        assert again.feedback == kept.feedback
        with pytest.raises(AnsweredAlready):
            await answer(room.ana, sheet.summary.id, question_id, Given(answer=RIGHT))
        seen = {one.question_id: one.feedback for one in (await room.look(sheet)).questions}
        assert seen.pop(question_id) == kept.feedback
        assert set(seen.values()) == {None}

    async def test_in_sequence_questions_come_in_the_order_of_the_outline(self, room: Room) -> None:
        sheet = await room.begin(Wish(mode=Mode.SEQUENTIAL, questions=3))
        ids = [one.question_id for one in sheet.questions]
        assert ids == [one.id for one in room.bank.questions[:3]]

    async def test_what_was_not_right_comes_again(self, room: Room) -> None:
        wish = Wish(mode=Mode.INCORRECT)
        with pytest.raises(NoQuestions):
            await room.begin(wish)
        await room.say(await room.begin(STUDY), RIGHT, WRONG, WRONG)
        missed = {one.question_id for one in (await room.begin(wish)).questions}
        assert missed == {one.id for one in room.bank.questions[1:3]}

    async def test_some_objectives_and_difficulties_are_chosen(self, room: Room) -> None:
        one = next(iter(room.bank.exam.outline.weights))
        custom = Wish(mode=Mode.CUSTOM, objectives=frozenset({one}), difficulties=frozenset({3}))
        sheet = await room.begin(custom)
        assert {each.objective_id for each in sheet.questions} == {one}
        assert len(sheet.questions) == 2
        with pytest.raises(NoQuestions):
            await room.begin(attrs.evolve(custom, difficulties=frozenset({1})))

    @pytest.mark.parametrize(
        "wish",
        [
            Wish(questions=3),
            Wish(mode=Mode.RANDOM, questions=0),
            Wish(mode=Mode.RANDOM, questions=501),
            Wish(mode=Mode.CUSTOM, difficulties=frozenset({6})),
            Wish(mode=Mode.RANDOM, objectives=frozenset({ObjectiveId(new_id())})),
        ],
    )
    async def test_what_cannot_be_meant_is_refused(self, room: Room, wish: Wish) -> None:
        with pytest.raises(BadSitting):
            await room.begin(wish)


class TestAnswering:
    async def test_the_last_answer_counts_and_time_spent_and_flags_stay(self, room: Room) -> None:
        sheet, question = await room.begin(), room.bank.questions[0]
        answer, flag = room.exams.answer_question, room.exams.flag_question
        await flag(room.ana, sheet.summary.id, question.id, flagged=True)
        await answer(
            room.ana,
            sheet.summary.id,
            question.id,
            Given(answer=WRONG, confidence=2, seconds=30),
        )
        await answer(room.ana, sheet.summary.id, question.id, Given(answer=RIGHT, seconds=12))
        (seen,) = (
            one for one in (await room.look(sheet)).questions if one.question_id == question.id
        )
        assert (seen.answer, seen.confidence, seen.seconds) == (RIGHT, 2, 30)
        assert seen.flagged
        await flag(room.ana, sheet.summary.id, question.id, flagged=False)
        assert not any(one.flagged for one in (await room.look(sheet)).questions)

    @pytest.mark.parametrize(
        ("given", "refused"),
        [
            (Given(answer=("z",)), BadAnswer),
            (Given(answer=("a", "b")), BadAnswer),
            (Given(answer=RIGHT, confidence=6), BadSitting),
            (Given(answer=RIGHT, seconds=-1), BadSitting),
        ],
    )
    async def test_what_cannot_be_an_answer_is_refused_and_changes_nothing(
        self, room: Room, given: Given, refused: type[Exception]
    ) -> None:
        sheet = await room.begin()
        with pytest.raises(refused):
            await room.exams.answer_question(
                room.ana, sheet.summary.id, room.bank.questions[0].id, given
            )
        assert (await room.look(sheet)) == sheet

    async def test_a_question_of_no_form_is_not_found(self, room: Room) -> None:
        sheet = await room.begin()
        with pytest.raises(QuestionNotFound):
            await room.exams.answer_question(
                room.ana, sheet.summary.id, QuestionId(new_id()), Given(answer=RIGHT)
            )


class TestExams:
    async def test_a_draft_is_not_there_and_a_retired_exam_is_not_begun(self, room: Room) -> None:
        draft = await self._draft(room)
        with pytest.raises(ExamNotFound):
            await room.exams.begin_sitting(room.ana, draft.id)
        goes_on = await room.begin()
        await room.exams.retire_exam(room.author, room.bank.exam.id)
        with pytest.raises(ExamNotOpen):
            await room.begin(STUDY)
        await room.say(goes_on, RIGHT)

    async def _draft(self, room: Room) -> Exam:
        objective = Objective(code="1", name="All", weight=Fraction(100))
        outline = Outline(code="DRAFT", name="Not yet", objectives=(objective,))
        vendor: Vendor = await room.exams.begin_vendor(room.author, "The board of drafts")
        return await room.exams.draft_exam(room.author, vendor.id, outline)

    async def test_what_was_sat_for_is_told_to_its_person_and_gone_after_an_erasure(
        self, room: Room
    ) -> None:
        sheet = await room.begin()
        await room.say(sheet, RIGHT, WRONG)
        assert room.ana.person_id is not None
        holder = DataOfExams()
        async with room.homeroom.start() as unit:
            sittings, answers, *_ = await holder.about(unit, room.ana.person_id)
            assert [row["id"] for row in sittings.rows] == [str(sheet.summary.id)]
            assert {row["answer"] for row in answers.rows} == {RIGHT, WRONG}
            gone = await holder.erase(unit, room.ana.person_id, at=NOON)
            assert {what: count for what, count in gone.items() if count} == {"sittings": 1}
            await unit.commit()
        with pytest.raises(SittingNotFound):
            await room.look(sheet)
