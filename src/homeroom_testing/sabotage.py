"""Proof that a suite proves something: run it on an adapter that is broken on purpose.

    def test_the_suite_catches_a_cache_that_forgets_epochs() -> None:
        assert "test_other_processes_hear_of_an_invalidation" in broken_clauses(ForgetsEpochs)

A saboteur is bound to a suite like any adapter, in a class whose name does not begin with `Test`,
so that it is collected here and nowhere else.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import attrs
import pytest
from hypothesis import Phase, settings

from homeroom_testing.conformance.contract import Conformance

_SUFFIX = ".saboteur"
_QUIET = (
    *("-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:faulthandler", "-p", "no:timeout"),
    *("-p", "no:unraisableexception", "--assert=plain"),
    *("--import-mode=importlib", "-s", "-c", os.devnull),
)
"""What an inner run must not share with the run around it: its screen, its alarms, its settings.

Nor does it look through all of the memory of that run at its end, or read what asserts say.
"""


class NothingProven(AssertionError):
    """The suite did not run: no clause passed and none failed."""


def broken_clauses(saboteur: type[Conformance], *, only: str = "") -> frozenset[str]:
    """The names of the contract tests that *saboteur* does not pass.

    *only* chooses clauses as pytest's `-k` does. Raises `NothingProven` when none ran.
    """
    verdicts = _Verdicts(saboteur)
    with tempfile.TemporaryDirectory() as room, _content_with_any_failure():
        stage = Path(room, saboteur.__name__ + _SUFFIX)
        stage.touch()
        choice = ("-k", only) if only else ()
        pytest.main([*_QUIET, "--rootdir", room, *choice, str(stage)], plugins=[verdicts])
    if not verdicts.passed and not verdicts.failed:
        raise NothingProven(f"no clause of {saboteur.__name__} was run")
    return frozenset(verdicts.failed)


@contextmanager
def _content_with_any_failure() -> Iterator[None]:
    """Whoever is sure to fail need not look for the smallest way to, nor for another."""
    before = settings.get_current_profile_name()
    settings.register_profile(
        "sabotage",
        settings.get_profile(before),
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
        report_multiple_bugs=False,
    )
    settings.load_profile("sabotage")
    try:
        yield
    finally:
        settings.load_profile(before)


@attrs.define(eq=False)  # pytest keeps its plugins in sets
class _Verdicts:
    """A pytest plugin: collects one class, and notes what becomes of its clauses."""

    saboteur: type[Conformance]
    passed: set[str] = attrs.field(factory=set[str])
    failed: set[str] = attrs.field(factory=set[str])

    def pytest_configure(self, config: pytest.Config) -> None:
        for known in ("service(name): needs a service", "slow: takes long"):
            config.addinivalue_line("markers", known)

    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> pytest.Module | None:
        if file_path.suffix != _SUFFIX:
            return None
        stage = ModuleType(file_path.stem)
        setattr(stage, f"Test{self.saboteur.__name__}", self.saboteur)
        module: pytest.Module = pytest.Module.from_parent(parent, path=file_path)
        module.obj = stage
        return module

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        clause = report.nodeid.rpartition("::")[2].partition("[")[0]
        if report.failed:
            self.failed.add(clause)
        elif report.when == "call" and report.passed:
            self.passed.add(clause)
