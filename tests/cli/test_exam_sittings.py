"""`homeroom exams sittings`, `extend` and `vendors`: for those who keep exams."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
from click.testing import CliRunner, Result

from homeroom.exams.model.choices import TrueFalse
from homeroom.exams.use_cases.looking import Wanted
from homeroom.kernel.ids import new_id
from homeroom.kernel.page import CursorRequest
from homeroom_entrypoints.cli.main import main
from homeroom_entrypoints.cli.running import operator
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import load_settings

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


def test_sittings_are_listed_and_given_more_time(ran: Ran) -> None:
    assert "Nobody has sat for it so." in ran("sittings", "MARKED-1").stdout
    assert ran("take", "MARKED-1", typed="q\n").exit_code == 0
    (one,) = told(ran, "sittings", "MARKED-1", "--status", "active")["data"]
    assert told(ran, "sittings", "MARKED-1", "--person", one["personId"])["data"] == [one]
    assert told(ran, "sittings", "MARKED-1", "--status", "expired")["data"] == []
    assert told(ran, "extend", one["id"], "--percent", "25")["extraPercent"] == 25
    assert ran("extend", str(new_id()), "--percent", "25").exit_code == 3
    assert one["id"] in ran("sittings", "MARKED-1").stdout


def test_vendors_are_begun_renamed_listed_and_removed(ran: Ran) -> None:
    begun = told(ran, "vendors", "begin", "Ateneo", "--website", "https://ateneo.example")
    renamed = told(ran, "vendors", "rename", begun["id"], "--name", "Ateneo de Naga")
    assert renamed == {**begun, "name": "Ateneo de Naga"}
    assert told(ran, "vendors", "list", "--search", "naga")["data"] == [renamed]
    assert ran("vendors", "begin", "Ateneo de Naga").exit_code == 5
    assert ran("vendors", "remove", begun["id"]).stdout == "Removed.\n"
    assert "There are no such vendors." in ran("vendors", "list", "--search", "naga").stdout
    board = told(ran, "vendors", "list")["data"][0]
    in_use = ran("vendors", "remove", board["id"])
    assert (in_use.exit_code, "has exams" in in_use.stderr) == (5, True)


def test_a_sitting_is_invalidated_and_restored(ran: Ran) -> None:
    assert ran("take", "MARKED-1", typed="s\ns\n").exit_code == 0
    (one,) = told(ran, "sittings", "MARKED-1")["data"]
    words = ("invalidate", one["id"], "--reason", "It was noisy.")
    assert told(ran, *words)["invalidation"]["attempt"] == "spent"
    assert told(ran, *words, "--give-back")["invalidation"]["attempt"] == "givenBack"
    assert told(ran, "restore", one["id"])["invalidation"] is None
    assert ran("restore", str(new_id())).exit_code == 3


def test_what_happened_beside_sittings_is_listed(ran: Ran) -> None:
    assert ran("take", "MARKED-1", typed="q\n").exit_code == 0
    (one,) = told(ran, "sittings", "MARKED-1")["data"]
    assert "No sitting is flagged." in ran("flagged", "MARKED-1").stdout
    assert "Nothing was told of it." in ran("events", one["id"]).stdout
    assert told(ran, "flagged", "MARKED-1")["data"] == []
    assert told(ran, "events", one["id"])["points"] == 0


def test_a_key_that_was_wrong_is_told_first_and_then_judged_again(ran: Ran, tmp_path: Path) -> None:
    question = asyncio.run(_revised(tmp_path))
    words = ("regrade", question, "--reason", "It is not true.")
    assert "Nobody would have another score." in ran(*words, "--dry-run").stdout
    assert told(ran, *words, "--dry-run")["id"] is None
    decided = told(ran, *words, "--key", "2", "--edition", "1")
    assert (decided["key"], decided["editions"]) == (2, [1])
    assert ran(*words, "--key", "9").exit_code == 2


async def _revised(directory: Path) -> str:
    """A question with two editions."""
    async with open_homeroom(load_settings({"HOMEROOM_DATA_DIR": str(directory)})) as homeroom:
        actor, exams = await operator(homeroom), homeroom.exams
        found = await exams.find_questions(actor, Wanted(), CursorRequest(None, 50))
        (question,) = [one for one in found.items if isinstance(one.content.body, TrueFalse)]
        content = attrs.evolve(question.content, body=TrueFalse(is_true=False))
        await exams.revise_question(actor, question.id, content)
        return str(question.id)
