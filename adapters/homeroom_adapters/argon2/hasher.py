"""Hashing passwords with argon2id, where it holds up nobody: see `beside` and `apart`.

A storm of logins is slow for those who log in, and for nobody else.

A check does one hash's work whatever it is asked. For somebody who is not here, and for what is
no hash, the password is compared with a hash that nothing fits: one of today's settings, whose
end was drawn by lot and not computed. A hash that was made with other settings takes as long as
those do, until its owner signs in and it is made anew.

A stored hash also says what it costs to check. One that asks for more than the memory of all, or
for very many passes, is taken for damaged: it would be a way to stop the house.
"""

import unicodedata
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import Any, Protocol, TypeVar

import attrs

from homeroom.kernel.codec import Ambient
from homeroom.people.errors import HasherBusy, PasswordTooLong
from homeroom.people.ports.hashing import (
    LONGEST_PASSWORD,
    Checked,
    PasswordHasher,
    PasswordHasherSettings,
)
from homeroom_adapters.argon2.apart import Apart
from homeroom_adapters.argon2.beside import Beside, at_once

T = TypeVar("T")

_LIBRARY, _INSTALLED_AS = "argon2", "argon2-cffi"
_SOON = 3.0


class Workshop(Protocol):
    """Where the work is done, beside the event loop."""

    async def hash(self, secret: bytes) -> str: ...

    async def check(self, secret: bytes, hashed: str | None) -> Checked: ...

    async def leave(self) -> None: ...


@attrs.define
class Argon2Hasher:
    """Hashes with *settings* in *workshop*."""

    _settings: PasswordHasherSettings = attrs.field(alias="settings")
    _workshop: Workshop = attrs.field(alias="workshop")
    _asked: int = attrs.field(default=0, init=False)

    async def hash(self, password: str) -> str:
        secret = spelt(password)
        if secret is None:
            raise PasswordTooLong
        return await self._in_turn(self._workshop.hash(secret))

    async def check(self, password: str, hashed: str | None) -> Checked:
        secret = spelt(password)
        if secret is None:
            return await self._in_turn(self._workshop.check(b"", None))
        return await self._in_turn(self._workshop.check(secret, hashed))

    async def _in_turn(self, work: Coroutine[Any, Any, T]) -> T:
        """What *work* gives. Raises `HasherBusy` if too many wait already."""
        if self._asked >= self._settings.waiting + at_once(self._settings):
            work.close()
            raise HasherBusy(retry_after=_SOON)
        self._asked += 1
        try:
            return await work
        finally:
            self._asked -= 1


def spelt(password: str) -> bytes | None:
    """*password* in the one spelling that is hashed; None if it is too long.

    The length is looked at first, for one character may become eighteen.
    """
    if len(password) > LONGEST_PASSWORD:
        return None
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


@asynccontextmanager
async def open_hasher(
    settings: PasswordHasherSettings, ambient: Ambient
) -> AsyncIterator[PasswordHasher]:
    """The hasher behind entry point `homeroom.hasher`, name `argon2`.

    Raises `ModuleNotFoundError` when its library is missing.
    """
    if find_spec(_LIBRARY) is None:
        raise ModuleNotFoundError(f"No module named {_LIBRARY!r}", name=_INSTALLED_AS)
    workshop = Apart(settings) if settings.apart else Beside(settings)
    try:
        yield Argon2Hasher(settings, workshop)
    finally:
        await workshop.leave()
