"""Goals P12 and P13 for tasks: how late they fire, how many a second, and what it all costs.

Beside APScheduler 3, whose store is PostgreSQL too, bare cronsim and a bare loop of POSTs. Each
sample has a database of its own on a private PostgreSQL with fsync on, or a SQLite file. A firing
of ours counts when the attempt to deliver it is on record; one of APScheduler's, when it is called.
What is fired is as small on both sides: a few letters, here in a task and there in a pickle.
"""

import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import attrs
import environments
import machine
from bench_queue import Ground, ground
from cronsim import CronSim
from harness import Bench, Contender, Goal, Role, Sample, Scale
from started import started

from homeroom.scheduling.model.when import Cron, Timing, next_firing
from homeroom_adapters.cronsim.calendar import CronsimCalendar
from homeroom_testing import sandboxes

PEERS = Path(__file__).parent / "peers"
IDLE, FEW, MANY = 100_000, 1_000, 1_000_000
Words = Callable[[Scale], list[str]]
Opened = AsyncIterator[Sequence[Contender]]


@attrs.frozen
class Firer:
    """A scheduler that takes part: which script drives it, and in whose environment."""

    name: str
    role: Role
    script: str
    environment: str | None = None
    variant: Sequence[str] = ()

    async def run(self, url: str, words: Sequence[str]) -> Sample:
        """Drive it on the store at *url*; our own files, if any, are for this sample alone."""
        python = sys.executable
        if self.environment is not None:
            python = await environments.python_of(self.environment)
        command, *amounts = words
        script = [python, str(PEERS / self.script), *self.variant, command, url, *amounts]
        with TemporaryDirectory() as directory:
            own = [("HOMEROOM_DATA_DIR", directory)]
            return Sample(await machine.figures_of(script, settings=own))

    async def on_postgres(self, stores: Ground, words: Sequence[str]) -> Sample:
        with sandboxes.postgres_database(stores.stores["postgres"].url) as url:
            return await self.run(url, words)

    async def on_sqlite(self, words: Sequence[str]) -> Sample:
        with TemporaryDirectory() as directory:
            return await self.run(f"sqlite:///{Path(directory) / 'bench.sqlite3'}", words)


OURS = Firer("homeroom", "ours", "homeroom_scheduling.py")
APSCHEDULER = Firer(
    "apscheduler", "peer", "apscheduler_peer.py", "apscheduler", variant=("postgres",)
)


def contest(
    firers: Sequence[Firer], words: Words
) -> Callable[[Scale], AbstractAsyncContextManager[Sequence[Contender]]]:
    """The same tasks for each of *firers*, on PostgreSQL."""

    @asynccontextmanager
    async def contenders(scale: Scale) -> Opened:
        async with ground() as stores:
            yield [
                Contender(one.name, one.role, partial(one.on_postgres, stores, words(scale)))
                for one in firers
            ]

    return contenders


@asynccontextmanager
async def on_sqlite(scale: Scale) -> Opened:
    words = ["paced", "100", seconds(scale, 5), str(scale.of(FEW))]
    yield [Contender("homeroom", "ours", partial(OURS.on_sqlite, words))]


@asynccontextmanager
async def two_houses(scale: Scale) -> Opened:
    """One with few idle tasks and one with many, filled once and used in every round."""
    async with AsyncExitStack() as stack:
        stores = await stack.enter_async_context(ground())
        server = stores.stores["postgres"].url
        few, many = (stack.enter_context(sandboxes.postgres_database(server)) for _ in range(2))
        await OURS.run(few, ["fill", str(scale.of(FEW))])
        await OURS.run(many, ["fill", str(scale.of(MANY))])
        words = ["claim", many, str(scale.of(1_000) // 20)]
        yield [Contender("homeroom", "ours", partial(OURS.run, few, words))]


EXPRESSIONS = (
    *("* * * * *", "*/5 * * * *", "0 9 * * 1-5", "30 2 * * *", "0 0 1 * *"),
    *("15 14 1 * *", "0 22 * * 1-5", "23 0-20/2 * * *", "0 0 L * *", "0 12 * * 1#2"),
)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Ho_Chi_Minh", "Australia/Lord_Howe")
BEGINS = datetime(2026, 3, 1, tzinfo=UTC)


def ours_in_turn(amount: int) -> None:
    """So many firings of each schedule, one after the other, as the scheduler asks for them."""
    calendar = CronsimCalendar()
    for expression in EXPRESSIONS:
        for zone in ZONES:
            timing, at = Timing(Cron(expression, zone)), BEGINS
            for _ in range(amount):
                found = next_firing(timing, at, calendar)
                assert found is not None
                at = found


def bare_in_turn(amount: int) -> None:
    """The same by cronsim itself, from an object for each schedule that is made once."""
    for expression in EXPRESSIONS:
        for zone in ZONES:
            simulation = CronSim(expression, BEGINS.astimezone(ZoneInfo(zone)))
            for _ in range(amount):
                next(simulation)


def bare_anew(amount: int) -> None:
    """The same by cronsim as a scheduler needs it: asked what follows an instant it is given."""
    for expression in EXPRESSIONS:
        for zone in ZONES:
            place, at = ZoneInfo(zone), BEGINS
            for _ in range(amount):
                at = next(CronSim(expression, at.astimezone(place))).astimezone(UTC)


async def walked(walk: Callable[[int], None], amount: int) -> Sample:
    walk(2)  # parsed, and zones read, before the clock runs
    began = time.thread_time()
    walk(amount)
    each = (time.thread_time() - began) / (amount * len(EXPRESSIONS) * len(ZONES))
    return Sample({"CPU µs/firing": each * 1e6})


@asynccontextmanager
async def calendars(scale: Scale) -> Opened:
    yield [
        Contender("homeroom", "ours", partial(walked, ours_in_turn, scale.of(1_000))),
        Contender("cronsim", "limit", partial(walked, bare_in_turn, scale.of(1_000))),
        Contender("cronsim, anew", "limit", partial(walked, bare_anew, scale.of(1_000))),
    ]


async def ours_sending(stores: Ground, receiver: str, amount: int) -> Sample:
    return await OURS.on_postgres(stores, ["deliver", receiver, str(amount)])


async def beyond_posting(stores: Ground, receiver: str, amount: int) -> Sample:
    """What a delivery costs us more than a bare POST of the same client, one after the other."""
    ours = await ours_sending(stores, receiver, amount)
    bare = await bare_posting(receiver, amount)
    return Sample({"our share µs": ours.figures["CPU µs each"] - bare.figures["CPU µs each"]})


async def bare_posting(receiver: str, amount: int, way: str = "lines") -> Sample:
    script = [sys.executable, str(PEERS / "post_floor.py"), way, receiver, str(amount)]
    return Sample(await machine.figures_of(script))


@asynccontextmanager
async def sending(scale: Scale) -> Opened:
    amount = scale.of(3_000)
    serve = [sys.executable, str(PEERS / "post_floor.py"), "serve"]
    async with ground() as stores, started(serve, core=machine.STORE_CORE) as receiver:
        url = (await receiver.line_with("http")).strip()
        yield [
            Contender("homeroom", "ours", partial(ours_sending, stores, url, amount)),
            Contender("bare posts", "limit", partial(bare_posting, url, amount)),
            Contender("httpx", "peer", partial(bare_posting, url, amount, "post")),
            Contender("beyond bare posts", "ours", partial(beyond_posting, stores, url, amount)),
        ]


def seconds(scale: Scale, amount: int) -> str:
    return "1" if scale.quick else str(amount)


def paced(rate: int, length: int) -> Words:
    return lambda scale: ["paced", str(rate), seconds(scale, length), str(scale.of(IDLE))]


beside = partial(Goal, ours="homeroom")
NEVER_EARLY = beside("P12", "early", at_most=0.0)

BENCHES = [
    Bench(
        "scheduling.fire.window",
        "500 firings in 5 s, 100 000 tasks idle",
        contest([OURS, APSCHEDULER], paced(100, 5)),
        [beside("P12", "p99 ms", at_most=10.0), NEVER_EARLY],
    ),
    Bench(
        "scheduling.fire.sustained",
        "500 firings a second for 10 s, 100 000 tasks idle",
        contest([OURS], paced(500, 10)),
        [beside("P12", "p99 ms", at_most=50.0), NEVER_EARLY],
    ),
    Bench(
        "scheduling.fire.drain",
        "3 000 tasks due at one instant, 100 000 idle, until all are delivered",
        contest(
            [OURS, APSCHEDULER],
            lambda scale: ["drain", str(scale.of(3_000)), str(scale.of(IDLE))],
        ),
        [beside("P12", "fired/s", other="apscheduler", at_least=5.0)],
    ),
    Bench(
        "scheduling.fire.sqlite",
        "500 firings in 5 s in the embedded house",
        on_sqlite,
        [beside("P12", "p99 ms", at_most=100.0), NEVER_EARLY],
    ),
    Bench(
        "scheduling.claim",
        "a scheduler's pass over 200 due tasks, with 1 000 and with 1 000 000 idle ones",
        two_houses,
        [
            beside("P12", "time ratio", at_least=0.8),
            beside("P12", "time ratio", at_most=1.2),
            beside("P12", "CPU ratio", at_least=0.8),
            beside("P12", "CPU ratio", at_most=1.2),
        ],
    ),
    Bench(
        "scheduling.next",
        "the next firing of ten expressions in five zones",
        calendars,
        [beside("P12", "CPU µs/firing", other="cronsim", at_most=2.0)],
    ),
    Bench(
        "scheduling.webhook",
        "3 000 signed webhooks to loopback, from jobs that wait to attempts on record",
        sending,
        [
            beside("P13", "sent/s", other="bare posts", at_least=0.6),
            Goal("P13", "our share µs", ours="beyond bare posts", at_most=150.0),
        ],
    ),
]
