"""What fails among others is heard again alone, and named; what fails again fails the run."""

import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = """
from homeroom_testing import hearings

pytest_addoption = hearings.add_option
pytest_configure = hearings.install
"""

TESTS = """
import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent

def fails_once(name):
    if not (HERE / name).exists():
        (HERE / name).touch()
        raise AssertionError("an accident")

@pytest.mark.parametrize("number", range(int(os.environ.get("ACCIDENTS", 0))))
def test_accident(number):
    fails_once(f"accident-{number}")

@pytest.mark.alone
@pytest.mark.skipif("ALONE" not in os.environ, reason="not asked for")
def test_alone():
    fails_once("alone")

@pytest.mark.skipif("BROKEN" not in os.environ, reason="not asked for")
def test_broken():
    raise AssertionError("it is so")

def test_sound():
    pass
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = alone: by itself\n")
    return tmp_path


def run(suite: Path, *options: str, **asked: str) -> tuple[int, str]:
    line = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    ran = subprocess.run(
        line, cwd=suite, check=False, capture_output=True, text=True, timeout=100, env=asked
    )
    return ran.returncode, ran.stdout


@pytest.mark.parametrize("processes", ["0", "2"])
def test_an_accident_is_named_and_holds_nobody_up(suite: Path, processes: str) -> None:
    code, told = run(suite, "--hear-again", "-n", processes, ACCIDENTS="3")
    assert code == 0, told
    named = told.partition("UNSTEADY")[2]
    assert all(f"test_it.py::test_accident[{number}]" in named for number in range(3))


def test_without_being_asked_for_nothing_is_heard_again(suite: Path) -> None:
    code, told = run(suite, ACCIDENTS="1")
    assert code == 1, told
    assert "heard again" not in told


def test_what_fails_again_fails_the_run(suite: Path) -> None:
    code, told = run(suite, "--hear-again", ACCIDENTS="1", BROKEN="1")
    assert code == 1, told
    assert "heard again" in told
    assert "UNSTEADY" not in told


def test_more_than_a_few_are_no_accidents(suite: Path) -> None:
    code, told = run(suite, "--hear-again", ACCIDENTS="4")
    assert code == 1, told
    assert "heard again" not in told


def test_what_judges_the_calm_itself_is_heard_once(suite: Path) -> None:
    code, told = run(suite, "--hear-again", ALONE="1")
    assert code == 1, told
    assert "heard again" not in told


def test_a_file_that_cannot_be_read_is_no_accident(suite: Path) -> None:
    (suite / "test_other.py").write_text("import nothing_that_there_is\n")
    code, told = run(suite, "--hear-again", ACCIDENTS="1")
    assert code not in {0, 1}, told
    assert "heard again" not in told


def test_too_little_covered_is_not_forgiven(suite: Path) -> None:
    (suite / "unused.py").write_text("def never() -> int:\n    return 1\n")
    covered = ("--cov=unused", "--cov-fail-under=100", "--cov-report=term")
    code, told = run(suite, "--hear-again", *covered, ACCIDENTS="1")
    assert code == 1, told
    assert "UNSTEADY" not in told
