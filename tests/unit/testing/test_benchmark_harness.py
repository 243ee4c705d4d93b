"""The harness judges ratios of medians, in turns, and reports whoever cannot run."""

import asyncio
import importlib.util
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


machine = load("machine")
harness = load("harness")


def showing(values: list[float], log: list[str], name: str) -> Callable[[], Awaitable[Any]]:
    left = iter(values)

    async def run() -> Any:
        log.append(name)
        return harness.Sample({"jobs/s": next(left)})

    return run


async def absent() -> Any:
    raise harness.CannotRun("it will not install: no wheel")


def measured(goals: list[Any], *, rounds: int = 3) -> tuple[Any, list[str]]:
    log: list[str] = []

    @asynccontextmanager
    async def contenders(_: Any) -> AsyncIterator[list[Any]]:
        yield [
            harness.Contender("ours", "ours", showing([90, 1000, 100], log, "ours")),
            harness.Contender("peer", "peer", showing([50, 50, 1], log, "peer")),
            harness.Contender("gone", "peer", absent),
        ]

    bench = harness.Bench("a", "a bench", contenders, goals)
    scale = harness.Scale(quick=True)
    return asyncio.run(harness.measure(bench, rounds=rounds, scale=scale)), log


def test_contenders_take_turns() -> None:
    _, log = measured([])
    assert log == ["ours", "peer"] * 3


@pytest.mark.parametrize(("at_least", "verdict"), [(2.0, "PASS"), (2.2, "WARN"), (2.23, "FAIL")])
def test_a_goal_is_judged_by_the_ratio_of_medians(at_least: float, verdict: str) -> None:
    goal = harness.Goal("P0", "jobs/s", ours="ours", other="peer", at_least=at_least)
    report, _ = measured([goal])
    (judged,) = report.judgements()
    assert (judged.ratio, judged.verdict) == (2.0, verdict)
    assert report.failed() == (verdict == "FAIL")


def test_a_goal_from_above_fails_beyond_a_tenth() -> None:
    goal = harness.Goal("P0", "ms", ours="ours", at_most=10.0)
    assert [goal.judge(ratio) for ratio in (10.0, 10.9, 11.1)] == ["PASS", "WARN", "FAIL"]


def test_a_peer_that_will_not_install_keeps_its_row_with_the_reason() -> None:
    goal = harness.Goal("P0", "jobs/s", ours="ours", other="gone", at_least=1.0)
    report, _ = measured([goal])
    (judged,) = report.judgements()
    assert judged.verdict == "NOT RUN"
    assert "it will not install: no wheel" in harness.table(report)
    assert '"reason": "it will not install: no wheel"' in harness.as_json(report, {})


def test_ours_that_does_not_run_fails_the_gate() -> None:
    @asynccontextmanager
    async def contenders(_: Any) -> AsyncIterator[list[Any]]:
        yield [harness.Contender("ours", "ours", absent)]

    bench = harness.Bench("a", "a bench", contenders)
    report = asyncio.run(harness.measure(bench, rounds=1, scale=harness.Scale(quick=True)))
    assert report.failed()


def test_a_bench_whose_ground_is_missing_is_reported_and_fails_the_gate() -> None:
    @asynccontextmanager
    async def contenders(_: Any) -> AsyncIterator[list[Any]]:
        raise harness.CannotRun("no PostgreSQL here")
        yield []  # type: ignore[unreachable] # what makes it a generator

    bench = harness.Bench("a", "a bench", contenders)
    report = asyncio.run(harness.measure(bench, rounds=1, scale=harness.Scale(quick=True)))
    assert report.failed()
    assert "no PostgreSQL here" in harness.table(report)


@pytest.mark.parametrize(
    "lock", sorted((BENCHMARKS / "peers").glob("*.lock")), ids=lambda p: p.stem
)
def test_a_peer_is_locked_to_exact_versions(lock: Path) -> None:
    lines = lock.read_text().splitlines()
    assert lines
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []


def test_cpu_time_of_a_group_grows_with_its_work() -> None:
    import os

    meter = machine.Meter(os.getpgrp())
    meter.start()
    sum(range(8_000_000))
    assert meter.per_operation(1) > 0


def test_the_last_line_of_a_child_is_its_figures() -> None:
    command = [sys.executable, "-c", "print('noise'); print('{\"jobs/s\": 3.0}')"]
    assert asyncio.run(machine.figures_of(command)) == {"jobs/s": 3.0}


def test_a_child_that_fails_says_why() -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such store')"]
    with pytest.raises(machine.ChildFailed, match="no such store"):
        asyncio.run(machine.figures_of(command))
