"""Leases: kept while a handler blocks, given up when it is stuck, and honoured when lost."""

import asyncio
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import attrs
import pytest

from homeroom.house import Storage
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.ids import JobId, new_id
from homeroom.kernel.jobs import WorkPolicy
from homeroom.kernel.queue import Claim, Lease, Leases
from homeroom_entrypoints.worker.attempts import Attempt
from homeroom_entrypoints.worker.leasekeeper import LeaseKeeper

pytestmark = pytest.mark.anyio


@attrs.define
class Ledger:
    """Leases in memory that can be out of reach, and say what they were asked to renew."""

    renewed: list[JobId] = attrs.field(factory=list[JobId])
    gone: set[JobId] = attrs.field(factory=set[JobId])
    away: bool = False

    async def renew(self, held, lease):
        if self.away:
            raise Unavailable
        self.renewed += [job_id for job_id, _ in held]
        return [fence for fence in held if fence[0] in self.gone]

    async def report(self, job, token, progress):
        raise NotImplementedError

    @asynccontextmanager
    async def open(self):
        leases: Leases = self
        yield leases


def an_attempt(lease: float = 0.3) -> Attempt:
    claim = Claim(
        id=JobId(new_id()),
        token=1,
        name="workshop.chore.v1",
        payload="{}",
        queue="default",
        attempt=1,
        policy=WorkPolicy(),
        run_at=datetime.now(UTC),
    )
    return Attempt(claim, since=time.monotonic(), lease=lease)


@asynccontextmanager
async def keeping(ledger: Ledger, lost: list[Attempt], seconds: float = 0.3):
    keeper = LeaseKeeper(ledger.open, Lease(worker="w", seconds=seconds), lost.extend)
    keeper.start()
    try:
        yield keeper
    finally:
        await keeper.stop()


class TestTheKeeper:
    async def test_renews_while_the_loop_is_blocked(self):
        ledger, attempt = Ledger(), an_attempt()
        async with keeping(ledger, []) as keeper:
            keeper.hold([attempt])
            time.sleep(0.9)
            assert attempt.until > time.monotonic()
            assert len(ledger.renewed) >= 4

    async def test_renews_no_more_what_was_let_go(self):
        ledger, attempt = Ledger(), an_attempt()
        async with keeping(ledger, []) as keeper:
            keeper.hold([attempt])
            await asyncio.sleep(0.25)
            keeper.let_go([attempt])
            await asyncio.sleep(0.1)
            before = len(ledger.renewed)
            await asyncio.sleep(0.3)
        assert len(ledger.renewed) == before > 0

    async def test_tells_which_leases_are_lost(self):
        attempt, lost = an_attempt(), []
        ledger = Ledger(gone={attempt.claim.id})
        async with keeping(ledger, lost) as keeper:
            keeper.hold([attempt])
            await asyncio.sleep(0.25)
        assert lost == [attempt]
        assert attempt.lost

    async def test_gives_up_an_attempt_two_leases_beyond_its_timeout(self):
        ledger, attempt, lost = Ledger(), an_attempt(), []
        attempt.deadline = time.monotonic()
        async with keeping(ledger, lost) as keeper:
            keeper.hold([attempt])
            await asyncio.sleep(0.5)
            assert not lost
            await asyncio.sleep(0.9)
        assert lost == [attempt]

    async def test_lets_others_have_what_waits_behind_a_stuck_loop(self):
        ledger, stuck, waiting = Ledger(), an_attempt(), an_attempt()
        stuck.deadline = time.monotonic() - 0.6
        async with keeping(ledger, []) as keeper:
            keeper.hold([stuck, waiting])
            time.sleep(1.2)
            assert waiting.lost

    async def test_goes_on_through_an_outage_shorter_than_the_lease(self):
        ledger, attempt, lost = Ledger(away=True), an_attempt(0.6), []
        async with keeping(ledger, lost, 0.6) as keeper:
            keeper.hold([attempt])
            await asyncio.sleep(0.3)
            ledger.away = False
            await asyncio.sleep(0.8)
            assert not lost
            assert attempt.until > time.monotonic()

    async def test_knows_when_its_leases_must_have_run_out(self):
        ledger, attempt, lost = Ledger(away=True), an_attempt(), []
        async with keeping(ledger, lost) as keeper:
            keeper.hold([attempt])
            await asyncio.sleep(0.2)
            assert not lost
            await asyncio.sleep(0.3)
        assert lost == [attempt]


class TestAWorker:
    async def test_keeps_the_lease_of_a_handler_that_blocks_the_loop_and_starts_it_once(self, shop):
        async def block(_chore, _run):
            time.sleep(1.8)

        shop.does["block"] = block
        job_id = await shop.ask("block")
        async with shop.working(lease=0.6), _a_rival_sweeping(shop.storage):
            job = await shop.becomes(job_id, "succeeded", 10)
        assert shop.starts == [0]
        assert job.attempts == 1

    async def test_stops_a_job_that_was_cancelled(self, shop):
        stopped = asyncio.Event()

        async def wait(_chore, _run):
            try:
                await asyncio.sleep(60)
            finally:
                stopped.set()

        shop.does["wait"] = wait
        job_id = await shop.ask("wait")
        async with shop.working(lease=0.6):
            await shop.until(lambda: shop.starts == [0])
            async with shop.storage.start() as unit:
                job = await unit.job_records.get(job_id, reach=None)
                await unit.job_records.save(job.cancelled(at=shop.ambient.clock.now()))
                await unit.commit()
            async with asyncio.timeout(3):
                await stopped.wait()
            await shop.until(lambda: shop.tally.outcomes == ["lost"])
        assert (await shop.job(job_id)).state.value == "cancelled"


@asynccontextmanager
async def _a_rival_sweeping(storage: Storage):
    """Somebody who takes back every lease that runs out, as soon as the loop lets them."""

    async def sweep():
        while True:
            await storage.queue.sweep()
            await asyncio.sleep(0.05)

    rival = asyncio.create_task(sweep())
    try:
        yield
    finally:
        rival.cancel()
        await asyncio.gather(rival, return_exceptions=True)
