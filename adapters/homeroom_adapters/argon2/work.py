"""The work itself, in whichever thread it is asked for; the only module that knows `argon2`."""

import base64
import os
import re
from functools import cached_property

import attrs
from argon2 import PasswordHasher as Argon2
from argon2.exceptions import HashingError, InvalidHashError, VerificationError, VerifyMismatchError

from homeroom.people.errors import HasherBusy
from homeroom.people.ports.hashing import Checked, PasswordHasherSettings

_SALT, _HASH = 16, 32
_MOST_PASSES, _MOST_LANES = 64, 64
_READABLE = re.compile(
    r"\$argon2id?\$v=19\$m=(?P<memory>\d{1,9}),t=(?P<passes>\d{1,4}),p=(?P<lanes>\d{1,3})"
    r"\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,172}",
    re.ASCII,
)


@attrs.frozen
class Work:
    """Hashes and checks with *settings*."""

    _settings: PasswordHasherSettings = attrs.field(alias="settings")

    def hash(self, secret: bytes) -> str:
        """Raises `HasherBusy` when there is no memory left."""
        try:
            return self._argon2.hash(secret)
        except HashingError as error:
            raise HasherBusy from error

    def check(self, secret: bytes, hashed: str | None) -> Checked:
        if hashed is None or not self._is_affordable(hashed):
            return self._for_nobody(secret)
        try:
            fits = self._fits(hashed, secret)
        except (InvalidHashError, VerificationError):  # no hash after all, and no work was done
            return self._for_nobody(secret)
        return Checked(fits, outdated=fits and self._argon2.check_needs_rehash(hashed))

    def _for_nobody(self, secret: bytes) -> Checked:
        """As much work. Raises `HasherBusy` when there is no memory left for it."""
        try:
            self._fits(self._nobodys, secret)
        except VerificationError as error:
            raise HasherBusy from error
        return Checked(fits=False)

    def _fits(self, hashed: str, secret: bytes) -> bool:
        try:
            return self._argon2.verify(hashed, secret)
        except VerifyMismatchError:
            return False

    def _is_affordable(self, hashed: str) -> bool:
        found = _READABLE.fullmatch(hashed)
        return (
            found is not None
            and int(found["memory"]) <= self._settings.limit_kib
            and int(found["passes"]) <= _MOST_PASSES
            and int(found["lanes"]) <= _MOST_LANES
        )

    @cached_property
    def _argon2(self) -> Argon2:
        own = self._settings
        return Argon2(own.passes, own.memory_kib, own.lanes, hash_len=_HASH, salt_len=_SALT)

    @cached_property
    def _nobodys(self) -> str:
        """A hash that no password is known to fit, for the price of a few random bytes."""
        own = self._settings
        costs = f"m={own.memory_kib},t={own.passes},p={own.lanes}"
        salt, end = (_written(os.urandom(size)) for size in (_SALT, _HASH))
        return f"$argon2id$v=19${costs}${salt}${end}"


def _written(drawn: bytes) -> str:
    return base64.b64encode(drawn).decode().rstrip("=")
