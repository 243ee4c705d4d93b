"""Run benches by name, all of them by default.

    python tests/benchmarks/run.py [name …] [--rounds 5] [--quick] [--gate] [--list]

``--quick`` does a fiftieth of the work, to see that everything runs; its ratios mean nothing.
``--gate`` exits with 1 when a goal is missed by more than a tenth.
"""

import argparse
import asyncio
import importlib
import sys
from fnmatch import fnmatch
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # tox runs with a safe path, which leaves a script's directory out

import environments  # noqa: E402
import harness  # noqa: E402


def discovered() -> list[harness.Bench]:
    """Every bench of every ``bench_*.py`` beside this file."""
    found: list[harness.Bench] = []
    for path in sorted(HERE.glob("bench_*.py")):
        found += getattr(importlib.import_module(path.stem), "BENCHES", [])
    return found


def chosen(names: list[str]) -> list[harness.Bench]:
    """The benches called *names*; a name may be the beginning, or hold asterisks."""
    benches = discovered()
    if not names:
        return benches
    picked = [
        bench
        for bench in benches
        if any(fnmatch(bench.name, name) or bench.name.startswith(name) for name in names)
    ]
    if not picked:
        sys.exit(f"no bench matches {names}; known: {', '.join(b.name for b in benches)}")
    return picked


async def run(benches: list[harness.Bench], *, rounds: int, scale: harness.Scale) -> bool:
    """Measure each, print its table, keep its JSON; whether any goal was missed."""
    missed = False
    for bench in benches:
        report = await harness.measure(bench, rounds=rounds, scale=scale)
        print(harness.table(report), flush=True)
        harness.save(report, HERE / "results", environments.versions())
        missed |= report.failed()
    return missed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--gate", action="store_true")
    parser.add_argument("--list", action="store_true", dest="only_list")
    options = parser.parse_args()
    benches = chosen(options.names)
    if options.only_list:
        print("\n".join(f"{bench.name:28}{bench.title}" for bench in benches))
        return 0
    scale = harness.Scale(quick=options.quick)
    missed = asyncio.run(run(benches, rounds=1 if options.quick else options.rounds, scale=scale))
    return int(missed and options.gate)


if __name__ == "__main__":
    sys.exit(main())
