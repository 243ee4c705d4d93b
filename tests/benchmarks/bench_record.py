"""Goal P24: what an entry of the record costs whoever waits for it.

PostgreSQL and Redis are private: one waits for the disk at every commit, the other appends to its
file. The row is the record's own, in its own table, with its indexes and triggers.
"""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
import httpx
import psycopg
from harness import Bench, CannotRun, Contender, Goal, Sample, Scale

from homeroom.house import StorageSettings
from homeroom.kernel.audit import Entry
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.handover import Handover, HandoverSettings
from homeroom.kernel.ids import InstitutionId, PersonId, new_id
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.redis.handover import open_handover as open_stream
from homeroom_adapters.spool.handover import open_handover as open_spool
from homeroom_adapters.sql.record import SqlAuditTrail
from homeroom_adapters.sql.storage import open_schema
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.web.app import create_app
from homeroom_testing.fast_hashing import FAST_VARIABLES
from homeroom_testing.installed import NotInstalled
from homeroom_testing.private_services import PrivatePostgres, PrivateRedis, running
from homeroom_testing.spoiled import spoil

AMBIENT = Ambient(SystemClock(), JsonCodec())
HOUSE = InstitutionId(new_id())
PER_SECOND = 500
ENTRIES, REQUESTS = 2_000, 400
BATCH = 200
_WARM = 40

COLUMNS = (
    "id, institution_id, at, person_id, api_key_id, action, resource, resource_id, outcome,"
    " trace_id, changes"
)
_INSERT = f"INSERT INTO audit_entries ({COLUMNS}) VALUES ({', '.join(['%s'] * 11)})"

Ask = Callable[[int], Awaitable[object]]


def an_entry() -> Entry:
    return Entry(
        at=AMBIENT.clock.now(),
        institution_id=HOUSE,
        person_id=PersonId(new_id()),
        action="people.find_persons",
        resource="persons",
        trace_id="0af7651916cd43dd8448eb211c80319c",
    )


def row_of(entry: Entry) -> tuple[object, ...]:
    who = (entry.id, entry.institution_id, entry.at, entry.person_id, entry.api_key_id)
    what = (entry.action, entry.resource, entry.resource_id, entry.outcome.value)
    return (*who, *what, entry.trace_id, "{}")


@attrs.frozen
class Ground:
    """The stores of one run, and a directory for files."""

    postgres: str
    redis: str
    directory: Path

    async def connect(self) -> psycopg.AsyncConnection:
        return await psycopg.AsyncConnection.connect(self.postgres, autocommit=True)


@asynccontextmanager
async def open_ground() -> AsyncIterator[Ground]:
    async with AsyncExitStack() as stack:
        try:
            postgres = await stack.enter_async_context(running(PrivatePostgres()))
            redis = await stack.enter_async_context(running(PrivateRedis()))
        except NotInstalled as absent:
            raise CannotRun(str(absent)) from absent
        async with open_schema(StorageSettings(url=postgres.url)) as schema:
            await schema.upgrade()
        directory = Path(stack.enter_context(TemporaryDirectory()))
        yield Ground(postgres.url, redis.url, directory)


async def paced(ask: Ask, times: int) -> Sample:
    """Milliseconds of each of *times*, so many a second, each begun when it is due."""
    await asyncio.gather(*(ask(number) for number in range(_WARM)))
    begun, took = time.perf_counter(), list[float]()

    async def one(number: int) -> None:
        due = begun + number / PER_SECOND
        await asyncio.sleep(due - time.perf_counter())
        started = time.perf_counter()
        await ask(number)
        took.append(time.perf_counter() - started)

    await asyncio.gather(*(one(number) for number in range(times)))
    return in_ms(took)


async def by_turns(noted: Ask, unnoted: Ask, times: int) -> Sample:
    """Both in turn, so that whatever else the machine does meets them alike."""
    took: dict[str, list[float]] = {"noted": [], "unnoted": []}
    for number in range(_WARM + times):
        for name, ask in (("noted", noted), ("unnoted", unnoted)):
            started = time.perf_counter()
            await ask(number)
            took[name].append(time.perf_counter() - started)
    usual = {name: 1000 * statistics.median(each[_WARM:]) for name, each in took.items()}
    ratio = usual["noted"] / usual["unnoted"]
    return Sample({**{f"{name} ms": one for name, one in usual.items()}, "noted/unnoted": ratio})


def in_ms(seconds: Sequence[float]) -> Sample:
    ordered = sorted(1000 * each for each in seconds)
    return Sample(
        {"p50 ms": ordered[len(ordered) // 2], "p99 ms": ordered[int(0.99 * len(ordered))]}
    )


@asynccontextmanager
async def enqueuing(scale: Scale) -> AsyncIterator[list[Contender]]:
    async with open_ground() as ground, AsyncExitStack() as stack:
        roomy = HandoverSettings(
            url=ground.redis, directory=ground.directory / "spool", most=1_000_000
        )
        stream = await stack.enter_async_context(open_stream(roomy, AMBIENT))
        spool = await stack.enter_async_context(open_spool(roomy, AMBIENT))
        connection = await ground.connect()
        stack.push_async_callback(connection.close)
        turn = asyncio.Lock()  # a connection does one thing at a time

        async def insert(_: int) -> None:
            async with turn:
                await connection.execute(_INSERT.encode(), row_of(an_entry()))

        def taken_by(handover: Handover) -> Ask:
            return lambda _: handover.take(an_entry())

        times = scale.of(ENTRIES)
        yield [
            Contender("homeroom, redis", "ours", partial(paced, taken_by(stream), times)),
            Contender("homeroom, spool", "ours", partial(paced, taken_by(spool), times)),
            Contender("row INSERT", "limit", partial(paced, insert, times)),
        ]


@attrs.frozen
class NotesNothing(SqlAuditTrail):
    """What a request would cost if nobody kept a record."""

    async def note(self, *entries: Entry) -> None: ...


class Deaf:
    """Looks of which nobody keeps anything."""

    async def note(self, *entries: Entry) -> None: ...


def without_a_record(homeroom: Homeroom) -> Homeroom:
    people, unnoted = homeroom.people, spoil(homeroom.plant.storage, NotesNothing)
    quiet: Any = Deaf()
    silent = attrs.evolve(
        people,
        create_person=attrs.evolve(people.create_person, start=unnoted.start),
        get_person=attrs.evolve(people.get_person, looks=quiet),
    )
    return attrs.evolve(homeroom, people=silent)


@asynccontextmanager
async def requesting(scale: Scale) -> AsyncIterator[list[Contender]]:
    async with open_ground() as ground, AsyncExitStack() as stack:
        settings = load_settings(
            {
                "HOMEROOM_STORAGE__URL": ground.postgres,
                "HOMEROOM_DATA_DIR": str(ground.directory),
                "HOMEROOM_LOG__LEVEL": "error",
                "HOMEROOM_LOG__ACCESS": "false",
                "HOMEROOM_WEB__RATE_LIMIT_PER_MINUTE": "100000000",
                **FAST_VARIABLES,
            }
        )
        homeroom = await stack.enter_async_context(open_homeroom(settings))
        secret = await homeroom.people.open_house("Home")
        assert secret is not None
        clients = [
            await stack.enter_async_context(
                httpx.AsyncClient(
                    transport=httpx.ASGITransport(create_app(one, settings)),  # type: ignore[arg-type]
                    base_url="http://house",
                    headers={"X-API-Key": secret.text},
                )
            )
            for one in (homeroom, without_a_record(homeroom))
        ]
        body = {"firstName": "Ana", "lastName": "Reyes", "username": "ana"}
        ana = (await clients[0].post("/api/v1/admin/users", json=body)).json()["id"]

        def taking_in(client: httpx.AsyncClient) -> Ask:
            async def ask(_: int) -> None:
                told = {**body, "username": f"n{new_id().hex}"}
                (await client.post("/api/v1/admin/users", json=told)).raise_for_status()

            return ask

        def looking_at(client: httpx.AsyncClient) -> Ask:
            async def ask(_: int) -> None:
                (await client.get(f"/api/v1/admin/users/{ana}")).raise_for_status()

            return ask

        times = scale.of(REQUESTS)
        yield [
            Contender(
                name, "ours", partial(by_turns, asking(clients[0]), asking(clients[1]), times)
            )
            for name, asking in (("take in", taking_in), ("look", looking_at))
        ]


BENCHES = [
    Bench(
        "record.enqueue",
        "an entry of the record, 500 a second",
        enqueuing,
        [
            Goal("P24", "p99 ms", ours="homeroom, redis", at_most=3.0),
            Goal("P24", "p50 ms", ours="homeroom, redis", other="row INSERT", at_most=0.5),
            Goal("P24", "p99 ms", ours="homeroom, redis", other="row INSERT", at_most=0.5),
            Goal("P24", "p99 ms", ours="homeroom, spool", at_most=3.0),
        ],
    ),
    Bench(
        "record.request",
        "a request with its entry, and without one, on PostgreSQL",
        requesting,
        [
            Goal("P24", "noted/unnoted", ours="take in", at_most=1.1),
            Goal("P24", "noted/unnoted", ours="look", at_most=1.1),
        ],
    ),
]
