"""An orderly end: nothing lost, nothing burned, nothing left for others to wait for."""

import asyncio
import os
import signal
import time

import pytest

from homeroom_entrypoints.cli.stopping import stop_on_signals

pytestmark = pytest.mark.anyio


class TestAWorkerToldToStop:
    async def test_lets_running_work_finish(self, shop):
        async def work(_chore, _run):
            await asyncio.sleep(0.3)

        shop.does["work"] = work
        job_id = await shop.ask("work")
        async with shop.working() as stop:
            await shop.until(lambda: shop.starts == [0])
            stop.set()
        assert (await shop.job(job_id)).state.value == "succeeded"

    async def test_gives_back_what_it_claimed_ahead_without_burning_attempts(self, shop):
        gate = asyncio.Event()

        async def work(chore, _run):
            if chore.n >= 400:
                await gate.wait()

        shop.does["work"] = work
        ids = [await shop.ask("work", n) for n in range(600)]
        async with shop.working(concurrency=2, grace=0.2) as stop:
            await shop.until(lambda: len(shop.starts) == 402, 10)
            stop.set()
        jobs = [await shop.job(job_id) for job_id in ids[400:]]
        assert {(job.state.value, job.attempts) for job in jobs} == {("ready", 0)}
        assert shop.tally.outcomes.count("released") > 2, "nothing had been claimed ahead"

    async def test_releases_what_still_runs_after_the_grace(self, shop):
        async def endless(_chore, _run):
            await asyncio.sleep(60)

        shop.does["endless"] = endless
        job_id = await shop.ask("endless")
        begun = time.monotonic()
        async with shop.working(grace=0.1) as stop:
            await shop.until(lambda: shop.starts == [0])
            stop.set()
        job = await shop.job(job_id)
        assert (job.state.value, job.attempts) == ("ready", 0)
        assert time.monotonic() - begun < 2

    async def test_claims_no_more(self, shop):
        async def work(_chore, _run):
            await asyncio.sleep(0.2)

        shop.does["work"] = work
        async with shop.working(concurrency=1) as stop:
            await shop.ask("work", 1)
            await shop.until(lambda: shop.starts == [1])
            stop.set()
            await asyncio.sleep(0)
            await shop.ask("work", 2)
        assert shop.starts == [1]

    async def test_leaves_nothing_that_another_worker_has_to_wait_for(self, shop):
        async def work(_chore, _run):
            await asyncio.sleep(0.02)

        shop.does["work"] = work
        ids = [await shop.ask("work", n) for n in range(40)]
        async with shop.working() as stop:
            await shop.until(lambda: len(shop.starts) > 15)
            stop.set()
        async with shop.working():
            for job_id in ids:
                await shop.becomes(job_id, "succeeded", 3.0)
        assert sorted(shop.starts) == list(range(40))


class TestSignals:
    async def test_sigterm_asks_for_an_orderly_end(self):
        stop = asyncio.Event()
        stop_on_signals(stop)
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(1):
            await stop.wait()

    async def test_a_second_signal_ends_the_process_at_once(self):
        script = (
            "import asyncio, os, signal, sys\n"
            "from homeroom_entrypoints.cli.stopping import stop_on_signals\n"
            "async def main():\n"
            "    stop = asyncio.Event()\n"
            "    stop_on_signals(stop)\n"
            "    os.kill(os.getpid(), signal.SIGINT)\n"
            "    await stop.wait()\n"
            "    os.kill(os.getpid(), signal.SIGINT)\n"
            "    await asyncio.sleep(60)\n"
            "asyncio.run(main())\n"
        )
        child = await asyncio.create_subprocess_exec("python", "-c", script)
        async with asyncio.timeout(20):
            assert await child.wait() == 130
