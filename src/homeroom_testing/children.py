"""Child processes that never outlive whoever started them."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from secrets import SystemRandom

import attrs

# The guardian reads a pipe that only its starter holds open. A word means "all is tidied"; the end
# of the pipe means that the starter died, by whatever signal, and the guardian tidies up for it.
GUARDIAN = """
read word
[ "$word" = tidy ] && exit 0
kill -KILL "-$1" 2>/dev/null
shift
[ "$#" -gt 0 ] && rm -rf -- "$@"
exit 0
"""


_OURS = range(20_000, 32_000)
"""Below the ports that systems give to whoever calls out: no caller takes one before we do."""


def free_port() -> int:
    """A port of the loopback address that nobody listened on a moment ago."""
    for port in SystemRandom().sample(_OURS, len(_OURS)):
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")


def answers(host: str, port: int, *, within: float = 1.0) -> bool:
    """Whether somebody accepts connections at *host* and *port*."""
    try:
        with socket.create_connection((host, port), timeout=within):
            return True
    except OSError:
        return False


class DidNotStart(Exception):
    """A child process ended, or stayed silent, before it was ready."""


@attrs.define
class Child:
    """A process in a group of its own, with a guardian that ends it when we die."""

    command: Sequence[str | Path]
    directory: Path
    environment: Mapping[str, str] = attrs.field(factory=dict)
    owner: str | None = None
    """The system user it runs as; None is ours."""
    _process: subprocess.Popen[bytes] | None = attrs.field(
        default=None, init=False, alias="process"
    )
    _guardian: subprocess.Popen[bytes] | None = attrs.field(
        default=None, init=False, alias="guardian"
    )

    @property
    def log(self) -> Path:
        return self.directory / f"{Path(self.command[0]).name}.log"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise DidNotStart(f"{self.command[0]} is not running")
        return self._process.pid

    def start(self) -> None:
        """Run the command; its output goes to `log`."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                cwd=self.directory,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.owner,
            )
        self._guardian = subprocess.Popen(
            ["/bin/sh", "-c", GUARDIAN, "guardian", str(self._process.pid), self.directory],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait_for_port(self, port: int, *, within: float) -> None:
        """Return when *port* of the loopback address answers. Raises `DidNotStart`."""
        self.wait_until(lambda: answers("127.0.0.1", port), within=within)

    def wait_until(self, ready: Callable[[], bool], *, within: float) -> None:
        """Return when *ready* says so. Raises `DidNotStart` if it ends or takes too long."""
        deadline = time.monotonic() + within
        while not ready():
            if not self.running or time.monotonic() > deadline:
                raise DidNotStart(f"{self.command[0]}: {self.last_words()}")
            time.sleep(0.02)

    def signal_family(self, how: signal.Signals) -> None:
        """Send a signal to the process and to everyone it gave birth to, whatever their group."""
        for pid in family(self.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)

    def last_words(self) -> str:
        """The end of its log, for whoever must find out why."""
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else "no output"

    def kill(self) -> None:
        """End the whole group at once, as a power cut would."""
        self._end(signal.SIGKILL, grace=5)

    def stop(self, *, with_signal: signal.Signals = signal.SIGTERM, grace: float = 20) -> None:
        """Ask it to end; kill the group when the *grace* is over."""
        self._end(with_signal, grace=grace)

    def _end(self, how: signal.Signals, *, grace: float) -> None:
        if self._process is None:
            return
        survivors = family(self._process.pid)
        if how is signal.SIGKILL:
            self.signal_family(how)
        elif self.running:
            self._process.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=grace)
        self._bury(survivors)
        self._process = None
        self._dismiss_guardian()

    def _bury(self, survivors: Sequence[int]) -> None:
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        # Children in sessions of their own (database backends) must be gone before a restart.
        deadline = time.monotonic() + 5
        while any(map(alive, survivors)) and time.monotonic() < deadline:
            time.sleep(0.01)

    def _dismiss_guardian(self) -> None:
        if self._guardian is not None:
            self._guardian.communicate(b"tidy\n")
            self._guardian = None


def family(pid: int) -> list[int]:
    """The process *pid* and all its descendants, parents first."""
    children: dict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The program's name stands in parentheses and may hold anything, even a space.
            parent = int(entry.read_text().rpartition(")")[2].split()[1])
            children[parent].append(int(entry.parent.name))
    found = [pid]
    for ancestor in found:
        found.extend(children[ancestor])
    return found


def alive(pid: int) -> bool:
    """Whether any thread of *pid* runs; the dead whom nobody has buried yet do not."""
    # A killed process looks dead by its first thread while others still hold its sockets.
    for thread in Path(f"/proc/{pid}/task").glob("*/stat"):
        with contextlib.suppress(OSError):
            if thread.read_text().rpartition(")")[2].split()[0] not in "ZX":
                return True
    return False


def private_directory(purpose: str, *, owner: str | None = None) -> Path:
    """A new temporary directory that only *owner* (or we) may enter."""
    directory = Path(tempfile.mkdtemp(prefix=f"homeroom-{purpose}-"))
    if owner is not None:
        shutil.chown(directory, owner)
    return directory
