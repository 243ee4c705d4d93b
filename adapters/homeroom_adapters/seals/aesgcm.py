"""Seals as texts: which key made them, what for, and the secret that only this key gives back.

A seal reads `s1.{key}.{sealed}`. The key is named, so that opening never tries them all and
`is_current` looks at the text alone: rotation is a walk over rows that decrypts only what is
old. Name, version and purpose are bound to the seal as associated data. A seal that is copied
from one column into another, or whose name was changed, does not open.

Fingerprints are made under a key of their own, or, where none is set, under the *oldest* key.
They must stay the same while keys come and go at the front, for stores look targets up by them,
and only the end of the list stays. So an operator who takes the oldest key away names it as the
fingerprint key before: it opens nothing any more, and everything is still recognised. One who
will not have even that sets a new one, and what was known by the old fingerprints is learnt
anew. A bare hash would need no key, but would let whoever has the store test their guesses.

The library is loaded for the first seal: every process of the house opens a sealer, and few of
them ever use it.
"""

import base64
import binascii
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING

import attrs

from homeroom.kernel.codec import Ambient
from homeroom.kernel.sealing import Sealer, SealerSettings, Unsealable, read_key

if TYPE_CHECKING:
    from homeroom_adapters.seals.keys import Key

_VERSION = "s1"
_LIBRARY = "cryptography"
_NOT_A_SEAL = "this is no seal of ours"


@attrs.frozen
class AesGcmSealer:
    """Seals with the first of *settings*' keys, and opens with whichever one a seal names."""

    _settings: SealerSettings = attrs.field(alias="settings")

    def seal(self, text: str, *, purpose: str) -> str:
        key = self._keys[0]
        sealed = key.seal(text.encode(), _bound_to(key.name, purpose))
        return f"{_VERSION}.{key.name}.{_written(sealed)}"

    def open(self, sealed: str, *, purpose: str) -> str:
        name, rest = _parts(sealed)
        key = self._by_name.get(name)
        if key is None:
            raise Unsealable(f"this was sealed with the key {name}, which is not among those set")
        text = key.open(_read(rest), _bound_to(name, purpose))
        if text is None:
            raise Unsealable("this seal was changed, or made for something else")
        return text.decode()

    def is_current(self, sealed: str) -> bool:
        return sealed.startswith(f"{_VERSION}.{self._keys[0].name}.")

    def fingerprint(self, text: str, *, purpose: str) -> str:
        return self._recognises.fingerprint(_apart(purpose) + text.encode())

    @cached_property
    def _keys(self) -> "tuple[Key, ...]":
        from homeroom_adapters.seals.keys import derive_key  # noqa: PLC0415 - only now: see above

        return tuple(derive_key(read_key(text)) for text in self._settings.keys)

    @cached_property
    def _recognises(self) -> "Key":
        from homeroom_adapters.seals.keys import derive_key  # noqa: PLC0415 - only now: see above

        chosen = self._settings.fingerprint_key
        return derive_key(read_key(chosen)) if chosen else self._keys[-1]

    @cached_property
    def _by_name(self) -> "dict[str, Key]":
        return {key.name: key for key in reversed(self._keys)}


def _bound_to(name: str, purpose: str) -> bytes:
    return _apart(f"{_VERSION}.{name}") + purpose.encode()


def _apart(text: str) -> bytes:
    """*text* so that nothing after it can be taken for a part of it."""
    encoded = text.encode()
    return len(encoded).to_bytes(4) + encoded


def _parts(sealed: str) -> tuple[str, str]:
    match sealed.split("."):
        case [version, name, rest] if version == _VERSION and name.isalnum() and name.isascii():
            return name[:16], rest
    raise Unsealable(_NOT_A_SEAL)


def _written(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def _read(text: str) -> bytes:
    """The bytes of *text* in the one spelling that `_written` gives them."""
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise Unsealable(_NOT_A_SEAL) from error
    if _written(sealed) != text:
        raise Unsealable(_NOT_A_SEAL)
    return sealed


@asynccontextmanager
async def open_sealer(settings: SealerSettings, ambient: Ambient) -> AsyncIterator[Sealer]:
    """The sealer behind entry point `homeroom.sealer`, name `aesgcm`.

    Raises `ModuleNotFoundError` when its library is missing.
    """
    if find_spec(_LIBRARY) is None:
        raise ModuleNotFoundError(f"No module named {_LIBRARY!r}", name=_LIBRARY)
    yield AesGcmSealer(settings)
