"""A way out to liars on loopback, and names that mean what a test says."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from homeroom_adapters.http.outbound import OutboundHttp, open_outbound
from homeroom_adapters.http.settings import OutboundSettings
from homeroom_testing.clock import FixedClock
from homeroom_testing.liars import Names

LOOPBACK = ("127.0.0.0/8",)


Open = Callable[..., AbstractAsyncContextManager[OutboundHttp]]


@pytest.fixture
def names() -> Names:
    return Names({"campus.example": [["127.0.0.1"]]})


@pytest.fixture
def open_out(names: Names) -> Open:
    """Opens a way out with a test's settings, to which loopback is excepted."""

    @asynccontextmanager
    async def opening(**settings: object) -> AsyncIterator[OutboundHttp]:
        chosen = OutboundSettings(**{"allow": LOOPBACK, "patience": 0.0, **settings})  # type: ignore[arg-type]  # names are checked by attrs
        async with open_outbound(chosen, clock=FixedClock(), resolver=names) as out:
            yield out

    return opening
