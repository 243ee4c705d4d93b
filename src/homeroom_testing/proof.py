"""What a test session proved: a pytest plugin that skips by name and ends with a summary.

A test says what it needs with ``@pytest.mark.service("postgres")``, or by using a fixture named
after the service. ``@pytest.mark.adapter("sql on PostgreSQL")`` says which adapter it proves; such
names are listed whether a service was needed or not. A session fails when a service named in
HOMEROOM_TEST_REQUIRE proved nothing although it was asked to.

The books are kept where reports arrive: with several processes, in the one that began the others.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

import attrs
import pytest

from homeroom_testing.services import (
    SEARCHES,
    Found,
    Missing,
    Services,
    services_of_this_machine,
)

PROVES = "homeroom-proves"
"""The property of a test, and so of its reports, that names what it proves."""

LEFT_OUT = "homeroom-left-out"
"""Under which a process that works for another tells it what was deselected."""


@attrs.define
class Tally:
    """How the tests about one subject ended."""

    outcomes: Counter[str] = attrs.field(factory=Counter)
    reasons: set[str] = attrs.field(factory=set)

    @property
    def proven(self) -> bool:
        return self.outcomes["passed"] > 0 and not self.outcomes["failed"]

    def sentence(self) -> str:
        passed, failed = self.outcomes["passed"], self.outcomes["failed"]
        if failed:
            return f"NOT PROVEN: {failed} failed, {passed} passed"
        if passed:
            return f"proven by {passed} test{'s' * (passed > 1)}"
        if self.reasons:
            return f"NOT PROVEN: {'; '.join(sorted(self.reasons))}"
        if self.outcomes["deselected"]:
            return f"NOT PROVEN: all its tests were deselected ({self.outcomes['deselected']})"
        return "NOT PROVEN: no test in this run asked for it"


@attrs.define(eq=False)
class Proof:
    """Keeps the books of one session: which test needed what, and how it ended."""

    services: Services = attrs.field(factory=services_of_this_machine)
    whole_run: bool = False
    _tallies: dict[str, Tally] = attrs.field(
        factory=lambda: defaultdict(Tally), init=False, alias="tallies"
    )

    def demand(self, name: str) -> Found:
        """Where the service is. A missing one skips the test, or fails it if it is required."""
        match self.services.look_for(name):
            case Found() as found:
                return found
            case Missing() as missing if name in self.services.required:
                pytest.fail(f"{name} is required and missing: {missing}", pytrace=False)
            case missing:
                pytest.skip(f"{name}: {missing}")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: Sequence[pytest.Item]) -> None:
        for item in items:
            item.user_properties.append((PROVES, subjects_of(item)))

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        for item in items:
            for subject in subjects_of(item):
                self._tallies[subject].outcomes["deselected"] += 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        for name in needed_services(item):
            self.demand(name)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        ended = report.when == "call" or report.outcome != "passed"
        for subject in proven_by(report) if ended else ():
            tally = self._tallies[subject]
            tally.outcomes[report.outcome] += 1
            if report.skipped and isinstance(report.longrepr, tuple | list):
                tally.reasons.add(str(report.longrepr[2]).removeprefix("Skipped: "))

    def unproven_requirements(self) -> list[str]:
        """Required services that this run should have proven and did not."""
        return [
            name
            for name in sorted(self.services.required)
            if not self._tallies[name].proven
            and (self.whole_run or self._tallies[name].outcomes.total())
        ]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if (told := getattr(session.config, "workeroutput", None)) is not None:
            told[LEFT_OUT] = {
                subject: tally.outcomes["deselected"] for subject, tally in self._tallies.items()
            }
            return
        nothing_failed = session.exitstatus in {
            pytest.ExitCode.OK,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        }
        if (
            nothing_failed
            and not session.config.option.collectonly
            and self.unproven_requirements()
        ):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Each process deselects the same, so what the last one tells is what all would."""
        told: Mapping[str, Mapping[str, int]] = getattr(node, "workeroutput", {})
        for subject, count in told.get(LEFT_OUT, {}).items():
            self._tallies[subject].outcomes["deselected"] = count

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, config: pytest.Config
    ) -> None:
        if config.option.collectonly:
            return
        terminalreporter.section("what was proven")
        for line in self._lines():
            terminalreporter.line(line)
        if failed := self.unproven_requirements():
            terminalreporter.line(f"required but not proven: {', '.join(failed)}", red=True)

    def _lines(self) -> Iterator[str]:
        adapters = sorted(self._tallies.keys() - SEARCHES.keys())
        width = max(map(len, (*SEARCHES, *adapters)))
        for subject in (*SEARCHES, *adapters):
            yield f"  {subject:<{width}}  {self._tallies[subject].sentence()}"


def subjects_of(item: pytest.Item) -> list[str]:
    """What *item* proves: the services it needs, and the adapters it names."""
    adapters = [mark.args[0] for mark in item.iter_markers("adapter")]
    return list(dict.fromkeys([*needed_services(item), *adapters]))


def proven_by(report: pytest.TestReport) -> Sequence[str]:
    """What the test of *report* proves, also if it ran in another process."""
    told = dict(report.user_properties).get(PROVES)
    return [str(one) for one in told] if isinstance(told, list) else []


def needed_services(item: pytest.Item) -> list[str]:
    """The services *item* asks for, by its markers or by the fixtures it uses."""
    marked = [name for mark in item.iter_markers("service") for name in mark.args]
    fixtures: Sequence[str] = getattr(item, "fixturenames", ())
    used = [name for name in SEARCHES if any(f.startswith(f"{name}_") for f in fixtures)]
    return list(dict.fromkeys([*marked, *used]))


PROOF = pytest.StashKey[Proof]()


def install(config: pytest.Config) -> None:
    """Put the books into this session; call it from ``pytest_configure``."""
    config.addinivalue_line("markers", "adapter(name): the adapter this test proves")
    chosen_by_hand = config.args_source is pytest.Config.ArgsSource.ARGS
    narrowed = bool(config.option.keyword or config.option.markexpr)
    proof = Proof(whole_run=not chosen_by_hand and not narrowed)
    config.stash[PROOF] = proof
    config.pluginmanager.register(proof, "homeroom-proof")
