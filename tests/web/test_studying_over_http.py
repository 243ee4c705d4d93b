"""To study over HTTP: what was right is told after each answer, also as older clients read it."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from homeroom_testing.marked_exam import MARK

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from sitting_ground import QUESTIONS, SESSIONS, Hall, Learner, of_type, open_hall, right

pytestmark = pytest.mark.anyio


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    async with open_hall() as opened:
        yield opened


@pytest.fixture
async def ana(hall: Hall) -> Learner:
    return await hall.learner()


async def study(hall: Hall, learner: Learner, **said: Any) -> Any:
    body = {"examId": hall.exam_id, **said}
    return await learner.told("POST", f"{SESSIONS}/study/create", body)


async def say(learner: Learner, session: Any, question: Any, answer: Any) -> Any:
    body = {"sessionId": session["sessionId"], "answer": answer, "timeSpent": 5}
    return await learner.told("POST", f"{QUESTIONS}/{question['id']}/answer", body)


async def test_before_an_answer_nothing_is_told_and_after_it_everything(
    hall: Hall, ana: Learner
) -> None:
    session = await study(hall, ana)
    assert (session["questionsLoaded"], session["mode"]) == (7, "random")
    assert all("feedback" not in one for one in session["questions"])
    single = of_type(session, "single")
    told = await say(ana, session, single, "a")
    assert (told["isCorrect"], told["correctAnswer"], told["pointsEarned"]) == (False, ["b"], 0)
    assert told["feedback"]["remarks"][0] == {"id": "a", "text": f"{MARK} a"}
    assert told["feedback"]["sources"][0]["title"].startswith(MARK)
    assert told["explanation"] == told["feedback"]["explanation"]
    again = await ana.told("GET", f"{SESSIONS}/{session['sessionId']}")
    assert [one["type"] for one in again["questions"] if "feedback" in one] == ["single"]


async def test_the_first_answer_counts(hall: Hall, ana: Learner) -> None:
    session = await study(hall, ana)
    single = of_type(session, "single")
    await say(ana, session, single, "a")
    body = {"sessionId": session["sessionId"], "answer": "b"}
    refused = await ana.ask("POST", f"{QUESTIONS}/{single['id']}/answer", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "answered_already")


async def test_how_far_one_is_is_counted_by_objective_and_in_all(hall: Hall, ana: Learner) -> None:
    session = await study(hall, ana, mode="sequential")
    await say(ana, session, of_type(session, "single"), "b")
    await say(ana, session, of_type(session, "numeric"), "99")
    told = await ana.told("GET", f"{SESSIONS}/{session['sessionId']}/progress")
    assert told["progress"] == {
        "totalQuestions": 7,
        "answered": 2,
        "correct": 1,
        "skipped": 5,
        "accuracy": 50.0,
        "timeSpent": 10,
    }
    by_name = {one["name"]: one for one in told["objectives"]}
    assert by_name["To choose"]["accuracy"] == 100.0
    assert by_name["To write and arrange"]["questionsAnswered"] == 1


async def test_whoever_is_through_learns_what_it_came_to_once(hall: Hall, ana: Learner) -> None:
    session = await study(hall, ana)
    for question in session["questions"]:
        await say(ana, session, question, right(question))
    path = f"{SESSIONS}/{session['sessionId']}/complete"
    done = await ana.told("POST", path)
    assert done["summary"] == {
        "totalQuestions": 7,
        "correctAnswers": 7,
        "accuracy": 100.0,
        "timeSpent": 35,
        "pointsEarned": 7 * 10 + 25 + 10,
        "streakBonus": 0,
    }
    assert (done["result"]["status"], done["result"]["score"]) == ("completed", 100.0)
    assert await ana.told("POST", path) == done


async def test_some_objectives_alone_in_the_words_of_older_clients(
    hall: Hall, ana: Learner
) -> None:
    first = str(hall.marked.exam.outline.objectives[0].id)
    body = {"exam_id": hall.exam_id, "mode": "practice"}
    wish = {**body, "objective_ids": [first], "question_count": 2}
    session = await ana.told("POST", f"{SESSIONS}/study/create", wish)
    assert (session["mode"], session["objectives"]) == ("custom", [first])
    assert session["questionsLoaded"] == 2
    said = {"session_id": session["sessionId"], "answer": "", "time_spent": 3, "confidence": 1}
    question = session["questions"][0]["id"]
    kept = await ana.told("POST", f"{QUESTIONS}/{question}/answer", said)
    assert "feedback" not in kept


async def test_what_one_got_wrong_can_be_studied_again(hall: Hall, ana: Learner) -> None:
    session = await study(hall, ana)
    for question in session["questions"]:
        wrong = question["type"] == "trueFalse"
        await say(ana, session, question, ["false"] if wrong else right(question))
    await ana.told("POST", f"{SESSIONS}/{session['sessionId']}/complete")
    again = await study(hall, ana, mode="incorrect")
    assert [one["type"] for one in again["questions"]] == ["trueFalse"]


async def test_a_session_that_nobody_goes_on_with_is_over_after_two_hours(
    hall: Hall, ana: Learner
) -> None:
    session = await study(hall, ana)
    await say(ana, session, of_type(session, "single"), "b")
    hall.clock.step(seconds=2 * 60 * 60 + 1)
    told = await ana.told("GET", f"{SESSIONS}/{session['sessionId']}/progress")
    assert told["session"]["status"] == "completed"


async def test_somebody_elses_session_is_not_there(hall: Hall, ana: Learner) -> None:
    session, ben = await study(hall, ana), await hall.learner()
    own = f"{SESSIONS}/{session['sessionId']}"
    asked = [("GET", own), ("GET", f"{own}/progress"), ("POST", f"{own}/complete")]
    answers = [await ben.ask(method, path) for method, path in asked]
    body = {"sessionId": session["sessionId"], "answer": "b"}
    question = of_type(session, "single")["id"]
    answers.append(await ben.ask("POST", f"{QUESTIONS}/{question}/answer", body))
    assert {(one.status_code, one.json()["code"]) for one in answers} == {
        (404, "sitting_not_found")
    }


async def test_a_mode_that_takes_no_objectives_says_so(hall: Hall, ana: Learner) -> None:
    first = str(hall.marked.exam.outline.objectives[0].id)
    body = {"examId": hall.exam_id, "mode": "random", "objectiveIds": [first]}
    refused = await ana.ask("POST", f"{SESSIONS}/study/create", body)
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_sitting")
    assert [one["field"] for one in refused.json()["errors"]] == ["mode"]
