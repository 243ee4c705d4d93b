"""`homeroom exams disputes` and `notes`: raised, answered, closed and listed by commands."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from homeroom.people.model.persons import Identity
from homeroom_entrypoints.cli.main import main
from homeroom_entrypoints.cli.running import operator
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_testing.marked_exam import keep_marked_exam

Ran = Callable[..., Result]


@pytest.fixture
def ran(house_dir: Path) -> Ran:
    """A command of `homeroom exams`."""
    return lambda *words: CliRunner().invoke(main, ["exams", *words])


@pytest.fixture
def begun(ran: Ran, tmp_path: Path) -> tuple[str, str]:
    """A sitting of Ana's, and a question of it that she bookmarked."""
    return asyncio.run(_begin(tmp_path))


async def _begin(directory: Path) -> tuple[str, str]:
    async with open_homeroom(load_settings({"HOMEROOM_DATA_DIR": str(directory)})) as homeroom:
        owner, exams = await operator(homeroom), homeroom.exams
        now = homeroom.plant.ambient.clock.now()
        kept = await keep_marked_exam(homeroom.plant.storage, owner.institution_id, at=now)
        ana = Identity.given("ana", "Ana", "Reyes")
        learner = (await homeroom.people.create_person(owner, ana)).act()
        sheet = await exams.begin_sitting(learner, kept.exam.id)
        question = sheet.questions[0].question_id
        sitting = sheet.summary.id
        await exams.note_question(learner, sitting, question, bookmarked=True, text="read up")
        return str(sitting), str(question)


def told(done: Result) -> Any:
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_dispute_is_raised_listed_answered_and_closed(ran: Ran, begun: tuple[str, str]) -> None:
    words = (*begun, "--reason", "Both are right.", "--as", "ana", "--json")
    raised = told(ran("disputes", "raise", *words))
    (listed,) = told(ran("disputes", "list", "MARKED-1", "--status", "open", "--json"))["data"]
    assert (listed["id"], listed["reason"]) == (raised["id"], "Both are right.")
    which = raised["id"]
    assert ran("disputes", "close", which).exit_code != 0
    said = told(ran("disputes", "answer", which, "--text", "No.", "--not-upheld", "--json"))
    assert (said["status"], said["upheld"]) == ("answered", False)
    assert told(ran("disputes", "close", which, "--json"))["status"] == "closed"
    assert "Both are right." in ran("disputes", "list", "MARKED-1").stdout


@pytest.mark.usefixtures("begun")
def test_ones_own_notes_are_listed(ran: Ran) -> None:
    (note,) = told(ran("notes", "--as", "ana", "--bookmarked", "--json"))["data"]
    assert (note["note"], note["bookmarked"]) == ("read up", True)
    assert "read up" in ran("notes", "--as", "ana").stdout
