"""A Redis for tests of the bus on it: what it keeps, and who takes part."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from homeroom.kernel.bus import BusSettings, EventBus
from homeroom_adapters.redis.bus import RedisBus
from homeroom_adapters.redis.streams import Habits, stream_of
from homeroom_testing.sandboxes import fresh_name

NAME = "testing.noted.v1"


@attrs.frozen
class OnRedis:
    """A Redis, and an environment in it that nobody else uses."""

    url: str
    client: "Redis"
    environment: str = attrs.field(factory=fresh_name)

    @property
    def settings(self) -> BusSettings:
        return BusSettings(url=self.url, environment=self.environment)

    @property
    def stream(self) -> str:
        return stream_of(self.environment, NAME)

    @property
    def kept(self) -> int:
        return self.client.xlen(self.stream)

    @property
    def pending(self) -> int:
        return sum(group["pending"] for group in self.client.xinfo_groups(self.stream))

    @property
    def members(self) -> list[bytes]:
        told = self.client.xinfo_consumers(self.stream, "reports")
        return [member["name"] for member in told]

    @asynccontextmanager
    async def bus(self, habits: Habits | None = None) -> AsyncIterator[EventBus]:
        """A bus with habits of its own."""
        async with AsyncRedis.from_url(self.url, protocol=2) as client:
            yield RedisBus(client, self.settings, habits)
