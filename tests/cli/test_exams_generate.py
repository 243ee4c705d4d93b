"""`homeroom exams generate`: questions are written here, or left to a worker."""

import asyncio
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from homeroom.exams.model.catalogue import Objective, Outline
from homeroom_entrypoints.cli.main import main
from homeroom_entrypoints.cli.running import operator
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_testing.conformance.question_writer import SOURCE
from homeroom_testing.fast_hashing import FAST_VARIABLES

Ran = Callable[..., Result]


async def furnish(data_dir: Path) -> None:
    settings = load_settings({"HOMEROOM_DATA_DIR": str(data_dir), **FAST_VARIABLES})
    async with open_homeroom(settings) as homeroom:
        actor = await operator(homeroom)
        vendor = await homeroom.exams.begin_vendor(actor, "Academy")
        part = Objective(code="1.1", name="Part 1", weight=Fraction(100))
        written = Outline(code="TESTING", name="Testing", objectives=(part,))
        await homeroom.exams.draft_exam(actor, vendor.id, written)


@pytest.fixture
def ran(house_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Ran:
    """A command, run in a house with an exam."""
    monkeypatch.chdir(house_dir)
    asyncio.run(furnish(house_dir))
    return lambda *words: CliRunner().invoke(main, ["exams", *words])


@pytest.fixture
def notes(tmp_path: Path) -> str:
    (tmp_path / "notes.md").write_text(SOURCE, "utf-8")
    return "notes.md"


def test_questions_are_written_and_wait_for_a_reviewer(ran: Ran, notes: str) -> None:
    done = ran("generate", "TESTING", "--objective", "1.1", "--from", notes, "--count", "3")
    assert done.exit_code == 0, done.output
    assert "Written: 3 inReview, 0 active, 0 flagged, 0 duplicate, 0 refused." in done.output
    waiting = ran("review", "list", "TESTING", "--json")
    assert len(json.loads(waiting.stdout)["data"]) == 3


def test_whoever_does_not_wait_leaves_it_to_a_worker(ran: Ran, notes: str) -> None:
    asked = ("generate", "TESTING", "--objective", "part 1", "--from", notes)
    told = json.loads(ran(*asked, "--no-wait", "--json").stdout)
    assert (told["status"], told["questions"]) == ("waiting", [])
    listed = json.loads(ran("generations", "TESTING", "--json").stdout)
    assert [one["id"] for one in listed["data"]] == [told["id"]]


def test_an_unknown_objective_and_what_is_no_text_are_refused(
    ran: Ran,
    notes: str,
    tmp_path: Path,
) -> None:
    unknown = ran("generate", "TESTING", "--objective", "9.9", "--from", notes)
    assert unknown.exit_code != 0
    assert "This exam has 1.1." in unknown.output
    (tmp_path / "notes.bin").write_bytes(bytes([0xFF, 0xFE, 0xFA]) * 40)
    binary = ran("generate", "TESTING", "--objective", "1.1", "--from", "notes.bin")
    assert binary.exit_code == 2
    assert "--from: must be text in UTF-8" in binary.output
