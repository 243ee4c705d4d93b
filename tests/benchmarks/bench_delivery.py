"""Goals P1, P2 and the answers: an exam of 65 questions that a whole class has asked for.

Ours is the house as it runs, on SQLite: a token, tenancy, the learner's own order, an ETag, trace,
numbers and a line in the log for each request; once more without that line, for none of the
others writes one. They hand out bytes that were encoded once, to anybody: a bare function, and
Litestar's `Response`. FastAPI is a twin with a token, written as its documentation shows it.

CPU is what the server's process used for each request over uvicorn, whose own share is in it.
"""

import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import environments
import machine
from bench_queue import ground
from harness import Bench, CannotRun, Contender, Goal, Role, Sample, Scale
from started import Started, started

from homeroom_testing import sandboxes
from homeroom_testing.children import free_port

PEERS = Path(__file__).parent / "peers"
FIGURE = "CPU µs/request"


@attrs.frozen
class Site:
    """A web application that takes part: which script opens it, in whose environment."""

    name: str
    role: Role
    script: str
    words: Sequence[str] = ()
    environment: str | None = None
    way: str = ""
    """What it is asked, whatever the others are."""

    async def command(self, store: str, port: int) -> list[str]:
        own = await environments.python_of(self.environment) if self.environment else sys.executable
        return [own, str(PEERS / self.script), *self.words, "serve", store, str(port)]


OURS = Site("homeroom", "ours", "homeroom_delivery.py")
SILENT = Site("homeroom silent", "ours", "homeroom_delivery.py", ("silent",))
BARE = Site("bare", "limit", "delivery_bytes.py", ("bare",))
LITESTAR = Site("litestar", "peer", "delivery_bytes.py", ("litestar",))
BARE_PLAIN = attrs.evolve(BARE, name="bare plain", way="read")
TWIN = Site("fastapi", "peer", "delivery_twin.py", (), "fastapi")


@attrs.frozen
class Running:
    """A site that answers, and what is asked of it."""

    server: Started
    load: Sequence[str]
    told: str

    async def asked(self, requests: int) -> Mapping[str, float]:
        load = [*self.load, str(requests), self.told]
        return await machine.figures_of(load, core=machine.STORE_CORE)

    async def sample(self, requests: int) -> Sample:
        """What one request costs the site."""
        meter = machine.Meter(self.server.group)
        meter.start()
        figures = await self.asked(requests)
        cost = meter.per_operation(int(figures["asked"]))
        size = figures["bytes"] / figures["asked"]
        return Sample({FIGURE: cost, "requests/s": figures["requests/s"], "bytes": size})


async def running(stack: AsyncExitStack, site: Site, way: str, store: str) -> Running:
    """The site, warm. It stays for all rounds, so that each of them is short."""
    port = free_port()
    server = await stack.enter_async_context(started(await site.command(store, port)))
    told = await server.line_with('"path"', within=120)
    await server.listening_at(port, within=120)
    load = [sys.executable, str(PEERS / "delivery_load.py"), way, str(port)]
    opened = Running(server, load, told)
    await opened.asked(500)
    return opened


Opening = Callable[[Scale], AbstractAsyncContextManager[Sequence[Contender]]]


def contest(way: str, requests: int, sites: Sequence[Site]) -> Opening:
    """Every site asked in the same *way*."""

    @asynccontextmanager
    async def contenders(scale: Scale) -> AsyncIterator[Sequence[Contender]]:
        amount = scale.of(requests)
        async with AsyncExitStack() as stack:
            taking_part = list[Contender]()
            for site in sites:
                store = stack.enter_context(TemporaryDirectory())
                try:
                    opened = await running(stack, site, site.way or way, store)
                    run = partial(opened.sample, amount)
                except CannotRun as absent:
                    run = partial(refused, str(absent))
                taking_part.append(Contender(site.name, site.role, run))
            yield taking_part

    return contenders


async def refused(reason: str) -> Sample:
    raise CannotRun(reason)


def goals(of: str, ours: Sequence[Site], **at_most: float) -> list[Goal]:
    return [
        Goal(of, FIGURE, ours=site.name, other=other, at_most=ratio)
        for site in ours
        for other, ratio in at_most.items()
    ]


async def cold(way: str, times: int, server: str) -> Sample:
    """What the script tells of this *way*, on a database of its own."""
    with sandboxes.postgres_database(server) as url:
        script = str(PEERS / "homeroom_cold.py")
        return Sample(await machine.figures_of([sys.executable, script, way, url, str(times)]))


def on_postgres(times: int, ways: Mapping[str, tuple[str, Role]]) -> Opening:
    @asynccontextmanager
    async def contenders(scale: Scale) -> AsyncIterator[Sequence[Contender]]:
        async with ground() as stores:
            server, amount = stores.stores["postgres"].url, scale.of(times)
            yield [
                Contender(name, role, partial(cold, way, amount, server))
                for name, (way, role) in ways.items()
            ]

    return contenders


@asynccontextmanager
async def of_many(scale: Scale) -> AsyncIterator[Sequence[Contender]]:
    """The same exam in banks of two sizes. They stay for all rounds: to fill one takes minutes."""
    script = [sys.executable, str(PEERS / "homeroom_million.py")]

    async def deliver(url: str) -> Sample:
        return Sample(await machine.figures_of([*script, "deliver", url, str(scale.of(200))]))

    async with AsyncExitStack() as stack:
        server = (await stack.enter_async_context(ground())).stores["postgres"].url
        taking_part = list[Contender]()
        for name, (questions, role) in BANKS.items():
            url = stack.enter_context(sandboxes.postgres_database(server))
            amount = max(2_000, scale.of(questions))
            await machine.figures_of([*script, "fill", url, str(amount)], within=1_800)
            taking_part.append(Contender(name, role, partial(deliver, url)))
        yield taking_part


BANKS: Mapping[str, tuple[int, Role]] = {
    "of 1,000,000": (1_000_000, "ours"),
    "of 10,000": (10_000, "limit"),
}
COLD: Mapping[str, tuple[str, Role]] = {"homeroom": ("paper", "ours"), "n+1": ("singly", "limit")}
CROWD: Mapping[str, tuple[str, Role]] = {
    "homeroom": ("crowd", "ours"),
    "naive": ("naive crowd", "limit"),
}

BENCHES = [
    Bench(
        "delivery.paper",
        "65 questions, 100 KB, warm, to whoever has not got them",
        contest("read", 4_000, [OURS, SILENT, BARE, LITESTAR, TWIN]),
        goals("P1", [OURS, SILENT], bare=1.9, litestar=0.75, fastapi=0.21),
    ),
    Bench(
        "delivery.held",
        "the same, to whoever has them: 304",
        contest("have", 8_000, [OURS, SILENT, BARE]),
        goals("P2", [OURS, SILENT], bare=1.6),
    ),
    Bench(
        "delivery.packed",
        "the same, packed by gzip beforehand",
        contest("packed", 8_000, [OURS, SILENT, BARE, BARE_PLAIN]),
        [
            *goals("P2", [OURS, SILENT], bare=1.6),
            Goal("P2", "bytes", ours=OURS.name, other=BARE_PLAIN.name, at_most=0.36),
        ],
    ),
    Bench(
        "delivery.answer",
        "an answer is kept, in SQLite",
        contest("answer", 400, [OURS, TWIN]),
        goals("answers", [OURS], fastapi=1 / 3),
    ),
    Bench(
        "delivery.cold",
        "a paper that lies nowhere, from PostgreSQL",
        on_postgres(200, COLD),
        [
            Goal("P4", "p99 ms", ours="homeroom", at_most=5.0),
            Goal("P4", "p99 ms", ours="homeroom", other="n+1", at_most=0.25),
            Goal("P4", "reads of questions", ours="homeroom", at_most=1.0),
        ],
    ),
    Bench(
        "delivery.million",
        "an exam out of a bank of 1,000,000 questions, which lie nowhere",
        of_many,
        [
            Goal("bank", figure, ours="of 1,000,000", other="of 10,000", at_most=1.2)
            for figure in ("begin p50 ms", "paper p50 ms")
        ],
    ),
    Bench(
        "delivery.crowd",
        "500 ask for the same questions, which lie nowhere",
        on_postgres(10, CROWD),
        [
            Goal("P5", "reads of questions", ours="homeroom", at_most=1.0),
            Goal("P5", "p99 ms", ours="homeroom", other="naive", at_most=0.05),
        ],
    ),
]
