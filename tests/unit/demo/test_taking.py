"""Whoever takes the demo's exam is asked by its blueprint, and scored by its keys."""

from collections import Counter
from decimal import Decimal

import attrs
import pytest

from homeroom.exams.model.sheets import Sheet
from homeroom.exams.model.wishes import Given
from homeroom.exams.use_cases.looking import Wanted
from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.ids import QuestionId
from homeroom.kernel.page import CursorRequest
from homeroom.people.model.persons import Identity
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.demo.bank import read_bank
from homeroom_entrypoints.demo.loading import LoadBank

pytestmark = pytest.mark.anyio

FORM = [1, 4, 5, 5, 5, 5, 3, 3, 5, 2, 3, 4, 3, 3, 4, 6, 3, 1]


@pytest.fixture
async def student(homeroom: Homeroom, author: Actor) -> Actor:
    ana = Identity(user_name="ana", first_name="Ana", last_name="Reyes")
    roles = frozenset({Role.STUDENT})
    person = await homeroom.people.create_person(author, ana, roles=roles)
    return attrs.evolve(author, person_id=person.id, roles=roles)


@pytest.fixture
async def begun(homeroom: Homeroom, author: Actor, student: Actor) -> Sheet:
    loaded = await LoadBank(homeroom.exams)(author, read_bank())
    return await homeroom.exams.begin_sitting(student, loaded.exam.id)


async def keys(homeroom: Homeroom, author: Actor, sheet: Sheet) -> dict[QuestionId, Given]:
    page = CursorRequest(limit=200)
    found = await homeroom.exams.find_questions(author, Wanted(), page)
    right = {one.id: one.content.body.key for one in found.items}
    return {one.question_id: Given(answer=right[one.question_id]) for one in sheet.questions}


async def test_a_form_of_65_questions_has_the_counts_of_the_blueprint(
    homeroom: Homeroom, student: Actor, begun: Sheet
) -> None:
    exam = await homeroom.exams.get_exam(student, begun.summary.exam_id)
    asked = Counter(one.objective_id for one in begun.questions)
    assert [asked[one] for one in exam.outline.weights] == FORM
    assert len({one.question_id for one in begun.questions}) == 65
    assert begun.shortfalls == ()


async def test_who_knows_all_the_answers_reaches_all(
    homeroom: Homeroom, author: Actor, student: Actor, begun: Sheet
) -> None:
    right = await keys(homeroom, author, begun)
    over = await homeroom.exams.submit_sitting(student, begun.summary.id, right)
    assert (over.summary.outcome.percent, over.summary.outcome.passed) == (Decimal("100.0"), True)


async def test_who_says_nothing_reaches_nothing_and_is_told_why_and_where_to_read(
    homeroom: Homeroom, student: Actor, begun: Sheet
) -> None:
    over = await homeroom.exams.submit_sitting(student, begun.summary.id)
    assert (over.summary.outcome.percent, over.summary.outcome.passed) == (Decimal("0.0"), False)
    told = [one.feedback for one in over.questions]
    assert all(one is not None and one.explanation and one.sources for one in told)
