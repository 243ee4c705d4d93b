"""The shelf: slots whose jobs never wait still leave the loop its turns."""

import asyncio
import time
from datetime import UTC, datetime

import pytest

from homeroom.kernel.ids import JobId, new_id
from homeroom.kernel.jobs import WorkPolicy
from homeroom.kernel.queue import Claim
from homeroom_entrypoints.worker.attempts import Attempt
from homeroom_entrypoints.worker.shelf import Shelf

pytestmark = pytest.mark.anyio

SLOTS = 5
JOBS = 40
QUEUE = "default"


def attempt() -> Attempt:
    claim = Claim(
        id=JobId(new_id()),
        token=1,
        name="test.busy.v1",
        payload="{}",
        queue=QUEUE,
        attempt=1,
        policy=WorkPolicy(),
        run_at=datetime(2026, 1, 1, tzinfo=UTC),
        institution_id=None,
        trace_id="",
    )
    return Attempt(claim, since=time.monotonic(), lease=15.0)


async def busy_slot(shelf: Shelf) -> None:
    while True:
        taken = await shelf.take()
        until = time.monotonic() + 0.002
        while time.monotonic() < until:
            pass
        shelf.done(taken, 0.002)


async def test_busy_slots_together_keep_the_loop_no_longer_than_one_would() -> None:
    shelf = Shelf([QUEUE], concurrency=SLOTS, most_ahead=0)
    slots = [asyncio.create_task(busy_slot(shelf)) for _ in range(SLOTS)]
    await asyncio.sleep(0.01)
    shelf.put(shelf.lanes[QUEUE], [attempt() for _ in range(JOBS)])
    turns = 0
    while shelf.lanes[QUEUE].stock:
        await asyncio.sleep(0)
        turns += 1
    for slot in slots:
        slot.cancel()
    await asyncio.gather(*slots, return_exceptions=True)
    assert turns >= JOBS - 2 * SLOTS, "jobs of every slot ran between two turns of the loop"
