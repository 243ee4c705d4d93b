"""Hashing in a few threads of this process, that stand back for everything else.

argon2 lets go of the interpreter while it works, so that threads are enough. How many there are
is bounded by the processor cores, of which one is left to the loop, and by the memory that all of
them may take together. On Linux they run at a lower priority.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from homeroom.people.ports.hashing import Checked, PasswordHasherSettings

if TYPE_CHECKING:
    from homeroom_adapters.argon2.work import Work

T = TypeVar("T")

THREADS = "homeroom-argon2"
"""How the threads are called that hash."""

_NICENESS = 10


def at_once(settings: PasswordHasherSettings) -> int:
    """How many hashes may be under way together: at least one."""
    by_cores = (_cores() - 1) // settings.lanes
    return max(1, min(by_cores, settings.limit_kib // settings.memory_kib))


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not every system tells which cores are ours
        return os.cpu_count() or 1


def _stand_back() -> None:
    """Lower the priority of the thread that calls; on Linux alone it has one of its own."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


class Beside:
    """Works in threads of its own, with *settings*."""

    def __init__(self, settings: PasswordHasherSettings) -> None:
        self._settings = settings
        self._pool = ThreadPoolExecutor(at_once(settings), THREADS, initializer=_stand_back)

    async def hash(self, secret: bytes) -> str:
        return await self._in_a_thread(lambda: self._work.hash(secret))

    async def check(self, secret: bytes, hashed: str | None) -> Checked:
        return await self._in_a_thread(lambda: self._work.check(secret, hashed))

    async def leave(self) -> None:
        """What is under way ends, and what waits is dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _in_a_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    @cached_property
    def _work(self) -> "Work":
        from homeroom_adapters.argon2.work import Work  # noqa: PLC0415 - few processes ever hash

        return Work(self._settings)
