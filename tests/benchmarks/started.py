"""Processes that go on until the bench has seen enough: started, watched, and always ended."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import machine

PAGE = os.sysconf("SC_PAGE_SIZE")
STEP = 0.004
"""How often a process that starts is asked whether it is there."""

PATIENCE = 2.0


class NeverReady(Exception):
    """A process ended, or stayed silent, before it was ready."""


@attrs.define
class Started:
    """A process in a group of its own. All it says is read, so that it never waits for us."""

    process: asyncio.subprocess.Process
    began: float
    """When its command was given, by `time.perf_counter`."""

    _lines: asyncio.Queue[bytes] = attrs.field(factory=asyncio.Queue, init=False, alias="lines")

    @property
    def group(self) -> int:
        return self.process.pid

    @property
    def age(self) -> float:
        """Seconds since its command was given."""
        return time.perf_counter() - self.began

    async def listen(self) -> None:
        """Take every line it says, until it ends."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self._lines.put_nowait(line)
        self._lines.put_nowait(b"")

    async def line_with(self, mark: str, *, within: float = 30) -> str:
        """The next line that holds *mark*. Raises `NeverReady` with the last line it said."""
        last = b""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while line := await self._lines.get():
                    last = line
                    if mark.encode() in line:
                        return line.decode()
        raise NeverReady(f"never said {mark!r}; at last: {last.decode(errors='replace').strip()}")

    async def answer_at(self, port: int, path: str, *, within: float = 30) -> None:
        """Return with the first 200 to a GET. Raises `NeverReady`."""
        await self._until(lambda: answers(port, path), within)

    async def listening_at(self, port: int, *, within: float = 30) -> None:
        """Return once connections are taken. Raises `NeverReady`."""
        await self._until(lambda: accepts(port), within)

    async def _until(self, ready: Callable[[], Awaitable[bool]], within: float) -> None:
        while self.age < within:
            if self.process.returncode is not None:
                raise NeverReady(f"ended with {self.process.returncode}")
            if await ready():
                return
            await asyncio.sleep(STEP)
        raise NeverReady(f"not ready within {within:g} s")


@asynccontextmanager
async def started(
    command: Sequence[str],
    *,
    core: int = machine.WORKER_CORE,
    settings: Sequence[tuple[str, str]] = (),
    directory: Path | None = None,
) -> AsyncIterator[Started]:
    """Run *command* until the block ends; then it is killed with whatever it started."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *machine.on_core(core, command),
        stdin=asyncio.subprocess.PIPE,  # never ends before the process does
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**surroundings(), **dict(settings)},
        cwd=directory,
        start_new_session=True,
    )
    child = Started(process, began)
    listening = asyncio.create_task(child.listen())
    try:
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        await listening


def surroundings() -> dict[str, str]:
    """Our environment without anybody's Homeroom settings: nobody's own must be measured.

    Nor that sources are compiled each time, where libraries were compiled when they came.
    """
    kept = {name: it for name, it in os.environ.items() if not name.startswith("HOMEROOM_")}
    python = {"PYTHONSAFEPATH": "", "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": ""}
    return {**kept, **python}


async def answers(port: int, path: str) -> bool:
    """Whether a GET of *path* is answered with 200 at *port* of the loopback address."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n".encode())
        async with asyncio.timeout(PATIENCE):
            return (await reader.readline()).split()[1:2] == [b"200"]
    except OSError:  # a timeout is one, too
        return False
    finally:
        writer.close()


async def accepts(port: int) -> bool:
    """Whether somebody takes connections at *port* of the loopback address."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def resident_bytes(group: int) -> int:
    """What the processes of a group keep in memory, shared pages counted once for each."""
    kept = 0
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[2]) == group:
                kept += int((entry / "statm").read_text().split()[1]) * PAGE
    return kept
