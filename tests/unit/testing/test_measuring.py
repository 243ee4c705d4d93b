"""Lines are counted while tests of the core run, and not while others do."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from homeroom_testing.measuring import Measuring

CORE, EDGE = Path("/house/tests/unit/test_a.py"), Path("/house/tests/web/test_b.py")


class Counter:
    def __init__(self) -> None:
        self.told: list[str] = []

    def pause(self) -> None:
        self.told.append("pause")

    def resume(self) -> None:
        self.told.append("resume")


def run(measuring: Measuring, paths: Sequence[Path]) -> None:
    for path in paths:
        item: Any = SimpleNamespace(path=path)
        around = measuring.pytest_runtest_protocol(item)
        next(around)
        with pytest.raises(StopIteration):
            around.send(None)


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        ([CORE, CORE], []),
        ([EDGE, EDGE], ["pause"]),
        ([CORE, EDGE, EDGE, CORE, EDGE], ["pause", "resume", "pause"]),
    ],
)
def test_counting_rests_in_every_test_that_is_not_about_the_core(
    paths: list[Path], told: list[str]
) -> None:
    counter = Counter()
    run(Measuring(frozenset({CORE.parent}), lambda: counter), paths)
    assert counter.told == told


def test_a_run_that_counts_nothing_is_left_alone() -> None:
    run(Measuring(frozenset({CORE.parent}), lambda: None), [CORE, EDGE])
