"""A house in memory, and people to act in it."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.clock import SteppingClock

sys.path.insert(0, str(Path(__file__).parent))  # pytest leaves a test's own directory out

from ticket_office import Office, open_office


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
async def storage(clock: SteppingClock) -> AsyncIterator[Storage]:
    async with open_storage(StorageSettings(), Ambient(clock, JsonCodec())) as opened:
        yield opened


@pytest.fixture
async def office(storage: Storage, clock: SteppingClock) -> AsyncIterator[Office]:
    async with open_office(storage, clock) as opened:
        yield opened
