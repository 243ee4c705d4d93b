"""Worker processes: started, killed, told to stop, and started again."""

import asyncio
import enum
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import attrs
from journal import Deed, Reader

HERE = Path(__file__).parent

PATIENCE = 3.0
"""Seconds in which a worker under load should come to the moment it was sentenced for."""


class Moment(enum.Enum):
    """Where a worker is killed."""

    ANYWHERE = signal.SIGKILL
    BEFORE_COMMIT = signal.SIGUSR1
    AFTER_EFFECT = signal.SIGUSR2


@attrs.define
class WorkerProcess:
    """One worker. Whatever becomes of us, it ends with us: its standard input does."""

    environment: Mapping[str, str]
    journal: Path
    program: Sequence[str] = (sys.executable, "-m", "toiling")
    _process: subprocess.Popen[bytes] | None = attrs.field(
        default=None, init=False, alias="process"
    )

    def start(self) -> None:
        """Start it, once more if it has ended."""
        self._close()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.program, str(self.journal)],
                env={**surroundings(), **self.environment},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def log(self) -> Path:
        return self.journal.with_suffix(".log")

    @property
    def pid(self) -> int:
        return self._known.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self._known.poll()

    @property
    def running(self) -> bool:
        return self.exit_code is None

    def kill(self) -> None:
        """End it at once, and wait until it is gone."""
        self._known.kill()
        self._known.wait()
        self._close()

    async def die(self, moment: Moment) -> float:
        """Kill it at *moment*, or anywhere if it does not get there soon; when it was dead."""
        self._known.send_signal(moment.value)
        try:
            await until(lambda: not self.running, within=PATIENCE, step=0.002)
        except NeverHappened:
            self.kill()
        return time.monotonic()

    async def terminate(self, within: float) -> float:
        """Ask it to stop; the seconds it took. Raises `NeverHappened`."""
        begun = time.monotonic()
        self._known.terminate()
        await until(lambda: not self.running, within=within, step=0.005)
        return time.monotonic() - begun

    async def until_up(self, reader: Reader, within: float = 30.0) -> None:
        """Wait until it works. Raises `NeverHappened`."""

        def up() -> bool:
            reader.refresh()
            ended = self.exit_code
            assert ended is None, f"a worker ended with {ended}: {self.last_words()}"
            return any(e.deed is Deed.UP and e.pid == self.pid for e in reader.entries)

        await until(up, within=within, step=0.02)

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-2000:]

    def _close(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    @property
    def _known(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "never started"
        return self._process


class NeverHappened(AssertionError):
    """It was waited for, in vain."""


async def until(
    holds: Callable[[], bool | Awaitable[bool]], *, within: float, step: float = 0.02
) -> None:
    """Return when *holds*. Raises `NeverHappened` after *within* seconds."""
    deadline = time.monotonic() + within
    while True:
        answer = holds()
        if answer if isinstance(answer, bool) else await answer:
            return
        if time.monotonic() > deadline:
            raise NeverHappened(f"not within {within:.1f} s")
        await asyncio.sleep(step)


def surroundings() -> dict[str, str]:
    """Our environment without anybody's settings, and with the way to `toiling`."""
    ours = {name: it for name, it in os.environ.items() if not name.startswith("HOMEROOM_")}
    path = [str(HERE), *filter(None, [ours.get("PYTHONPATH")])]
    return {**ours, "PYTHONPATH": os.pathsep.join(path)}
