"""The page of benchmarks: the newest run of each bench, and every goal with its verdict."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import page


def a_run(at: str, measured: float | None, verdict: str) -> dict[str, object]:
    samples = [{"jobs/s": 1000.0}, {"jobs/s": 3000.0}, {"jobs/s": 2000.0}]
    return {
        "bench": "queue.drain",
        "at": at,
        "rounds": 3,
        "machine": {"python": "3.11.7", "cores": 2},
        "versions": {"slow/slow": "1.2", "slow/asyncio-ware": "3"},
        "contenders": [
            {"name": "homeroom", "role": "ours", "reason": "", "samples": samples},
            {"name": "slow", "role": "peer", "reason": "will not install", "samples": []},
        ],
        "goals": [
            {
                "text": "P8",
                "figure": "jobs/s",
                "ours": "homeroom",
                "other": "slow",
                "at_least": 4.0,
                "at_most": None,
                "measured": measured,
                "verdict": verdict,
            }
        ],
    }


@pytest.fixture
def results(tmp_path: Path) -> Path:
    (tmp_path / "a.json").write_text(json.dumps(a_run("2026-01-02T00:00:00", None, "NOT RUN")))
    (tmp_path / "b.json").write_text(json.dumps(a_run("2026-01-01T00:00:00", 9.0, "PASS")))
    return tmp_path


def test_the_newest_run_of_each_bench_is_shown(results: Path) -> None:
    (run,) = page.newest(results)
    assert run["at"].startswith("2026-01-02")


def test_medians_reasons_and_verdicts_are_told(results: Path) -> None:
    told = page.page(page.newest(results), "")
    assert "| homeroom | ours | 2,000 |" in told
    assert "| slow | peer | will not install |" in told
    assert "| P8 | jobs/s | homeroom / slow | - | at least 4 | not run |" in told
    assert "| slow/slow | 1.2 |" in told
    assert "asyncio-ware" not in told


def test_what_was_not_measured_again_stays_as_it_was_told(results: Path) -> None:
    first = page.page(page.newest(results), "")
    other = {**a_run("2026-01-03T00:00:00", 5.0, "PASS"), "bench": "another", "versions": {}}
    told = page.page([other], first + page.LEARNT)
    assert told.count("## queue.drain") == 1
    assert page.sections_of(told)["queue.drain"] == page.sections_of(first)["queue.drain"]
    assert "| slow/slow | 1.2 |" in told
