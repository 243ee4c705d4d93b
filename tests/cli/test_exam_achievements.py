"""`homeroom exams achievements`, `goals`, `board`, `plan`, `advice`: everybody's own."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from homeroom_entrypoints.cli.main import main

Ran = Callable[..., Result]


@pytest.fixture
def ran(exam_house: Path) -> Ran:
    """A command, run in a house that has an exam; what is typed is said as `typed`."""

    def run(*words: str, typed: str = "") -> Result:
        return CliRunner().invoke(main, ["exams", *words], input=typed)

    return run


def told(ran: Ran, *words: str) -> Any:
    done = ran(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_who_is_through_is_told_what_they_earned_without_any_worker(ran: Ran) -> None:
    none = ran("achievements").stdout
    assert "No badges yet." in none
    assert "Level 1: 0 points, 282 to go." in none
    done = ran("take", "MARKED-1", "--mode", "sequential", typed="1\ns\ns\n")
    assert "Earned: " in done.stdout
    seen = told(ran, "achievements")
    assert seen["questionsAnswered"] == 1
    assert f"Earned: {seen['level']['points']} points." in done.stdout


def test_goals_are_set_taken_back_and_shown(ran: Ran) -> None:
    assert told(ran, "goals", "--daily", "20", "--weekly", "100") == {
        "dailyQuestions": 20,
        "weeklyQuestions": 100,
    }
    assert "Today: 0 of 20." in ran("achievements").stdout
    assert told(ran, "goals")["dailyQuestions"] is None
    assert "This week: 0 of any number." in ran("achievements").stdout
    refused = ran("goals", "--daily", "1")
    assert refused.exit_code == 2
    assert "must be from 5 to 500" in refused.output


def test_boards_show_who_joins_and_forget_who_leaves(ran: Ran) -> None:
    ran("take", "MARKED-1", "--mode", "sequential", typed="1\ns\ns\n")
    assert "Nobody is shown here yet." in ran("board", "--by", "questions").stdout
    joined = told(ran, "board", "--join")
    assert joined["listed"]
    shown = ran("board", "--by", "questions", "--period", "monthly", "--exam", "MARKED-1").stdout
    assert f"{joined['alias']} (me)" in shown
    assert told(ran, "board", "--leave") == {"listed": False, "alias": None}
    assert told(ran, "board", "--by", "questions")["entries"] == []


def test_a_plan_and_advice_are_told_in_words_and_as_json(ran: Ran) -> None:
    plan = told(ran, "plan", "MARKED-1", "--target", "90", "--hours", "1")
    assert plan["totalHours"] == plan["daysNeeded"] > 0
    said = ran("plan", "MARKED-1", "--by", "2020-01-01")
    assert said.exit_code == 2
    assert "must be today or later" in said.output
    assert f"done on {told(ran, 'plan', 'MARKED-1')['doneOn']}" in ran("plan", "MARKED-1").stdout
    advice = told(ran, "advice", "MARKED-1")
    assert advice["suggestedDifficulty"] == 3.0
    assert f"Answer {advice['dailyQuestionTarget']} questions a day." in (
        ran("advice", "MARKED-1").stdout
    )
