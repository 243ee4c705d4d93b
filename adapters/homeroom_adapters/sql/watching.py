"""Notices that another process has written to the SQLite file, for whom nobody notifies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from homeroom_adapters.sql.wakeups import Bells

LOOK_EVERY = 1.0

_Look = tuple[int, int] | None


@asynccontextmanager
async def open_watching(database: str, bells: Bells) -> AsyncIterator[None]:
    """Hint that anything may have changed, a second after somebody wrote, while this is open."""
    task = asyncio.create_task(
        _keep_watching(Path(f"{database}-wal"), bells), name="homeroom-watch"
    )
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _keep_watching(log: Path, bells: Bells) -> None:
    """Every commit lengthens SQLite's write-ahead log, or begins it anew; to look is no I/O.

    When there was a hint in this process meanwhile, the log is taken to have grown by that.
    """
    seen, rings = _look(log), bells.rings
    while True:
        await asyncio.sleep(LOOK_EVERY)
        found = _look(log)
        if found != seen and bells.rings == rings:
            bells.ring([""])
        seen, rings = found, bells.rings


def _look(log: Path) -> _Look:
    try:
        found = log.stat()
    except OSError:  # it is gone while nobody has the file open
        return None
    return found.st_size, found.st_mtime_ns
