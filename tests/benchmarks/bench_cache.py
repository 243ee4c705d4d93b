"""Goals P3 and P5: reading 100 KB through the cache, and 500 callers on one cold key.

Redis is private and ours; cashews reads from a process of its own, as its environment demands.
"""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import environments
import machine
from harness import Bench, CannotRun, Contender, Goal, Sample, Scale
from redis.asyncio import Redis

from homeroom.kernel.cache import Cache, CacheKey, CachePolicy, CacheSettings, Load, tag
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import new_id
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.cache import open_cache as open_memory
from homeroom_adapters.redis.cache import open_cache as open_redis
from homeroom_testing.installed import NotInstalled
from homeroom_testing.private_services import PrivateRedis, running

Read = Callable[[int], Awaitable[bytes | None]]

PACKED = CachePolicy(ttl=600)
PLAIN = CachePolicy(ttl=600, compress_above=None)
READS = 600
FEW, MANY = 10, 100  # distinct keys: MANY of them do not fit what the cache keeps unpacked
CALLERS = 500


def an_exam(seed: int) -> bytes:
    """65 questions of four options each, about 100 KB of JSON."""
    luck = random.Random(seed)
    words = ["".join(luck.choices("aeioulnrstk", k=luck.randint(2, 9))) for _ in range(150)]

    def text(length: int) -> str:
        return " ".join(luck.choices(words, k=length))

    questions = [
        {
            "id": f"{luck.getrandbits(128):032x}",
            "text": text(100),
            "options": [
                {"id": f"{luck.getrandbits(128):032x}", "text": text(22)} for _ in range(4)
            ],
        }
        for _ in range(65)
    ]
    return json.dumps(questions).encode()


@attrs.frozen
class Ground:
    """The caches and clients that one run compares, in an environment of its own."""

    redis: Redis
    ours: Cache
    crowded: Cache
    """Ours once more, for reading more exams than it keeps unpacked."""

    memory: Cache
    mark: str
    url: str


@asynccontextmanager
async def open_ground(url: str) -> AsyncIterator[Ground]:
    mark = f"bench-{new_id()}"
    ambient = Ambient(SystemClock(), JsonCodec())
    settings = CacheSettings(url=url, environment=mark)
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(Redis.from_url(url))
        stack.push_async_callback(sweep, redis, mark)
        ours = await stack.enter_async_context(open_redis(settings, ambient))
        crowded = await stack.enter_async_context(open_redis(settings, ambient))
        memory = await stack.enter_async_context(open_memory(settings, ambient))
        yield Ground(redis, ours, crowded, memory, mark, url)


async def sweep(redis: Redis, mark: str) -> None:
    async for key in redis.scan_iter(f"*{mark}*", count=1000):
        await redis.delete(key)


@asynccontextmanager
async def private_ground() -> AsyncIterator[Ground]:
    try:
        async with running(PrivateRedis()) as server, open_ground(server.url) as ground:
            yield ground
    except NotInstalled as absent:
        raise CannotRun(str(absent)) from absent


@attrs.frozen
class Reader:
    """Somebody who takes part in P3: how the n-th exam is read, and how many there are."""

    read: Read
    keys: int

    async def warm(self) -> None:
        for number in range(self.keys):
            await self.read(number)

    async def sample(self, reads: int) -> Sample:
        """Milliseconds of one warm read, one caller."""
        return in_ms([await timed(self.read, number % self.keys) for number in range(reads)])


def through(cache: Cache, policy: CachePolicy, name: str, exams: list[bytes]) -> Read:
    async def read(number: int) -> bytes:
        key = CacheKey.of(name, number, tags=[tag("course", number), tag("institution", 1)])
        return await cache.get(key, policy, returning(exams[number]))

    return read


async def raw_exams(ground: Ground, exams: list[bytes]) -> Read:
    for number, exam in enumerate(exams):
        await ground.redis.set(f"{ground.mark}:raw:{number}", exam, ex=600)

    async def read(number: int) -> bytes | None:
        found = await ground.redis.get(f"{ground.mark}:raw:{number}")
        return found if isinstance(found, bytes) else None

    return read


async def cashews(ground: Ground, exam: Path, reads: int) -> Sample:
    """The peer, reading as its users do."""
    interpreter = await environments.python_of("cashews")
    script = str(Path(__file__).parent / "peers" / "cashews_peer.py")
    return Sample(
        await machine.figures_of([interpreter, script, ground.url, str(exam), str(reads)])
    )


@asynccontextmanager
async def p3_contenders(scale: Scale) -> AsyncIterator[list[Contender]]:
    exams = [an_exam(number) for number in range(MANY)]
    async with private_ground() as ground, AsyncExitStack() as stack:
        directory = stack.enter_context(TemporaryDirectory())
        exam = Path(directory) / "exam.json"
        exam.write_bytes(exams[0])
        readers = {
            "raw GET": Reader(await raw_exams(ground, exams), FEW),
            "homeroom": Reader(through(ground.ours, PACKED, "packed", exams), FEW),
            "unpacked anew": Reader(through(ground.crowded, PACKED, "many", exams), MANY),
            "not packed": Reader(through(ground.ours, PLAIN, "plain", exams), FEW),
        }
        for reader in readers.values():
            await reader.warm()
        reads = scale.of(READS)
        yield [
            Contender(name, "limit" if name == "raw GET" else "ours", partial(each.sample, reads))
            for name, each in readers.items()
        ] + [Contender("cashews", "peer", partial(cashews, ground, exam, reads))]


class Origin:
    """A database with eight connections and a millisecond of latency, that counts its callers."""

    def __init__(self) -> None:
        self.asked = 0
        self._exam = json.loads(an_exam(0))
        self._pool = asyncio.Semaphore(8)

    async def load(self) -> bytes:
        async with self._pool:
            self.asked += 1
            await asyncio.sleep(0.001)
            return json.dumps(self._exam).encode()


async def stampede(cache: Cache | None) -> Sample:
    """Milliseconds until each of 500 simultaneous callers has its answer; loads of the origin."""
    origin, key = Origin(), CacheKey.of("cold", str(new_id()))

    async def read(_: int) -> bytes:
        return await (cache.get(key, PACKED, origin.load) if cache else origin.load())

    waits = await asyncio.gather(*(timed(read, 0) for _ in range(CALLERS)))
    return Sample({**in_ms(list(waits)).figures, "loads": float(origin.asked)})


@asynccontextmanager
async def p5_contenders(_: Scale) -> AsyncIterator[list[Contender]]:
    async with private_ground() as ground:
        yield [
            Contender("homeroom", "ours", partial(stampede, ground.ours)),
            Contender("homeroom, memory", "ours", partial(stampede, ground.memory)),
            Contender("naive", "limit", partial(stampede, None)),
        ]


def returning(value: bytes) -> Load:
    async def load() -> bytes:
        return value

    return load


async def timed(read: Read, number: int) -> float:
    began = time.perf_counter()
    if await read(number) is None:
        raise LookupError("a benchmark that reads nothing measures nothing")
    return time.perf_counter() - began


def in_ms(seconds: list[float]) -> Sample:
    ordered = sorted(1000 * each for each in seconds)
    return Sample(
        {"p50 ms": ordered[len(ordered) // 2], "p99 ms": ordered[int(0.99 * len(ordered))]}
    )


BENCHES = [
    Bench(
        "cache.read",
        "one exam of 100 KB, warm, from Redis",
        p3_contenders,
        [Goal("P3", "p99 ms", ours="homeroom", other="raw GET", at_most=2.0)],
    ),
    Bench(
        "cache.stampede",
        "500 callers, one cold key",
        p5_contenders,
        [
            Goal("P5", "p99 ms", ours="homeroom", other="naive", at_most=0.05),
            Goal("P5", "loads", ours="homeroom", at_most=1.0),
        ],
    ),
]
