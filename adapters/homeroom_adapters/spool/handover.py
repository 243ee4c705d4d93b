"""Entries on their way to the record, kept in files that outlive this process."""

import asyncio
import errno
import json
import os
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from homeroom.kernel.audit import Entry
from homeroom.kernel.codec import Ambient
from homeroom.kernel.handover import (
    DeadEntry,
    Handover,
    HandoverSettings,
    Write,
    read,
    written,
)
from homeroom.kernel.ids import new_id
from homeroom.kernel.waiting import Keeping, WaitingLine
from homeroom_adapters.spool.segments import Segment, disk_told, orphans

_DEAD = "dead.jsonl"
_ALL_DEAD = "dead*.jsonl"


class SpoolHandover:
    """One write to a file takes an entry, some microseconds; a batch of them goes to the record.

    A file is let go when all that it holds stands there. Whoever is killed leaves theirs to the
    next process that works with this directory.
    """

    def __init__(self, settings: HandoverSettings) -> None:
        self._directory = settings.directory
        self._line = WaitingLine(settings)
        self._current: Segment | None = None
        self._held: deque[Segment] = deque()
        """For each entry in line, the segment that keeps it."""

    async def take(self, *entries: Entry) -> None:
        await self._line.room_for(len(entries))
        with disk_told():
            segment = self._fresh()
            segment.append(entries)
        self._held.extend([segment] * len(entries))
        self._line.add(entries)

    @asynccontextmanager
    async def hand_on(self, write: Write) -> AsyncIterator[None]:
        keeping = Keeping(written=self._wrote, away=self._flush, look_around=self._adopt)
        try:
            async with self._line.handing_on(write, keeping):
                yield
        finally:
            self._let_go()

    async def dead(self, *, limit: int) -> Sequence[DeadEntry]:
        with disk_told():
            return _dead_in(self._directory.glob(_ALL_DEAD))[:limit]

    async def replay(self) -> int:
        with disk_told():
            if (file := self._directory / _DEAD).exists():
                file.rename(self._directory / f"dead.{new_id().hex}.jsonl")
            files = [one for one in self._directory.glob(_ALL_DEAD) if one.name != _DEAD]
            again = _dead_in(files)
        for dead in again:
            await self.take(dead.entry)
        with disk_told():
            for one in files:
                one.unlink(missing_ok=True)
        return len(again)

    async def ping(self) -> None:
        await self._line.room_for(1)
        with disk_told():
            there = next(one for one in _upwards(self._directory) if one.exists())
            if not os.access(there, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    def _fresh(self) -> Segment:
        """The segment that is written to."""
        if self._current is None or self._current.is_full:
            before, self._current = self._current, Segment.begin(self._directory)
            if before is not None and not before.left:
                before.end(remove=True)
        return self._current

    def _wrote(self, entries: Sequence[Entry], dead: Sequence[DeadEntry]) -> None:
        if dead:
            with disk_told():
                _bury(self._directory / _DEAD, dead)
        for _ in entries:
            segment = self._held.popleft()
            segment.left -= 1
            if segment.left:
                continue
            if segment is self._current:
                segment.empty()
            else:
                segment.end(remove=True)

    def _segments(self) -> frozenset[Segment]:
        return frozenset([*self._held, *([self._current] if self._current else [])])

    async def _flush(self) -> None:
        """While the record is away, not even a power cut may lose what waits for it."""
        for segment in self._segments():
            await asyncio.to_thread(os.fsync, segment.descriptor)

    def _adopt(self) -> None:
        with disk_told():
            for segment, entries in orphans(self._directory, self._segments()):
                if entries:
                    self._held.extend([segment] * len(entries))
                    self._line.add(entries)
                else:
                    segment.end(remove=True)

    def _let_go(self) -> None:
        """What nobody took from us waits in its files."""
        for segment in self._segments():
            segment.end(remove=not segment.left)
        self._held.clear()
        self._current = None


def _upwards(directory: Path) -> Sequence[Path]:
    return (directory, *directory.absolute().parents)


def _dead_in(files: Iterable[Path]) -> list[DeadEntry]:
    lines = [line for file in sorted(files) for line in file.read_bytes().splitlines()]
    told = map(json.loads, lines)
    return [DeadEntry(entry=read(one["entry"]), reason=one["reason"]) for one in told]


def _bury(file: Path, dead: Sequence[DeadEntry]) -> None:
    lines = [json.dumps({"reason": one.reason, "entry": written(one.entry)}) for one in dead]
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, "".join(f"{line}\n" for line in lines).encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@asynccontextmanager
async def open_handover(settings: HandoverSettings, _ambient: Ambient) -> AsyncIterator[Handover]:
    """The handover behind entry point `homeroom.handover`, name `spool`.

    It makes its directory when there is something to keep.
    """
    yield SpoolHandover(settings)
