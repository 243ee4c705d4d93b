"""The promises of the place for questions: editions that never change."""

import attrs
import pytest
from hypothesis import given

from homeroom.exams.errors import QuestionExists, QuestionNotFound, StaleQuestion
from homeroom.exams.model.catalogue import Exam, Vendor
from homeroom.exams.model.questions import Content
from homeroom.house import Storage
from homeroom.kernel.ids import QuestionId, new_id
from homeroom.people.model.institutions import Institution
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.exams_ground import (
    ExamsGround,
    a_content,
    a_kept_exam,
    a_question,
    keep_questions,
    objectives_of,
    seen_question,
)
from homeroom_testing.conformance.people_ground import ROUND_TRIP
from homeroom_testing.conformance.storage import settle_in, told_by
from homeroom_testing.exam_strategies import contents


class QuestionsConformance(ExamsGround):
    """What `Questions` promises."""

    @ROUND_TRIP
    @given(first=contents, second=contents)
    async def test_a_question_comes_back_as_it_went(
        self, storage: Storage, exam: Exam, first: Content, second: Content
    ) -> None:
        question = a_question(exam, first, reference=new_id().hex)
        await keep_questions(storage, question)
        assert await seen_question(storage, question) == question
        question.revise(second, at=NOON)
        question.move(objectives_of(exam)[1])
        question.submit()
        question.send_back("Mend the second option.")
        await keep_questions(storage, question)
        assert await seen_question(storage, question) == question

    async def test_a_question_out_of_reach_is_not_found(
        self, storage: Storage, house: Institution, exam: Exam
    ) -> None:
        elsewhere, question = await settle_in(storage, "Elsewhere"), a_question(exam)
        await keep_questions(storage, question)
        async with storage.start() as unit:
            for reach in (house.id, None):
                assert await unit.questions.get(question.id, reach=reach) == question
            for wanted, reach in ((question.id, elsewhere.id), (QuestionId(new_id()), None)):
                with pytest.raises(QuestionNotFound):
                    await unit.questions.get(wanted, reach=reach)

    async def test_a_question_is_found_by_its_reference_in_its_own_exam(
        self, storage: Storage, vendor: Vendor, exam: Exam
    ) -> None:
        other = await a_kept_exam(storage, vendor, "Other")
        ours, theirs = a_question(exam, reference="q7"), a_question(other, reference="q7")
        await keep_questions(storage, ours, theirs, a_question(exam))
        async with storage.start() as unit:
            assert await unit.questions.by_reference(exam.id, "q7") == ours
            assert await unit.questions.by_reference(other.id, "q7") == theirs
            for reference in ("Q7", "q_", "", "q7\x00"):
                assert await unit.questions.by_reference(exam.id, reference) is None

    async def test_no_two_questions_of_an_exam_have_one_reference(
        self, storage: Storage, vendor: Vendor, exam: Exam
    ) -> None:
        other = await a_kept_exam(storage, vendor, "Other")
        await keep_questions(
            storage, a_question(exam, reference="q7"), a_question(other, reference="q7")
        )
        await keep_questions(storage, a_question(exam), a_question(exam))
        async with storage.start() as unit:
            with pytest.raises(QuestionExists):
                await unit.questions.save(a_question(exam, reference="q7"))
            await unit.questions.save(a_question(exam, reference="q8"))
            await unit.commit()

    async def test_an_edition_says_for_ever_what_it_said(
        self, storage: Storage, exam: Exam
    ) -> None:
        question = a_question(exam, a_content("First?"), active=True)
        await keep_questions(storage, question)
        question.revise(a_content("Second?"), at=NOON)
        await keep_questions(storage, question)
        secretly = attrs.evolve(question, content=a_content("Rewritten?"))
        await keep_questions(storage, secretly)
        first, second, third = ((question.id, number) for number in (1, 2, 3))
        async with storage.start() as unit:
            found = await unit.questions.editions([first, second, third])
            assert found == {first: a_content("First?"), second: a_content("Second?")}
            assert await unit.questions.editions([]) == {}
        assert (await seen_question(storage, question)).content == a_content("Second?")

    async def test_editions_are_told_apart_by_question_and_number(
        self, storage: Storage, exam: Exam
    ) -> None:
        one, other = a_question(exam, a_content("One?")), a_question(exam, a_content("Other?"))
        await keep_questions(storage, one, other)
        one.revise(a_content("One, anew?"), at=NOON)
        await keep_questions(storage, one)
        async with storage.start() as unit:
            found = await unit.questions.editions([(one.id, 2), (other.id, 1)])
        assert found == {(one.id, 2): a_content("One, anew?"), (other.id, 1): a_content("Other?")}

    async def test_the_second_of_two_saves_of_one_version_is_stale(
        self, storage: Storage, exam: Exam
    ) -> None:
        question = a_question(exam)
        await keep_questions(storage, question)
        mine, theirs = [await seen_question(storage, question) for _ in range(2)]
        theirs.revise(a_content("Theirs?"), at=NOON)
        await keep_questions(storage, theirs)
        mine.revise(a_content("Mine?"), at=NOON)
        for stale in (mine, attrs.evolve(mine, version=0)):
            with pytest.raises(StaleQuestion):
                await keep_questions(storage, stale)
        async with storage.start() as unit:
            found = await unit.questions.editions([(question.id, 2)])
        assert found == {(question.id, 2): a_content("Theirs?")}

    async def test_a_change_is_told_once_it_is_committed(
        self, storage: Storage, exam: Exam
    ) -> None:
        self.require("transactional")
        question = a_question(exam, active=True)
        await keep_questions(storage, question)
        assert [one.name for one in await told_by(storage)] == ["exams.question_activated.v1"]
        never = await seen_question(storage, question)
        never.revise(a_content("Never?"), at=NOON)
        async with storage.start() as unit:
            await unit.questions.save(never)
        assert await told_by(storage) == []
        async with storage.start() as unit:
            assert await unit.questions.get(question.id, reach=None) == question
            assert await unit.questions.editions([(question.id, 2)]) == {}

    async def test_what_is_read_is_a_copy(self, storage: Storage, exam: Exam) -> None:
        question = a_question(exam)
        await keep_questions(storage, question)
        kept = await seen_question(storage, question)
        (await seen_question(storage, question)).submit()
        question.submit()
        assert await seen_question(storage, question) == kept
