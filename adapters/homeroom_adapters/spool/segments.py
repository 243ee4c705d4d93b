"""Files of entries: each belongs to the process that holds its lock, and else to whoever comes.

The system keeps what was written when a process is killed, and lets go of its locks.
"""

import errno
import fcntl
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import attrs

from homeroom.kernel.audit import Entry
from homeroom.kernel.codec import Undecodable
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.handover import read, written
from homeroom.kernel.ids import new_id

_ENDING = ".entries"
_PRIVATE = 0o600
_FULL = 1_048_576
"""Bytes after which a segment gets a successor, so that what is written can be let go."""

_log = logging.getLogger(__name__)


class NoSpool(Unavailable):
    """Entries of the record cannot be kept in the data directory. Mend that, or give it room."""

    code = "no_spool"


@contextmanager
def disk_told() -> Iterator[None]:
    """Raises `NoSpool` for whatever the disk refuses."""
    try:
        yield
    except OSError as error:
        raise NoSpool(
            f"entries of the record cannot be kept in the data directory: {error.strerror}. "
            "Mend that, or give it room."
        ) from error


@attrs.define(eq=False)
class Segment:
    """One file, locked by us, and how many of its entries are not in the record yet."""

    path: Path
    descriptor: int
    size: int = 0
    left: int = 0

    @classmethod
    def begin(cls, directory: Path) -> "Segment":
        """A new one; nobody sees it before it is locked."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = new_id().hex
        draft = directory / f".{name}"
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL
        descriptor = os.open(draft, flags, _PRIVATE)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path = draft.rename(directory / f"{name}{_ENDING}")
        return cls(path, descriptor)

    @property
    def is_full(self) -> bool:
        return self.size >= _FULL

    def append(self, entries: Sequence[Entry]) -> None:
        """All of them or none. Raises `OSError`."""
        text = "".join(f"{written(entry)}\n" for entry in entries).encode()
        if os.write(self.descriptor, text) != len(text):
            os.ftruncate(self.descriptor, self.size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.size += len(text)
        self.left += len(entries)

    def empty(self) -> None:
        """Everything in it stands in the record."""
        if self.size:
            os.ftruncate(self.descriptor, 0)
            self.size = 0

    def end(self, *, remove: bool) -> None:
        """Let go of it; what is left in it is then there for whoever comes next."""
        if remove:
            self.path.unlink(missing_ok=True)
        os.close(self.descriptor)


def orphans(directory: Path, known: Iterable[Segment]) -> Iterator[tuple[Segment, list[Entry]]]:
    """Segments whose process is gone, now ours, with what they hold."""
    ours = {segment.path for segment in known}
    if not directory.is_dir():
        return
    for path in sorted(directory.glob(f"*{_ENDING}")):
        if path not in ours and (segment := _adopted(path)) is not None:
            entries = list(_entries_of(path))
            segment.left = len(entries)
            yield segment, entries


def _adopted(path: Path) -> Segment | None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:  # whose it is lives
        os.close(descriptor)
        return None
    told = os.fstat(descriptor)
    if not told.st_nlink:  # somebody else adopted it, and is done with it
        os.close(descriptor)
        return None
    return Segment(path, descriptor, told.st_size)


def _entries_of(path: Path) -> Iterator[Entry]:
    for line in path.read_bytes().splitlines():
        try:
            yield read(line)
        except Undecodable:  # whoever wrote it was killed before anybody was shown anything
            _log.warning("passed over what was cut off in %s", path.name)
