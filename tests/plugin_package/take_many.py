"""A process that takes 50 times from a rate of 30 that it shares; says how often it might."""

import asyncio
import sys

from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.rates import Rate, RatesSettings
from homeroom_adapters.codec.json import JsonCodec
from homeroom_entrypoints.composition.plugins import find_adapter


async def main(url: str) -> None:
    ambient = Ambient(SystemClock(), JsonCodec())
    async with find_adapter("rates", "sqlite")(RatesSettings(url=url), ambient) as limiter:
        taken = await asyncio.gather(*(limiter.take("a", Rate(30, 3600)) for _ in range(50)))
    print(sum(one.allowed for one in taken))


asyncio.run(main(sys.argv[1]))
