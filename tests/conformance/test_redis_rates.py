"""Rates counted in Redis keep the port's promises, and leave nothing behind."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack

import attrs
import pytest
from redis import Redis

from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Invalid
from homeroom.kernel.rates import Rate, RateLimiter, RatesSettings
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.redis.rates import open_rates
from homeroom_testing.conformance.rates import RateLimiterConformance
from homeroom_testing.sandboxes import delete_keys, fresh_name

pytestmark = [pytest.mark.anyio, pytest.mark.service("redis")]

MINUTE = Rate(5, 60)

Open = Callable[[], AbstractAsyncContextManager[RateLimiter]]


@attrs.frozen
class OnRedis:
    """Opens limiters that share a Redis, in an environment nobody else uses."""

    url: str
    environment: str = attrs.field(factory=fresh_name)

    def __call__(self, environment: str = "") -> AbstractAsyncContextManager[RateLimiter]:
        settings = RatesSettings(url=self.url, environment=self.environment + environment)
        return open_rates(settings, Ambient(SystemClock(), JsonCodec()))

    @property
    def keys(self) -> str:
        return f"homeroom:{self.environment}"


@pytest.fixture
def open_here(redis_url: str) -> Iterator[OnRedis]:
    here = OnRedis(redis_url)
    yield here
    delete_keys(redis_url, here.keys)


@pytest.fixture
async def limiter(open_here: OnRedis) -> AsyncIterator[RateLimiter]:
    async with open_here() as limiter:
        yield limiter


@pytest.fixture
def client(redis_url: str) -> Iterator["Redis"]:
    with Redis.from_url(redis_url) as client:
        yield client


class TestRedisRates(RateLimiterConformance):
    @pytest.fixture
    async def limiter(self, open_here: OnRedis) -> AsyncIterator[RateLimiter]:
        async with open_here() as limiter:
            yield limiter


async def test_processes_that_share_a_redis_share_the_count(open_here: OnRedis) -> None:
    async with AsyncExitStack() as stack:
        several = [await stack.enter_async_context(open_here()) for _ in range(3)]
        taken = [await several[n % 3].take("a", MINUTE) for n in range(9)]
    assert sum(one.allowed for one in taken) == 5


async def test_environments_count_apart(open_here: OnRedis) -> None:
    once = Rate(1, 60)
    async with open_here("-one") as one, open_here("-other") as other:
        await one.take("a", once)
        assert (await other.take("a", once)).allowed
        assert not (await one.take("a", once)).allowed


async def test_a_key_lives_no_longer_than_somebody_owes_time(
    limiter: RateLimiter, open_here: OnRedis, client: "Redis"
) -> None:
    await limiter.take("a", Rate(5, 60))
    [key] = client.scan_iter(f"{open_here.keys}*")
    assert 0 < client.pttl(key) <= 12_000
    await limiter.take("a", Rate(5, 60))
    assert 12_000 < client.pttl(key) <= 24_000


async def test_a_caller_cannot_choose_the_name_of_a_key(
    limiter: RateLimiter, open_here: OnRedis, client: "Redis"
) -> None:
    await limiter.take("x" * 10_000 + "\r\nFLUSHALL\r\n", MINUTE)
    [key] = client.scan_iter(f"{open_here.keys}*")
    assert len(key) < 300
    assert b"\n" not in key


async def test_a_redis_that_forgot_its_scripts_is_told_again(
    limiter: RateLimiter, client: "Redis"
) -> None:
    await limiter.take("a", MINUTE)
    client.script_flush()
    assert (await limiter.take("a", MINUTE)).remaining == 3


async def test_a_count_that_a_stranger_overwrote_begins_anew(
    limiter: RateLimiter, open_here: OnRedis, client: "Redis"
) -> None:
    await limiter.take("a", MINUTE)
    [key] = client.scan_iter(f"{open_here.keys}*")
    client.set(key, "nonsense")
    assert (await limiter.take("a", MINUTE)).remaining == 4


async def test_a_clock_that_was_set_back_locks_nobody_out(
    limiter: RateLimiter, open_here: OnRedis, client: "Redis"
) -> None:
    short = Rate(2, 1.0)
    for _ in range(2):
        await limiter.take("a", short)
    [key] = client.scan_iter(f"{open_here.keys}*")
    found = client.get(key)
    assert isinstance(found, bytes)
    at, owed = found.decode().split()
    client.set(key, f"{int(at) + 86_400_000_000} {owed}")
    refused = await limiter.take("a", short)
    assert (refused.allowed, 0 < refused.retry_after <= 0.5) == (False, True)
    await asyncio.sleep(refused.retry_after + 0.02)
    assert (await limiter.take("a", short)).allowed


async def test_a_rate_of_many_small_steps_is_counted_exactly(limiter: RateLimiter) -> None:
    tight = Rate(1_000_000, 1e9)
    left = [(await limiter.take("a", tight)).remaining for _ in range(3)]
    assert left == [999_999, 999_998, 999_997]


@pytest.mark.parametrize("url", ["http://127.0.0.1:6379", "redis://:hunter2@host:port/0"])
async def test_an_address_of_no_redis_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(Invalid, match="redis://user:password@host") as refusal:
        async with OnRedis(url)():
            pass
    assert "hunter2" not in str(refusal.value)
