"""`homeroom exams progress`, `due`, `exam-date`: everybody's own, at a terminal."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from homeroom_entrypoints.cli.main import main
from homeroom_entrypoints.cli.running import operator
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_testing.marked_exam import keep_marked_exam

Ran = Callable[..., Result]


@pytest.fixture
def ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ran:
    """A command, run in a house that has an exam; what is typed is said as `typed`."""
    monkeypatch.setenv("HOMEROOM_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("HOMEROOM_LOG__LEVEL", "error")
    monkeypatch.setenv("LOGNAME", "ana")
    asyncio.run(_an_exam(tmp_path))

    def run(*words: str, typed: str = "") -> Result:
        return CliRunner().invoke(main, ["exams", *words], input=typed)

    return run


async def _an_exam(directory: Path) -> None:
    async with open_homeroom(load_settings({"HOMEROOM_DATA_DIR": str(directory)})) as homeroom:
        owner, now = await operator(homeroom), homeroom.plant.ambient.clock.now()
        await keep_marked_exam(homeroom.plant.storage, owner.institution_id, at=now)


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
