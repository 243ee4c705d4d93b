"""Everybody sees over HTTP how far they are with an exam, and studies what is due or weak."""

import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from homeroom.kernel.ids import new_id

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from sitting_ground import QUESTIONS, SESSIONS, TESTS, Hall, Learner, open_hall, right

pytestmark = pytest.mark.anyio

PROGRESS = "/api/v1/progress"
DAY = timedelta(days=1)


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    async with open_hall() as opened:
        yield opened


@pytest.fixture
async def ana(hall: Hall) -> Learner:
    return await hall.learner()


async def begin(hall: Hall, learner: Learner, mode: str = "practice") -> Any:
    said = {"examId": hall.exam_id, "mode": mode}
    return await learner.told("POST", f"{SESSIONS}/study/create", said)


async def study(hall: Hall, learner: Learner, mode: str = "practice", *, wrong: int = 0) -> Any:
    """A session, in which all but so many answers are right."""
    session = await begin(hall, learner, mode)
    for number, question in enumerate(session["questions"]):
        said = {"sessionId": session["sessionId"], "answer": right(question), "timeSpent": 36}
        if number < wrong:
            said["answer"] = [] if question["type"] != "numeric" else ["0"]
        await learner.told("POST", f"{QUESTIONS}/{question['id']}/answer", said)
    await learner.told("POST", f"{SESSIONS}/{session['sessionId']}/complete")
    return session


async def progress(hall: Hall, learner: Learner) -> Any:
    return await learner.told("GET", f"{PROGRESS}/{hall.exam_id}")


async def test_progress_is_told_as_a_whole_and_by_objective(hall: Hall, ana: Learner) -> None:
    before = await progress(hall, ana)
    assert before["exam"]["id"] == hall.exam_id
    assert before["overall"]["questionsAnswered"] == 0
    assert before["overall"]["predictedScore"] is None
    assert {one["masteryLevel"] for one in before["objectives"]} == {"insufficientData"}
    asked = len((await study(hall, ana))["questions"])
    after = await progress(hall, ana)
    overall = after["overall"]
    assert (overall["questionsAnswered"], overall["progress"]) == (asked, 100.0)
    assert (overall["accuracy"], overall["studyTimeHours"]) == (100.0, asked / 100)
    assert (overall["streakDays"], overall["answeredToday"]) == (1, asked)
    assert sum(one["questionsAnswered"] for one in after["objectives"]) == asked
    assert sum(one["weight"] for one in after["objectives"]) == 100
    assert all(one["reviewDue"] for one in after["objectives"])
    assert await ana.told("GET", f"{PROGRESS}/exam/{hall.exam_id}") == after


async def test_tests_are_told_newest_first_with_the_time_that_they_took(
    hall: Hall, ana: Learner
) -> None:
    taken = []
    for _ in range(2):
        test = await ana.told("POST", f"{TESTS}/start", {"examId": hall.exam_id})
        hall.clock.step(seconds=90)
        result = await ana.told("POST", f"{TESTS}/{test['testId']}/submit")
        taken.append((test["testId"], result["score"], result["passed"], 90))
    history = (await progress(hall, ana))["testHistory"]
    told = [(one["testId"], one["score"], one["passed"], one["timeTaken"]) for one in history]
    assert told == taken[::-1]


async def test_what_is_due_is_studied_again(hall: Hall, ana: Learner) -> None:
    none = await ana.ask(
        "POST", f"{SESSIONS}/study/create", {"examId": hall.exam_id, "mode": "review"}
    )
    assert (none.status_code, none.json()["code"]) == (409, "no_questions")
    asked = len((await study(hall, ana))["questions"])
    hall.clock.step(seconds=(DAY / 24).total_seconds())
    due = (await ana.told("GET", f"{PROGRESS}/{hall.exam_id}/due"))["data"]
    assert (await progress(hall, ana))["overall"]["dueCount"] == len(due) == asked
    few = await ana.told("GET", f"{PROGRESS}/{hall.exam_id}/due?limit=2")
    assert few["data"] == due[:2]
    session = await study(hall, ana, "review")
    assert session["mode"] == "review"
    assert {one["id"] for one in session["questions"]} == {one["questionId"] for one in due}
    assert (await ana.told("GET", f"{PROGRESS}/{hall.exam_id}/due"))["data"] == []


@pytest.mark.parametrize("mode", ["weakAreas", "weak_areas"])
async def test_weak_areas_are_told_and_studied(hall: Hall, ana: Learner, mode: str) -> None:
    weak = (await progress(hall, ana))["weakAreas"]
    session = await begin(hall, ana, mode)
    assert session["mode"] == "weakAreas"
    assert set(session["objectives"]) == {one["objectiveId"] for one in weak}
    assert {one["priority"] for one in weak} == {"critical"}


async def test_an_exam_date_is_a_day_that_is_still_to_come(hall: Hall, ana: Learner) -> None:
    path, today = f"{PROGRESS}/{hall.exam_id}/exam-date", hall.clock.now().date()
    said = {"examDate": (today + 9 * DAY).isoformat()}
    told = await ana.told("PUT", path, said)
    assert told["examAt"].startswith((today + 9 * DAY).isoformat())
    assert told["reviewBy"].startswith((today + 8 * DAY).isoformat())
    assert (await progress(hall, ana))["overall"]["examAt"] == told["examAt"]
    late = await ana.ask("PUT", path, {"examDate": (today - DAY).isoformat()})
    assert (late.status_code, late.json()["code"]) == (400, "bad_exam_date")
    assert await ana.told("PUT", path, {"examDate": None}) == {"examAt": None, "reviewBy": None}


async def test_progress_is_everybodys_own(hall: Hall, ana: Learner) -> None:
    await study(hall, ana)
    ben = await hall.learner()
    assert (await progress(hall, ben))["overall"]["questionsAnswered"] == 0
    unknown = await ana.ask("GET", f"{PROGRESS}/{new_id()}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "exam_not_found")
