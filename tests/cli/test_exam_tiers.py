"""`homeroom exams tier`: how much a learner may do, said and shown at the command line."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from homeroom.people.model.persons import Identity
from homeroom_entrypoints.cli.main import main
from homeroom_entrypoints.cli.running import operator
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import load_settings

Ran = Callable[..., Result]


@pytest.fixture
def ran(house_dir: Path) -> Ran:
    """A command, run in a house in which there is Ana."""
    asyncio.run(_ana(house_dir))
    return lambda *words: CliRunner().invoke(main, ["exams", "tier", *words])


async def _ana(directory: Path) -> None:
    async with open_homeroom(load_settings({"HOMEROOM_DATA_DIR": str(directory)})) as homeroom:
        ana = Identity.given("ana", "Ana", "Reyes")
        await homeroom.people.create_person(await operator(homeroom), ana)


def test_a_tier_is_said_of_somebody_and_shown(ran: Ran) -> None:
    said = ran("Ana", "free", "--time-zone", "Asia/Manila", "--json")
    assert said.exit_code == 0, said.output
    told = json.loads(said.stdout)
    assert (told["tier"], told["answersLeft"], told["timeZone"]) == ("free", 25, "Asia/Manila")
    shown = ran(told["personId"])
    assert "free" in shown.stdout
    assert "Asia/Manila" in shown.stdout
    usual = json.loads(ran("ana", "usual", "--json").stdout)
    assert (usual["tier"], usual["answersADay"], usual["timeZone"]) == ("enterprise", None, "UTC")


def test_nobody_and_nothing_of_that_name_are_refused(ran: Ran) -> None:
    for words in (["nobody"], ["ana", "gold"], ["ana", "free", "--time-zone", "Mars/Base"]):
        assert ran(*words).exit_code != 0
    alone = ran("ana", "--time-zone", "Asia/Manila")
    assert "say a tier too" in alone.output
