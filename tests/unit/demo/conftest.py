"""A house in memory, and somebody who keeps its exams."""

from collections.abc import AsyncIterator
from pathlib import Path

import attrs
import pytest

from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.ids import new_id
from homeroom_entrypoints.composition.application import open_homeroom
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.settings import load_settings


@pytest.fixture
async def homeroom(tmp_path: Path) -> AsyncIterator[Homeroom]:
    settings = {
        "HOMEROOM_STORAGE__ADAPTER": "memory",
        "HOMEROOM_STORAGE__URL": f"memory://{new_id()}",
        "HOMEROOM_DATA_DIR": str(tmp_path),
    }
    async with open_homeroom(load_settings(settings)) as opened:
        yield opened


@pytest.fixture
async def author(homeroom: Homeroom) -> Actor:
    secret = await homeroom.people.open_house("Ateneo de Naga")
    assert secret is not None
    actor = await homeroom.people.authenticate(secret.text)
    return attrs.evolve(actor, roles=frozenset({Role.ADMIN}))
