"""Rates counted in Redis: every process that shares it shares the count."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from homeroom.kernel.cache import joined
from homeroom.kernel.codec import Ambient
from homeroom.kernel.rates import Allowance, Rate, RateLimiter, RatesSettings
from homeroom_adapters.redis.connection import Line, bounded_pool

PATIENCE = 1.0
"""Seconds after which a Redis that does not answer counts as away."""

_CONNECTIONS = 20

# The generic cell rate algorithm. A key holds an instant and the debt at that instant, both in
# microseconds of Redis' own clock: the debt shrinks as time goes by, a time that is allowed adds
# one step, and nobody may owe more than the whole period. Instant and debt are kept apart, since
# their sum would not fit a double without rounding off small steps.
_TAKE = """
local period, limit = tonumber(ARGV[1]), tonumber(ARGV[2])
local step = period / limit
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function keep(debt)
  local owed = string.format('%.0f %.17g', now, debt)
  redis.call('SET', KEYS[1], owed, 'PX', math.ceil(debt / 1000))
end
local debt = 0
local known = redis.call('GET', KEYS[1])
if known then
  local at, owed = string.match(known, '^(%d+) (%S+)$')
  if at then debt = math.max(0, tonumber(owed) - math.max(0, now - at)) end
  if at and now < tonumber(at) then keep(debt) end -- the clock was set back: count from here
end
local early = debt + step - period
if early > 0.001 then return {0, 0, math.ceil(early)} end
if ARGV[3] == '1' then
  debt = debt + step
  keep(debt)
end
return {1, math.floor((period - debt) / step + 0.000001), 0}
"""


class RedisRates:
    """One script in one round trip; a key lives only as long as somebody owes time."""

    def __init__(self, client: Redis, environment: str) -> None:
        self._client = client
        self._script = client.register_script(_TAKE)
        self._prefix = f"homeroom:{joined([environment])}:rate"
        self._line = Line("rate limiter", "nothing is counted")

    async def take(self, key: str, rate: Rate, *, times: int = 1) -> Allowance:
        name = f"{self._prefix}:{joined([key])}"
        period = max(1, round(rate.per * 1_000_000))
        with self._line.speaking():
            async with asyncio.timeout(PATIENCE):
                # A Redis that lost the script is given it again: one round trip more, once.
                allowed, left, wait = await self._script(
                    [name], [period, rate.limit, min(times, 1)]
                )
        return Allowance(bool(allowed), remaining=left, retry_after=wait / 1_000_000)

    async def ping(self) -> None:
        with self._line.speaking():
            async with asyncio.timeout(PATIENCE):
                await self._client.ping()


@asynccontextmanager
async def open_rates(settings: RatesSettings, _ambient: Ambient) -> AsyncIterator[RateLimiter]:
    """The limiter behind entry point `homeroom.rates`, name `redis`.

    It connects when first asked: a Redis that is down never stops a start.
    """
    pool = bounded_pool(settings.url, timeout=PATIENCE, size=_CONNECTIONS)
    async with Redis.from_pool(pool) as client:
        yield RedisRates(client, settings.environment)
