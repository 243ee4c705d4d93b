"""A sitting is watched from Node, by the WebSocket that browsers have: it can set no header."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
import uvicorn

from homeroom_entrypoints.cli.listening import Server, bound
from homeroom_entrypoints.cli.socket_server import of_sockets

sys.path.insert(0, str(Path(__file__).parents[1] / "web"))  # where halls to take exams in are

from sitting_ground import TESTS, Hall, Learner, of_type, open_hall, right

pytestmark = [pytest.mark.anyio, pytest.mark.service("node")]

# Node 20 has it, and wants to be told so; Node 22 has it anyway.
NODE = ("node", "--experimental-websocket", "--no-warnings")
PAGE = str(Path(__file__).parent / "socket.cjs")


@attrs.define
class Page:
    """What runs in Node."""

    process: asyncio.subprocess.Process

    async def say(self, **said: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(said).encode() + b"\n")
        await self.process.stdin.drain()

    async def hear(self, kind: str) -> dict[str, Any]:
        assert self.process.stdout is not None
        async with asyncio.timeout(15):
            while line := await self.process.stdout.readline():
                told: dict[str, Any] = json.loads(line)
                if told["type"] == kind:
                    return told
        raise AssertionError(f"it never said {kind}")


@asynccontextmanager
async def served(hall: Hall) -> AsyncIterator[int]:
    """The port at which the hall answers."""
    with bound("127.0.0.1", 0, advice="There is none.") as listener:
        config = uvicorn.Config(
            hall.app, log_config=None, access_log=False, lifespan="off", **of_sockets(20.0)
        )
        server = Server(config)
        serving = asyncio.create_task(server.serve([listener]))
        try:
            yield int(listener.getsockname()[1])
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def page() -> AsyncIterator[Page]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*NODE, PAGE, stdin=pipe, stdout=pipe)
    try:
        yield Page(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def watching(hall: Hall, page: Page, port: int) -> tuple[Learner, Any]:
    """Somebody whose page watches the test that they began."""
    ana = await hall.learner()
    test = await ana.told("POST", f"{TESTS}/start", {"examId": hall.exam_id})
    token = ana.headers["Authorization"].removeprefix("Bearer ")
    url = f"ws://127.0.0.1:{port}/api/v1/ws/sessions/{test['testId']}"
    await page.say(url=url, token=token)
    assert (await page.hear("time_remaining"))["seconds"] == 90 * 60
    return ana, test


async def test_a_page_hears_how_its_sitting_goes_on_to_the_end() -> None:
    async with open_hall() as hall, served(hall) as port, page() as node:
        ana, test = await watching(hall, node, port)
        question = of_type(test, "single")
        kept = (await ana.keep(test, question, right(question))).json()
        assert (await node.hear("autosave_ack"))["savedAt"] == kept["savedAt"]
        await ana.told("POST", f"{TESTS}/{test['testId']}/submit")
        assert (await node.hear("result_ready"))["sessionId"] == test["testId"]
        assert await node.hear("closed") == {"type": "closed", "code": 1000, "reason": "over"}


async def test_a_page_learns_that_the_server_stops() -> None:
    async with open_hall() as hall, page() as node:
        async with served(hall) as port:
            await watching(hall, node, port)
        assert (await node.hear("closed"))["code"] == 1012
