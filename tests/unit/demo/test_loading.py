"""The demo's exam comes into an institution once and whole, and what people made of it stays."""

from collections import Counter
from collections.abc import Sequence

import attrs
import pytest

from homeroom.exams.errors import NotPublishable
from homeroom.exams.model.catalogue import ExamStatus
from homeroom.exams.model.questions import Question, QuestionStatus
from homeroom.exams.use_cases.looking import Wanted
from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.errors import Forbidden
from homeroom.kernel.page import CursorRequest
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.demo.bank import Bank, read_bank
from homeroom_entrypoints.demo.loading import DemoChanged, LoadBank

pytestmark = pytest.mark.anyio

BANK = read_bank()
FEW = attrs.evolve(BANK, questions=BANK.questions[:5])


async def kept_all(homeroom: Homeroom, author: Actor) -> Sequence[Question]:
    page = await homeroom.exams.find_questions(author, Wanted(), CursorRequest(limit=200))
    assert page.next is None
    return page.items


async def kept(homeroom: Homeroom, author: Actor) -> dict[str | None, Question]:
    return {one.reference: one for one in await kept_all(homeroom, author)}


async def test_the_exam_is_published_and_all_its_questions_may_be_served(
    homeroom: Homeroom, author: Actor
) -> None:
    loaded = await LoadBank(homeroom.exams)(author, BANK)
    assert (loaded.added, loaded.kept) == (len(BANK.questions), 0)
    assert loaded.exam.status is ExamStatus.PUBLISHED
    questions = await kept(homeroom, author)
    assert {one.status for one in questions.values()} == {QuestionStatus.ACTIVE}
    codes = {one.id: one.code for one in loaded.exam.outline.objectives}
    found = {
        one: (codes[question.objective_id], question.content) for one, question in questions.items()
    }
    assert found == {one.reference: (one.objective, one.content) for one in BANK.questions}


async def test_a_second_time_nothing_is_added_and_what_was_changed_or_retired_stays_so(
    homeroom: Homeroom, author: Actor
) -> None:
    load = LoadBank(homeroom.exams)
    first = await load(author, FEW)
    before = await kept(homeroom, author)
    reworded, retired = (before[one.reference] for one in FEW.questions[:2])
    content = attrs.evolve(reworded.content, stem="What would you study first?")
    await homeroom.exams.revise_question(author, reworded.id, content)
    await homeroom.exams.retire_question(author, retired.id)
    changed = await kept(homeroom, author)
    second = await load(author, FEW)
    assert (second.added, second.kept, second.exam) == (0, 5, first.exam)
    assert await kept(homeroom, author) == changed


async def test_a_bank_that_has_grown_adds_what_is_missing(
    homeroom: Homeroom, author: Actor
) -> None:
    load = LoadBank(homeroom.exams)
    await load(author, FEW)
    grown = attrs.evolve(BANK, questions=BANK.questions[:7])
    again = await load(author, grown)
    assert (again.added, again.kept) == (2, 5)
    assert len(await kept(homeroom, author)) == 7


async def test_one_that_was_interrupted_goes_on_where_it_stopped(
    homeroom: Homeroom, author: Actor
) -> None:
    exams = homeroom.exams
    vendor = await exams.begin_vendor(author, "Homeroom")
    exam = await exams.draft_exam(author, vendor.id, FEW.outline)
    ids = {one.code: one.id for one in exam.outline.objectives}
    submitted = [
        await exams.write_question(
            author, exam.id, ids[one.objective], one.content, reference=one.reference
        )
        for one in FEW.questions[:2]
    ]
    for one in submitted:
        await exams.submit_question(author, one.id)
    loaded = await LoadBank(exams)(author, FEW)
    assert (loaded.exam.id, loaded.exam.status) == (exam.id, ExamStatus.PUBLISHED)
    assert (loaded.added, loaded.kept) == (3, 2)
    found = await kept(homeroom, author)
    assert {one.id for one in found.values()} >= {one.id for one in submitted}
    assert {one.status for one in found.values()} == {QuestionStatus.ACTIVE}


async def test_what_others_wrote_for_that_exam_is_not_approved_with_the_rest(
    homeroom: Homeroom, author: Actor
) -> None:
    load, exams = LoadBank(homeroom.exams), homeroom.exams
    few = attrs.evolve(BANK, questions=BANK.questions[:2])
    exam = (await load(author, few)).exam
    objective = next(iter(exam.outline.weights))
    mine = await exams.write_question(author, exam.id, objective, FEW.questions[2].content)
    await exams.submit_question(author, mine.id)
    await load(author, FEW)
    statuses = Counter(one.status for one in (await kept_all(homeroom, author)))
    assert statuses == {QuestionStatus.ACTIVE: 5, QuestionStatus.IN_REVIEW: 1}


async def test_an_exam_of_that_code_which_asks_for_something_else_is_left_as_it_is(
    homeroom: Homeroom, author: Actor
) -> None:
    vendor = await homeroom.exams.begin_vendor(author, "Homeroom")
    other = attrs.evolve(BANK.outline, objectives=BANK.outline.objectives[2:])
    mine = await homeroom.exams.draft_exam(author, vendor.id, other)
    with pytest.raises(DemoChanged, match=r"no objective 1\.1"):
        await LoadBank(homeroom.exams)(author, FEW)
    assert await homeroom.exams.get_exam(author, mine.id) == mine
    assert await kept(homeroom, author) == {}


async def test_a_vendor_of_a_similar_name_is_somebody_else(
    homeroom: Homeroom, author: Actor
) -> None:
    similar = await homeroom.exams.begin_vendor(author, "Homeroom and Sons")
    other = attrs.evolve(BANK.outline, code="backend-pro-2")
    await homeroom.exams.draft_exam(author, similar.id, other)
    loaded = await LoadBank(homeroom.exams)(author, FEW)
    assert loaded.exam.vendor_id != similar.id
    assert loaded.exam.outline.code == "backend-pro"


async def test_weights_that_do_not_make_a_whole_keep_it_a_draft(
    homeroom: Homeroom, author: Actor
) -> None:
    outline = attrs.evolve(BANK.outline, objectives=BANK.outline.objectives[:4])
    with pytest.raises(NotPublishable):
        await LoadBank(homeroom.exams)(author, Bank(outline=outline, questions=()))


async def test_whoever_may_not_keep_the_catalogue_brings_nothing_in(
    homeroom: Homeroom, author: Actor
) -> None:
    student = attrs.evolve(author, roles=frozenset({Role.STUDENT}))
    with pytest.raises(Forbidden):
        await LoadBank(homeroom.exams)(student, FEW)
    assert await kept(homeroom, author) == {}
