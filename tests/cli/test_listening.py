"""A server of ours sleeps while nobody asks, and is up at once when it must be."""

import asyncio
import io
import json
import selectors
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import attrs
import pytest
import uvicorn

from homeroom_entrypoints.cli.listening import Server, bound
from homeroom_entrypoints.composition.logs import configure_logs
from homeroom_entrypoints.composition.sections import LogSettings

T = TypeVar("T")
HOST = "127.0.0.1"
ASK = b"GET / HTTP/1.1\r\nHost: house\r\nConnection: close\r\n\r\n"


class Sleeper(selectors.DefaultSelector):
    """Waits for sockets and timers, and counts how often it lay down to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.slept = 0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None or timeout > 0:
            self.slept += 1
        return super().select(timeout)


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


@attrs.frozen
class Serving:
    server: Server
    port: int
    task: "asyncio.Task[None]"

    async def date(self) -> float:
        """Ask, and learn the moment that the answer says it is."""
        reader, writer = await asyncio.open_connection(HOST, self.port)
        writer.write(ASK)
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        await writer.wait_closed()
        assert b"hello" in body
        (line,) = [one for one in head.decode().split("\r\n") if one.lower().startswith("date:")]
        return parsedate_to_datetime(line.partition(":")[2].strip()).timestamp()


@asynccontextmanager
async def serving(app: Any = hello) -> AsyncIterator[Serving]:
    """A server that answers with *app* until the block ends."""
    with bound(HOST, 0, advice="There is none.") as listener:
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=5
        )
        server = Server(config)
        task = asyncio.create_task(server.serve([listener]))
        served = Serving(server, listener.getsockname()[1], task)
        try:
            yield served
        finally:
            server.should_exit = True
            await task


def run(main: Coroutine[Any, Any, T], sleeper: Sleeper | None = None) -> T:
    chosen = sleeper or Sleeper()
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(chosen)) as runner:
        return runner.run(main)


def test_a_server_that_nobody_asks_wakes_once_a_second() -> None:
    sleeper = Sleeper()

    async def idle() -> int:
        async with serving() as served:
            await served.date()
            before = sleeper.slept
            await asyncio.sleep(3)
            return sleeper.slept - before

    # Three seconds begin, and our own sleep ends.
    assert run(idle(), sleeper) <= 5


def test_an_answer_after_a_long_sleep_has_the_date_of_its_own_second() -> None:
    async def late() -> float:
        async with serving() as served:
            await served.date()
            await asyncio.sleep(2.5)
            asked = time.time()
            return asked - await served.date()

    # The header has no fractions of a second.
    assert -1 < run(late()) < 1.5


def test_a_server_told_to_stop_does_not_sleep_its_second_out() -> None:
    async def stop() -> float:
        async with serving() as served:
            await served.date()
            # Its longest sleep begins with the second.
            await asyncio.sleep(1.05 - time.time() % 1)
            told = time.monotonic()
            served.server.should_exit = True
            await served.task
            return time.monotonic() - told

    assert run(stop()) < 0.6


def test_a_server_told_to_stop_finishes_the_answer_under_way() -> None:
    async def stop() -> bytes:
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def slow(scope: Any, receive: Any, send: Any) -> None:
            begun.set()
            await go_on.wait()
            await hello(scope, receive, send)

        async with serving(slow) as served:
            reader, writer = await asyncio.open_connection(HOST, served.port)
            writer.write(ASK)
            await begun.wait()
            served.server.should_exit = True
            await asyncio.sleep(0.05)
            go_on.set()
            answer = await reader.read()
            writer.close()
            return answer

    assert b"hello" in run(stop())


@pytest.fixture
def told() -> io.StringIO:
    """Everything that is logged, as lines of JSON."""
    stream = io.StringIO()
    configure_logs(LogSettings(level="info", format="json"), stream=stream)
    return stream


def test_what_the_server_logs_is_said_once_and_without_paint(told: io.StringIO) -> None:
    async def start_and_stop() -> None:
        async with serving() as served:
            await served.date()

    run(start_and_stop())
    lines = [json.loads(line) for line in told.getvalue().splitlines()]
    assert [one["msg"].partition(" [")[0] for one in lines] == [
        "Started server process",
        "Shutting down",
        "Finished server process",
    ]
    assert {name for one in lines for name in one} == {"level", "timestamp", "msg", "logger"}
