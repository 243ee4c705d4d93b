"""The house's own tasks are done by its workers."""

import time
from typing import Any

import pytest
from sending_house import TASKS, House

from homeroom_entrypoints.composition.scheduling import furnish

pytestmark = pytest.mark.anyio


async def own(house: House, name: str) -> Any:
    """The house's task of this *name*."""
    (found,) = (await house.ask("GET", TASKS, params={"text": name}))["data"]
    return found


async def sealed(house: House) -> tuple[int, int]:
    """How many entries are sealed, and how many are not."""
    [first] = await house.homeroom.plant.storage.people.institutions()
    head, unsealed = await house.homeroom.plant.storage.record.ends(first.id)
    return head.sealed, unsealed


async def test_what_was_noted_is_sealed_by_a_task_of_the_house(house: House) -> None:
    house.clock.set("2026-05-04T10:00:05Z")  # nothing comes due by itself for a while
    await furnish(house.homeroom)
    await house.make(notifier="log")
    await house.run(await own(house, "Seal the record"))
    assert await sealed(house) == (0, 2)
    end = time.monotonic() + 10
    async with house.working():
        while await sealed(house) != (2, 0):
            assert time.monotonic() < end, "nobody sealed it"
    verdict = await house.ask("POST", "/api/v1/audit-logs/verify")
    assert verdict["whole"]
