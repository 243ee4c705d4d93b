"""A house in memory, and people to act in it."""

from collections.abc import AsyncIterator

import pytest

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.clock import SteppingClock


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
async def storage(clock: SteppingClock) -> AsyncIterator[Storage]:
    async with open_storage(StorageSettings(), Ambient(clock, JsonCodec())) as opened:
        yield opened
