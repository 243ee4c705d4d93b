"""Tests marked ``alone`` run last, and while no other process of the session runs any."""

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = """
from homeroom_testing import turns
def pytest_configure(config):
    turns.install(config)
"""

TESTS = """
import time
from pathlib import Path

import pytest

def takes_a_while(number, alone):
    begun = time.monotonic()
    time.sleep(0.05)
    line = f"{int(alone)} {begun} {time.monotonic()}"
    (Path(__file__).parent / f"ran-{int(alone)}-{number}").write_text(line)

@pytest.mark.alone
@pytest.mark.parametrize("number", range(4))
def test_alone(number):
    takes_a_while(number, True)

@pytest.mark.parametrize("number", range(12))
def test_beside_others(number):
    takes_a_while(number, False)
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def run(suite: Path, *words: str) -> str:
    line = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    return subprocess.run(
        line, cwd=suite, check=True, capture_output=True, text=True, timeout=100
    ).stdout


def overlapping(spans: list[tuple[bool, float, float]]) -> list[tuple[bool, bool]]:
    pairs = itertools.combinations(spans, 2)
    return [(a[0], b[0]) for a, b in pairs if a[1] < b[2] and b[1] < a[2]]


def test_who_must_be_alone_is_and_the_others_run_side_by_side(suite: Path) -> None:
    run(suite, "-n", "3")
    lines = [path.read_text().split() for path in suite.glob("ran-*")]
    assert len(lines) == 16
    together = overlapping([(alone == "1", float(at), float(end)) for alone, at, end in lines])
    assert together, "nothing ran side by side"
    assert set(together) == {(False, False)}


def test_who_must_be_alone_comes_last(suite: Path) -> None:
    told = run(suite, "--collect-only")
    order = [line.partition("::")[2] for line in told.splitlines() if "::" in line]
    assert order == sorted(order, key=lambda name: name.startswith("test_alone"))
    assert order[0].startswith("test_beside_others")
