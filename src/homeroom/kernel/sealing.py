"""Sealing: secrets are kept so that the store alone does not give them away."""

import base64
import binascii
from typing import Any, Protocol, runtime_checkable

import attrs

from homeroom.kernel.errors import Unavailable

KEY_SIZE = 32


class Unsealable(Unavailable):
    """No key that is set opens this stored secret. Add the key it was sealed with."""

    code = "unsealable"


def read_key(text: str) -> bytes:
    """The key that *text* writes in base64. Raises `ValueError`, which quotes nothing of it."""
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_SIZE:
        wanted = f"a key is {KEY_SIZE} bytes in base64, as `openssl rand -base64 {KEY_SIZE}` writes"
        raise ValueError(f"sealing.keys: {wanted}")
    return key


def _keys(_: object, field: "attrs.Attribute[Any]", value: tuple[str, ...]) -> None:
    read = [read_key(text) for text in value]
    if not read:
        raise ValueError("sealing.keys: without a key there is nothing to seal with")
    if len(set(read)) < len(read):
        raise ValueError("sealing.keys: a key stands there twice")


def _known_or_none(_: object, field: "attrs.Attribute[Any]", value: str) -> None:
    if value:
        read_key(value)


@attrs.frozen(kw_only=True)
class SealerSettings:
    """What a sealer is opened with."""

    keys: tuple[str, ...] = attrs.field(repr=False, validator=_keys)
    """Newest first: the first one seals, and all of them open. Each is 32 bytes in base64.

    To change keys, put a new one before the others; seal anew what `is_current` denies; then
    take the old ones away, from the end. Say before by which key fingerprints are made.
    """

    fingerprint_key: str = attrs.field(default="", repr=False, validator=_known_or_none)
    """By which fingerprints are made: a key that stays when others go. Empty is the oldest key,
    and then all fingerprints change when that one is taken away."""


@runtime_checkable
class Sealer(Protocol):
    """Seals short texts with the newest key, and opens what any known key sealed.

    Sealing the same text twice gives two different seals, and a seal that was changed, or was
    made for another *purpose*, does not open. What a seal does tell is how long its text is.
    Conformance: `homeroom_testing.conformance.sealing.SealerConformance`.
    """

    def seal(self, text: str, *, purpose: str) -> str: ...

    def open(self, sealed: str, *, purpose: str) -> str:
        """Raises `Unsealable`."""
        ...

    def is_current(self, sealed: str) -> bool:
        """Whether the newest key sealed it; if not, seal its text again when you can."""
        ...

    def fingerprint(self, text: str, *, purpose: str) -> str:
        """The same for the same text, and telling nothing of it: 64 hex digits.

        Whichever keys seal, it is the same as long as the fingerprint key is; where none is set,
        as long as the oldest key is.
        """
        ...
