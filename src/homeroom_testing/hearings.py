"""What failed among many tests is heard again, alone: if it does not fail again, it is named.

Thousands of tests on one machine meet what none of them is about: a disk that stalls, a port that
somebody took. Such a failure is a defect of the test, and the end of the run says so by name, so
that it is mended; it holds nobody up. What is never heard again: a test marked ``alone``, for it
judges the machine's calm itself, and a run in which more than a few failed.
"""

import subprocess
import sys
from collections.abc import Generator, Sequence

import attrs
import pytest

MOST = 3
"""So many failures may be accidents; more are not."""


@attrs.define(eq=False)
class Hearings:
    """Remembers what failed in this session, and runs that again after its end."""

    _failed: dict[str, bool] = attrs.field(factory=dict, init=False)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._failed[report.nodeid] = "alone" in report.keywords

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, None, None]:
        yield
        if not self._may_be_accidents(session):
            return
        named = list(self._failed)
        tell(session.config, "heard again, alone", named)
        if passes(named, session.config):
            tell(session.config, "UNSTEADY: failed once, and not again; to be mended", named)
            session.exitstatus = pytest.ExitCode.OK

    def _may_be_accidents(self, session: pytest.Session) -> bool:
        """Whether a few tests failed, and nothing else is wrong with this session."""
        only_tests_failed = session.testsfailed == len(self._failed)
        return (
            session.exitstatus == pytest.ExitCode.TESTS_FAILED
            and 0 < len(self._failed) <= MOST
            and only_tests_failed
            and not any(self._failed.values())
        )


def passes(tests: Sequence[str], config: pytest.Config) -> bool:
    """Run *tests* once more, in one process and without anything beside them."""
    line = [sys.executable, "-m", "pytest", "--no-header", "-p", "no:cacheprovider", *tests]
    return subprocess.run(line, cwd=config.rootpath, check=False).returncode == 0


def tell(config: pytest.Config, title: str, tests: Sequence[str]) -> None:
    reporter = config.pluginmanager.getplugin("terminalreporter")
    if not isinstance(reporter, pytest.TerminalReporter):
        return
    reporter.section(title)
    for test in tests:
        reporter.line(f"  {test}")


def add_option(parser: pytest.Parser) -> None:
    """Know ``--hear-again``; call it from ``pytest_addoption``."""
    parser.addoption("--hear-again", action="store_true", help=f"try up to {MOST} failures again")


def install(config: pytest.Config) -> None:
    """Hear failures of this session again if asked to; call it from ``pytest_configure``."""
    works_for_another = hasattr(config, "workerinput")
    if config.getoption("--hear-again") and not works_for_another:
        config.pluginmanager.register(Hearings(), "homeroom-hearings")
