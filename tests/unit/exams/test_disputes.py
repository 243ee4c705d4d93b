"""Bookmarks and notes on questions; and disputes, from the first word to the last."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sitting_room import STUDY, Room

from homeroom.exams.dispute_errors import (
    BadDispute,
    BadNote,
    DisputeElsewhere,
    DisputeNotFound,
    DisputeUnderWay,
    NoteNotFound,
)
from homeroom.exams.errors import QuestionNotFound, SittingNotFound
from homeroom.exams.model.disputes import Dispute, DisputeStatus
from homeroom.exams.model.notes import LONGEST_NOTE
from homeroom.exams.model.sheets import Sheet
from homeroom.kernel.actor import NotAllowed
from homeroom.kernel.errors import Unauthenticated
from homeroom.kernel.ids import DisputeId, ExamId, InstitutionId, PersonId, QuestionId, SittingId
from homeroom.kernel.ids import new_id as an_id
from homeroom.kernel.page import CursorRequest
from homeroom_testing.clock import NOON

pytestmark = pytest.mark.anyio

PAGE = CursorRequest(None, 50)
STEPS = ("answer", "close", "withdraw")
LEADS = {
    (DisputeStatus.OPEN, "answer"): DisputeStatus.ANSWERED,
    (DisputeStatus.OPEN, "withdraw"): DisputeStatus.WITHDRAWN,
    (DisputeStatus.ANSWERED, "answer"): DisputeStatus.ANSWERED,
    (DisputeStatus.ANSWERED, "close"): DisputeStatus.CLOSED,
}
"""Every step that there is; any other is refused."""


def a_dispute() -> Dispute:
    return Dispute(
        id=DisputeId(an_id()),
        institution_id=InstitutionId(an_id()),
        exam_id=ExamId(an_id()),
        question_id=QuestionId(an_id()),
        edition=1,
        sitting_id=SittingId(an_id()),
        person_id=PersonId(an_id()),
        reason="Two of these are right.",
        raised_at=NOON,
    )


def take(dispute: Dispute, step: str) -> None:
    match step:
        case "answer":
            dispute.answer("So they are.", upheld=True, by=None, at=NOON)
        case "close":
            dispute.close(at=NOON)
        case _:
            dispute.withdraw(at=NOON)


class TestTheSteps:
    @given(steps=st.lists(st.sampled_from(STEPS), max_size=8))
    def test_each_leads_where_the_table_says_and_no_other_is_taken(self, steps: list[str]) -> None:
        dispute, taken = a_dispute(), 0
        for step in steps:
            there = LEADS.get((dispute.status, step))
            if there is None:
                before = dispute.status
                with pytest.raises(DisputeElsewhere):
                    take(dispute, step)
                assert dispute.status is before
            else:
                take(dispute, step)
                taken += 1
                assert dispute.status is there
        assert len(dispute.release_events()) == taken
        assert (dispute.ended_at is None) == dispute.goes_on

    @pytest.mark.parametrize("text", ["", "   ", "x" * 2001, "a\0b"], ids=repr)
    def test_an_answer_says_something(self, text: str) -> None:
        with pytest.raises(BadDispute):
            a_dispute().answer(text, upheld=False, by=None, at=NOON)


class TestDisputes:
    async def raised(self, room: Room, sheet: Sheet | None = None) -> Dispute:
        sheet = sheet or await room.begin(STUDY)
        question = room.bank.questions[0].id
        dispute = room.exams.dispute_question
        return await dispute(room.ana, sheet.summary.id, question, " Both are right. ")

    async def test_it_is_raised_answered_and_closed_on_record(self, room: Room) -> None:
        dispute = await self.raised(room)
        assert (dispute.reason, dispute.edition) == ("Both are right.", 1)
        found = await room.exams.find_disputes(room.author, PAGE, status=DisputeStatus.OPEN)
        assert [*found.items] == [dispute]
        answer = room.exams.answer_dispute
        answered = await answer(room.author, dispute.id, "So they are.", upheld=True)
        mine = (await room.exams.my_disputes(room.ana, PAGE)).items
        assert [*mine] == [answered]
        closed = await room.exams.close_dispute(room.author, dispute.id)
        assert closed.status is DisputeStatus.CLOSED
        kept = [one for one in await room.actions() if "dispute" in one]
        handled = ["exams.handle_disputes"] * 2
        assert kept == ["exams.dispute_question", *handled]

    async def test_a_question_is_disputed_once_at_a_time(self, room: Room) -> None:
        sheet = await room.begin(STUDY)
        first = await self.raised(room, sheet)
        with pytest.raises(DisputeUnderWay):
            await self.raised(room, sheet)
        await room.exams.withdraw_dispute(room.ana, first.id)
        again = await self.raised(room, sheet)
        assert again.goes_on

    async def test_only_what_one_was_served_can_be_disputed(self, room: Room) -> None:
        sheet, ben = await room.begin(STUDY), await room.somebody("ben")
        dispute, question = room.exams.dispute_question, room.bank.questions[0].id
        with pytest.raises(SittingNotFound):
            await dispute(ben, sheet.summary.id, question, "Mine too.")
        with pytest.raises(QuestionNotFound):
            await dispute(room.ana, sheet.summary.id, QuestionId(an_id()), "Which?")
        with pytest.raises(Unauthenticated):
            await dispute(room.author, sheet.summary.id, question, "I am a key.")

    async def test_learners_handle_none_and_withdraw_none_of_others(self, room: Room) -> None:
        dispute, ben = await self.raised(room), await room.somebody("ben")
        with pytest.raises(NotAllowed):
            await room.exams.find_disputes(room.ana, PAGE)
        with pytest.raises(NotAllowed):
            await room.exams.answer_dispute(room.ana, dispute.id, "Yes.", upheld=True)
        with pytest.raises(NotAllowed):
            await room.exams.close_dispute(room.ana, dispute.id)
        with pytest.raises(DisputeNotFound):
            await room.exams.withdraw_dispute(ben, dispute.id)
        assert [*(await room.exams.my_disputes(ben, PAGE)).items] == []


class TestNotes:
    async def test_a_bookmark_and_a_note_are_kept_and_found_with_what_is_asked(
        self, room: Room
    ) -> None:
        sheet, question = await room.begin(), room.bank.questions[0]
        note = room.exams.note_question
        sitting = sheet.summary.id
        await note(room.ana, sitting, question.id, bookmarked=True, text=" look it up ")
        (found,) = (await room.exams.my_notes(room.ana, PAGE, bookmarked=True)).items
        assert (found.note.text, found.note.bookmarked) == ("look it up", True)
        assert found.stem == question.content.stem
        assert not (await room.exams.my_notes(room.ana, PAGE, bookmarked=False)).items

    async def test_what_is_empty_is_not_kept(self, room: Room) -> None:
        sheet, question = await room.begin(), room.bank.questions[0].id
        note, sitting = room.exams.note_question, sheet.summary.id
        for _ in range(2):
            await note(room.ana, sitting, question, bookmarked=True, text="")
            await note(room.ana, sitting, question, bookmarked=False, text=" ")
            assert not (await room.exams.my_notes(room.ana, PAGE)).items
        await note(room.ana, sitting, question, bookmarked=True, text="")
        await room.exams.drop_note(room.ana, question)
        begun = 1
        assert (await room.actions()).count("exams.sit") == begun + 6
        with pytest.raises(NoteNotFound):
            await room.exams.drop_note(room.ana, question)
        assert not (await room.exams.my_notes(room.ana, PAGE)).items

    async def test_they_are_ones_own_and_on_what_one_was_served(self, room: Room) -> None:
        sheet, ben = await room.begin(), await room.somebody("ben")
        note, sitting = room.exams.note_question, sheet.summary.id
        question = room.bank.questions[0].id
        with pytest.raises(SittingNotFound):
            await note(ben, sitting, question, bookmarked=True, text="")
        with pytest.raises(QuestionNotFound):
            await note(room.ana, sitting, QuestionId(an_id()), bookmarked=True, text="")
        with pytest.raises(BadNote):
            await note(room.ana, sitting, question, bookmarked=True, text="x" * (LONGEST_NOTE + 1))
        await note(room.ana, sitting, question, bookmarked=True, text="")
        assert not (await room.exams.my_notes(ben, PAGE)).items
