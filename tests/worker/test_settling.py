"""Settlements collected while the storage is slow: none waits for ever."""

import asyncio
from datetime import UTC, datetime

import attrs
import pytest

from homeroom.kernel.ids import JobId, new_id
from homeroom.kernel.jobs import WorkPolicy
from homeroom.kernel.queue import Claim, Lease, succeed
from homeroom_entrypoints.worker.attempts import Attempt
from homeroom_entrypoints.worker.leasekeeper import LeaseKeeper
from homeroom_entrypoints.worker.settling import Settler

pytestmark = pytest.mark.anyio


@attrs.define
class SlowBook:
    """Records settlements, once it is let."""

    may: asyncio.Event = attrs.field(factory=asyncio.Event)
    recorded: list[JobId] = attrs.field(factory=list)

    async def settle(self, settlements):
        await self.may.wait()
        self.recorded += [one.id for one in settlements]
        return []


def attempts(count: int) -> list[Attempt]:
    now = datetime.now(UTC)
    policy = WorkPolicy()
    return [
        Attempt(
            Claim(
                id=JobId(new_id()),
                token=1,
                name="x.v1",
                payload="{}",
                queue="default",
                attempt=1,
                policy=policy,
                run_at=now,
            ),
            since=0.0,
            lease=15.0,
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("count", [1, 199, 200, 1000, 1014, 2500])
async def test_whatever_piles_up_while_the_storage_is_slow_is_recorded_soon(open_fresh, count):
    book = SlowBook()
    async with open_fresh() as storage:
        keeper = LeaseKeeper(storage.open_leases, Lease(worker="w", seconds=15.0), lambda _: None)
        settler = Settler(book, keeper, lambda _: None)

        async def keep_flushing():
            while True:
                await settler.flush()

        flushing = asyncio.create_task(keep_flushing())
        first, *others = attempts(1 + count)
        settler.add(first, succeed(first.claim))
        await asyncio.sleep(0.02)  # the first one is on its way, and the storage is slow
        for attempt in others:
            settler.add(attempt, succeed(attempt.claim))
        await asyncio.sleep(0.02)
        book.may.set()
        try:
            async with asyncio.timeout(2):
                while len(book.recorded) < 1 + count:  # noqa: ASYNC110 - the settler tells nobody
                    await asyncio.sleep(0.005)
        finally:
            flushing.cancel()
        assert book.recorded == [one.claim.id for one in (first, *others)]
