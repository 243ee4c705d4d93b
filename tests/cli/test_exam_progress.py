"""`homeroom exams progress`, `due`, `exam-date`: everybody's own, at a terminal."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
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


def test_progress_is_shown_in_words_and_as_json(ran: Ran) -> None:
    assert ran("take", "MARKED-1", "--mode", "sequential", typed="1\ns\ns\n").exit_code == 0
    seen = told(ran, "progress", "MARKED-1")
    assert seen["overall"]["questionsAnswered"] >= 1
    assert "dueCount" in seen["overall"]
    said = ran("progress", "MARKED-1").stdout
    assert "not ready yet" in said
    assert "insufficientData" in said
    assert told(ran, "progress", seen["exam"]["id"])["exam"] == seen["exam"]


def test_what_is_due_is_listed_and_nothing_is_at_first(ran: Ran) -> None:
    assert "Nothing is to be seen again now." in ran("due", "MARKED-1").stdout
    assert told(ran, "due", "MARKED-1") == {"data": []}
    refused = ran("take", "MARKED-1", "--mode", "review")
    assert (refused.exit_code, "There are no questions" in refused.stderr) == (5, True)


def test_weak_areas_are_taken_to_study(ran: Ran) -> None:
    taken = ran("take", "MARKED-1", "--mode", "weakAreas", typed="q\n")
    assert taken.exit_code == 0
    assert "What you answered is kept." in taken.stdout


def test_an_exam_date_is_said_and_taken_back(ran: Ran) -> None:
    day = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    assert told(ran, "exam-date", "MARKED-1", "--on", day)["examAt"].startswith(day)
    assert told(ran, "exam-date", "MARKED-1") == {"examAt": None, "reviewBy": None}
    assert ran("exam-date", "MARKED-1", "--on", "2020-01-01").exit_code == 2
