"""A way out to liars on loopback, and names that mean what a test says."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from ipaddress import IPv4Network

import pytest

from homeroom.kernel.codec import Ambient
from homeroom.kernel.outbound import Outbound, OutboundSettings
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.http.opening import open_outbound
from homeroom_testing.clock import FixedClock
from homeroom_testing.liars import Names

LOOPBACK = (IPv4Network("127.0.0.0/8"),)


Open = Callable[..., AbstractAsyncContextManager[Outbound]]


@pytest.fixture
def names() -> Names:
    return Names({"campus.example": [["127.0.0.1"]]})


@pytest.fixture
def open_out(names: Names) -> Open:
    """Opens a way out with a test's settings, to which loopback is excepted."""

    @asynccontextmanager
    async def opening(**settings: object) -> AsyncIterator[Outbound]:
        chosen = OutboundSettings(**{"allow": LOOPBACK, "patience": 0.0, **settings})  # type: ignore[arg-type]  # names are checked by attrs
        ambient = Ambient(FixedClock(), JsonCodec())
        async with open_outbound(chosen, ambient, resolver=names) as out:
            yield out

    return opening
