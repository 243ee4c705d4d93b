"""On SQLite a reader reserves what it tells; one that died must not keep it for ever."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.sql.engine import open_database
from homeroom_adapters.sql.outbox import RESERVED_FOR
from homeroom_adapters.sql.storage import open_storage
from homeroom_adapters.sql.tables import outbox
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.outbox import an_event, put
from homeroom_testing.conformance.storage import told_by

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
async def storage(file: Path, clock: SteppingClock) -> AsyncIterator[Storage]:
    settings = StorageSettings(url=f"sqlite:///{file}")
    async with open_storage(settings, Ambient(clock, JsonCodec())) as opened:
        yield opened


async def test_what_a_dead_reader_reserved_is_told_once_its_time_is_over(
    storage: Storage, clock: SteppingClock, file: Path
) -> None:
    await put(storage, an_event())
    async with open_database(f"sqlite:///{file}", pool_size=1) as dead, dead.write() as connection:
        reserved = clock.now() + RESERVED_FOR
        await connection.execute(sa.update(outbox).values(reserved_until=reserved))
    assert await told_by(storage) == []
    clock.step(seconds=RESERVED_FOR.total_seconds())
    assert len(await told_by(storage)) == 1
