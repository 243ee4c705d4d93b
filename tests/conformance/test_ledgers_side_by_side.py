"""Nobody who sends waits for who sends elsewhere, and a block of all ends is met by the next."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from homeroom.house import Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.scheduling.model.deliveries import Answer, Outcome
from homeroom.scheduling.model.targets import NotifierKind
from homeroom.scheduling.use_cases.ledger import Ledger, everywhere_of
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.sql.storage import open_storage
from homeroom_testing.clock import NOON, SteppingClock

pytestmark = [pytest.mark.anyio, pytest.mark.service("postgres")]

DISCORD = NotifierKind.DISCORD
LIMITED = Answer(outcome=Outcome.LIMITED, status=429, retry_after=30.0, everywhere=True)
UNTIL = NOON + timedelta(seconds=30)


@pytest.fixture
async def storage(postgres_store: str) -> AsyncIterator[Storage]:
    settings = StorageSettings(url=postgres_store)
    async with open_storage(settings, Ambient(SteppingClock(), JsonCodec())) as opened:
        yield opened


@pytest.fixture
def ledger(storage: Storage) -> Ledger:
    return Ledger(storage.start, SteppingClock())


async def test_who_notes_a_block_of_all_ends_holds_up_nobody(
    storage: Storage, ledger: Ledger
) -> None:
    async with asyncio.timeout(10), storage.start() as unit:
        everywhere = await unit.channels.get(everywhere_of(DISCORD))
        everywhere.block(UNTIL)
        await unit.channels.save(everywhere)
        assert (await ledger.ask(DISCORD, "first")).granted
        await unit.commit()
    assert (await ledger.ask(DISCORD, "second")).wait_until == UNTIL


async def test_a_block_that_lands_while_somebody_waits_for_their_end_is_honoured(
    storage: Storage, ledger: Ledger
) -> None:
    async with asyncio.timeout(10):
        async with storage.start() as unit:
            await unit.channels.get("busy")
            asking = asyncio.create_task(ledger.ask(DISCORD, "busy"))
            await asyncio.sleep(0.2)
            assert not asking.done(), "an end is held by one at a time"
            await ledger.note(DISCORD, "another", LIMITED)
        assert (await asking).wait_until == UNTIL
