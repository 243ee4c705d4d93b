"""The carrier in memory keeps every promise of the port but those about strangers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from homeroom.kernel.carrier import Carrier
from homeroom_adapters.memory.carrier import MemoryBroker, MemoryCarrier
from homeroom_testing.conformance.carriers import CarrierConformance
from homeroom_testing.conformance.carriers_ground import Empty, OpenHere
from homeroom_testing.conformance.contract import Capabilities


@pytest.mark.adapter("memory carrier")
class TestMemoryCarrier(CarrierConformance):
    capabilities = Capabilities(durable=False, strangers=False)

    @pytest.fixture
    def broker(self) -> MemoryBroker:
        return MemoryBroker()

    @pytest.fixture
    def open_here(self, broker: MemoryBroker) -> OpenHere:
        @asynccontextmanager
        async def open_one(environment: str = "test") -> AsyncIterator[Carrier]:
            carrier = MemoryCarrier(broker, environment)
            yield carrier
            carrier.close()

        return open_one

    @pytest.fixture
    def empty(self, broker: MemoryBroker) -> Empty:
        async def forget() -> None:
            broker.empty()

        return forget
