"""What it costs to know who asks, and what a storm of sign-ins costs everybody else.

`door.*`: one small read by whoever proves who they are, against the same read by whoever is let in
unasked, in the same product with the same limits, logs and numbers. Everybody but `anew` is known
to the doorkeeper from a moment ago, as whoever asks twice within five seconds is.

`storm.*`: callers look at something small at a steady pace, and fifty people sign in at the same
moment, with hashes as costly as the settings have them. The server has one core to itself.
"""

import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import machine
from bench_queue import ground
from harness import Bench, Contender, Goal, Role, Sample, Scale
from started import started

from homeroom_testing import sandboxes
from homeroom_testing.children import free_port

PEERS = Path(__file__).parent / "peers"
HOUSE = [sys.executable, str(PEERS / "homeroom_door.py")]
FIGURE = "CPU µs/request"
WAYS: tuple[tuple[str, Role], ...] = (
    ("open", "limit"),
    ("token", "ours"),
    ("cookie", "ours"),
    ("key", "ours"),
    ("crowd", "ours"),
    ("anew", "ours"),
)
STORM, ROUNDS = 50, 3
LONG = 150.0
"""Seconds since its start in which a house must answer, on a busy machine: it hashes a hundred
passwords first."""

Put = Callable[[str], AbstractAsyncContextManager[str]]
Run = Callable[[str], Awaitable[Sample]]


async def cost(way: str, requests: int, store: str) -> Sample:
    return Sample(await machine.figures_of([*HOUSE, "cost", store, way, str(requests)]))


async def waiting(storm: int, store: str) -> Sample:
    """How long callers wait while *storm* people sign in at once, or nobody does."""
    port = free_port()
    async with started([*HOUSE, "serve", store, str(port), str(STORM)]) as server:
        told = json.loads(await server.line_with('"names"', within=LONG))
        await server.listening_at(port, within=LONG)
        load = [sys.executable, str(PEERS / "storm_load.py"), str(port), str(storm), str(ROUNDS)]
        told_to = (("STORM_TOLD", json.dumps(told)),)
        figures = await machine.figures_of(load, core=machine.STORE_CORE, settings=told_to)
    return Sample(figures)


async def in_a_directory(run: Run) -> Sample:
    with TemporaryDirectory() as directory:
        return await run(directory)


def on_sqlite(
    runs: Callable[[Scale], Sequence[tuple[str, Role, Run]]],
) -> Callable[[Scale], AbstractAsyncContextManager[Sequence[Contender]]]:
    @asynccontextmanager
    async def contenders(scale: Scale) -> AsyncIterator[Sequence[Contender]]:
        yield [
            Contender(name, role, partial(in_a_directory, run)) for name, role, run in runs(scale)
        ]

    return contenders


def on_postgres(
    runs: Callable[[Scale], Sequence[tuple[str, Role, Run]]],
) -> Callable[[Scale], AbstractAsyncContextManager[Sequence[Contender]]]:
    @asynccontextmanager
    async def contenders(scale: Scale) -> AsyncIterator[Sequence[Contender]]:
        async with ground() as stores:

            async def in_a_database(run: Run) -> Sample:
                with sandboxes.postgres_database(stores.stores["postgres"].url) as url:
                    return await run(url)

            yield [
                Contender(name, role, partial(in_a_database, run))
                for name, role, run in runs(scale)
            ]

    return contenders


def costs(scale: Scale) -> Sequence[tuple[str, Role, Run]]:
    return [(way, role, partial(cost, way, scale.of(4_000))) for way, role in WAYS]


def storms(_: Scale) -> Sequence[tuple[str, Role, Run]]:
    return [("quiet", "limit", partial(waiting, 0)), ("storm", "ours", partial(waiting, STORM))]


KNOWN = [way for way, role in WAYS if role == "ours" and way != "anew"]
OVERHEAD = [Goal("auth", FIGURE, ours=way, other="open", at_most=1.5) for way in KNOWN]
PATIENCE = [Goal("storm", "p99 ms", ours="storm", other="quiet", at_most=3.0)]

BENCHES = [
    Bench("door.sqlite", "who asks for a small read, SQLite", on_sqlite(costs), OVERHEAD),
    Bench("door.postgres", "who asks for a small read, PostgreSQL", on_postgres(costs), OVERHEAD),
    Bench("storm.sqlite", "others, while 50 sign in, SQLite", on_sqlite(storms), PATIENCE),
    Bench("storm.postgres", "others, while 50 sign in, PostgreSQL", on_postgres(storms), PATIENCE),
]
