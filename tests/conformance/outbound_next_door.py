"""The other side of the memory's way out: in this process, where the suite expects it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import ClassVar

import attrs
import pytest

from homeroom.kernel.outbound import Outbound, OutboundSettings
from homeroom_adapters.memory.outbound import (
    Arrived,
    MemoryOutbound,
    Neighbour,
    Neighbourhood,
    Reply,
)
from homeroom_testing.clock import FixedClock
from homeroom_testing.conformance.contract import Capabilities
from homeroom_testing.conformance.outbound import OutboundConformance
from homeroom_testing.conformance.outbound_ground import OpenHere, OutboundCapabilities, Said


@attrs.define
class NextDoor:
    """The other side in this process, where the suite expects it."""

    neighbours: Neighbourhood
    port: int = 8_765
    agreed: dict[str, list[Said]] = attrs.field(factory=dict[str, list[Said]])
    neighbour: Neighbour = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.neighbour = self.neighbours.settle(f"http://127.0.0.1:{self.port}", self._answer)

    @property
    def heard(self) -> Sequence[Arrived]:
        return self.neighbour.heard

    def agree(self, path: str, *said: Said) -> None:
        self.agreed[path] = list(said)

    async def _answer(self, arrived: Arrived) -> Reply:
        turns = self.agreed.get(arrived.path.partition("?")[0], [Said(status=404)])
        said = turns.pop(0) if len(turns) > 1 else turns[0]
        await asyncio.sleep(said.after)
        if said.lost:
            raise ConnectionResetError
        return Reply(status=said.status, headers=said.headers, body=said.body)


class InMemory(OutboundConformance):
    """The memory's way out, or a broken one in its place."""

    capabilities: ClassVar[Capabilities] = OutboundCapabilities(wired=False)
    outbound_type: ClassVar[type[MemoryOutbound]] = MemoryOutbound

    @pytest.fixture
    def neighbours(self) -> Neighbourhood:
        return Neighbourhood()

    @pytest.fixture
    async def other(self, neighbours: Neighbourhood) -> NextDoor:
        return NextDoor(neighbours)

    @pytest.fixture
    def open_here(self, neighbours: Neighbourhood) -> OpenHere:
        @asynccontextmanager
        async def opening(
            settings: OutboundSettings, names: Mapping[str, Sequence[str]] | None = None
        ) -> AsyncIterator[Outbound]:
            for host, meaning in (names or {}).items():
                neighbours.name(host, *meaning)
            outbound = self.outbound_type(settings, FixedClock(), neighbours)
            yield outbound
            outbound.close()

        return opening
