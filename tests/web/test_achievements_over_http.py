"""Everybody sees over HTTP what they earned; boards show aliases, of who wants to be shown."""

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

PROGRESS, BOARDS = "/api/v1/progress", "/api/v1/leaderboards"
ACHIEVEMENTS, GOALS = f"{PROGRESS}/achievements", f"{PROGRESS}/goals"


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    async with open_hall() as opened:
        yield opened


@pytest.fixture
async def ana(hall: Hall) -> Learner:
    return await hall.learner()


async def study(hall: Hall, learner: Learner) -> Any:
    """A session in which all is right; what its completion answers."""
    hall.clock.step(seconds=1)
    said = {"examId": hall.exam_id, "mode": "practice"}
    session = await learner.told("POST", f"{SESSIONS}/study/create", said)
    for question in session["questions"]:
        answer = {"sessionId": session["sessionId"], "answer": right(question)}
        await learner.told("POST", f"{QUESTIONS}/{question['id']}/answer", answer)
    return await learner.told("POST", f"{SESSIONS}/{session['sessionId']}/complete")


async def join(learner: Learner) -> str:
    shown = await learner.told("PUT", f"{BOARDS}/me", {"listed": True})
    assert shown["listed"]
    alias: str = shown["alias"]
    return alias


async def test_who_completes_a_session_is_told_what_it_brought_and_what_to_do_next(
    hall: Hall, ana: Learner
) -> None:
    done = await study(hall, ana)
    asked = done["summary"]["totalQuestions"]
    assert asked >= 5
    assert done["summary"]["pointsEarned"] == 10 * asked + 25 + 10
    assert done["summary"]["streakBonus"] == 0
    assert [one["id"] for one in done["achievements"]] == ["firstDay"]
    advice = done["recommendations"]
    assert {one["code"] for one in advice["studyTips"]} >= {"weakAreas"}
    assert advice["nextObjectives"]
    path = f"{SESSIONS}/{done['result']['testId']}/complete"
    assert (await ana.told("POST", path))["summary"] == done["summary"]


async def test_achievements_are_told_with_every_badge_there_is(hall: Hall, ana: Learner) -> None:
    before = await ana.told("GET", ACHIEVEMENTS)
    assert before["level"] == {"level": 1, "points": 0, "pointsToNext": 282}
    assert {one["earnedAt"] for one in before["badges"]} == {None}
    await ana.told("PUT", GOALS, {"dailyQuestions": 5, "weeklyQuestions": 100})
    done = await study(hall, ana)
    after = await ana.told("GET", ACHIEVEMENTS)
    points = done["summary"]["pointsEarned"]
    assert (after["level"]["points"], after["streakDays"]) == (points, 1)
    assert (after["badges"][0]["id"], len(after["badges"])) == ("firstDay", 20)
    assert after["badges"][0]["earnedAt"] is not None
    asked = done["summary"]["totalQuestions"]
    assert after["dailyGoal"] == {"wanted": 5, "answered": asked, "isReached": True}
    assert after["weeklyGoal"] == {"wanted": 100, "answered": asked, "isReached": False}
    assert [one["examId"] for one in after["exams"]] == [hall.exam_id]


async def test_goals_that_are_none_are_refused_in_words(ana: Learner) -> None:
    refused = await ana.ask("PUT", GOALS, {"dailyQuestions": 1, "weeklyQuestions": None})
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_goals")
    assert refused.json()["errors"][0]["message"] == "must be from 5 to 500, or left empty"
    assert await ana.told("PUT", GOALS, {"dailyQuestions": None, "weeklyQuestions": 25}) == {
        "dailyQuestions": None,
        "weeklyQuestions": 25,
    }


async def test_boards_show_nobody_who_did_not_say_so_and_call_nobody_by_name(
    hall: Hall, ana: Learner
) -> None:
    ben = await hall.learner()
    brought = (await study(hall, ana))["summary"]["pointsEarned"]
    await study(hall, ben)
    none = await ana.told("GET", BOARDS)
    assert (none["entries"], none["isListed"], none["myRank"]) == ([], False, None)
    assert none["myValue"] == brought
    alias, other = await join(ana), await join(ben)
    board = await ana.told("GET", f"{BOARDS}?period=monthly&category=points")
    shown = {(one["rank"], one["alias"], one["isMe"]) for one in board["entries"]}
    assert shown == {(1, alias, True), (1, other, False)}
    assert (board["myRank"], board["isListed"]) == (1, True)
    assert {"rank", "alias", "value", "isMe"} == board["entries"][0].keys()
    assert await ben.told("PUT", f"{BOARDS}/me", {"listed": False}) == {
        "listed": False,
        "alias": None,
    }
    left = await ana.told("GET", f"{BOARDS}?examId={hall.exam_id}")
    assert [one["alias"] for one in left["entries"]] == [alias]


async def test_an_alias_is_drawn_anew_on_demand_alone(hall: Hall, ana: Learner) -> None:
    alias = await join(ana)
    assert await join(ana) == alias
    drawn = await ana.told("PUT", f"{BOARDS}/me", {"listed": True, "newAlias": True})
    assert drawn["alias"] != alias


async def test_a_week_is_over_on_monday(hall: Hall, ana: Learner) -> None:
    await study(hall, ana)
    await join(ana)
    assert len((await ana.told("GET", BOARDS))["entries"]) == 1
    hall.clock.step(seconds=timedelta(days=7).total_seconds())
    assert (await ana.told("GET", f"{BOARDS}?period=weekly"))["entries"] == []
    assert len((await ana.told("GET", f"{BOARDS}?period=allTime"))["entries"]) == 1


async def test_what_there_is_no_board_of_is_refused(hall: Hall, ana: Learner) -> None:
    for query, status in (
        ("period=daily", 400),
        ("category=beauty", 400),
        ("limit=101", 400),
        (f"examId={new_id()}", 404),
    ):
        assert (await ana.ask("GET", f"{BOARDS}?{query}")).status_code == status, query


async def test_a_plan_says_how_much_there_is_to_do_and_whether_it_can_be_done(
    hall: Hall, ana: Learner
) -> None:
    path = f"{PROGRESS}/{hall.exam_id}/plan"
    usual = await ana.told("GET", path)
    assert usual["isInTime"]
    assert (usual["targetDate"], usual["hoursADayNeeded"]) == (None, None)
    sections = usual["sections"]
    assert sum(one["estimatedHours"] for one in sections) == usual["totalHours"]
    assert {one["priority"] for one in sections} == {"high"}
    today = hall.clock.now().date()
    hurried = await ana.told("GET", f"{path}?targetDate={today}&dailyHours=0.5&targetScore=100")
    assert (hurried["isInTime"], hurried["hoursADayNeeded"]) == (False, hurried["totalHours"])
    refused = await ana.ask("GET", f"{path}?targetScore=10&dailyHours=99&targetDate=1999-01-01")
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_plan")
    assert len(refused.json()["errors"]) == 3


async def test_a_plan_is_made_until_the_day_before_the_exam(hall: Hall, ana: Learner) -> None:
    today = hall.clock.now().date()
    exam_day = {"examDate": (today + timedelta(days=9)).isoformat()}
    await ana.told("PUT", f"{PROGRESS}/{hall.exam_id}/exam-date", exam_day)
    plan = await ana.told("GET", f"{PROGRESS}/{hall.exam_id}/plan")
    assert plan["targetDate"] == (today + timedelta(days=8)).isoformat()


async def test_what_a_test_brought_is_its_persons_own(hall: Hall, ana: Learner) -> None:
    test = await ana.told("POST", f"{TESTS}/start", {"examId": hall.exam_id})
    for question in test["questions"]:
        assert (await ana.keep(test, question, right(question))).is_success
    await ana.told("POST", f"{TESTS}/{test['testId']}/submit")
    path = f"/api/v1/me/sittings/{test['testId']}/earnings"
    brought = await ana.told("GET", path)
    questions = len(test["questions"])
    points = 10 * questions + 400 + 25 + 75 + (10 if questions >= 5 else 0)
    assert (brought["pointsEarned"], brought["streakBonus"]) == (points, 0)
    assert {one["id"] for one in brought["achievements"]} >= {"firstTest", "testAce"}
    ben = await hall.learner()
    refused = await ben.ask("GET", path)
    assert (refused.status_code, refused.json()["code"]) == (404, "sitting_not_found")
