"""A session says what it proved, skips by name, fails when a required service proved nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = """
from homeroom_testing import proof
def pytest_configure(config):
    config.addinivalue_line("markers", "service(name): needs a service")
    proof.install(config)
"""

TESTS = """
import pytest

@pytest.mark.service("redis")
@pytest.mark.adapter("redis cache")
def test_redis(): pass

@pytest.mark.adapter("memory cache")
def test_memory(): pass

def test_plain(): pass
"""

ABSENT = "redis://127.0.0.1:1"


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def run(suite: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    ours = {name: value for name, value in os.environ.items() if "HOMEROOM_TEST" not in name}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words],
        cwd=suite,
        env={**ours, "HOMEROOM_TEST_REDIS_URL": ABSENT, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def line_about(subject: str, output: str) -> str:
    lines = (line.strip() for line in output.splitlines())
    return next(line for line in lines if line.startswith(subject + "  "))


def test_a_missing_service_is_a_skip_that_says_how_to_cure_it(suite: Path) -> None:
    done = run(suite)
    assert done.returncode == 0
    assert "nothing answers at 127.0.0.1:1; start redis-server" in line_about("redis", done.stdout)
    assert "NOT PROVEN" in line_about("redis cache", done.stdout)


def test_what_needs_no_service_is_proven_all_the_same(suite: Path) -> None:
    assert line_about("memory cache", run(suite).stdout).endswith("proven by 1 test")


def test_a_missing_service_that_is_required_is_a_failure(suite: Path) -> None:
    done = run(suite, HOMEROOM_TEST_REQUIRE="redis")
    assert done.returncode == 1
    assert "redis is required and missing" in done.stdout
    assert "required but not proven: redis" in done.stdout


def test_deselecting_all_tests_of_a_required_service_is_a_failure(suite: Path) -> None:
    done = run(suite, "-k", "plain", HOMEROOM_TEST_REQUIRE="redis")
    assert done.returncode == 1
    assert "required but not proven: redis" in done.stdout


def test_a_whole_run_without_any_test_of_a_required_service_is_a_failure(suite: Path) -> None:
    assert run(suite, HOMEROOM_TEST_REQUIRE="postgres").returncode == 1


def test_a_chosen_part_of_the_tests_may_leave_a_required_service_alone(suite: Path) -> None:
    part = run(suite, "test_it.py::test_plain", HOMEROOM_TEST_REQUIRE="redis")
    assert part.returncode == 0


def test_an_unknown_service_in_the_requirement_is_refused(suite: Path) -> None:
    done = run(suite, HOMEROOM_TEST_REQUIRE="postgress")
    assert done.returncode != 0
    assert "postgress" in done.stdout + done.stderr


class TestSeveralProcesses:
    def test_what_each_of_them_proved_is_summed_up(self, suite: Path) -> None:
        done = run(suite, "-n", "2")
        assert done.returncode == 0
        assert line_about("memory cache", done.stdout).endswith("proven by 1 test")
        assert "nothing answers at 127.0.0.1:1" in line_about("redis cache", done.stdout)

    def test_a_required_service_that_proved_nothing_is_a_failure(self, suite: Path) -> None:
        done = run(suite, "-n", "2", "-k", "plain", HOMEROOM_TEST_REQUIRE="redis")
        assert done.returncode == 1
        assert "required but not proven: redis" in done.stdout
        assert "deselected (1)" in line_about("redis", done.stdout)
