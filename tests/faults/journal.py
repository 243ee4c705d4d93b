"""Who did what and when, as those who did it say: one line each, appended to a file.

A line is written whole or not at all, also by a process that is killed, and is in the file as
soon as `note` returns. All times are of the machine's monotonic clock, which its processes share.
"""

import enum
import os
import time
from pathlib import Path

import attrs


class Deed(enum.Enum):
    """What a line tells."""

    ASKING = "A"
    """The client is about to ask for a job; until `ASKED` nobody knows whether it did."""

    ASKED = "E"
    UP = "U"
    """A worker is open and begins to work."""

    STARTED = "S"
    DONE = "D"
    LEFT = "X"
    """A handler was stopped, or failed."""


@attrs.frozen
class Entry:
    """One line. `n` is the job's number, 0 when there is none."""

    deed: Deed
    n: int
    attempt: int
    pid: int
    at: float


@attrs.frozen
class Journal:
    """Appends lines to *path*; any number of processes may."""

    path: Path

    def note(self, deed: Deed, n: int = 0, attempt: int = 0) -> None:
        line = f"{deed.value} {n} {attempt} {os.getpid()} {time.monotonic():.6f}\n"
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)


@attrs.define
class Reader:
    """Reads a journal while it grows; `entries` is all that was read so far."""

    path: Path
    entries: list[Entry] = attrs.field(factory=list[Entry], init=False)
    _offset: int = attrs.field(default=0, init=False, alias="offset")

    def refresh(self) -> list[Entry]:
        """Read on; the entries that are new."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(self._offset)
            # A reader may come upon a line of which only the beginning is visible yet.
            grown, newline, _ = file.read().rpartition(b"\n")
        self._offset += len(grown + newline)
        new = [_entry(line) for line in grown.decode().splitlines()]
        self.entries += new
        return new


def _entry(line: str) -> Entry:
    deed, n, attempt, pid, at = line.split()
    return Entry(Deed(deed), int(n), int(attempt), int(pid), float(at))
