"""Item statistics over HTTP: for authors, of ten tests or more, and without a word of anybody's."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from homeroom.kernel.ids import new_id
from homeroom.kernel.rights import Role
from homeroom_testing.counting import make_statistics

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from sitting_ground import QUESTIONS, TESTS, Hall, Learner, of_type, open_hall

pytestmark = pytest.mark.anyio

TYPED = "zyx7typed"


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    async with open_hall() as opened:
        yield opened


@pytest.fixture
async def author(hall: Hall) -> Learner:
    return await hall.learner(Role.TEACHER)


async def sat(hall: Hall, many: int) -> None:
    """So many tests of one learner, who answers one question each other time, and types a word."""
    learner = await hall.learner()
    for number in range(many):
        sheet = await learner.told("POST", f"{TESTS}/start", {"examId": hall.exam_id})
        await learner.keep(sheet, of_type(sheet, "single"), "b" if number % 2 else "c")
        await learner.keep(sheet, of_type(sheet, "shortAnswer"), TYPED)
        await learner.told("POST", f"{TESTS}/{sheet['testId']}/submit", {})


async def counted(hall: Hall) -> None:
    """The house's own task does its work, and so do its workers."""
    plant = hall.homeroom.plant
    await make_statistics(plant.storage, plant.handlers, plant.ambient.codec)


def exam_of(hall: Hall) -> str:
    return f"/api/v1/exams/{hall.exam_id}/statistics"


def single(told: Any) -> Any:
    return next(one for one in told["data"] if one["type"] == "single")


async def test_before_anything_was_counted_the_answer_says_so(hall: Hall, author: Learner) -> None:
    told = await author.told("GET", exam_of(hall))
    assert (told["state"], told["madeAt"], told["figures"]) == ("insufficientData", None, None)
    assert (told["sittings"], told["data"], told["nextCursor"]) == (0, [], None)
    question = hall.marked.questions[0].id
    one = await author.told("GET", f"{QUESTIONS}/{question}/statistics")
    assert (one["edition"], one["editions"]) == (1, [])


async def test_nine_responses_state_insufficient_data(hall: Hall, author: Learner) -> None:
    await sat(hall, 9)
    await counted(hall)
    told = await author.told("GET", exam_of(hall))
    assert (told["sittings"], told["state"], told["figures"]) == (9, "insufficientData", None)
    one = single(told)
    assert (one["responses"], one["leastResponses"]) == (9, 10)
    assert (one["state"], one["figures"]) == ("insufficientData", None)


async def test_an_author_sees_what_a_question_turned_out_to_be_like(
    hall: Hall, author: Learner
) -> None:
    await sat(hall, 10)
    await counted(hall)
    told = await author.told("GET", exam_of(hall))
    assert (told["state"], told["sittings"]) == ("counted", 10)
    assert told["figures"]["distribution"] == [5, 5, 0, 0, 0, 0, 0, 0, 0, 0]
    assert told["figures"]["reliabilityKind"] == "kr20"
    one = single(told)
    figures = one["figures"]
    assert (one["state"], one["responses"], one["answered"]) == ("counted", 10, 10)
    assert figures["facility"] == 0.5
    assert (figures["pointBiserial"], figures["correctedPointBiserial"]) == (1, None)
    assert [(each["id"], each["chosen"], each["isRight"]) for each in figures["options"]] == [
        ("a", 0, False),
        ("b", 5, True),
        ("c", 5, False),
    ]
    assert "deadDistractor" in figures["flags"]
    of_question = await author.told("GET", f"{QUESTIONS}/{one['questionId']}/statistics")
    assert of_question["editions"] == [one]


async def test_what_people_typed_is_told_to_nobody(hall: Hall, author: Learner) -> None:
    await sat(hall, 10)
    await counted(hall)
    answer = await author.ask("GET", exam_of(hall))
    assert answer.status_code == 200
    assert TYPED not in answer.text
    (typed,) = [one for one in answer.json()["data"] if one["type"] == "shortAnswer"]
    assert (typed["answered"], typed["figures"]["options"]) == (10, [])


async def test_questions_come_page_by_page(hall: Hall, author: Learner) -> None:
    await sat(hall, 1)
    await counted(hall)
    first = await author.told("GET", f"{exam_of(hall)}?limit=5")
    last = await author.told("GET", f"{exam_of(hall)}?limit=5&cursor={first['nextCursor']}")
    ids = [one["questionId"] for one in (*first["data"], *last["data"])]
    assert ids == [str(one.id) for one in reversed(hall.marked.questions)]
    assert last["nextCursor"] is None


async def test_learners_are_refused_and_strangers_things_are_not_found(
    hall: Hall, author: Learner
) -> None:
    learner = await hall.learner()
    question = f"{QUESTIONS}/{hall.marked.questions[0].id}/statistics"
    for path in (exam_of(hall), question):
        refused = await learner.ask("GET", path)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    for path in (f"/api/v1/exams/{new_id()}/statistics", f"{QUESTIONS}/{new_id()}/statistics"):
        assert (await author.ask("GET", path)).status_code == 404
