"""How commands listen: ports that say when they are taken, servers that leave signals to us."""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvicorn

from homeroom.kernel.errors import Conflict
from homeroom_entrypoints.worker.watched import Watched


class PortTaken(Conflict):
    """The port cannot be listened on."""

    code = "port_taken"


class Server(uvicorn.Server):
    """A server that leaves signals to us, so that web and worker stop together, and that sleeps.

    It wakes when there is something to do, and each second to know the date it answers with.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        self._told_to_stop = asyncio.Event()
        super().__init__(config)

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name == "should_exit" and value:
            self._told_to_stop.set()

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_until_next_second()):
                    await self._told_to_stop.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _until_next_second() -> float:
    # A little more, as a timer that is early would find the second not over and tick twice.
    return 1.005 - time.time() % 1


def bound(host: str, port: int, *, advice: str) -> socket.socket:
    """A socket that listens at *host* and *port*; *advice* says what to do if it cannot.

    Raises `PortTaken`.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        why = (
            error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        )
        raise PortTaken(f"cannot listen on {host} port {port}: {why}. {advice}") from error


@asynccontextmanager
async def watched(app: Watched, host: str, port: int) -> AsyncIterator[int]:
    """Answer with *app* at *host* until the block ends; the port that was taken.

    Raises `PortTaken`.
    """
    advice = "Set HOMEROOM_WORKER__METRICS_PORT to a free port, or to 0 for none."
    with bound(host, port, advice=advice) as listener:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
        server = Server(config)
        serving = asyncio.create_task(server.serve([listener]), name="watched")
        try:
            yield int(listener.getsockname()[1])
        finally:
            server.should_exit = True
            await serving
