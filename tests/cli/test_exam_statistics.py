"""`homeroom exams stats`: what an exam and its questions turned out to be like."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from homeroom.exams.model.wishes import Given
from homeroom.kernel.ids import new_id
from homeroom.kernel.rights import Role
from homeroom.people.model.persons import Identity
from homeroom_entrypoints.cli.main import main
from homeroom_entrypoints.cli.running import operator
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_testing.counting import make_statistics
from homeroom_testing.fast_hashing import FAST_VARIABLES
from homeroom_testing.marked_exam import keep_marked_exam

Ran = Callable[..., Result]
Sat = Callable[[int], None]


@pytest.fixture
def ran(house_dir: Path) -> Ran:

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, ["exams", "stats", *words])

    return run


@pytest.fixture
def sat(tmp_path: Path) -> Sat:
    """So many took the exam, and were counted."""
    return lambda many: asyncio.run(take(tmp_path, many))


async def take(directory: Path, many: int) -> None:
    settings = load_settings({"HOMEROOM_DATA_DIR": str(directory), **FAST_VARIABLES})
    async with open_homeroom(settings) as homeroom:
        owner, now = await operator(homeroom), homeroom.plant.ambient.clock.now()
        kept = await keep_marked_exam(homeroom.plant.storage, owner.institution_id, at=now)
        person = await homeroom.people.create_person(
            owner, Identity.given("ana", "ana", "(here)"), roles=frozenset({Role.STUDENT})
        )
        exams, ana, question = homeroom.exams, person.act(), kept.questions[0].id
        for number in range(many):
            sheet = await exams.begin_sitting(ana, kept.exam.id)
            said = Given(answer=("b",) if number % 2 else ("c",))
            await exams.answer_question(ana, sheet.summary.id, question, said)
            await exams.submit_sitting(ana, sheet.summary.id)
        await count(homeroom)


async def count(homeroom: Homeroom) -> None:
    """The house's own task does its work, and so do its workers."""
    plant = homeroom.plant
    await make_statistics(plant.storage, plant.handlers, plant.ambient.codec)


def test_what_was_counted_is_shown_as_a_table_and_as_json(ran: Ran, sat: Sat) -> None:
    sat(10)
    shown = ran("MARKED-1")
    assert shown.exit_code == 0, shown.output
    for wanted in ("A question that is single", "50%", "deadDistractor", "Tests counted: 10."):
        assert wanted in shown.stdout
    told = json.loads(ran("MARKED-1", "--json").stdout)
    assert (told["state"], told["sittings"], len(told["data"])) == ("counted", 10, 7)


def test_too_few_are_told_to_be_too_few(ran: Ran, sat: Sat) -> None:
    sat(2)
    shown = ran("MARKED-1").stdout
    assert "Tests counted: 2, fewer than 10" in shown
    assert "50%" not in shown


def test_nothing_is_told_before_anything_was_counted(ran: Ran, sat: Sat) -> None:
    sat(0)
    assert ran("MARKED-1").stdout == "Nothing was counted yet.\n"
    assert ran(str(new_id())).exit_code == 3


def test_there_is_more_on_another_page(ran: Ran, sat: Sat) -> None:
    sat(1)
    first = ran("MARKED-1", "--limit", "5").stdout
    cursor = first.split("--cursor ")[1].strip()
    told = json.loads(ran("MARKED-1", "--limit", "5", "--cursor", cursor, "--json").stdout)
    assert (len(told["data"]), told["nextCursor"]) == (2, None)
