"""The relay of handovers ends with the store, also where a driver loses a cancellation."""

import asyncio
from typing import Any

import pytest

from homeroom_adapters.mongo.opening import carrying

pytestmark = pytest.mark.anyio


class HardOfHearing:
    """Carries on twice after it was told to end, as if an answer had come in that moment."""

    told = 0

    async def keep_carrying(self, _every: float) -> None:
        while self.told < 3:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                self.told += 1


async def test_it_is_told_again_until_it_ends() -> None:
    relay: Any = HardOfHearing()
    async with asyncio.timeout(10), carrying(relay, 1.0):
        await asyncio.sleep(0)
    assert relay.told == 3
