"""Goal P6: a small JSON read through everything that stands around it.

Ours checks a real key, keeps institutions apart, counts the caller, carries a trace id, writes a
structured line, and counts for Prometheus. A bare Litestar route does nothing of that; FastAPI
does the same, as its documentation shows it and once more with its middleware written by hand.

The row that is shown comes from memory, so that nothing but the way in and out is measured, or
from SQLite, as in a house. CPU is counted inside the process that calls the application, and
over uvicorn, whose own share is in the figure then.
"""

import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import environments
import machine
from harness import Bench, Contender, Goal, Role, Sample, Scale
from started import started

from homeroom_testing.children import free_port

PEERS = Path(__file__).parent / "peers"
FIGURE = "CPU µs/request"


@attrs.frozen
class Site:
    """A web application that takes part: which script opens it, in whose environment."""

    name: str
    role: Role
    script: str
    environment: str | None = None
    variant: Sequence[str] = ()

    async def command(self, *words: str) -> list[str]:
        interpreter = (
            await environments.python_of(self.environment) if self.environment else sys.executable
        )
        return [interpreter, str(PEERS / self.script), *self.variant, *words]


SITES = (
    Site("homeroom", "ours", "homeroom_web.py"),
    Site("litestar", "limit", "litestar_web.py"),
    Site("fastapi", "peer", "fastapi_web.py", "fastapi"),
    Site("fastapi plain", "peer", "fastapi_web.py", "fastapi", ("plain",)),
)


async def inside(site: Site, store: str, requests: int) -> Sample:
    """The application alone, called without a socket."""
    return Sample(await machine.figures_of(await site.command("inside", store, str(requests))))


async def served(site: Site, store: str, requests: int) -> Sample:
    """The application behind uvicorn, asked by sixteen callers on the other core."""
    port = free_port()
    async with started(await site.command("serve", store, str(port))) as server:
        asked = json.loads(await server.line_with('"path"'))
        await server.listening_at(port)
        load = [sys.executable, str(PEERS / "web_load.py"), str(port), asked["path"], asked["key"]]
        await machine.figures_of([*load, str(max(200, requests // 5))], core=machine.STORE_CORE)
        meter = machine.Meter(server.group)
        meter.start()
        told = await machine.figures_of([*load, str(requests)], core=machine.STORE_CORE)
        cost = meter.per_operation(int(told["asked"]))
    return Sample({FIGURE: cost, "rps": told["requests/s"]})


Way = Callable[[Site, str, int], Awaitable[Sample]]


def contest(
    way: Way, *, requests: int, in_memory: bool
) -> Callable[[Scale], AbstractAsyncContextManager[Sequence[Contender]]]:
    """Every site asked in the same *way*."""

    @asynccontextmanager
    async def contenders(scale: Scale) -> AsyncIterator[Sequence[Contender]]:
        with TemporaryDirectory() as directory:
            store = "memory" if in_memory else directory
            amount = scale.of(requests)
            yield [Contender(s.name, s.role, partial(way, s, store, amount)) for s in SITES]

    return contenders


GOALS = [
    Goal("P6", FIGURE, ours="homeroom", other="litestar", at_most=1.7),
    Goal("P6", FIGURE, ours="homeroom", other="fastapi", at_most=0.6),
]

BENCHES = [
    Bench(
        "web.route",
        "a small read from memory, the application alone",
        contest(inside, requests=10_000, in_memory=True),
        GOALS,
    ),
    Bench(
        "web.read",
        "a small read from SQLite, the application alone",
        contest(inside, requests=4_000, in_memory=False),
        GOALS,
    ),
    Bench(
        "web.served.route",
        "a small read from memory, over uvicorn",
        contest(served, requests=10_000, in_memory=True),
        GOALS,
    ),
    Bench(
        "web.served.read",
        "a small read from SQLite, over uvicorn",
        contest(served, requests=4_000, in_memory=False),
        GOALS,
    ),
]
