"""Hashing beside the event loop, in a few threads that stand back for everything else.

argon2 lets go of the interpreter while it works, so that threads are enough. How many there are
is bounded by the processor cores, of which one is left to the loop, and by the memory that all of
them may take together. On Linux they run at a lower priority: a storm of logins is slow for those
who log in, and for nobody else.

A check does one hash's work whatever it is asked. For somebody who is not here, and for what is
no hash, the password is compared with a hash that nothing fits: one of today's settings, whose
end was drawn by lot and not computed. A hash that was made with other settings takes as long as
those do, until its owner signs in and it is made anew.

A stored hash also says what it costs to check. One that asks for more than the memory of all, or
for very many passes, is taken for damaged: it would be a way to stop the house.
"""

import asyncio
import os
import sys
import threading
import unicodedata
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeVar

import attrs

from homeroom.kernel.codec import Ambient
from homeroom.people.errors import HasherBusy, PasswordTooLong
from homeroom.people.ports.hashing import (
    LONGEST_PASSWORD,
    Checked,
    PasswordHasher,
    PasswordHasherSettings,
)

if TYPE_CHECKING:
    from homeroom_adapters.argon2.work import Work

T = TypeVar("T")

THREADS = "homeroom-argon2"
"""How the threads are called that hash."""

_LIBRARY, _INSTALLED_AS = "argon2", "argon2-cffi"
_NICENESS = 10
_SOON = 3.0


@attrs.define
class Argon2Hasher:
    """Hashes with *settings* in the threads of *pool*."""

    _settings: PasswordHasherSettings = attrs.field(alias="settings")
    _pool: ThreadPoolExecutor = attrs.field(alias="pool")
    _asked: int = attrs.field(default=0, init=False)

    async def hash(self, password: str) -> str:
        secret = spelt(password)
        if secret is None:
            raise PasswordTooLong
        return await self._beside(lambda: self._work.hash(secret))

    async def check(self, password: str, hashed: str | None) -> Checked:
        secret = spelt(password)
        if secret is None:
            return await self._beside(lambda: self._work.check(b"", None))
        return await self._beside(lambda: self._work.check(secret, hashed))

    async def _beside(self, work: Callable[[], T]) -> T:
        """What *work* gives, done in a thread. Raises `HasherBusy` if too many wait already."""
        if self._asked >= self._settings.waiting + at_once(self._settings):
            raise HasherBusy(retry_after=_SOON)
        self._asked += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._asked -= 1

    @cached_property
    def _work(self) -> "Work":
        from homeroom_adapters.argon2.work import Work  # noqa: PLC0415 - few processes ever hash

        return Work(self._settings)


def spelt(password: str) -> bytes | None:
    """*password* in the one spelling that is hashed; None if it is too long.

    The length is looked at first, for one character may become eighteen.
    """
    if len(password) > LONGEST_PASSWORD:
        return None
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


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


@asynccontextmanager
async def open_hasher(
    settings: PasswordHasherSettings, ambient: Ambient
) -> AsyncIterator[PasswordHasher]:
    """The hasher behind entry point `homeroom.hasher`, name `argon2`.

    Raises `ModuleNotFoundError` when its library is missing.
    """
    if find_spec(_LIBRARY) is None:
        raise ModuleNotFoundError(f"No module named {_LIBRARY!r}", name=_INSTALLED_AS)
    pool = ThreadPoolExecutor(at_once(settings), THREADS, initializer=_stand_back)
    try:
        yield Argon2Hasher(settings, pool)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
