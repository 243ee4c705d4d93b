"""SIGTERM under load, as at every deploy: nothing lost, nothing run twice, nothing left idle."""

import asyncio
import random

import pytest
from backends import EVERY_BACKEND, Extent
from grounds import Ground, under_load

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(600)]

GRACE = 5.0
RATE = 30.0
IDLE = 1.0
"""Seconds a job may wait with a worker up that does nothing, or does what came later."""


@EVERY_BACKEND
async def test_a_deploy_under_load_is_noticed_by_nobody(
    ground: Ground, extent: Extent, seed: int
) -> None:
    luck = random.Random(seed)
    ground.client.longest = 0.1
    worker = ground.worker(jobs__grace_seconds=GRACE)
    await worker.until_up(ground.journal)
    held: set[int] = set()
    async with under_load(ground, RATE):
        for _ in range(extent.terminations_each):
            await asyncio.sleep(luck.uniform(0.1, 0.8))
            pid = worker.pid
            assert await worker.terminate(within=GRACE + 5) <= GRACE
            assert worker.exit_code == 0, worker.last_words()
            held |= ground.ledger.held_by(pid)
            worker.start()
            await worker.until_up(ground.journal)
    await ground.until_settled(within=30)
    account = ground.account()
    assert held == set()
    assert account.findings(lease=0) == []
    assert {n: starts for n, starts in account.starts().items() if starts > 1} == {}
    assert {n: late for n, late in account.overtaken().items() if late > IDLE} == {}
    assert {n: late for n, late in account.pauses().items() if late > IDLE} == {}
