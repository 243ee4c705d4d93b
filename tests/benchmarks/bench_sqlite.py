"""Jobs in the embedded house: what SQLite allows, and how late a delayed job is (P12).

Each sample has a file of its own. All of it, ours and the floor, runs on one core and syncs the
log at every commit.
"""

import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import machine
from harness import Bench, Contender, Goal, Role, Sample, Scale

PEERS = Path(__file__).parent / "peers"
Words = Callable[[Scale], list[str]]


@attrs.frozen
class Queue:
    """Who takes part: a script that keeps its jobs in a SQLite file."""

    name: str
    role: Role
    script: str
    variant: Sequence[str] = ()
    settings: tuple[tuple[str, str], ...] = ()

    async def sample(self, words: list[str]) -> Sample:
        """One run on an empty file."""
        command, *amounts = words
        script = [sys.executable, str(PEERS / self.script), *self.variant, command]
        with TemporaryDirectory() as directory:
            url = f"sqlite:///{Path(directory) / 'bench.sqlite3'}"
            figures = await machine.figures_of([*script, url, *amounts], settings=self.settings)
        return Sample(figures)


OURS = Queue("homeroom", "ours", "homeroom_peer.py")
KEYED = attrs.evolve(OURS, name="homeroom keyed", settings=(("HOMEROOM_BENCH_KEYS", "1"),))
FLOOR = Queue("floor", "limit", "sqlite_floor.py")
OUR_TABLE = Queue("floor, our table", "limit", "sqlite_floor.py", ("house",))


def contest(
    queues: Sequence[Queue], words: Words
) -> Callable[[Scale], AbstractAsyncContextManager[Sequence[Contender]]]:
    """The same piece of work for each of *queues*."""

    @asynccontextmanager
    async def contenders(scale: Scale) -> AsyncIterator[Sequence[Contender]]:
        yield [Contender(q.name, q.role, partial(q.sample, words(scale))) for q in queues]

    return contenders


def seconds(scale: Scale, amount: int) -> str:
    return "1" if scale.quick else str(amount)


def through(batch: int) -> Words:
    return lambda scale: ["through", str(scale.of(20_000)), str(batch)]


beside = partial(Goal, ours="homeroom")
EVERYONE = [OURS, KEYED, OUR_TABLE, FLOOR]
ENOUGH = beside("SQLite", "jobs/s", other="floor", at_least=0.3)

BENCHES = [
    Bench(
        "sqlite.through",
        "20 000 jobs asked for in batches of 100 and completed",
        contest(EVERYONE, through(100)),
        [ENOUGH],
    ),
    Bench(
        "sqlite.tens",
        "20 000 jobs asked for in batches of 10, as many as there are slots",
        contest(EVERYONE, through(10)),
        [ENOUGH],
    ),
    Bench(
        "sqlite.delayed",
        "lateness of 500 jobs due at random within 5 s",
        contest([OURS, FLOOR], lambda scale: ["delayed", str(scale.of(500)), seconds(scale, 5)]),
        [
            beside("P12", "p99 ms", at_most=25.0),
            beside("P12", "early", at_most=0.0),
        ],
    ),
]
