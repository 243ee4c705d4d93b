"""A file of leaked passwords' hashes, looked through by halves: no part of it stays in memory.

The lists that may be had in the order of their hashes are as they must be: 40 hexadecimal digits a
line, with how often each leaked behind a colon. A gigabyte takes some thirty looks.
"""

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

import attrs

from homeroom.kernel.codec import Ambient
from homeroom.people.ports.breaches import BreachList, BreachListSettings, BreachListUnreadable

_LINE = re.compile(rb"([0-9A-Fa-f]{10,40})(?::[^\r\n]*)?\r?\n?")
_LONGEST_LINE = 200
_MEND = "Set HOMEROOM_BREACHES__FILE to a file that we may read."


@attrs.frozen
class FileBreachList:
    """Reads the file anew for each question: put another in its place whenever you like."""

    _file: Path

    async def knows(self, password: str) -> bool:
        hashed = hashlib.sha1(password.encode(errors="surrogatepass")).hexdigest().upper()  # noqa: S324 - what such lists hold
        return await asyncio.to_thread(self._holds, hashed.encode())

    def check(self) -> None:
        """Raises `BreachListUnreadable` unless it can be what it should."""
        try:
            with self._file.open("rb") as opened:
                first, last = _entry(opened, 0), _last(opened)
        except OSError as error:
            raise _unreadable(f"{error.strerror}") from error
        if len(first) != len(last) or first > last:
            raise _unreadable("its lines are not sorted, or not all as long")

    def _holds(self, hashed: bytes) -> bool:
        try:
            with self._file.open("rb") as opened:
                return _found(opened, hashed)
        except OSError as error:
            raise _unreadable(f"{error.strerror}") from error


def _found(opened: BinaryIO, hashed: bytes) -> bool:
    """Whether a line is *hashed*, or a beginning of it."""
    low, high = 0, _size(opened)
    while low < high:
        middle = (low + high) // 2
        start = _line_start(opened, middle)
        entry = _entry(opened, start)
        wanted = hashed[: len(entry)]
        if entry == wanted:
            return True
        if entry < wanted:
            low = opened.tell()
        else:
            high = start
    return False


def _line_start(opened: BinaryIO, place: int) -> int:
    """Where the line begins that *place* is in."""
    begin = max(0, place - _LONGEST_LINE)
    opened.seek(begin)
    before = opened.read(place - begin)
    return begin + before.rfind(b"\n") + 1


def _entry(opened: BinaryIO, start: int) -> bytes:
    """The hash in the line at *start*; behind it, the file is at the next."""
    opened.seek(start)
    line = opened.readline(_LONGEST_LINE)
    read = _LINE.fullmatch(line)
    if read is None:
        raise _unreadable("a line of it is no hash of 10 to 40 hexadecimal digits")
    return read[1].upper()


def _last(opened: BinaryIO) -> bytes:
    size = _size(opened)
    return _entry(opened, _line_start(opened, size - 1))


def _size(opened: BinaryIO) -> int:
    return opened.seek(0, os.SEEK_END)


def _unreadable(why: str) -> BreachListUnreadable:
    return BreachListUnreadable(f"the list of leaked passwords cannot be read: {why}. {_MEND}")


@asynccontextmanager
async def open_breaches(
    settings: BreachListSettings, _ambient: Ambient
) -> AsyncIterator[BreachList]:
    """The list behind entry point `homeroom.breaches`, name `file`.

    Raises `BreachListUnreadable` for what is no such file.
    """
    if settings.file is None:
        raise _unreadable("no file is set")
    known = FileBreachList(settings.file)
    await asyncio.to_thread(known.check)
    yield known
