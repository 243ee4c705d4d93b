"""Goal P25: from a full stream into the record, beside what one would write in an afternoon."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import attrs
from bench_record import AMBIENT, BATCH, COLUMNS, Ground, an_entry, open_ground, row_of
from harness import Bench, Contender, Goal, Sample, Scale
from redis.asyncio import Redis

from homeroom.house import StorageSettings
from homeroom.kernel.audit import Entry
from homeroom.kernel.handover import HandoverSettings, read, written
from homeroom_adapters.redis.handing import Place
from homeroom_adapters.redis.handover import open_handover as open_stream
from homeroom_adapters.sql.storage import open_storage

DRAINED = 20_000
_COPY = f"COPY audit_entries ({COLUMNS}) FROM STDIN"


async def fill(redis: Redis, stream: str, entries: int) -> None:
    await redis.delete(stream)
    for _ in range(entries // BATCH):
        async with redis.pipeline(transaction=False) as steps:
            for _ in range(BATCH):
                steps.xadd(stream, {"entry": written(an_entry())})
            await steps.execute()


@attrs.frozen
class Drain:
    """Works off a full stream into the record's own table."""

    ground: Ground
    redis: Redis
    entries: int

    async def ours(self) -> Sample:
        place, settings = (
            Place.of("bench").stream,
            HandoverSettings(url=self.ground.redis, environment="bench", batch=BATCH),
        )
        await fill(self.redis, place, self.entries)
        async with AsyncExitStack() as stack:
            storage = await stack.enter_async_context(
                open_storage(StorageSettings(url=self.ground.postgres), AMBIENT)
            )
            handover = await stack.enter_async_context(open_stream(settings, AMBIENT))
            written_all, total = asyncio.Event(), 0

            async def write(entries: Sequence[Entry]) -> None:
                nonlocal total
                async with storage.start() as unit:
                    await unit.audit.note(*entries)
                    await unit.commit()
                total += len(entries)
                if total >= self.entries:
                    written_all.set()

            began = time.perf_counter()
            async with handover.hand_on(write):
                await written_all.wait()
            took = time.perf_counter() - began
        return Sample({"entries/s": self.entries / took})

    async def by_hand(self) -> Sample:
        """XREADGROUP, COPY, XACK, as one would write it in an afternoon."""
        stream = "bench:by-hand"
        await fill(self.redis, stream, self.entries)
        await self.redis.xgroup_create(stream, "by-hand", id="0")
        connection = await self.ground.connect()
        began = time.perf_counter()
        while True:
            told: Any = await self.redis.xreadgroup("by-hand", "one", {stream: ">"}, count=BATCH)
            if not told:
                break
            [(_, found)] = told
            async with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
                for _, fields in found:
                    await copy.write_row(row_of(read(fields[b"entry"])))
            await self.redis.xack(stream, "by-hand", *(one for one, _ in found))
        took = time.perf_counter() - began
        await connection.close()
        return Sample({"entries/s": self.entries / took})


@asynccontextmanager
async def draining(scale: Scale) -> AsyncIterator[list[Contender]]:
    async with open_ground() as ground, Redis.from_url(ground.redis) as redis:
        drain = Drain(ground, redis, max(BATCH, scale.of(DRAINED)))
        yield [
            Contender("homeroom", "ours", drain.ours),
            Contender("XREADGROUP → COPY", "limit", drain.by_hand),
        ]


BENCHES = [
    Bench(
        "record.drain",
        "20 000 entries from a full stream into the record",
        draining,
        [Goal("P25", "entries/s", ours="homeroom", other="XREADGROUP → COPY", at_least=0.8)],
    ),
]
