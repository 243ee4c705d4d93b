"""Vendors and exams: what is kept, what is refused, and who sees which part of it."""

from fractions import Fraction
from typing import Any

import attrs
import pytest

from homeroom.exams.errors import (
    BadExam,
    BadVendor,
    ExamAmbiguous,
    ExamExists,
    ExamInUse,
    ExamNotFound,
    NotPublishable,
    ObjectiveInUse,
    VendorExists,
    VendorInUse,
    VendorNotFound,
)
from homeroom.exams.model.catalogue import Exam, ExamStatus, Objective, Outline
from homeroom.kernel.actor import NotAllowed
from homeroom.kernel.errors import Refusal
from homeroom.kernel.ids import ExamId, InstitutionId, ObjectiveId, VendorId, new_id
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.rights import Role

pytestmark = pytest.mark.anyio

PAGE = CursorRequest()


def outline(code: str, *weights: int) -> Outline:
    objectives = tuple(
        Objective(code=f"1.{number}", name=f"Part {number}", weight=Fraction(weight))
        for number, weight in enumerate(weights, start=1)
    )
    return Outline(code=code, name="Backend engineering", objectives=objectives)


def problems(refused: Any) -> list[tuple[str, str]]:
    return [(one.field, one.message) for one in refused.value.problems]


class TestVendors:
    async def test_a_vendor_is_begun_renamed_and_found_by_everybody(self, school: Any) -> None:
        begun = await school.exams.begin_vendor(school.author, "CompTIA")
        renamed = await school.exams.rename_vendor(
            school.author, begun.id, website="https://www.comptia.org"
        )
        assert (renamed.name, renamed.website) == ("CompTIA", "https://www.comptia.org")
        found = await school.exams.find_vendors(school.learner, PAGE, text="comp")
        assert list(found.items) == [renamed]
        assert await school.exams.get_vendor(school.learner, begun.id) == renamed
        assert await school.actions() == ["exams.keep_catalogue"] * 2

    async def test_a_name_is_one_vendors_alone(self, school: Any) -> None:
        await school.exams.begin_vendor(school.author, "CompTIA")
        other = await school.exams.begin_vendor(school.author, "Academy")
        with pytest.raises(VendorExists):
            await school.exams.begin_vendor(school.author, "CompTIA")
        with pytest.raises(VendorExists):
            await school.exams.rename_vendor(school.author, other.id, name="CompTIA")

    async def test_without_a_name_there_is_no_vendor(self, school: Any) -> None:
        with pytest.raises(BadVendor):
            await school.exams.begin_vendor(school.author, "  ")

    async def test_a_vendor_with_exams_is_not_removed_and_one_without_is(self, school: Any) -> None:
        exam = await school.exam()
        with pytest.raises(VendorInUse):
            await school.exams.remove_vendor(school.author, exam.vendor_id)
        await school.exams.remove_exam(school.author, exam.id)
        await school.exams.remove_vendor(school.author, exam.vendor_id)
        with pytest.raises(VendorNotFound):
            await school.exams.get_vendor(school.author, exam.vendor_id)


class TestPublishing:
    async def test_weights_that_sum_to_99_are_refused_with_the_sum(self, school: Any) -> None:
        exam = await school.exam(outline("N10", 50, 49))
        with pytest.raises(NotPublishable) as refused:
            await school.exams.publish_exam(school.author, exam.id)
        assert problems(refused) == [("objectives", "weights must sum to 100, and sum to 99")]

    async def test_a_sum_that_is_almost_100_is_not_told_as_100(self, school: Any) -> None:
        exam = await school.exam(outline("N10", 50))
        near = attrs.evolve(exam.outline.objectives[0], weight=Fraction("99.9999999"))
        written = attrs.evolve(exam.outline, objectives=(near,))
        await school.exams.change_exam(school.author, exam.id, written)
        with pytest.raises(NotPublishable) as refused:
            await school.exams.publish_exam(school.author, exam.id)
        assert problems(refused)[0][1].endswith("99.9999999")

    async def test_what_is_published_twice_is_on_record_once(self, school: Any) -> None:
        exam = await school.exam()
        before = len(await school.actions())
        await school.exams.publish_exam(school.author, exam.id)
        published = await school.exams.publish_exam(school.author, exam.id)
        assert published.status is ExamStatus.PUBLISHED
        assert len(await school.actions()) == before + 1

    async def test_a_published_exam_stays_whole(self, school: Any) -> None:
        exam = await school.exam()
        await school.exams.publish_exam(school.author, exam.id)
        with pytest.raises(NotPublishable):
            await school.exams.change_exam(school.author, exam.id, outline("BACKEND", 60, 50))

    async def test_an_exam_without_objectives_is_not_published(self, school: Any) -> None:
        exam = await school.exam(Outline(code="EMPTY", name="Nothing"))
        with pytest.raises(NotPublishable):
            await school.exams.publish_exam(school.author, exam.id)


class TestChanging:
    async def test_an_objective_is_known_again_by_its_code(self, school: Any) -> None:
        exam = await school.exam(outline("N10", 50, 50))
        changed = await school.exams.change_exam(school.author, exam.id, outline("N10", 30, 30, 40))
        ids = [one.id for one in changed.outline.objectives]
        assert ids[:2] == [one.id for one in exam.outline.objectives]
        assert len(set(ids)) == 3

    async def test_a_group_that_is_known_again_keeps_what_is_under_it(self, school: Any) -> None:
        exam = await school.exam(outline("N10", 0))
        group = Objective(code="1.1", name="Group")
        part = Objective(code="1.1.1", name="Part", weight=Fraction(100), parent_id=group.id)
        written = Outline(code="N10", name="Backend", objectives=(group, part))
        changed = await school.exams.change_exam(school.author, exam.id, written)
        known = exam.outline.objectives[0].id
        assert [one.parent_id for one in changed.outline.objectives] == [None, known]

    async def test_an_objective_goes_by_another_code_as_long_as_it_has_its_id(
        self, school: Any
    ) -> None:
        exam = await school.exam(outline("N10", 40, 60))
        first, second = exam.outline.objectives
        renumbered = (attrs.evolve(first, code="1.2"), attrs.evolve(second, code="1.1"))
        written = attrs.evolve(exam.outline, objectives=renumbered)
        changed = await school.exams.change_exam(school.author, exam.id, written)
        assert changed.outline.objectives == renumbered

    async def test_no_two_objectives_have_one_id(self, school: Any) -> None:
        exam = await school.exam(outline("N10", 40, 60))
        first, second = exam.outline.objectives
        twice = attrs.evolve(exam.outline, objectives=(first, attrs.evolve(second, id=first.id)))
        with pytest.raises(BadExam) as refused:
            await school.exams.change_exam(school.author, exam.id, twice)
        assert [field for field, _ in problems(refused)] == ["objectives[1].id"]

    async def test_an_objective_with_questions_is_not_taken_away_before_they_are_moved(
        self, school: Any
    ) -> None:
        exam = await school.exam(outline("N10", 50, 50))
        first, second = exam.outline.weights
        question = await school.question(exam, objective=second)
        with pytest.raises(ObjectiveInUse, match=r"objective 1\.2"):
            await school.exams.change_exam(school.author, exam.id, outline("N10", 100))
        await school.exams.move_question(school.author, question.id, first)
        changed = await school.exams.change_exam(school.author, exam.id, outline("N10", 100))
        assert list(changed.outline.weights) == [first]

    async def test_what_changed_nothing_is_not_on_record(self, school: Any) -> None:
        exam = await school.exam()
        before = await school.actions()
        assert await school.exams.change_exam(school.author, exam.id, exam.outline) == exam
        assert await school.actions() == before

    async def test_an_exam_with_questions_is_not_removed(self, school: Any) -> None:
        exam = await school.exam()
        await school.question(exam)
        with pytest.raises(ExamInUse):
            await school.exams.remove_exam(school.author, exam.id)

    async def test_a_code_is_one_exams_alone_at_its_vendor(self, school: Any) -> None:
        exam = await school.exam(outline("N10", 100))
        with pytest.raises(ExamExists):
            await school.exams.draft_exam(school.author, exam.vendor_id, outline("N10", 100))


class TestLooking:
    async def test_learners_see_what_is_published_and_nothing_else(self, school: Any) -> None:
        draft, out, over = [
            await school.exam(outline(code, 100), vendor=code) for code in ("A", "B", "C")
        ]
        for exam in (out, over):
            await school.exams.publish_exam(school.author, exam.id)
        await school.exams.retire_exam(school.author, over.id)
        assert await seen(school, school.learner) == ["B"]
        assert await seen(school, school.learner, status=ExamStatus.DRAFT) == []
        assert await seen(school, school.author) == ["C", "B", "A"]
        assert await seen(school, school.author, status=ExamStatus.RETIRED) == ["C"]
        assert await seen(school, school.author, vendor_id=draft.vendor_id) == ["A"]
        for hidden in (draft, over):
            with pytest.raises(ExamNotFound):
                await school.exams.get_exam(school.learner, hidden.id)
            with pytest.raises(ExamNotFound):
                await school.exams.get_exam.by_code(school.learner, hidden.outline.code)
        assert (await school.exams.get_exam.by_code(school.learner, "B")).id == out.id

    async def test_a_code_that_two_vendors_use_is_no_name(self, school: Any) -> None:
        first = await school.exam(outline("N10", 100), vendor="A")
        await school.exam(outline("N10", 100), vendor="B")
        with pytest.raises(ExamAmbiguous):
            await school.exams.get_exam.by_code(school.author, "N10")
        await school.exams.publish_exam(school.author, first.id)
        assert (await school.exams.get_exam.by_code(school.learner, "N10")).id == first.id

    async def test_what_is_elsewhere_is_not_found(self, school: Any) -> None:
        exam = await school.exam()
        stranger = attrs.evolve(school.author, institution_id=InstitutionId(new_id()))
        for step in (
            school.exams.get_exam(stranger, exam.id),
            school.exams.publish_exam(stranger, exam.id),
            school.exams.change_exam(stranger, exam.id, exam.outline),
            school.exams.remove_exam(stranger, exam.id),
            school.exams.approve_all(stranger, exam.id),
        ):
            with pytest.raises(ExamNotFound):
                await step
        with pytest.raises(VendorNotFound):
            await school.exams.draft_exam(stranger, exam.vendor_id, outline("OWN", 100))


class TestRights:
    async def test_learners_keep_nothing(self, school: Any) -> None:
        exam: Exam = await school.exam()
        exams, learner = school.exams, school.learner
        some = (ExamId(new_id()), VendorId(new_id()), ObjectiveId(new_id()))
        steps = [
            exams.begin_vendor(learner, "Mine"),
            exams.rename_vendor(learner, exam.vendor_id, name="Mine"),
            exams.remove_vendor(learner, exam.vendor_id),
            exams.draft_exam(learner, some[1], exam.outline),
            exams.change_exam(learner, exam.id, exam.outline),
            exams.publish_exam(learner, exam.id),
            exams.retire_exam(learner, exam.id),
            exams.remove_exam(learner, exam.id),
            exams.approve_all(learner, exam.id),
        ]
        for step in steps:
            with pytest.raises(NotAllowed):
                await step

    async def test_who_has_no_role_yet_looks_through_what_is_published(self, school: Any) -> None:
        assert await seen(school, school.anybody()) == []
        with pytest.raises(Refusal):
            await school.exams.begin_vendor(school.anybody(Role.SERVICE), "Mine")


async def seen(school: Any, actor: Any, **said: Any) -> list[str]:
    found = await school.exams.find_exams(actor, PAGE, **said)
    return [one.outline.code for one in found.items]
