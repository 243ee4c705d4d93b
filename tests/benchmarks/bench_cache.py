"""Goals P3 and P5: reading 100 KB through the cache, and 500 callers on one cold key.

    python tests/benchmarks/bench_cache.py [--rounds 5] [--redis redis://127.0.0.1:6379/0]

Contestants take turns within one run; only ratios mean anything. Each round of a contestant is a
list of seconds per call, so that any harness can summarise them.
"""

import argparse
import asyncio
import importlib.util
import json
import random
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import attrs
from redis.asyncio import Redis

from homeroom.kernel.cache import Cache, CacheKey, CachePolicy, CacheSettings, Load, tag
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import new_id
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.cache import open_cache as open_memory
from homeroom_adapters.redis.cache import open_cache as open_redis

Read = Callable[[int], Awaitable[bytes | None]]
Samples = dict[str, list[list[float]]]

PACKED = CachePolicy(ttl=600)
PLAIN = CachePolicy(ttl=600, compress_above=None)
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


async def readers(ground: Ground, stack: AsyncExitStack) -> dict[str, tuple[Read, int]]:
    """Who takes part in P3: how it reads the n-th exam, and how many exams it goes through."""
    exams = [an_exam(number) for number in range(MANY)]
    for number, exam in enumerate(exams):
        await ground.redis.set(f"{ground.mark}:raw:{number}", exam, ex=600)

    def ours(cache: Cache, policy: CachePolicy, name: str) -> Read:
        async def read(number: int) -> bytes:
            key = CacheKey.of(name, number, tags=[tag("course", number), tag("institution", 1)])
            return await cache.get(key, policy, returning(exams[number]))

        return read

    async def raw(number: int) -> bytes | None:
        found: bytes | None = await ground.redis.get(f"{ground.mark}:raw:{number}")
        return found

    contestants: dict[str, tuple[Read, int]] = {
        "limit: redis-py GET": (raw, FEW),
        "ours": (ours(ground.ours, PACKED, "packed"), FEW),
        "ours, unpacked anew": (ours(ground.crowded, PACKED, "many"), MANY),
        "ours, not packed": (ours(ground.ours, PLAIN, "plain"), FEW),
    }
    if cashews := await peer(ground, stack):
        contestants["cashews"] = (cashews, FEW)
        for number in range(FEW):
            await cashews.fill(number, exams[number])
    for read, keys in contestants.values():
        for number in range(keys):
            await read(number)
    return contestants


@attrs.frozen
class CashewsReader:
    """The peer, reading as its users do."""

    cache: object
    prefix: str

    async def __call__(self, number: int) -> bytes | None:
        found: bytes | None = await self.cache.get(f"{self.prefix}:{number}")  # type: ignore[attr-defined]
        return found

    async def fill(self, number: int, exam: bytes) -> None:
        await self.cache.set(f"{self.prefix}:{number}", exam, expire=600)  # type: ignore[attr-defined]


async def peer(ground: Ground, stack: AsyncExitStack) -> CashewsReader | None:
    if importlib.util.find_spec("cashews") is None:
        print("cashews is not installed here: its rows are missing")
        return None
    from cashews import Cache as Cashews

    cache = Cashews()
    cache.setup(ground.url)
    stack.push_async_callback(cache.close)
    return CashewsReader(cache, f"{ground.mark}:cashews")


async def p3_redis_read(ground: Ground, *, rounds: int, reads: int = 600) -> Samples:
    """Seconds per warm read of one exam from Redis, one caller."""
    async with AsyncExitStack() as stack:
        contestants = await readers(ground, stack)
        samples: Samples = {name: [] for name in contestants}
        for _ in range(rounds):
            for name, (read, keys) in contestants.items():
                samples[name].append([await timed(read, n % keys) for n in range(reads)])
    return samples


async def p5_stampede(ground: Ground, *, rounds: int) -> tuple[Samples, dict[str, int]]:
    """Seconds until each of 500 simultaneous callers has its answer, and how often was asked."""
    exam = json.loads(an_exam(0))
    asked: dict[str, int] = {}
    pool = asyncio.Semaphore(8)

    def origin(name: str) -> Load:
        async def load() -> bytes:
            async with pool:  # eight connections, a millisecond of waiting, and the encoding
                asked[name] = asked.get(name, 0) + 1
                await asyncio.sleep(0.001)
                return json.dumps(exam).encode()

        return load

    def cold(cache: Cache, name: str) -> Callable[[CacheKey], Read]:
        return lambda key: lambda _: cache.get(key, PACKED, origin(name))

    contestants: dict[str, Callable[[CacheKey], Read]] = {
        "naive": lambda _: lambda _: origin("naive")(),
        "ours, redis": cold(ground.ours, "ours, redis"),
        "ours, memory": cold(ground.memory, "ours, memory"),
    }
    samples: Samples = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, contestant in contestants.items():
            read = contestant(CacheKey.of("cold", str(new_id())))
            calls = [timed(read, 0) for _ in range(CALLERS)]
            samples[name].append(list(await asyncio.gather(*calls)))
    return samples, asked


def returning(value: bytes) -> Load:
    async def load() -> bytes:
        return value

    return load


async def timed(read: Read, number: int) -> float:
    began = time.perf_counter()
    if await read(number) is None:
        raise LookupError("a benchmark that reads nothing measures nothing")
    return time.perf_counter() - began


def centiles(rounds: list[list[float]]) -> tuple[float, float, float, float]:
    """Medians over the rounds of p50 and p99, and the least and the greatest p99."""
    p50 = [statistics.median(each) for each in rounds]
    p99 = [sorted(each)[int(0.99 * (len(each) - 1))] for each in rounds]
    return statistics.median(p50), statistics.median(p99), min(p99), max(p99)


def show(title: str, samples: Samples, base: str) -> dict[str, float]:
    """Print a table; each contestant's p99 as a multiple of *base*'s."""
    _, limit, _, _ = centiles(samples[base])
    ratios = {}
    print(f"\n{title}\n{'':24}{'p50 ms':>9}{'p99 ms':>9}{'p99 min-max':>17}{'p99 ratio':>11}")
    for name, rounds in samples.items():
        p50, p99, least, most = (1000 * value for value in centiles(rounds))
        ratios[name] = p99 / 1000 / limit
        span = f"{least:.3f}-{most:.3f}"
        print(f"{name:24}{p50:9.3f}{p99:9.3f}{span:>17}{ratios[name]:11.3f}")
    return ratios


async def run(url: str, rounds: int) -> None:
    async with open_ground(url) as ground:
        reading = await p3_redis_read(ground, rounds=rounds)
        p3 = show("P3: one exam (100 KB) from Redis", reading, "limit: redis-py GET")
        stampede, asked = await p5_stampede(ground, rounds=rounds)
        p5 = show(f"P5: {CALLERS} callers, one cold key", stampede, "naive")
    loads = {name: count / rounds for name, count in asked.items()}
    print(f"\nloads per stampede: {loads}")
    print(f"P3 ours / raw GET, p99: {p3['ours']:.2f} (goal <= 2)")
    print(f"P5 ours / naive, p99: {p5['ours, redis']:.3f} (goal <= 0.05)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--redis", default="redis://127.0.0.1:6379/0")
    options = parser.parse_args()
    asyncio.run(run(options.redis, options.rounds))


if __name__ == "__main__":
    main()
