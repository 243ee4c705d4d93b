"""The next question of an adaptive test, out of a pool of 5,000: in less than two milliseconds.

Ours weighs by objectives and keeps from view what was shown too often; the limit looks at every
question each time, by what it tells alone.
"""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import machine
from harness import Bench, Contender, Goal, Role, Sample, Scale

SCRIPT = str(Path(__file__).parent / "peers" / "homeroom_adaptive.py")
QUESTIONS, TESTS = 5_000, 200

WAYS: dict[str, tuple[str, Role]] = {
    "homeroom": ("spread", "ours"),
    "homeroom, one objective": ("one", "ours"),
    "look at all": ("all", "limit"),
}


async def sample(way: str, tests: int) -> Sample:
    words = [way, str(QUESTIONS), str(tests)]
    return Sample(await machine.figures_of([sys.executable, SCRIPT, *words]))


@asynccontextmanager
async def contenders(scale: Scale) -> AsyncIterator[Sequence[Contender]]:
    tests = scale.of(TESTS)
    yield [Contender(name, role, partial(sample, way, tests)) for name, (way, role) in WAYS.items()]


BENCHES = [
    Bench(
        "cat.next",
        "the next of 5,000 questions, and how able somebody is",
        contenders,
        [
            Goal("CAT", "p99 CPU ms", ours=name, at_most=2.0)
            for name, (_, role) in WAYS.items()
            if role == "ours"
        ],
    )
]
