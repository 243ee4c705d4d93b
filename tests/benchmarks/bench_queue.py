"""Goals P8, P10, P11, P12: jobs on PostgreSQL, beside the peers, the prototype and the floor.

The store is a private PostgreSQL with fsync on, and each sample gets a database of its own.
"""

import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import attrs
import environments
import machine
from harness import Bench, CannotRun, Contender, Goal, Role, Sample, Scale

from homeroom_testing import sandboxes
from homeroom_testing.children import family
from homeroom_testing.installed import NotInstalled
from homeroom_testing.private_services import (
    PrivatePostgres,
    PrivateRedis,
    PrivateServer,
    in_thread,
    running,
)

PEERS = Path(__file__).parent / "peers"
Words = Callable[[Scale], list[str]]


@attrs.frozen
class Queue:
    """A queue that takes part: which script drives it, in whose environment, on which store."""

    name: str
    role: Role
    script: str
    environment: str | None = None
    """None is ours: the interpreter that runs the benchmark."""

    variant: Sequence[str] = ()
    store: str = "postgres"
    settings: tuple[tuple[str, str], ...] = ()


OURS = Queue("homeroom", "ours", "homeroom_peer.py")
OURS_KEYED = attrs.evolve(OURS, settings=(("HOMEROOM_BENCH_KEYS", "1"),))
PGQUEUER = Queue("pgqueuer", "peer", "pgqueuer_peer.py", "pgqueuer")
SAQ = Queue("saq-pg", "peer", "saq_peer.py", "saq")
SAQ_REDIS = Queue("saq-redis", "peer", "saq_peer.py", "saq", store="redis")
PROCRASTINATE = Queue("procrastinate", "peer", "procrastinate_peer.py", "procrastinate")
BULLMQ = Queue("bullmq-py", "peer", "bullmq_peer.py", "bullmq", store="redis")
PROTOTYPE = Queue("prototype", "limit", "reachable_prototype.py", "prototype")
FLOOR = Queue("floor", "limit", "reachable_prototype.py", "prototype", variant=("floor",))


@attrs.frozen
class Ground:
    """The stores of one run, each kept on the store's core."""

    stores: dict[str, PrivateServer]

    async def sample(self, queue: Queue, words: list[str]) -> Sample:
        """One run of *queue* on an empty store."""
        interpreter = (
            await environments.python_of(queue.environment) if queue.environment else sys.executable
        )
        command, *amounts = words
        script = [interpreter, str(PEERS / queue.script), *queue.variant, command]
        with self._empty(queue.store) as url:
            figures = await machine.figures_of([*script, url, *amounts], settings=queue.settings)
        return Sample(figures)

    def _empty(self, store: str) -> sandboxes.Sandbox:
        if store not in self.stores:
            raise CannotRun(f"no private {store} on this machine")
        server = self.stores[store]
        if store == "postgres":
            return sandboxes.postgres_database(server.url)
        return sandboxes.emptied_redis(server.url)


@asynccontextmanager
async def ground() -> AsyncIterator[Ground]:
    """PostgreSQL, without which there is nothing to compare, and Redis if it is installed."""
    stores: dict[str, PrivateServer] = {}
    async with AsyncExitStack() as stack:
        for kind, server in (("postgres", PrivatePostgres), ("redis", PrivateRedis)):
            try:
                stores[kind] = await stack.enter_async_context(running(server()))
            except NotInstalled as absent:
                if kind == "postgres":
                    raise CannotRun(str(absent)) from absent
                continue
            await in_thread(partial(_keep_on_store_core, stores[kind]))
        yield Ground(stores)


def _keep_on_store_core(server: PrivateServer) -> None:
    machine.pin(family(server.pid), machine.STORE_CORE)


def contest(
    queues: Sequence[Queue], words: Words
) -> Callable[[Scale], AbstractAsyncContextManager[Sequence[Contender]]]:
    """The same piece of work for each of *queues*."""

    @asynccontextmanager
    async def contenders(scale: Scale) -> AsyncIterator[Sequence[Contender]]:
        async with ground() as stores:
            yield [
                Contender(queue.name, queue.role, partial(stores.sample, queue, words(scale)))
                for queue in queues
            ]

    return contenders


def seconds(scale: Scale, amount: int) -> str:
    return "1" if scale.quick else str(amount)


beside = partial(Goal, ours="homeroom")

BENCHES = [
    Bench(
        "queue.drain",
        "20 000 no-op jobs, ten at a time, until all are acknowledged",
        contest(
            [OURS_KEYED, PGQUEUER, SAQ, PROCRASTINATE, BULLMQ, PROTOTYPE, FLOOR],
            lambda scale: ["drain", str(scale.of(20_000))],
        ),
        [
            beside("P8", "acked/s", other="pgqueuer", at_least=4.0),
            beside("P8", "acked/s", other="procrastinate", at_least=25.0),
            beside("P8", "acked/s", other="saq-pg", at_least=25.0),
            beside("P8", "acked/s", other="prototype", at_least=0.35),
        ],
    ),
    Bench(
        "queue.pickup",
        "from asking to the handler's start, 200 jobs a second",
        contest(
            [OURS, PGQUEUER, SAQ, PROCRASTINATE, PROTOTYPE, FLOOR],
            lambda scale: ["paced", "200", seconds(scale, 5)],
        ),
        [
            beside("P10", "p50 ms", other="floor", at_most=1.3),
            beside("P10", "p99 ms", other="pgqueuer", at_most=1.0),
            beside("P10", "p99 ms", other="procrastinate", at_most=1.0),
            beside("P10", "p99 ms", other="saq-pg", at_most=1.0),
        ],
    ),
    Bench(
        "queue.enqueue",
        "asking for jobs, each in its own transaction and 20 000 at once",
        contest(
            [OURS, PGQUEUER, SAQ, PROCRASTINATE, FLOOR],
            lambda scale: ["enqueue", str(scale.of(2_000)), str(scale.of(20_000))],
        ),
        [
            beside("P11", "one by one/s", other="floor", at_least=0.95),
            beside("P11", "bulk/s", other="pgqueuer", at_least=4.0),
        ],
    ),
    Bench(
        "queue.delayed",
        "lateness of 500 jobs due at random within 5 s",
        contest(
            [OURS, PGQUEUER, SAQ, SAQ_REDIS, PROCRASTINATE, BULLMQ, PROTOTYPE],
            lambda scale: ["delayed", str(scale.of(500)), seconds(scale, 5)],
        ),
        [
            beside("P12", "p99 ms", other="pgqueuer", at_most=0.1),
            beside("P12", "p99 ms", other="saq-pg", at_most=0.02),
            beside("P12", "p99 ms", other="procrastinate", at_most=0.02),
            beside("P12", "p99 ms", other="bullmq-py", at_most=0.02),
            beside("P12", "p99 ms", at_most=10.0),
            beside("P12", "early", at_most=0.0),
        ],
    ),
]
