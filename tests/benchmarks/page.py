"""Write `docs/benchmarks.md` anew from the newest run of each bench.

    python tests/benchmarks/page.py

What was not run again keeps what the page said of it, with the day when it was measured.
"""

import json
import re
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
HEAD = """# Benchmarks

Written by `tests/benchmarks/page.py` from runs of `tox -e bench` (one bench alone:
`python tests/benchmarks/run.py queue.drain --rounds 5`). Rounds interleave us, the peers and the
limit in one run; what is shown are medians, and what is judged are ratios of medians. A goal is
met (**yes**), missed by a tenth at most (nearly) or missed (no). Missed goals stay here until they
are met; what we learnt about them stands at the end.
"""

Run = Mapping[str, Any]

VERSIONS, LEARNT = "Versions", "\n## What we learnt"
_VERSION = re.compile(r"^\| (\S+/\S+|\S+) \| (\d\S*) \|$", re.MULTILINE)


def newest(results: Path) -> list[Run]:
    """The last run of each bench, by name."""
    runs: dict[str, Run] = {}
    for path in sorted(results.glob("*.json")):
        run = json.loads(path.read_text())
        known = runs.get(run["bench"])
        if known is None or known["at"] <= run["at"]:
            runs[run["bench"]] = run
    return [runs[name] for name in sorted(runs)]


def page(runs: Sequence[Run], before: str) -> str:
    """The page, less what we learnt: that is written by hand, in `learnt.md`."""
    told = sections_of(before)
    versions = dict(_VERSION.findall(told.pop(VERSIONS, "")))
    told |= {run["bench"]: "\n".join(section(run)) for run in runs}
    for run in runs:
        versions |= {name: told for name, told in run["versions"].items() if _is_the_peer(name)}
    return "\n".join([HEAD, *(told[name] for name in sorted(told)), *_versions(versions)])


def sections_of(before: str) -> dict[str, str]:
    """What a page said of each bench, and of versions; what we learnt is left out."""
    _, *parts = before.partition(LEARNT)[0].split("\n## ")
    return {part.partition("\n")[0]: f"## {part.rstrip()}\n" for part in parts}


def _versions(pinned: Mapping[str, str]) -> Iterator[str]:
    yield f"## {VERSIONS}\n"
    yield from _table(["peer", "version"], ([name, pinned[name]] for name in sorted(pinned)))
    yield "What else each of them brings is in `tests/benchmarks/peers/*.lock`.\n"


def _is_the_peer(name: str) -> bool:
    """Whether this is what its environment is named after, not what comes with it."""
    environment, _, package = name.lower().partition("/")
    return package in {environment, "asyncpg"}


def section(run: Run) -> Iterator[str]:
    """One bench: who did how well, and what that means for the goals."""
    machine = run["machine"]
    yield f"## {run['bench']}\n"
    rounds = f"{run['rounds']} round{'s' if run['rounds'] > 1 else ''}"
    yield f"{run['at'][:10]}, Python {machine['python']}, {machine['cores']} cores, {rounds}.\n"
    yield from _contenders(run["contenders"])
    yield from _goals(run["goals"])


def _contenders(contenders: Sequence[Run]) -> Iterator[str]:
    figures = list(dict.fromkeys(name for one in contenders for s in one["samples"] for name in s))
    yield from _table(
        ["", "", *figures],
        (
            [one["name"], one["role"], *(_median(one, figure) for figure in figures)]
            for one in contenders
        ),
    )


def _goals(goals: Sequence[Run]) -> Iterator[str]:
    words = {"PASS": "**yes**", "WARN": "nearly", "FAIL": "no", "NOT RUN": "not run"}
    yield from _table(
        ["goal", "figure", "ours / other", "measured", "wanted", "met"],
        (
            [
                goal["text"],
                goal["figure"],
                f"{goal['ours']} / {goal['other']}" if goal["other"] else goal["ours"],
                "-" if goal["measured"] is None else f"{goal['measured']:.3g}",
                _wanted(goal),
                words[goal["verdict"]],
            ]
            for goal in goals
        ),
    )


def _wanted(goal: Run) -> str:
    if goal["at_least"] is not None:
        return f"at least {goal['at_least']:g}"
    return f"at most {goal['at_most']:g}"


def _median(contender: Run, figure: str) -> str:
    values = [sample[figure] for sample in contender["samples"] if figure in sample]
    if not values:
        return contender["reason"][:60] or "-"
    median = statistics.median(values)
    return f"{median:,.0f}" if abs(median) >= 1000 else f"{median:.3g}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _row(head)
    yield _row(["---"] * len(head))
    yield from map(_row, rows)
    yield ""


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    place = HERE.parents[1] / "docs" / "benchmarks.md"
    place.write_text(
        page(newest(HERE / "results"), place.read_text()) + (HERE / "learnt.md").read_text()
    )
