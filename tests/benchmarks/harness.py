"""Who is faster, by how much, in one run: rounds in turn, medians, ratios, a gate.

A module ``bench_<name>.py`` exposes ``BENCHES: list[Bench]``. A bench opens its contenders around
the run, so that servers and data live exactly as long:

    @asynccontextmanager
    async def contenders(scale: Scale) -> AsyncIterator[list[Contender]]:
        async with some_ground() as ground:
            yield [
                Contender("homeroom", "ours", partial(drain_ours, ground, scale.of(20_000))),
                Contender("pgqueuer", "peer", partial(drain_peer, ground, scale.of(20_000))),
                Contender("prototype", "limit", ...),
            ]

    BENCHES = [
        Bench("queue.drain", "Jobs on PostgreSQL", contenders, goals=[
            Goal("P8", "acked/s", ours="homeroom", other="pgqueuer", at_least=4.0),
        ])
    ]

Each ``run`` is one sample: it does the whole work once and returns a `Sample` of named figures.
Rounds interleave (A B C A B C). Only ratios of medians are judged: FAIL beyond the target by a
tenth, WARN short of it. A contender that cannot run is reported with its reason; goals against it
are NOT RUN.
"""

import json
import platform
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import attrs
import machine

Role = Literal["ours", "peer", "limit"]
Verdict = Literal["PASS", "WARN", "FAIL", "NOT RUN"]

TOLERANCE = 0.10


class CannotRun(Exception):
    """A contender that is not here, or broke; the reason is printed in its row."""


@attrs.frozen
class Sample:
    """What one run of one contender showed: figures by name, with the unit in the name."""

    figures: Mapping[str, float]


@attrs.frozen
class Contender:
    """Somebody who does the work once per round."""

    name: str
    role: Role
    run: Callable[[], Awaitable[Sample]]


@attrs.frozen(kw_only=True)
class Goal:
    """A ratio of medians to reach: *ours* over *other*; without *other*, the figure itself."""

    text: str = attrs.field(kw_only=False)
    figure: str = attrs.field(kw_only=False)
    ours: str
    other: str | None = None
    at_least: float | None = None
    at_most: float | None = None

    def __attrs_post_init__(self) -> None:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError(f"{self.text}: say at_least or at_most")

    def judge(self, ratio: float) -> Verdict:
        """PASS at the target, WARN within a tenth of it, FAIL beyond."""
        if self.at_least is not None:
            near, met = ratio >= self.at_least * (1 - TOLERANCE), ratio >= self.at_least
        else:
            target = self.at_most or 0.0
            near, met = ratio <= target * (1 + TOLERANCE), ratio <= target
        return "PASS" if met else "WARN" if near else "FAIL"

    @property
    def target(self) -> str:
        return f">= {self.at_least:g}" if self.at_least is not None else f"<= {self.at_most:g}"


@attrs.frozen
class Scale:
    """How much work a run does: all of it, or a fiftieth to see that it works."""

    quick: bool = False

    def of(self, amount: int) -> int:
        return max(20, amount // 50) if self.quick else amount


@attrs.frozen
class Bench:
    """Contenders for one piece of work, and the goals that the run decides."""

    name: str
    title: str
    contenders: Callable[[Scale], AbstractAsyncContextManager[Sequence[Contender]]]
    goals: Sequence[Goal] = ()


@attrs.define
class Row:
    """One contender's samples over the rounds."""

    name: str
    role: Role
    samples: list[Sample] = attrs.field(factory=list)
    reason: str = ""

    def values(self, figure: str) -> list[float]:
        return [s.figures[figure] for s in self.samples if figure in s.figures]

    def median(self, figure: str) -> float | None:
        values = self.values(figure)
        return statistics.median(values) if values and not self.reason else None


@attrs.frozen
class Judgement:
    """What a run says about one goal."""

    goal: Goal
    ratio: float | None
    verdict: Verdict


@attrs.define
class Report:
    """The outcome of one bench."""

    bench: Bench
    rounds: int
    rows: dict[str, Row]
    at: datetime

    def judgements(self) -> Iterator[Judgement]:
        for goal in self.bench.goals:
            ratio = self._ratio(goal)
            yield Judgement(goal, ratio, "NOT RUN" if ratio is None else goal.judge(ratio))

    def _ratio(self, goal: Goal) -> float | None:
        ours = self._median(goal.ours, goal.figure)
        other = 1.0 if goal.other is None else self._median(goal.other, goal.figure)
        return None if ours is None or not other else ours / other

    def _median(self, name: str, figure: str) -> float | None:
        return self.rows[name].median(figure) if name in self.rows else None

    def figures(self) -> list[str]:
        named = (name for row in self.rows.values() for s in row.samples for name in s.figures)
        return list(dict.fromkeys(named))

    def failed(self) -> bool:
        """A goal was missed, or ours did not run at all."""
        ours_broke = any(row.reason for row in self.rows.values() if row.role == "ours")
        return ours_broke or any(each.verdict == "FAIL" for each in self.judgements())


async def measure(bench: Bench, *, rounds: int, scale: Scale) -> Report:
    """Run every contender once per round, in turn, each when the machine is quiet."""
    rows: dict[str, Row] = {}
    try:
        async with bench.contenders(scale) as contenders:
            rows |= {each.name: Row(each.name, each.role) for each in contenders}
            for _ in range(rounds):
                for contender in contenders:
                    await _one_sample(contender, rows[contender.name], patient=not scale.quick)
    except CannotRun as absent:
        rows["(everyone)"] = Row("(everyone)", "ours", reason=str(absent))
    return Report(bench, rounds, rows, datetime.now(UTC))


async def _one_sample(contender: Contender, row: Row, *, patient: bool) -> None:
    if row.reason:
        return
    if patient:
        await machine.quiet()
    try:
        row.samples.append(await contender.run())
    except CannotRun as absent:
        row.reason = str(absent)
    except Exception as error:  # one contender's crash must not cost the others their run
        row.reason = f"broke: {error!r}"


def table(report: Report) -> str:
    """Medians with their spread, then ratios with their targets."""
    lines = [f"\n{report.bench.name}: {report.bench.title} ({report.rounds} rounds)"]
    figures = report.figures()
    width = max([len(name) for name in report.rows] + [10]) + 2
    lines.append(f"{'':{width}}{'':7}" + "".join(f"{figure:>28}" for figure in figures))
    for row in report.rows.values():
        cells = "".join(f"{_cell(row, figure):>28}" for figure in figures)
        lines.append(
            f"{row.name:{width}}{row.role:7}" + (f"  {row.reason}" if row.reason else cells)
        )
    for judged in report.judgements():
        goal = judged.goal
        measured = "-" if judged.ratio is None else f"{judged.ratio:.3f}"
        against = f"{goal.ours} / {goal.other}" if goal.other else goal.ours
        what = f"{goal.text:6}{goal.figure:18}{against:44}"
        lines.append(f"  {judged.verdict:8}{what}{measured:>10} {goal.target}")
    return "\n".join(lines)


def _cell(row: Row, figure: str) -> str:
    values = row.values(figure)
    if not values:
        return "-"
    return f"{_short(statistics.median(values))} [{_short(min(values))}-{_short(max(values))}]"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def as_json(report: Report, versions: Mapping[str, str]) -> str:
    """The whole run, for whoever wants to compare it with another."""
    return json.dumps(
        {
            "bench": report.bench.name,
            "at": report.at.isoformat(timespec="seconds"),
            "rounds": report.rounds,
            "machine": {"python": platform.python_version(), "cores": machine.cores()},
            "versions": dict(versions),
            "contenders": [
                {
                    "name": row.name,
                    "role": row.role,
                    "reason": row.reason,
                    "samples": [dict(sample.figures) for sample in row.samples],
                }
                for row in report.rows.values()
            ],
            "goals": [
                {**attrs.asdict(each.goal), "measured": each.ratio, "verdict": each.verdict}
                for each in report.judgements()
            ],
        },
        indent=1,
    )


def save(report: Report, directory: Path, versions: Mapping[str, str]) -> Path:
    """Write the run beside the earlier ones."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{report.bench.name}-{report.at:%Y%m%dT%H%M%SZ}.json"
    path.write_text(as_json(report, versions))
    return path


async def timed(work: Awaitable[object]) -> float:
    """Seconds that *work* took."""
    began = time.perf_counter()
    await work
    return time.perf_counter() - began
