"""A worker whose jobs BullMQ carries, whatever becomes of its Redis."""

import asyncio
from collections import deque
from typing import Any

import pytest
from redis.asyncio import Redis

from homeroom.kernel.jobs import JobState
from homeroom_testing.private_services import PrivateServer, in_thread

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.service("redis-programs"),
    pytest.mark.adapter("bullmq carrier"),
]


async def flush(server: PrivateServer) -> None:
    async with Redis.from_url(server.url) as client:
        await client.flushall()


class TestAJob:
    async def test_is_asked_for_offered_run_and_settled(
        self, open_choir: Any, server: PrivateServer
    ) -> None:
        async with open_choir(server.url) as choir:
            (job_id,) = await choir.ask("Ana")
            async with choir.working():
                (job,) = await choir.all_become([job_id], JobState.SUCCEEDED)
            assert (job.attempts, choir.sung) == (1, ["Ana"])
        async with Redis.from_url(server.url) as client:
            assert not [key async for key in client.scan_iter(f"*{job_id}*")]

    async def test_that_redis_forgot_is_done_all_the_same_and_none_twice(
        self, open_choir: Any, server: PrivateServer, eventually: Any
    ) -> None:
        async with open_choir(server.url) as choir:
            choir.takes = 0.1
            ids = await choir.ask(*map(str, range(60)))

            flushes = deque([5, 20, 35])

            async def next_due() -> bool:
                return len(choir.sung) >= flushes[0]

            async with choir.working(concurrency=4, most_ahead=4):
                while flushes:
                    await eventually(next_due)
                    await flush(server)
                    flushes.popleft()
                await choir.all_become(ids, JobState.SUCCEEDED)
        assert sorted(choir.sung, key=int) == [str(n) for n in range(60)]

    async def test_outlives_a_redis_that_is_killed_and_comes_back(
        self, open_choir: Any, server: PrivateServer, eventually: Any
    ) -> None:
        async with open_choir(server.url) as choir:
            choir.takes = 0.05
            ids = await choir.ask(*map(str, range(40)))

            async def some_sung() -> bool:
                return len(choir.sung) >= 8

            async with choir.working(concurrency=4, most_ahead=4):
                await eventually(some_sung)
                await in_thread(server.kill)
                more = await choir.ask("while it is away")
                await asyncio.sleep(0.5)
                await in_thread(server.start)
                await choir.all_become([*ids, *more], JobState.SUCCEEDED)
        assert len(choir.sung) == 41
