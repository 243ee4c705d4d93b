"""Both doors to another house sign their suites."""

from collections.abc import AsyncIterator

import pytest
from openid_ground import SETTINGS, opened

from homeroom_adapters.memory.openid import MemoryDoor
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.id_tokens import IdTokensConformance
from homeroom_testing.conformance.openid import Doorway, OpenDoor, OpenIdDoorConformance
from homeroom_testing.forged_id_tokens import ATTACKS, CLAIMS, FORMS, HEADERS
from homeroom_testing.openid import open_provider


@pytest.mark.adapter("memory")
class TestMemoryDoor(OpenIdDoorConformance):
    @pytest.fixture
    async def doorway(self, clock: SteppingClock) -> Doorway:
        door = MemoryDoor(settings=SETTINGS, clock=clock)
        return Doorway(door, door)


@pytest.mark.adapter("oidc")
class TestHttpDoor(OpenIdDoorConformance):
    @pytest.fixture
    async def doorway(self, clock: SteppingClock) -> AsyncIterator[Doorway]:
        async with open_provider(clock) as provider, opened(provider.settings(), clock) as door:
            yield Doorway(door, provider)


@pytest.mark.adapter("oidc")
class TestIdTokens(IdTokensConformance):
    @pytest.fixture
    def open_door(self) -> OpenDoor:
        return opened


def test_there_are_attacks_of_every_kind() -> None:
    assert min(len(HEADERS), len(CLAIMS)) >= 30
    assert len(ATTACKS) == len(HEADERS) + len(CLAIMS) + len(FORMS)
