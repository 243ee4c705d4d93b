"""`homeroom exams`: exams are looked at and published, and their questions reviewed."""

import asyncio
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from homeroom.exams.model.catalogue import Exam, Objective, Outline
from homeroom.exams.model.choices import TrueFalse
from homeroom.exams.model.questions import Content
from homeroom_entrypoints.cli.main import main
from homeroom_entrypoints.cli.running import operator
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_testing.fast_hashing import FAST_VARIABLES

Ran = Callable[..., Result]
NOBODY = "00000000-0000-7000-8000-000000000000"
STEMS = ("A stub answers", "A mock asserts", "A spy records")


@pytest.fixture
def ran(house_dir: Path) -> Ran:
    """A command, run in a house with two exams; three questions of one wait for a reviewer."""
    asyncio.run(furnish(house_dir))

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, ["exams", *words])

    return run


async def furnish(data_dir: Path) -> None:
    settings = load_settings({"HOMEROOM_DATA_DIR": str(data_dir), **FAST_VARIABLES})
    async with open_homeroom(settings) as homeroom:
        actor, exams = await operator(homeroom), homeroom.exams
        vendor = await exams.begin_vendor(actor, "Academy")
        whole: Exam = await exams.draft_exam(actor, vendor.id, outline("TESTING", 60, 40))
        await exams.draft_exam(actor, vendor.id, outline("HALF", 50))
        where = next(iter(whole.outline.weights))
        for stem in STEMS:
            content = Content(stem=stem, body=TrueFalse(is_true=True))
            question = await exams.write_question(actor, whole.id, where, content)
            await exams.submit_question(actor, question.id)


def outline(code: str, *weights: int) -> Outline:
    objectives = tuple(
        Objective(code=f"1.{number}", name=f"Part {number}", weight=Fraction(weight))
        for number, weight in enumerate(weights, start=1)
    )
    return Outline(code=code, name=code.capitalize(), objectives=objectives)


def told(ran: Ran, *words: str) -> Any:
    done = ran(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_exams_are_listed_shown_published_and_retired(ran: Ran) -> None:
    assert [one["code"] for one in told(ran, "list")["data"]] == ["HALF", "TESTING"]
    shown = ran("show", "TESTING")
    assert "1.1  Part 1  60 %" in shown.stdout
    exam = told(ran, "publish", "TESTING")
    assert exam["status"] == "published"
    assert told(ran, "show", exam["id"]) == exam
    assert told(ran, "list", "--status", "published", "--search", "test")["data"] == [exam]
    assert told(ran, "list", "--vendor", NOBODY)["data"] == []
    assert told(ran, "retire", "TESTING")["status"] == "retired"


def test_what_waits_is_listed_and_decided_on(ran: Ran) -> None:
    waiting = told(ran, "review", "list", "TESTING")["data"]
    assert [one["content"]["stem"] for one in waiting] == list(STEMS)[::-1]
    assert STEMS[0] in ran("review", "list", "TESTING").stdout
    spy, mock, stub = (one["id"] for one in waiting)
    back = told(ran, "review", "send-back", mock, "--note", "Which one?")
    assert (back["status"], back["note"]) == ("needsRevision", "Which one?")
    assert told(ran, "review", "reject", spy, "--note", "No.")["status"] == "rejected"
    assert told(ran, "review", "approve", stub)["status"] == "active"
    assert "No question waits." in ran("review", "list", "TESTING").stdout


def test_all_that_waits_is_approved_at_once(ran: Ran) -> None:
    assert "Approved: 3." in ran("review", "approve-all", "TESTING").stdout
    report = told(ran, "review", "approve-all", "TESTING")
    assert report == {"approved": [], "leftOut": [], "isWhole": True}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("show", "NONE"), 3, "no such exam"),
        (("show", NOBODY), 3, "no such exam"),
        (("publish", "HALF"), 2, "weights must sum to 100, and sum to 50"),
        (("list", "--status", "gone"), 2, "gone"),
        (("review", "approve", NOBODY), 3, "Question not found"),
        (("review", "reject", NOBODY), 2, "--note"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(
    ran: Ran, words: tuple[str, ...], code: int, said: str
) -> None:
    done = ran(*words)
    assert done.exit_code == code, done.output
    assert said in done.output
