"""Two who learn of the same questions at once wait for each other, and not for ever."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.sql.storage import open_schema, open_storage
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.question_curves import a_curve
from homeroom_testing.conformance.sittings_ground import a_bank
from homeroom_testing.conformance.storage import settle_in

pytestmark = [pytest.mark.anyio, pytest.mark.service("postgres")]


@pytest.fixture
async def storage(postgres_schema_url: str) -> AsyncIterator[Storage]:
    settings = StorageSettings(url=postgres_schema_url)
    async with open_schema(settings) as schema:
        await schema.upgrade()
    async with open_storage(settings, Ambient(SteppingClock(), JsonCodec())) as opened:
        yield opened


async def test_curves_are_kept_in_one_order_whatever_order_they_come_in(storage: Storage) -> None:
    bank = await a_bank(storage, await settle_in(storage))
    first, last = a_curve(bank, 0), a_curve(bank, 3)

    async def backwards() -> None:
        async with storage.start() as unit:
            await unit.question_curves.keep(bank.exam.id, [last, first])
            await unit.commit()

    async with storage.start() as unit:
        await unit.question_curves.keep(bank.exam.id, [first])
        other = asyncio.create_task(backwards())
        await asyncio.sleep(0.5)  # it holds the last one by now, if that is what it took first
        await unit.question_curves.keep(bank.exam.id, [last])
        await unit.commit()
    await other
    assert len(await storage.adaptive.curves(bank.exam.id)) == 2
