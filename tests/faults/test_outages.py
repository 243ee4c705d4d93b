"""A server that dies, returns, forgets, or is reached over a bad line: workers sit it out."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from backends import SERVED, Backend, Extent
from journal import Deed
from redis import Redis
from scenes import Scene, open_scene
from workers import until

from homeroom_testing import sandboxes
from homeroom_testing.private_services import PrivateServer, in_thread

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(300)]

EVERY_SERVER = pytest.mark.parametrize("backend", [one.as_parameter() for one in SERVED])
ONLY_POSTGRES, ONLY_REDIS = (
    pytest.mark.parametrize(
        "backend", [one.as_parameter() for one in SERVED if one.server == server]
    )
    for server in ("postgres", "redis")
)

WAITING = "homeroom-test:default:prioritized"
"""Where BullMQ keeps the jobs that wait."""


@pytest.fixture
async def scene(
    backend: Backend,
    extent: Extent,
    tmp_path: Path,
    server_of: Callable[[str], PrivateServer],
    anyio_backend: str,
) -> AsyncIterator[Scene]:
    settings = {"HOMEROOM_JOBS__CARRIER": backend.carrier}
    with ExitStack() as stack:
        if backend.server != backend.storage:
            url = stack.enter_context(sandboxes.postgres_database(server_of(backend.storage).url))
            settings["HOMEROOM_STORAGE__URL"] = url
        async with open_scene(backend, tmp_path, settings, extent.lease) as scene:
            yield scene


@EVERY_SERVER
async def test_a_server_that_is_killed_and_restarted_loses_nothing(
    scene: Scene, extent: Extent
) -> None:
    async with scene.under_load():
        for away in (0.2, 2.0, 6.0) if extent.long else (0.2, 3.0):
            with scene.striking():
                await in_thread(scene.server.kill)
            await asyncio.sleep(away)
            await in_thread(scene.server.restart)
            scene.is_back()
            await asyncio.sleep(2.0)
    await scene.aftermath()


@EVERY_SERVER
async def test_connections_that_are_reset_lose_nothing(
    scene: Scene, extent: Extent, seed: int
) -> None:
    luck = random.Random(seed)
    cut = 0
    async with scene.under_load():
        for _ in range(20 if extent.long else 10):
            with scene.striking():
                cut += scene.line.reset()
            await asyncio.sleep(luck.uniform(0.02, 0.5))
        scene.is_back()
    await scene.aftermath()
    assert cut >= 5, "hardly anything was connected"


@EVERY_SERVER
async def test_packets_dropped_for_five_seconds_lose_nothing(
    scene: Scene, backend: Backend
) -> None:
    async with scene.under_load():
        with scene.striking():
            scene.line.drop = True
        await asyncio.sleep(5.0)
        scene.line.heal()
        scene.is_back()
    account = await scene.aftermath()
    during = [at for at in account.times(Deed.DONE) if scene.back - 4 < at < scene.back]
    assert during == [], "the line was not cut: nothing should have been done meanwhile"


@ONLY_POSTGRES
async def test_a_line_that_goes_silent_and_is_then_cut_loses_nothing(scene: Scene) -> None:
    async with scene.under_load():
        with scene.striking():
            scene.line.drop = True
        await asyncio.sleep(5.0)
        scene.line.reset()
        scene.line.heal()
        scene.is_back()
    await scene.aftermath()


@ONLY_REDIS
async def test_a_broker_that_forgets_everything_loses_nothing(scene: Scene) -> None:
    async with scene.under_load():
        with Redis.from_url(scene.server.url) as client:
            for _ in range(3):
                await scene.ground.client.ask_some(60)
                with scene.striking():
                    await until(lambda: client.zcard(WAITING) != 0, within=10, step=0.002)
                    client.flushall()
                await asyncio.sleep(0.5)
        scene.is_back()
    await scene.aftermath()
