"""Commands, run in this process, in a house of the test's own."""

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from homeroom_entrypoints.cli.main import main
from homeroom_entrypoints.cli.running import operator
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_testing.fast_hashing import FAST_VARIABLES
from homeroom_testing.marked_exam import keep_marked_exam


@pytest.fixture
def house_dir(furnished_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data of an empty house, in which commands of this test run."""
    shutil.copy(furnished_file, tmp_path / "homeroom.sqlite3")
    for name in [one for one in os.environ if one.startswith("HOMEROOM_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    chosen = {"HOMEROOM_DATA_DIR": str(tmp_path), "HOMEROOM_LOG__LEVEL": "error"}
    for name, value in {**chosen, **FAST_VARIABLES}.items():
        monkeypatch.setenv(name, value)
    return tmp_path


@pytest.fixture
def exam_house(house_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, with an exam in it, and at this machine sits Ana."""
    monkeypatch.setenv("LOGNAME", "ana")
    asyncio.run(_an_exam(house_dir))
    return house_dir


async def _an_exam(directory: Path) -> None:
    async with open_homeroom(load_settings({"HOMEROOM_DATA_DIR": str(directory)})) as homeroom:
        owner, now = await operator(homeroom), homeroom.plant.ambient.clock.now()
        await keep_marked_exam(homeroom.plant.storage, owner.institution_id, at=now)


@pytest.fixture
def ran(house_dir: Path) -> Callable[..., Result]:
    """A command, run in that house; what is typed is said as `typed`."""

    def run(*words: str, typed: str = "") -> Result:
        return CliRunner().invoke(main, words, input=typed)

    return run
