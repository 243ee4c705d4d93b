"""Whether the time that a refused sign-in takes tells who is here.

The same guess, in turn, for somebody who is here and for a made-up name, each from an address of
its own, so that nobody is slowed down. What is judged is the ratio of medians, both ways round: it
must be near one. Hashes are as costly as the settings have them.
"""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import machine
from harness import Bench, Contender, Goal, Sample, Scale

SCRIPT = [sys.executable, str(Path(__file__).parent / "peers" / "homeroom_guessing.py")]
FIGURE = "ratio of medians"
ALMOST = 1.1


async def guesses(each: int) -> Sample:
    with TemporaryDirectory() as directory:
        return Sample(await machine.figures_of([*SCRIPT, directory, str(each)]))


@asynccontextmanager
async def contenders(scale: Scale) -> AsyncIterator[Sequence[Contender]]:
    yield [Contender("homeroom", "ours", partial(guesses, scale.of(400)))]


BENCHES = [
    Bench(
        "guessing.names",
        "a wrong password, for somebody and for nobody, SQLite",
        contenders,
        [
            Goal("names", FIGURE, ours="homeroom", at_most=ALMOST),
            Goal("names", FIGURE, ours="homeroom", at_least=1 / ALMOST),
        ],
    )
]
