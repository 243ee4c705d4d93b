"""Sittings: begun, answered, submitted, run out; and nothing is told before it may be known."""

from datetime import timedelta
from decimal import Decimal

import attrs
import pytest
from sitting_room import STUDY, Room

from homeroom.exams.errors import (
    BadSitting,
    ExamUnderWay,
    SittingExpired,
    SittingNotFound,
)
from homeroom.exams.model.sittings import SittingStatus
from homeroom.exams.model.wishes import Given
from homeroom.kernel.actor import NotAllowed
from homeroom.kernel.errors import Unauthenticated
from homeroom.kernel.ids import SittingId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.sittings_ground import RIGHT, WRONG, a_content

pytestmark = pytest.mark.anyio


def told(thing: object) -> str:
    """All that *thing* says, down to the last value, in one text."""
    return str(attrs.asdict(thing, recurse=True))  # type: ignore[arg-type]  # an attrs class


SECRETS = ("worth", "Because it was so.", "It is, indeed.", "alas", "The book of answers", "key")


class TestNothingIsToldTooEarly:
    async def test_a_running_simulation_reveals_no_key_explanation_or_source(
        self, room: Room
    ) -> None:
        sheet = await room.begin()
        kept = await room.exams.answer_question(
            room.ana, sheet.summary.id, room.bank.questions[0].id, Given(answer=RIGHT)
        )
        again = await room.look(sheet)
        for shown in (sheet, kept, again):
            assert [secret for secret in SECRETS if secret in told(shown)] == []
        assert kept.reply.credit is None
        over = await room.exams.submit_sitting(room.ana, sheet.summary.id)
        assert [secret for secret in SECRETS[1:] if secret not in told(over)] == []

    async def test_who_takes_an_exam_begins_no_study_for_it_until_that_is_over(
        self, room: Room
    ) -> None:
        sheet, exam_id = await room.begin(), room.bank.exam.id
        with pytest.raises(ExamUnderWay):
            await room.begin(STUDY)
        with pytest.raises(ExamUnderWay):
            await room.exams.adaptive.begin(room.ana, exam_id)
        assert await room.begin(STUDY, await room.somebody("ben"))
        await room.exams.submit_sitting(room.ana, sheet.summary.id)
        assert await room.begin(STUDY)
        assert await room.exams.adaptive.begin(room.ana, exam_id)

    async def test_nor_until_the_time_for_it_is_up_though_nobody_looked(self, room: Room) -> None:
        sheet = await room.begin()
        room.clock.instant = sheet.summary.ends_at
        with pytest.raises(ExamUnderWay):
            await room.begin(STUDY)
        room.clock.step(seconds=1)
        assert await room.begin(STUDY)

    async def test_option_ids_stay_as_they_are_however_options_are_shuffled(
        self, room: Room
    ) -> None:
        texts = {"a": "This one", "b": "That one", "c": "Neither"}
        orders = set[tuple[str, ...]]()
        for _ in range(6):
            sheet = await room.begin(STUDY)
            for one in sheet.questions:
                assert {each.id: each.text for each in one.choices} == texts
                orders.add(tuple(each.id for each in one.choices))
        assert len(orders) > 1

    async def test_the_form_stays_the_same_whenever_somebody_looks(self, room: Room) -> None:
        sheet = await room.begin()
        assert (await room.look(sheet)).questions == sheet.questions

    async def test_anothers_sitting_is_not_found_by_anything(self, room: Room) -> None:
        sheet, ben = await room.begin(), await room.somebody("ben")
        sitting_id, question_id = sheet.summary.id, room.bank.questions[0].id
        exams = room.exams
        for step in (
            exams.see_sitting(ben, sitting_id),
            exams.answer_question(ben, sitting_id, question_id, Given(answer=RIGHT)),
            exams.flag_question(ben, sitting_id, question_id, flagged=True),
            exams.submit_sitting(ben, sitting_id),
            exams.see_result(ben, sitting_id),
        ):
            with pytest.raises(SittingNotFound):
                await step
        assert (await exams.my_sittings(ben, CursorRequest())).items == ()
        assert (await room.look(sheet)).summary == sheet.summary

    async def test_a_key_is_nobody_and_sits_for_nothing(self, room: Room) -> None:
        with pytest.raises(Unauthenticated):
            await room.begin(who=room.author)


class TestTime:
    async def test_an_answer_after_the_end_is_refused_and_those_until_then_are_scored(
        self, room: Room
    ) -> None:
        sheet = await room.begin()
        await room.say(sheet, RIGHT, RIGHT)
        room.clock.instant = NOON + timedelta(minutes=90)
        await room.say(sheet, RIGHT, RIGHT, RIGHT)
        room.clock.step(seconds=1)
        with pytest.raises(SittingExpired):
            await room.say(sheet, WRONG)
        result = await room.exams.see_result(room.ana, sheet.summary.id)
        assert result.summary.status is SittingStatus.EXPIRED
        assert result.summary.ended_at == NOON + timedelta(minutes=90)
        assert result.summary.score is not None
        assert result.summary.score.correct == 3
        assert result.summary.score.percent == Decimal("66.7")
        assert result.summary.score.passed
        with pytest.raises(SittingExpired):
            await room.say(sheet, RIGHT)

    async def test_time_is_up_for_whoever_looks_and_for_the_house(self, room: Room) -> None:
        sheet, ben = await room.begin(), await room.somebody("ben")
        bens = await room.begin(who=ben)
        room.clock.step(seconds=90 * 60 + 1)
        assert (await room.look(sheet)).summary.status is SittingStatus.EXPIRED
        await room.sweep()
        (found,) = (await room.exams.my_sittings(ben, CursorRequest())).items
        assert (found.id, found.status) == (bens.summary.id, SittingStatus.EXPIRED)
        assert (await room.actions()).count("exams.sitting_ran_out") == 2

    async def test_a_study_that_is_idle_for_two_hours_and_a_second_is_completed(
        self, room: Room
    ) -> None:
        sheet = await room.begin(STUDY)
        room.clock.step(seconds=7200)
        await room.say(sheet, RIGHT)
        room.clock.step(seconds=7200)
        await room.sweep()
        assert (await room.look(sheet)).summary.status is SittingStatus.ACTIVE
        room.clock.step(seconds=1)
        await room.sweep()
        await room.sweep()
        over = (await room.look(sheet)).summary
        assert over.status is SittingStatus.COMPLETED
        assert over.score is not None
        assert (over.score.correct, over.score.skipped) == (1, 3)

    async def test_a_clock_that_is_set_back_revives_nothing(self, room: Room) -> None:
        sheet = await room.begin()
        room.clock.step(seconds=91 * 60)
        over = await room.look(sheet)
        room.clock.instant = NOON
        assert (await room.look(sheet)).summary == over.summary
        with pytest.raises(SittingExpired):
            await room.say(sheet, RIGHT)

    async def test_an_author_gives_more_time_counted_from_the_beginning(self, room: Room) -> None:
        sheet = await room.begin()
        for _ in range(2):
            given = await room.exams.extend_sitting(room.author, sheet.summary.id, 50)
            assert (given.extra, given.ends_at) == (50, NOON + timedelta(minutes=135))
        assert (await room.actions()).count("exams.accommodate") == 1
        room.clock.step(seconds=134 * 60)
        await room.say(sheet, RIGHT)
        with pytest.raises(BadSitting):
            await room.exams.extend_sitting(room.author, sheet.summary.id, 10)
        room.clock.step(seconds=120)
        with pytest.raises(SittingExpired):
            await room.exams.extend_sitting(room.author, sheet.summary.id, 300)

    async def test_more_time_is_for_authors_to_give_and_for_timed_sittings(
        self, room: Room
    ) -> None:
        study, sheet = await room.begin(STUDY), await room.begin()
        extend = room.exams.extend_sitting
        with pytest.raises(NotAllowed):
            await extend(room.ana, sheet.summary.id, 50)
        for sitting, percent in ((study, 50), (sheet, 301), (sheet, -1)):
            with pytest.raises(BadSitting):
                await extend(room.author, sitting.summary.id, percent)
        with pytest.raises(SittingNotFound):
            await extend(room.author, SittingId(new_id()), 50)


def test_what_a_question_tells_too_early_would_be_seen() -> None:
    assert all(secret in told(a_content()) for secret in SECRETS if secret != "key")
