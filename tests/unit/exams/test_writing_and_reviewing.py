"""Questions: written, revised, handed in and decided on; one by one, or all that wait."""

from collections.abc import Awaitable, Callable
from typing import Any

import attrs
import pytest

from homeroom.exams.errors import (
    BadQuestion,
    ExamNotFound,
    ObjectiveNotFound,
    QuestionElsewhere,
    QuestionExists,
    QuestionNotFound,
)
from homeroom.exams.model.choices import TrueFalse
from homeroom.exams.model.questions import Content, Question, QuestionStatus
from homeroom.exams.use_cases import reviewing
from homeroom.exams.use_cases.looking import Wanted
from homeroom.kernel.actor import NotAllowed
from homeroom.kernel.ids import ExamId, InstitutionId, ObjectiveId, QuestionId, new_id
from homeroom.kernel.page import CursorRequest

pytestmark = pytest.mark.anyio

PAGE = CursorRequest()


def statement(stem: str, *, is_true: bool = True) -> Content:
    return Content(stem=stem, body=TrueFalse(is_true=is_true), explanation="It does.")


async def found(school: Any, **wanted: Any) -> list[QuestionId]:
    rows = await school.exams.find_questions(school.author, Wanted(**wanted), PAGE)
    return [one.id for one in rows.items]


class TestWriting:
    async def test_a_new_question_is_a_draft_of_its_first_edition(self, school: Any) -> None:
        exam = await school.exam()
        written = await school.question(exam)
        assert (written.status, written.edition) == (QuestionStatus.DRAFT, 1)
        entry = (await school.entries())[-1]
        assert (entry.action, entry.resource_id) == ("exams.write_questions", written.id)

    async def test_it_is_asked_for_an_objective_of_its_own_exam(self, school: Any) -> None:
        exam = await school.exam()
        with pytest.raises(ObjectiveNotFound):
            await school.question(exam, objective=ObjectiveId(new_id()))

    async def test_all_that_is_wrong_with_it_is_told_at_once(self, school: Any) -> None:
        exam = await school.exam()
        bad = Content(stem=" ", body=TrueFalse(is_true=True), difficulty=6)
        write = school.exams.write_question
        with pytest.raises(BadQuestion) as refused:
            await write(school.author, exam.id, next(iter(exam.outline.weights)), bad)
        assert [one.field for one in refused.value.problems] == ["stem", "difficulty"]

    async def test_a_reference_means_one_question_of_an_exam(self, school: Any) -> None:
        exam = await school.exam()
        where, write = next(iter(exam.outline.weights)), school.exams.write_question
        await write(school.author, exam.id, where, statement("One"), reference="q-1")
        with pytest.raises(QuestionExists):
            await write(school.author, exam.id, where, statement("Two"), reference="q-1")


class TestRevising:
    async def test_each_revision_is_another_edition_and_all_can_be_read(self, school: Any) -> None:
        question = await school.question(await school.exam(), "One")
        for stem in ("Two", "Three"):
            revised = await school.exams.revise_question(
                school.author, question.id, statement(stem)
            )
        assert revised.edition == 3
        seen = await school.exams.get_question(school.author, question.id)
        assert [one.stem for one in seen.editions] == ["One", "Two", "Three"]

    async def test_a_revision_that_changes_nothing_is_none(self, school: Any) -> None:
        question = await school.question(await school.exam(), "One")
        before = await school.actions()
        same = await school.exams.revise_question(school.author, question.id, statement("One"))
        assert (same.edition, await school.actions()) == (1, before)

    async def test_what_is_served_stays_so_when_it_is_revised(self, school: Any) -> None:
        question = await school.waiting(await school.exam())
        await school.exams.approve_question(school.author, question.id)
        revise = school.exams.revise_question
        revised = await revise(school.author, question.id, statement("Two"))
        assert (revised.status, revised.edition) == (QuestionStatus.ACTIVE, 2)


class TestReviewing:
    async def test_what_is_sent_back_is_revised_handed_in_again_and_approved(
        self, school: Any
    ) -> None:
        exams, author = school.exams, school.author
        question = await school.waiting(await school.exam())
        back = await exams.send_back_question(author, question.id, "Which stub?")
        assert (back.status, back.note) == (QuestionStatus.NEEDS_REVISION, "Which stub?")
        await exams.revise_question(author, question.id, statement("A test stub answers"))
        await exams.submit_question(author, question.id)
        assert (await exams.approve_question(author, question.id)).status is QuestionStatus.ACTIVE
        retired = await exams.retire_question(author, question.id)
        assert retired.status is QuestionStatus.RETIRED
        assert await school.actions() == [
            "exams.keep_catalogue",
            "exams.keep_catalogue",
            "exams.write_questions",
            "exams.write_questions",
            "exams.review_questions",
            "exams.write_questions",
            "exams.write_questions",
            "exams.review_questions",
            "exams.review_questions",
        ]

    async def test_what_was_rejected_never_comes_back(self, school: Any) -> None:
        exams, author = school.exams, school.author
        question = await school.waiting(await school.exam())
        await exams.reject_question(author, question.id, "It is wrong.")
        for step in (
            exams.submit_question(author, question.id),
            exams.approve_question(author, question.id),
            exams.revise_question(author, question.id, statement("Two")),
            exams.retire_question(author, question.id),
        ):
            with pytest.raises(QuestionElsewhere):
                await step

    @pytest.mark.parametrize("step", ["send_back_question", "reject_question"])
    async def test_nobody_is_turned_down_without_a_word(self, school: Any, step: str) -> None:
        question = await school.waiting(await school.exam())
        with pytest.raises(BadQuestion) as refused:
            await getattr(school.exams, step)(school.author, question.id, " ")
        assert [one.field for one in refused.value.problems] == ["note"]

    async def test_a_note_has_an_end(self, school: Any) -> None:
        question = await school.waiting(await school.exam())
        with pytest.raises(BadQuestion):
            await school.exams.approve_question(school.author, question.id, "x" * 2001)


class TestApprovingAll:
    async def test_all_that_wait_in_that_exam_are_approved_and_nothing_else(
        self, school: Any
    ) -> None:
        exam, other = await school.exam(), await school.exam(vendor="Other")
        waiting = [await school.waiting(exam, f"Stem {number}") for number in range(3)]
        await school.question(exam, "A draft")
        elsewhere = await school.waiting(other)
        approval = await school.exams.approve_all(school.author, exam.id)
        assert set(approval.approved) == {one.id for one in waiting}
        assert (approval.left_out, approval.is_whole) == ([], True)
        assert set(await found(school, status=QuestionStatus.ACTIVE)) == set(approval.approved)
        assert await found(school, status=QuestionStatus.IN_REVIEW) == [elsewhere.id]
        assert (await school.actions()).count("exams.review_questions") == 3

    async def test_what_somebody_else_decided_on_meanwhile_holds_up_no_other(
        self, school: Any
    ) -> None:
        exam = await school.exam()
        kept, rejected = await school.waiting(exam, "One"), await school.waiting(exam, "Two")

        async def meanwhile() -> None:
            await school.exams.reject_question(school.author, rejected.id, "No.")

        approve = attrs.evolve(
            school.exams.approve_all, bank=after_reading(school.exams.approve_all.bank, meanwhile)
        )
        approval = await approve(school.author, exam.id)
        assert list(approval.approved) == [kept.id]
        (left,) = approval.left_out
        assert (left.question_id, left.code) == (rejected.id, "question_elsewhere")
        assert await found(school, status=QuestionStatus.REJECTED) == [rejected.id]

    async def test_it_stops_where_there_are_too_many_and_says_so(
        self, school: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reviewing, "MOST_AT_ONCE", 2)
        monkeypatch.setattr(reviewing, "_TOGETHER", 2)
        exam = await school.exam()
        for number in range(3):
            await school.waiting(exam, f"Stem {number}")
        first = await school.exams.approve_all(school.author, exam.id)
        assert (len(first.approved), first.is_whole) == (2, False)
        second = await school.exams.approve_all(school.author, exam.id)
        assert (len(second.approved), second.is_whole) == (1, True)


class TestLooking:
    async def test_questions_are_found_by_what_is_known_of_them(self, school: Any) -> None:
        exam = await school.exam()
        first, second = exam.outline.weights
        hard = attrs.evolve(statement("Raft elects"), difficulty=5, tags=frozenset({"consensus"}))
        one = await school.exams.write_question(school.author, exam.id, first, hard)
        other = await school.question(exam, "A stub answers", second)
        for wanted, expected in (
            ({"exam": exam.id}, [other.id, one.id]),
            ({"exam": ExamId(new_id())}, []),
            ({"objective": second}, [other.id]),
            ({"difficulty": 5}, [one.id]),
            ({"tag": "consensus"}, [one.id]),
            ({"text": "STUB"}, [other.id]),
            ({"status": QuestionStatus.ACTIVE}, []),
        ):
            assert await found(school, **wanted) == expected, wanted

    async def test_learners_see_nothing_of_the_bank_and_decide_nothing(self, school: Any) -> None:
        exams, learner = school.exams, school.learner
        question: Question = await school.waiting(await school.exam())
        where, said = question.objective_id, statement("Mine")
        for step in (
            exams.find_questions(learner, Wanted(), PAGE),
            exams.get_question(learner, question.id),
            exams.write_question(learner, question.exam_id, where, said),
            exams.revise_question(learner, question.id, said),
            exams.move_question(learner, question.id, where),
            exams.submit_question(learner, question.id),
            exams.approve_question(learner, question.id),
            exams.send_back_question(learner, question.id, "No."),
            exams.reject_question(learner, question.id, "No."),
            exams.retire_question(learner, question.id),
        ):
            with pytest.raises(NotAllowed):
                await step

    async def test_what_is_elsewhere_is_not_found(self, school: Any) -> None:
        question = await school.waiting(await school.exam())
        stranger = attrs.evolve(school.author, institution_id=InstitutionId(new_id()))
        for step in (
            school.exams.get_question(stranger, question.id),
            school.exams.revise_question(stranger, question.id, statement("Mine")),
            school.exams.approve_question(stranger, question.id),
        ):
            with pytest.raises(QuestionNotFound):
                await step
        where, write = question.objective_id, school.exams.write_question
        with pytest.raises(ExamNotFound):
            await write(stranger, question.exam_id, where, statement("Mine"))
        seen = await school.exams.find_questions(stranger, Wanted(), PAGE)
        assert list(seen.items) == []


@attrs.frozen
class _AfterReading:
    """A bank in which something else happens right after it was read."""

    bank: Any
    meanwhile: Callable[[], Awaitable[None]]

    async def questions(self, wanted: Any, page: CursorRequest) -> Any:
        read = await self.bank.questions(wanted, page)
        await self.meanwhile()
        return read


def after_reading(bank: Any, meanwhile: Callable[[], Awaitable[None]]) -> Any:
    return _AfterReading(bank, meanwhile)
